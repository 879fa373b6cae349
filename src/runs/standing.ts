/** How a run stands, whoever asks: from its ledger alone. */
import { type KnownRun, readLastStop, readRounds } from './history.ts';
import { type LeasePorts, readDriver } from './lease.ts';
import type { Ledger } from './ledger.ts';
import type { Progress, Stop } from './model.ts';

export type Standing =
  /** By another process; `progress` is that of the last look. */
  | { readonly state: 'driven'; readonly by: string; readonly progress?: Progress | undefined }
  /** Ended by hand, or being ended. */
  | { readonly state: 'stopped'; readonly stop: Stop }
  | { readonly state: 'ended' }
  /** Somebody has driven it, and nobody does now; its jobs go on. `lastBy` is one that ended without a word. */
  | { readonly state: 'left'; readonly lastBy?: string | undefined; readonly progress?: Progress | undefined }
  /** Planned or submitted, and never looked at. */
  | { readonly state: 'unwatched'; readonly lastBy?: string | undefined };

/** Who asks: whatever that process drives itself is not told as driven. */
export type Asker = Pick<LeasePorts, 'clock' | 'holder' | 'isAlive'>;

export async function readStanding({ summary }: KnownRun, ledger: Ledger, asker: Asker): Promise<Standing> {
  const [driver, progress, stop] = await Promise.all([
    readDriver(ledger, asker),
    ledger.readProgress(),
    // Of a run that has ended, its summary tells whether a stop had to do with it.
    summary?.state === 'ended' ? summary.stopped : readLastStop(ledger),
  ]);
  if (driver.now) return { state: 'driven', by: driver.now.name, progress };
  if (stop) return { state: 'stopped', stop };
  if (summary?.state === 'ended') return { state: 'ended' };
  const lastBy = driver.gone?.name;
  return summary || progress ? { state: 'left', lastBy, progress } : { state: 'unwatched', lastBy };
}

/** Whether nothing of a run is under way, nobody drives it, and no server was asked to: then there is nothing to stop. */
export async function isSettled({ plan, summary }: KnownRun, ledger: Ledger, asker: Asker): Promise<boolean> {
  if (summary?.state !== 'ended' || (await ledger.readOrder())?.order.open) return false;
  if ((await readDriver(ledger, asker)).now !== undefined) return false;
  // A retry that was begun since then, and whose driver is gone, has jobs that nobody has summed up.
  const rounds = await readRounds(plan, ledger);
  return rounds.every(({ shards, ended }) => ended.length === shards.length);
}
