/** Job ids that the same submissions get again: everything that is drawn for a job is drawn from its id. */
import { createHash } from 'node:crypto';
import type { Submission } from '../../batch/settings.ts';

/** A UUID of version 8 (made up by whoever makes it), RFC 9562. */
export function createJobIds(seed: string | number): (submission: Submission) => string {
  return ({ account, region, jobName, nth }) => {
    const hex = createHash('sha256')
      .update(JSON.stringify([String(seed), account, region, jobName, nth]))
      .digest('hex');
    return [
      hex.slice(0, 8),
      hex.slice(8, 12),
      `8${hex.slice(13, 16)}`,
      `a${hex.slice(17, 20)}`,
      hex.slice(20, 32),
    ].join('-');
  };
}
