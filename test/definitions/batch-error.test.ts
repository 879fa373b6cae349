import { expect, test } from '@jest/globals';
import { batchError, isCertainlyRefused } from '../../src/definitions/batch-error.ts';

const failure = (name: string, message = 'no', httpStatusCode?: number) =>
  Object.assign(new Error(message), { name, ...(httpStatusCode && { $metadata: { httpStatusCode } }) });
const PASS_ROLE =
  'User: arn:aws:sts::1:x is not authorized to perform: iam:PassRole on resource: arn:aws:iam::123456789012:role/team/job because no policy allows it';

test.each([
  [failure('AccessDeniedException'), 'Grant batch:RegisterJobDefinition to the deploy role.'],
  [failure('UnauthorizedOperation'), 'Grant batch:RegisterJobDefinition to the deploy role.'],
  [
    failure('AccessDeniedException', PASS_ROLE),
    'Grant iam:PassRole on arn:aws:iam::123456789012:role/team/job to the deploy role.',
  ],
  [
    failure('ClientException', 'iam:PassRole is missing'),
    "Grant iam:PassRole on the definition's roles to the deploy role.",
  ],
  [failure('ExpiredTokenException'), 'The credentials have expired; get new ones and run again.'],
  [failure('UnrecognizedClientException'), 'Check the AWS credentials of this step.'],
  [failure('CredentialsProviderError'), 'Check the AWS credentials of this step.'],
  [failure('TooManyRequestsException'), 'AWS refused for the rate of calls alone; run again later.'],
])('%s is told with what to do', (cause, remedy) => {
  const error = batchError('RegisterJobDefinition', 'a in eu-west-1', cause);
  expect(error.message.startsWith(`registering a in eu-west-1: ${cause.name}: `)).toBe(true);
  expect(error.message.endsWith(remedy)).toBe(true);
  expect(error).toMatchObject({ operation: 'RegisterJobDefinition', target: 'a in eu-west-1', code: cause.name });
});

test.each([
  [failure('ClientException', 'bad'), 'registering a: ClientException: bad.'],
  ['a text', 'registering a: a text.'],
])('%s is told as it is', (cause, message) => {
  expect(batchError('RegisterJobDefinition', 'a', cause).message).toBe(message);
});

test.each([
  [failure('ClientException', '', 400), true],
  [failure('AccessDenied', '', 403), true],
  [failure('TooManyRequestsException', '', 429), true],
  [failure('ServerException', '', 500), false],
  [failure('Redirect', '', 399), false],
  [failure('ECONNRESET'), false],
  [undefined, false],
])('%s: certainly nothing done? %s', (error, expected) => {
  expect(isCertainlyRefused(error)).toBe(expected);
});
