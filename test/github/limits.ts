/** Refusals that have nothing to do with the request itself: rates, and faults on demand. */
import type { FaultKind } from '../../src/local/faults.ts';
import { type Answered, type GitHubState, refusal } from './model.ts';

const HOUR_SECONDS = 3600;

/** Counts one call; refuses it when none is left. https://docs.github.com/en/rest/using-the-rest-api/rate-limits-for-the-rest-api */
export function takeFromLimit({ rateLimit }: GitHubState, now: number): Answered | undefined {
  if (now >= rateLimit.resetSeconds * 1000) {
    rateLimit.remaining = rateLimit.limit;
    rateLimit.resetSeconds = Math.floor(now / 1000) + HOUR_SECONDS;
  }
  if (rateLimit.remaining === 0) return refusal(403, 'API rate limit exceeded for installation ID 1.');
  rateLimit.remaining -= 1;
  return undefined;
}

export function limitHeaders({ rateLimit }: GitHubState): Record<string, string> {
  return {
    'x-ratelimit-limit': String(rateLimit.limit),
    'x-ratelimit-remaining': String(rateLimit.remaining),
    'x-ratelimit-used': String(rateLimit.limit - rateLimit.remaining),
    'x-ratelimit-reset': String(rateLimit.resetSeconds),
    'x-ratelimit-resource': 'core',
  };
}

/** Undefined when the work is to be done. */
export function refuse(kind: FaultKind | undefined, { rateLimit }: GitHubState): Answered | undefined {
  switch (kind) {
    case 'throttle': {
      const { retryAfterSeconds } = rateLimit;
      const message = 'You have exceeded a secondary rate limit. Please wait a few minutes before you try again.';
      const headers = retryAfterSeconds === undefined ? {} : { 'retry-after': String(retryAfterSeconds) };
      return { ...refusal(403, message), headers };
    }
    case 'fail':
      return refusal(502, 'Server Error');
    case 'deny':
      return refusal(403, 'Resource not accessible by integration');
    case 'expire':
      return refusal(401, 'Bad credentials');
    default:
      return undefined;
  }
}
