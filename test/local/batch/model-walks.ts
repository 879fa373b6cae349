/** Random sequences, taken by the rig one step after another. */
import { rmSync } from 'node:fs';
import { join } from 'node:path';
import fc from 'fast-check';
import type { Store } from '../../../src/local/model.ts';
import { openStore } from '../../../src/local/store.ts';
import { Rig } from './model-rig.ts';
import { sequences, sequencesWithRestarts } from './model-steps.ts';

/** Takes so many random sequences; what fails is shrunk to the shortest that does. */
export async function walkSequences(store: Store, numRuns: number): Promise<void> {
  // Each sequence in tables of its own, on one store: a folder each would take most of the time.
  let sequence = 0;
  await fc.assert(
    fc.asyncProperty(sequences, async steps => {
      const prefix = `${++sequence}/`;
      const table: Store['table'] = (name, rows) => store.table(prefix + name, rows);
      const rig = await Rig.start(() => ({ ...store, table, close: () => Promise.resolve() }));
      for (const step of steps) await rig.take(step);
    }),
    { numRuns },
  );
}

/** The same with restarts among the steps: each sequence in a folder of its own, below the given one. */
export async function walkRestarts(folder: string, numRuns: number): Promise<void> {
  let sequence = 0;
  await fc.assert(
    fc.asyncProperty(sequencesWithRestarts, async steps => {
      const own = join(folder, String(++sequence));
      const rig = await Rig.start(() => openStore({ folder: own }));
      try {
        for (const step of steps) await rig.take(step);
      } finally {
        await rig.stop();
        rmSync(own, { recursive: true });
      }
    }),
    { numRuns },
  );
}
