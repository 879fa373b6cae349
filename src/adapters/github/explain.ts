/** What GitHub said, with what to do about it. */
import { RemoteError } from '../../errors.ts';
import type { Doing } from './client.ts';
import { type ApiError, isApiError, isLost, limitedUntil } from './patience.ts';

/** Gives a RemoteError for what GitHub refused or did not answer, and any other error as it is. `now` in milliseconds. */
export function explain(error: unknown, { doing, operation, target, permission }: Doing, now: number): unknown {
  if (!isApiError(error)) return error;
  const code = error.response ? String(error.status) : causeCode(error);
  const remedy = findRemedy(error, permission, now);
  // Octokit ends its messages with the page of the operation, which a full stop would spoil.
  const said = new Error(error.message.replace(/ - https:\/\/\S+$/, ''), { cause: error });
  return new RemoteError({ doing, operation, target, code, remedy }, said);
}

/** What GitHub says to a token that lacks a permission. It also refuses for other reasons, which its words tell: a locked pull request. */
const FORBIDDEN = /not accessible by|must have/i;

function findRemedy(error: ApiError, permission: string, now: number): string | undefined {
  const until = limitedUntil(error, now);
  if (until !== undefined) {
    const minutes = Math.ceil((until - now) / 60_000);
    return `GitHub takes calls with this token again at ${new Date(until).toISOString()} (in ${minutes} min): run the job again then.`;
  }
  if (isLost(error)) return 'GitHub may be disturbed (https://www.githubstatus.com): run the job again later.';
  if (error.status === 401) return 'The token is not valid, or has expired: give `github-token: ${{ github.token }}`.';
  if (error.status === 403 && FORBIDDEN.test(error.message))
    return `The token may not do this: give the job \`permissions: { ${permission} }\`. On a pull request from a fork it never may.`;
  if (error.status === 404)
    return `It is not there, or the token may not see it: look at the job's \`permissions: { ${permission} }\`.`;
  return undefined;
}

/** Of the network: Octokit's error has fetch's as its cause, and that one Node's own. */
function causeCode(error: Error): string | undefined {
  const { cause } = Object(error.cause) as { cause?: unknown };
  const { code } = Object(cause) as { code?: unknown };
  return typeof code === 'string' ? code : undefined;
}
