import { createHash } from 'node:crypto';

const LONGEST = 128;

/**
 * A job name that is the same for the same parts, so that a job can be found again by it. Batch takes at most 128 of letters,
 * digits, `-` and `_`, the first no sign; what does not fit is replaced by `-`, and a long name is cut and ends in a hash of the whole.
 */
export function jobName(parts: readonly string[]): string {
  const whole = parts.join('-');
  const name = whole.replace(/[^A-Za-z0-9_-]/g, '-').replace(/^[-_]+/, '') || 'job';
  if (name.length <= LONGEST) return name;
  const hash = createHash('sha256').update(whole).digest('hex').slice(0, 12);
  return `${name.slice(0, LONGEST - hash.length - 1)}-${hash}`;
}
