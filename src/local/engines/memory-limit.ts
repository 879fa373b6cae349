/** Holds a container to its memory: by a memory cgroup where one may be made, else by looking at it several times a second. */
import { createCgroupLimits } from './memory-cgroup.ts';
import { createWatchedLimits } from './memory-watch.ts';

export interface MemoryLimits {
  readonly kind: 'cgroup' | 'watched';
  /** A limit for one container that is about to start. */
  create(memoryMiB: number): MemoryLimit;
  close(): Promise<void>;
}

export interface MemoryLimit {
  /** The program and arguments that run `file` under the limit. */
  wrap(file: string, args: readonly string[]): readonly [string, readonly string[]];
  /** To be called once the program has started; its process id is its process group's too. */
  watch(pid: number): void;
  /** Whether a process was killed for want of memory. */
  wasExceeded(): boolean;
  /** Kills what the container left running, as far as it can be known beyond its process group. */
  killRest(): void;
  /** To be called when all processes are gone. */
  release(): Promise<void>;
}

/** Finds out what this machine allows by making a cgroup. */
export function createMemoryLimits(): MemoryLimits {
  return createCgroupLimits() ?? createWatchedLimits();
}
