import { RemoteError } from '../errors.ts';
import type { Notify } from '../events.ts';
import type { Clock } from '../ports.ts';
import type { Session } from './model.ts';

/** A session is renewed when it has less than this left, as the AWS SDKs do. */
const EARLY_MILLISECONDS = 300_000;
/** How long after a renewal that failed, while the session is still good, nobody tries again. */
const PAUSE_MILLISECONDS = 60_000;

type Held = Omit<Session, 'arn'>;

/**
 * Always a session that is good for now: the one given, or a new one from `renew` when it ends within five minutes. Whoever asks
 * meanwhile waits for the same renewal. One that fails is told, and no failure as long as the old session is good; then it rejects.
 */
export function keepRenewed(
  first: Held,
  renew: () => Promise<Held>,
  { clock, notify }: { readonly clock: Clock; readonly notify: Notify },
): () => Promise<Held> {
  let held = first;
  let underWay: Promise<Held> | undefined;
  let notBefore = 0;

  const renewOnce = async (): Promise<Held> => {
    try {
      held = await renew();
      const until = new Date(held.expiresAt).toISOString();
      notify({ type: 'message', level: 'debug', text: `renewed the AWS session, good until ${until}` });
      return held;
    } catch (error) {
      const left = held.expiresAt - clock.now();
      if (left <= 0) throw error;
      notBefore = clock.now() + PAUSE_MILLISECONDS;
      const why = error instanceof Error ? error.message : String(error);
      const text = `the AWS session could not be renewed and ends in ${Math.round(left / 1000)} s: ${why}`;
      notify({ type: 'message', level: 'warning', text });
      return held;
    } finally {
      underWay = undefined;
    }
  };

  return async () => {
    const now = clock.now();
    if (held.expiresAt - now > EARLY_MILLISECONDS) return held;
    if (!underWay && now < notBefore && held.expiresAt > now) return held;
    underWay ??= renewOnce();
    return underWay;
  };
}

/** A renewal that AWS refuses: the session had been given before, so the trust policy has changed since. */
export function renewalRefused(role: string, { code, message }: { readonly code: string; readonly message: string }) {
  return new RemoteError(
    {
      doing: `renewing the session of ${role}`,
      operation: 'AssumeRoleWithWebIdentity',
      target: role,
      code,
      remedy: 'The role let this job in before: its trust policy has changed since.',
    },
    new Error(message),
  );
}
