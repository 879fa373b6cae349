/** How each service words the errors that any call may meet: throttling, failure, credentials, permission. */
import { type Caller, ServiceError } from './model.ts';

export type CommonError =
  | 'throttled'
  | 'failed'
  | 'expired'
  | 'denied'
  | 'unsigned'
  | 'unknown-operation'
  /** The real service has it; the words are ours. */
  | 'not-done';

export interface FailedCall extends Caller {
  /** The service's name in IAM policies: `batch`, `secretsmanager`; `registry` for `/v2/`. */
  readonly service: string;
  readonly operation: string;
}

type Words = readonly [code: string, message: string, status: number];

const notDone = 'The local AWS does not do %service%:%operation%.';
const expired = 'The security token included in the request is expired';

/** Batch stands behind an API gateway, which words these itself. Codes of ECR, Logs: their API references, "Common Errors". */
const words: Readonly<Record<string, Readonly<Record<Exclude<CommonError, 'denied' | 'not-done'>, Words>>>> = {
  batch: {
    throttled: ['TooManyRequestsException', 'Too Many Requests', 429],
    failed: ['ServerException', 'Service Unavailable. Please try again later.', 500],
    expired: ['ExpiredTokenException', expired, 403],
    unsigned: ['MissingAuthenticationTokenException', 'Missing Authentication Token', 403],
    'unknown-operation': ['MissingAuthenticationTokenException', 'Missing Authentication Token', 403],
  },
  ecr: {
    throttled: ['ThrottlingException', 'Rate exceeded', 400],
    failed: ['ServerException', 'An internal error occurred. Please try again.', 500],
    expired: ['ExpiredTokenException', expired, 400],
    unsigned: ['MissingAuthenticationTokenException', 'Missing Authentication Token', 400],
    'unknown-operation': ['UnknownOperationException', notDone, 400],
  },
  logs: {
    throttled: ['ThrottlingException', 'Rate exceeded', 400],
    failed: ['ServiceUnavailableException', 'The service cannot complete the request.', 500],
    expired: ['ExpiredTokenException', expired, 400],
    unsigned: ['MissingAuthenticationTokenException', 'Missing Authentication Token', 400],
    'unknown-operation': ['UnknownOperationException', notDone, 400],
  },
  sts: {
    throttled: ['Throttling', 'Rate exceeded', 400],
    failed: ['InternalFailure', 'We encountered an internal error. Please try again.', 500],
    expired: ['ExpiredToken', expired, 403],
    unsigned: ['MissingAuthenticationToken', 'Request is missing Authentication Token', 403],
    'unknown-operation': [
      'InvalidAction',
      `Could not find operation %operation% for version 2011-06-15. ${notDone}`,
      400,
    ],
  },
  iam: {
    throttled: ['Throttling', 'Rate exceeded', 400],
    failed: ['ServiceFailure', 'The request processing has failed because of an unknown error.', 500],
    expired: ['ExpiredToken', expired, 403],
    unsigned: ['MissingAuthenticationToken', 'Request is missing Authentication Token', 403],
    'unknown-operation': [
      'InvalidAction',
      `Could not find operation %operation% for version 2010-05-08. ${notDone}`,
      400,
    ],
  },
  ec2: {
    throttled: ['RequestLimitExceeded', 'Request limit exceeded.', 503],
    failed: ['InternalError', 'An internal error has occurred', 500],
    expired: ['RequestExpired', 'Request has expired.', 400],
    unsigned: ['MissingAuthenticationToken', 'Request is missing Authentication Token', 403],
    'unknown-operation': ['InvalidAction', `The action %operation% is not valid for this web service. ${notDone}`, 400],
  },
  ssm: {
    throttled: ['ThrottlingException', 'Rate exceeded', 400],
    failed: ['InternalServerError', 'An error occurred on the server side.', 500],
    expired: ['ExpiredTokenException', expired, 400],
    unsigned: ['MissingAuthenticationTokenException', 'Missing Authentication Token', 400],
    'unknown-operation': ['UnknownOperationException', notDone, 400],
  },
  secretsmanager: {
    throttled: ['ThrottlingException', 'Rate exceeded', 400],
    failed: ['InternalServiceError', 'An error occurred on the server side.', 500],
    expired: ['ExpiredTokenException', expired, 400],
    unsigned: ['MissingAuthenticationTokenException', 'Missing Authentication Token', 400],
    'unknown-operation': ['UnknownOperationException', notDone, 400],
  },
  sqs: {
    throttled: ['RequestThrottled', 'Request is throttled.', 400],
    failed: ['InternalFailure', 'We encountered an internal error. Please try again.', 500],
    expired: ['ExpiredTokenException', expired, 403],
    unsigned: ['MissingAuthenticationTokenException', 'Missing Authentication Token', 403],
    'unknown-operation': ['UnknownOperationException', notDone, 400],
  },
  events: {
    throttled: ['ThrottlingException', 'Rate exceeded', 400],
    failed: ['InternalException', 'This exception occurs due to unexpected causes.', 500],
    expired: ['ExpiredTokenException', expired, 400],
    unsigned: ['MissingAuthenticationTokenException', 'Missing Authentication Token', 400],
    'unknown-operation': ['UnknownOperationException', notDone, 400],
  },
  pricing: {
    throttled: ['ThrottlingException', 'Rate exceeded', 400],
    failed: ['InternalErrorException', 'An error on the server occurred during the processing of your request.', 500],
    expired: ['ExpiredTokenException', expired, 400],
    unsigned: ['MissingAuthenticationTokenException', 'Missing Authentication Token', 400],
    'unknown-operation': ['UnknownOperationException', notDone, 400],
  },
  s3: {
    throttled: ['SlowDown', 'Please reduce your request rate.', 503],
    failed: ['InternalError', 'We encountered an internal error. Please try again.', 500],
    expired: ['ExpiredToken', 'The provided token has expired.', 400],
    unsigned: ['AccessDenied', 'Access Denied', 403],
    'unknown-operation': ['NotImplemented', 'A header you provided implies functionality that is not implemented', 501],
  },
  registry: {
    throttled: ['TOOMANYREQUESTS', 'Rate exceeded', 429],
    failed: ['UNKNOWN', 'Internal Server Error', 500],
    expired: ['DENIED', 'Your authorization token has expired. Reauthenticate and try again.', 403],
    unsigned: ['UNAUTHORIZED', 'Not Authorized', 401],
    'unknown-operation': ['UNSUPPORTED', 'The operation is unsupported.', 404],
  },
};

