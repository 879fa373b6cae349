/** The tokens of CloudWatch Logs, stateless: each says where the next page begins. */
import { createHash } from 'node:crypto';
import type { Boundary } from './stream-log.ts';
import { invalidParameter } from './validation.ts';

/** Forward: the events from the boundary on. Backward: those before it. */
export interface EventToken {
  readonly direction: 'f' | 'b';
  readonly boundary: Boundary;
}

/** `f/` and 56 digits, as the real ones look: 20 of the time, 36 of the sequence. */
export function writeEventToken({ direction, boundary }: EventToken): string {
  const { timestamp, sequence } = boundary;
  return `${direction}/${String(timestamp).padStart(20, '0')}${String(sequence).padStart(36, '0')}/s`;
}

/** Throws InvalidParameterException. */
export function readEventToken(text: string): EventToken {
  const [, direction, timestamp, sequence] = /^([fb])\/(\d{20})(\d{36})\/s$/.exec(text) ?? [];
  if (direction !== 'f' && direction !== 'b') throw invalidToken();
  return { direction, boundary: { timestamp: Number(timestamp), sequence: Number(sequence) } };
}

/** 56 digits that no other event of the group has: 20 of the time, 16 of the stream, 20 of the sequence. */
export function writeEventId(stream: string, { timestamp, sequence }: Boundary): string {
  const digest = createHash('sha256').update(stream).digest();
  const streamDigits = (digest.readBigUInt64BE() % 10n ** 16n).toString();
  return `${String(timestamp).padStart(20, '0')}${streamDigits.padStart(16, '0')}${String(sequence).padStart(20, '0')}`;
}

/** For the listings: where the last page ended. */
export function writePlace(place: readonly (string | number)[]): string {
  return Buffer.from(JSON.stringify(place)).toString('base64url');
}

/** Throws InvalidParameterException. */
export function readPlace(text: string, length: number): (string | number)[] {
  try {
    const place: unknown = JSON.parse(Buffer.from(text, 'base64url').toString('utf8'));
    if (Array.isArray(place) && place.length === length) return place;
  } catch {
    // Not one of ours.
  }
  throw invalidToken();
}

function invalidToken(): Error {
  return invalidParameter('The specified nextToken is invalid.');
}
