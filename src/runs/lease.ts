/** Who drives a run. Two at once would submit twice: SubmitJob knows no idempotence, so nobody else may be at it. */
import { ConfigurationError } from '../errors.ts';
import type { Notify } from '../events.ts';
import type { Clock } from '../ports.ts';
import type { Ledger } from './ledger.ts';
import type { Holder } from './model.ts';

/** Somebody else drives the run. */
export class LeaseTakenError extends ConfigurationError {
  readonly holderName: string;

  constructor(run: string, holderName: string) {
    super({
      message: `run ${run} is being driven by ${holderName}`,
      remedy: 'Nothing is lost: wait for that one, or cancel it and start again. Give another run id for another run.',
    });
    this.holderName = holderName;
  }
}

export interface LeasePorts {
  readonly clock: Clock;
  readonly notify: Notify;
  readonly holder: Holder;
  /** Whether a process of this machine is still there. */
  readonly isAlive: (pid: number) => boolean;
  readonly signal?: AbortSignal | undefined;
}

export interface Lease {
  /** Throws LeaseTakenError when somebody else has it now. Cheap while there is time left. */
  renew(): Promise<void>;
  release(): Promise<void>;
}

interface Held {
  readonly holder: Holder;
  /** Milliseconds. */
  readonly until: number;
}

/** A SubmitJob call ends after a minute; a look at the jobs comes once a minute. Milliseconds. */
const TERM = 240_000;
const RENEW_BEFORE = 150_000;
const LOOK = 5000;
const KEY = 'lease.json';
/** `until` of what was given back. */
const RELEASED = 0;

/**
 * Takes the lease, waiting for a holder that was killed; one that goes on renewing is alive, and a LeaseTakenError says who it is.
 */
export async function takeLease(
  ledger: Ledger,
  ports: LeasePorts,
  patienceMilliseconds = TERM + 2 * LOOK,
): Promise<Lease> {
  const { clock, notify, holder, signal } = ports;
  const giveUpAt = clock.now() + patienceMilliseconds;
  let said = false;
  for (;;) {
    signal?.throwIfAborted();
    const found = await readHeld(ledger);
    if (!found || isFree(found.held, ports)) {
      const held = await write(ledger, { holder, until: clock.now() + TERM }, found?.version);
      if (held) return createLease(ledger, held, ports);
      continue;
    }
    if (clock.now() >= giveUpAt) throw describeTaken(ledger, found.held);
    if (!said) {
      const seconds = Math.ceil((found.held.until - clock.now()) / 1000);
      notify({
        type: 'message',
        level: 'info',
        text: `Run ${ledger.run} is, or was, driven by ${found.held.holder.name}; waiting up to ${seconds} s for it to let go.`,
      });
    }
    said = true;
    await clock.sleep(LOOK, signal);
  }
}

/** Who else drives a run now, and who did and is gone without having let go of it, as far as its lease tells. */
export async function readDriver(
  ledger: Ledger,
  ports: Pick<LeasePorts, 'clock' | 'holder' | 'isAlive'>,
): Promise<{ readonly now?: Holder; readonly gone?: Holder }> {
  const found = await readHeld(ledger);
  if (!found) return {};
  const { holder, until } = found.held;
  if (!isFree(found.held, ports)) return { now: holder };
  const isHere = holder.host === ports.holder.host && ports.isAlive(holder.pid);
  return until === RELEASED || isHere ? {} : { gone: holder };
}

async function readHeld(ledger: Ledger): Promise<{ readonly held: Held; readonly version: string } | undefined> {
  const found = await ledger.store.read(ledger.keyOf(KEY));
  return found && { held: JSON.parse(new TextDecoder().decode(found.bytes)) as Held, version: found.version };
}

function isFree(
  { holder: other, until }: Held,
  { clock, holder, isAlive }: Pick<LeasePorts, 'clock' | 'holder' | 'isAlive'>,
): boolean {
  if (other.id === holder.id || until <= clock.now()) return true;
  return other.host === holder.host && !isAlive(other.pid);
}

interface Written {
  readonly held: Held;
  readonly version: string;
}

async function write(ledger: Ledger, held: Held, version: string | undefined): Promise<Written | undefined> {
  const bytes = new TextEncoder().encode(JSON.stringify(held));
  const written = await ledger.store.write(ledger.keyOf(KEY), bytes, version === undefined ? 'absent' : { version });
  if (written !== undefined) return { held, version: written };
  // The answer to a write that was done may have been lost.
  const now = await readHeld(ledger);
  return now && now.held.holder.id === held.holder.id && now.held.until === held.until ? now : undefined;
}

function createLease(ledger: Ledger, first: Written, { clock, holder }: LeasePorts): Lease {
  let mine = first;
  const extend = async (until: number) => {
    const written = await write(ledger, { holder, until }, mine.version);
    if (!written) throw describeTaken(ledger, (await readHeld(ledger))?.held);
    mine = written;
  };
  // Many ask at once; one asks the ledger.
  let renewing: Promise<void> | undefined;
  return {
    async renew() {
      if (mine.held.until - clock.now() > RENEW_BEFORE) return;
      renewing ??= extend(clock.now() + TERM).finally(() => {
        renewing = undefined;
      });
      await renewing;
    },
    async release() {
      await renewing;
      await extend(RELEASED);
    },
  };
}

function describeTaken({ run }: Ledger, held: Held | undefined): LeaseTakenError {
  return new LeaseTakenError(run, held?.holder.name ?? 'somebody else');
}
