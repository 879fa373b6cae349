/**
 * When GitHub is asked again, and when it is given up.
 * https://docs.github.com/en/rest/using-the-rest-api/rate-limits-for-the-rest-api#exceeding-the-rate-limit
 */
import type { Notify } from '../../events.ts';
import type { Clock } from '../../ports.ts';

export interface PatiencePorts {
  readonly clock: Clock;
  readonly notify: Notify;
  readonly signal: AbortSignal;
}

/** All pauses of one call together. A job that waits costs its runner's minutes, and a limit may last an hour. */
const MOST_WAITING_MILLISECONDS = 5 * 60_000;
const MOST_TRIES = 5;
const FIRST_PAUSE_MILLISECONDS = 1000;
const MINUTE_MILLISECONDS = 60_000;

/** Octokit's RequestError, as far as we look at it. Without a `response` none came, and `status` is 500 all the same. */
export interface ApiError extends Error {
  readonly status: number;
  readonly response?: {
    readonly headers: Readonly<Record<string, string | number | undefined>>;
    readonly data?: unknown;
  };
}

export function isApiError(error: unknown): error is ApiError {
  return error instanceof Error && 'status' in error && typeof error.status === 'number';
}

/** The work may or may not have been done: the server failed, or no answer came. */
export function isLost(error: unknown): boolean {
  return isApiError(error) && error.status >= 500;
}

/** Milliseconds since the epoch from which on GitHub takes calls again; undefined when it did not refuse for a rate. */
export function limitedUntil(error: unknown, now: number, tries = 1): number | undefined {
  if (!isApiError(error) || (error.status !== 403 && error.status !== 429)) return undefined;
  const headers = error.response?.headers ?? {};
  const retryAfter = readSeconds(headers['retry-after']);
  if (retryAfter !== undefined) return now + retryAfter * 1000;
  const reset = readSeconds(headers['x-ratelimit-reset']);
  // The reset is in whole seconds of GitHub's clock; one more keeps a call from being just too early.
  if (String(headers['x-ratelimit-remaining']) === '0' && reset !== undefined)
    return Math.max(now, reset * 1000) + 1000;
  // "wait for at least one minute before retrying. If your request continues to fail […], wait for an exponentially increasing amount".
  if (error.status === 429 || /secondary rate limit|abuse detection/i.test(error.message))
    return now + MINUTE_MILLISECONDS * 2 ** (tries - 1);
  return undefined;
}

/**
 * Sends until it passes. A refusal for a rate is waited out, since nothing was done. What was lost is sent again only when sending
 * twice does no harm.
 */
export async function sendPatiently<Result>(
  send: () => Promise<Result>,
  what: { readonly name: string; readonly repeatable: boolean },
  { clock, notify, signal }: PatiencePorts,
): Promise<Result> {
  const began = clock.now();
  for (let tries = 1; ; tries++) {
    signal.throwIfAborted();
    try {
      return await send();
    } catch (error) {
      signal.throwIfAborted();
      const now = clock.now();
      const until =
        limitedUntil(error, now, tries) ?? (isLost(error) && what.repeatable ? now + pause(tries) : undefined);
      if (until === undefined || tries === MOST_TRIES || until - began > MOST_WAITING_MILLISECONDS) throw error;
      const why = isLost(error) ? 'gave no answer to' : 'limits the rate of';
      const seconds = Math.ceil((until - now) / 1000);
      notify({ type: 'message', level: 'info', text: `GitHub ${why} ${what.name}. Trying again in ${seconds} s.` });
      await clock.sleep(until - now, signal);
    }
  }
}

/** Creates one thing that must not be there twice: after a lost answer it is looked for before it is made again. */
export async function createOnce<Made>(
  create: () => Promise<Made>,
  look: () => Promise<Made | undefined>,
  { clock, notify, signal }: PatiencePorts,
): Promise<Made> {
  for (let tries = 1; ; tries++) {
    try {
      return await create();
    } catch (error) {
      if (!isLost(error)) throw error;
      notify({
        type: 'message',
        level: 'info',
        text: 'GitHub gave no answer. Looking whether it was made all the same.',
      });
      await clock.sleep(pause(tries), signal);
      const made = await look();
      if (made !== undefined) return made;
      if (tries === MOST_TRIES) throw error;
    }
  }
}

function pause(tries: number): number {
  return FIRST_PAUSE_MILLISECONDS * 2 ** (tries - 1);
}

function readSeconds(value: string | number | undefined): number | undefined {
  return /^\d+$/.test(String(value)) ? Number(value) : undefined;
}
