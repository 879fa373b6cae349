import { errorCode, RemoteError } from '../errors.ts';
import { isThrottled } from '../limiter.ts';

/** A refusal of Batch as the user reads it: what was being done to which definition where, what came back, what to do. */
export function batchError(
  operation:
    | 'RegisterJobDefinition'
    | 'DescribeJobDefinitions'
    | 'DeregisterJobDefinition'
    | 'DescribeJobQueues'
    | 'ListJobs'
    | 'TagResource',
  target: string,
  cause: unknown,
): RemoteError {
  const remedy = remedyFor(operation, cause);
  return new RemoteError({ doing: `${DOING[operation]} ${target}`, operation, target, remedy }, cause);
}

const DOING = {
  RegisterJobDefinition: 'registering',
  DescribeJobDefinitions: 'reading what is registered of',
  DeregisterJobDefinition: 'deregistering',
  DescribeJobQueues: 'listing the job queues in',
  ListJobs: 'looking for jobs of',
  TagResource: 'marking',
} as const;

/** Did the call certainly change nothing? A 4xx says so; a 500, a timeout or a broken connection leave it open. */
export function isCertainlyRefused(error: unknown): boolean {
  const { $metadata } = Object(error) as { $metadata?: { httpStatusCode?: unknown } };
  const status = $metadata?.httpStatusCode;
  return typeof status === 'number' && status >= 400 && status < 500;
}

function remedyFor(operation: string, cause: unknown): string | undefined {
  const code = errorCode(cause) ?? '';
  const message = cause instanceof Error ? cause.message : '';
  if (/iam:PassRole/.test(message)) return `Grant iam:PassRole on ${roleIn(message)} to the deploy role.`;
  if (/AccessDenied|UnauthorizedOperation/.test(code)) return `Grant batch:${operation} to the deploy role.`;
  if (/Expired/.test(code)) return 'The credentials have expired; get new ones and run again.';
  if (/UnrecognizedClient|InvalidClientTokenId|SignatureDoesNotMatch|CredentialsProviderError/.test(code)) {
    return 'Check the AWS credentials of this step.';
  }
  if (isThrottled(cause)) return 'AWS refused for the rate of calls alone; run again later.';
  return undefined;
}

/** `… is not authorized to perform: iam:PassRole on resource: arn:aws:iam::123456789012:role/x because …` */
function roleIn(message: string): string {
  return /arn:[\w-]+:iam::\d{12}:role\/[\w+=,.@/-]+/.exec(message)?.[0] ?? "the definition's roles";
}
