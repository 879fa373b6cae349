/** Which errors of an API call pass by themselves, and which were certainly refused. */
import { errorCode, RemoteError } from '../errors.ts';
import { isThrottled } from '../limiter.ts';

const NETWORK =
  /\b(ECONNRESET|ECONNREFUSED|ETIMEDOUT|EPIPE|EAI_AGAIN|ENOTFOUND|EHOSTUNREACH|ENETUNREACH|TimeoutError|socket hang up)\b/;

/** Likely to go away by itself: throttling, a 5xx, or the network. */
export function isPassing(error: unknown): boolean {
  const status = httpStatus(error);
  return isThrottled(error) || (status === undefined ? isNetworkError(error) : status >= 500);
}

/** Nobody knows whether the work was done: no answer came, or the service failed while doing it. Only a 4xx is a sure refusal. */
export function isDoubtful(error: unknown): boolean {
  const status = httpStatus(error);
  return !isThrottled(error) && (status === undefined || status >= 500);
}

function isNetworkError(error: unknown): boolean {
  const { name, code, message } = (typeof error === 'object' && error !== null ? error : {}) as Record<string, unknown>;
  return [name, code, message].some(text => NETWORK.test(String(text)));
}

function httpStatus(error: unknown): number | undefined {
  const { $metadata } = (typeof error === 'object' && error !== null ? error : {}) as {
    $metadata?: { httpStatusCode?: unknown };
  };
  return typeof $metadata?.httpStatusCode === 'number' ? $metadata.httpStatusCode : undefined;
}

/** Calls, and tells an error as what was being done to what. Without a `remedy`, the error's code gives one. */
export async function callRemote<Answer>(
  failure: {
    readonly doing: string;
    readonly operation: string;
    readonly target: string;
    readonly remedy?: string | undefined;
  },
  call: () => Promise<Answer>,
): Promise<Answer> {
  try {
    return await call();
  } catch (error) {
    throw new RemoteError({ remedy: remedyFor(error, failure.operation), ...failure }, error);
  }
}

/** What nearly always helps, by the code alone. */
export function remedyFor(error: unknown, operation: string): string | undefined {
  const code = errorCode(error) ?? '';
  if (code.startsWith('AccessDenied')) return `Grant ${ACTIONS[operation] ?? operation} to the role.`;
  if (code.startsWith('ExpiredToken'))
    return 'The credentials ended before the job did: ask for a longer role session.';
  if (isThrottled(error)) return 'AWS is throttling this account in this region; try again later.';
  return undefined;
}

const ACTIONS: Readonly<Record<string, string>> = {
  SubmitJob: 'batch:SubmitJob on the job queue and on the job definition, with and without its revision,',
  DescribeJobs: 'batch:DescribeJobs',
  ListJobs: 'batch:ListJobs',
  TerminateJob: 'batch:TerminateJob',
  ReceiveMessage: 'sqs:ReceiveMessage and sqs:DeleteMessage on the queue',
  GetLogEvents: 'logs:GetLogEvents on the log group',
  HeadObject: 's3:GetObject on the objects and s3:ListBucket on the bucket',
  GetObject: 's3:GetObject on the objects and s3:ListBucket on the bucket',
};
