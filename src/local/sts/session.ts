/** The sessions of assumed roles. Nothing is kept of them: a session token holds whose it is and until when. */
import type { Clock } from '../../ports.ts';
import { parseRecord } from '../json.ts';

export interface Session {
  readonly Arn: string;
  readonly UserId: string;
  /** Milliseconds since the epoch. */
  readonly expiresAt: number;
}

export function writeSession(session: Session): string {
  return Buffer.from(JSON.stringify(session)).toString('base64');
}

/** Undefined when it is no token of ours. */
export function readSession(token: string): Session | undefined {
  const { Arn, UserId, expiresAt } = parseRecord(Buffer.from(token, 'base64').toString('utf8')) ?? {};
  if (typeof Arn !== 'string' || typeof UserId !== 'string' || typeof expiresAt !== 'number') return undefined;
  return { Arn, UserId, expiresAt };
}

/** Whether the credentials that a request is signed with are no longer good. Those of a user are good for ever. */
export function hasExpired(sessionToken: string | undefined, clock: Clock): boolean {
  const session = sessionToken === undefined ? undefined : readSession(sessionToken);
  return session !== undefined && session.expiresAt <= clock.now();
}
