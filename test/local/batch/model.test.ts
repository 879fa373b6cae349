/** Random sequences of Batch calls, faults and container events, against a few lines that state the rules of the states anew. */
import { test } from '@jest/globals';
import { openStore } from '../../../src/local/store.ts';
import { useTemporaryFolders } from '../fixtures/temporary-folder.ts';
import { walkRestarts, walkSequences } from './model-walks.ts';

const newFolder = useTemporaryFolders();

test('BATCH-164 any sequence of calls, faults and events leaves every job in the state that the rules give it', async () => {
  const store = await openStore();
  await walkSequences(store, 150);
  await store.close();
}, 120_000);

test('BATCH-168 and so does any sequence with restarts in it', async () => {
  await walkRestarts(newFolder(), 20);
}, 120_000);
