/** Virtual time that goes on where a state folder left it: what the folder remembers must not lie in the future. */
import type { Store } from '../../model.ts';
import type { VirtualClock } from './virtual-clock.ts';

/** Written down so seldom, so that a call that only reads seldom writes. */
const STEP_MILLISECONDS = 60_000;

/** Call it before anybody sleeps. */
export async function keepTime(timeline: VirtualClock, store: Store): Promise<void> {
  if (!store.durable) return;
  const table = store.table<number>('simulated.time');
  const left = table.get('now');
  if (left !== undefined) await timeline.advanceTo(left + STEP_MILLISECONDS);
  store.onCommit(() => {
    const now = timeline.now();
    if (now >= (table.get('now') ?? 0) + STEP_MILLISECONDS) table.put('now', now);
  });
}
