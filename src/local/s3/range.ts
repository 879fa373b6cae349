/** The Range header, as S3 takes it: one range of bytes; anything else is ignored (RFC 9110, 14.2). */
import { errors } from './errors.ts';

/** From `start` up to and without `end`; undefined for the whole. Throws InvalidRange when nothing of it is there. */
export function parseRange(header: string | undefined, bytes: number): { start: number; end: number } | undefined {
  const [, first, last] = /^bytes=(\d*)-(\d*)$/.exec(header ?? '') ?? [];
  if (header === undefined || first === undefined || last === undefined || (first === '' && last === ''))
    return undefined;
  if (first === '') {
    const length = Math.min(Number(last), bytes);
    if (length === 0) throw errors.invalidRange(header, bytes);
    return { start: bytes - length, end: bytes };
  }
  const start = Number(first);
  const end = last === '' ? bytes : Math.min(Number(last) + 1, bytes);
  if (last !== '' && Number(last) < start) return undefined;
  if (start >= bytes) throw errors.invalidRange(header, bytes);
  return { start, end };
}
