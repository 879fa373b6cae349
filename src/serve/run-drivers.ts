/** The runs that this server drives, all at once. */
import type { Notify } from '../events.ts';
import { LeaseTakenError } from '../runs/lease.ts';
import { openLedger } from '../runs/ledger.ts';
import type { Progress } from '../runs/model.ts';
import type { RunSummary } from '../runs/summary.ts';
import { driveOrder } from './drive-order.ts';
import type { ServerContext } from './model.ts';

export type Driven =
  | { readonly state: 'driving'; readonly progress?: Progress | undefined }
  /** Something that did not pass; it is tried again. */
  | { readonly state: 'halted'; readonly problem: string; readonly nextTryAt: number }
  /** By another process, which is alive. */
  | { readonly state: 'elsewhere'; readonly holder: string }
  | { readonly state: 'ended'; readonly at: number; readonly summary?: RunSummary | undefined };

export interface RunDrivers {
  /** Drives a run from wherever its ledger says it stands. One that is halted is tried again at once; one that is driven is left alone. */
  begin(run: string): void;
  look(run: string): Driven | undefined;
  all(): ReadonlyMap<string, Driven>;
  /** Begins every run of the ledger whose order is open: those of a server that ended. */
  resume(): Promise<void>;
  /** Leaves the runs; their jobs go on. Resolves when the ledger has all that is known, and the leases are free. */
  close(): Promise<void>;
}

interface Loop {
  readonly done: Promise<void>;
  /** Somebody has asked since: an end just now may have come before what was asked for. */
  readonly askAgain: () => void;
}

/** Milliseconds. */
const FIRST_PAUSE = 30_000;
const LONGEST_PAUSE = 600_000;
/** What ended is shown with the metrics for a day, and of so many runs. */
const KEEP = 86_400_000;
const MOST_KEPT = 50;
/** A run that had nothing to do is looked at again after so long: another server may have been asked for a retry. */
const SETTLED = 3_600_000;

export function createRunDrivers(server: ServerContext): RunDrivers {
  const { clock, notify } = server.ports;
  const end = new AbortController();
  const runs = new Map<string, Driven>();
  const loops = new Map<string, Loop>();
  const settledAt = new Map<string, number>();

  const forget = () => {
    const ended = [...runs].flatMap(([run, one]) => (one.state === 'ended' ? [[run, one.at] as const] : []));
    const old = ended
      .sort(([, a], [, b]) => b - a)
      .filter(([, at], index) => index >= MOST_KEPT || clock.now() - at > KEEP);
    for (const [run] of old) runs.delete(run);
  };
  const drive = async (run: string): Promise<void> => {
    const ledger = openLedger(run, server.store, server.openEntries);
    const watched = {
      ...ledger,
      async writeProgress(progress: Progress) {
        runs.set(run, { state: 'driving', progress });
        await ledger.writeProgress(progress);
      },
    };
    const before = runs.get(run);
    const ports = { ...server.ports, signal: end.signal, notify: named(run, notify) };
    const summary = await driveOrder(watched, server, ports);
    settledAt.set(run, clock.now());
    const known = before?.state === 'ended' ? before.summary : undefined;
    runs.set(run, { state: 'ended', at: clock.now(), summary: summary ?? known });
    forget();
  };
  const keepDriving = async (run: string, pause: (milliseconds: number) => Promise<void>): Promise<void> => {
    for (let longest = FIRST_PAUSE; !end.signal.aborted; longest = Math.min(2 * longest, LONGEST_PAUSE)) {
      try {
        return await drive(run);
      } catch (error) {
        if (end.signal.aborted) return;
        if (error instanceof LeaseTakenError) {
          runs.set(run, { state: 'elsewhere', holder: error.holderName });
          return;
        }
        const problem = error instanceof Error ? error.message : String(error);
        runs.set(run, { state: 'halted', problem, nextTryAt: clock.now() + longest });
        notify({ type: 'message', level: 'error', text: `${run}: ${problem} Trying again in ${longest / 1000} s.` });
        await pause(longest);
      }
    }
  };
  return {
    begin(run) {
      const running = loops.get(run);
      if (end.signal.aborted || running) return running?.askAgain();
      let asked = new AbortController();
      const pause = async (milliseconds: number) => {
        await clock.sleep(milliseconds, AbortSignal.any([asked.signal, end.signal])).catch(() => undefined);
      };
      const keepOn = async () => {
        do {
          asked = new AbortController();
          settledAt.delete(run);
          await keepDriving(run, pause);
        } while (asked.signal.aborted && !end.signal.aborted);
        loops.delete(run);
      };
      runs.set(run, { state: 'driving' });
      loops.set(run, { done: keepOn(), askAgain: () => asked.abort() });
    },
    look: run => runs.get(run),
    all: () => runs,
    async resume() {
      for await (const name of server.store.list('')) {
        const run = name.endsWith('/') ? name.slice(0, -1) : undefined;
        if (run === undefined || loops.has(run) || end.signal.aborted) continue;
        if (clock.now() - (settledAt.get(run) ?? Number.NEGATIVE_INFINITY) < SETTLED) continue;
        const found = await openLedger(run, server.store).readOrder();
        if (found?.order.open) this.begin(run);
        else settledAt.set(run, clock.now());
      }
    },
    async close() {
      end.abort();
      await Promise.all([...loops.values()].map(({ done }) => done));
    },
  };
}

/** Several runs tell their news at once: each line says whose it is. */
function named(run: string, notify: Notify): Notify {
  return event => {
    if (event.type === 'step') notify({ type: 'message', level: 'info', text: event.title });
    else if (event.type === 'message' && !event.text.includes(run)) notify({ ...event, text: `${run}: ${event.text}` });
    else notify(event);
  };
}