export function commonError(error: CommonError, call: FailedCall): ServiceError {
  if (error === 'denied') return deniedError(call);
  const { service, operation } = call;
  const [code, message, status] = wordsFor(service, error);
  const names: Record<string, string> = { service, operation };
  return new ServiceError(
    code,
    message.replaceAll(/%(\w+)%/g, (_, name: string) => names[name] ?? ''),
    status,
  );
}

function wordsFor(service: string, error: Exclude<CommonError, 'denied'>): Words {
  // Batch's model knows ClientException and ServerException alone, and SDKs try the latter again.
  if (error === 'not-done') return ['ClientException', notDone, 400];
  const own = words[service];
  if (own) return own[error];
  if (error !== 'unknown-operation' && error !== 'unsigned') return ['InternalFailure', 'Internal failure', 500];
  const here = Object.keys(words).filter(name => name !== 'registry');
  const absent = `The local AWS has no %service% (asked for %operation%). It has ${here.join(', ')}.`;
  return ['UnknownOperationException', absent, 400];
}

/** An error of our own making: it says so, in the service's form, and the clients retry it as they would the real one. */
export function internalError(call: FailedCall, cause: unknown): ServiceError {
  const { code, status } = commonError('failed', call);
  const said = cause instanceof Error ? cause.message : String(cause);
  return new ServiceError(code, `The local AWS failed at ${call.service}:${call.operation}: ${said}`, status);
}

function deniedError({ service, operation, account }: FailedCall): ServiceError {
  if (service === 'ec2')
    return new ServiceError('UnauthorizedOperation', 'You are not authorized to perform this operation.', 403);
  if (service === 's3') return new ServiceError('AccessDenied', 'Access Denied', 403);
  const who = `arn:aws:iam::${account}:user/local`;
  const message = `User: ${who} is not authorized to perform: ${service === 'registry' ? 'ecr' : service}:${operation}`;
  if (service === 'registry') return new ServiceError('DENIED', message, 403);
  if (service === 'sts' || service === 'iam') return new ServiceError('AccessDenied', message, 403);
  return new ServiceError('AccessDeniedException', message, service === 'batch' ? 403 : 400);
}
