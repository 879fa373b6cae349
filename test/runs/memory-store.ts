export { createMemoryStore, type MemoryStore } from '../../src/adapters/memory-store.ts';
