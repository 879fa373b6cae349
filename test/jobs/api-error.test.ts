import { expect, test } from '@jest/globals';
import { callRemote, isDoubtful, isPassing } from '../../src/jobs/api-error.ts';
import { isThrottled } from '../../src/limiter.ts';

const http = (status: number, name = 'Whatever') =>
  Object.assign(new Error('m'), { name, $metadata: { httpStatusCode: status } });
const named = (name: string) => Object.assign(new Error('m'), { name, $metadata: {} });

test.each([
  // throttled, passing, doubtful
  ['429', http(429), true, true, false],
  ['TooManyRequestsException', http(400, 'TooManyRequestsException'), true, true, false],
  ['ThrottlingException', http(400, 'ThrottlingException'), true, true, false],
  ['SlowDown of S3', http(503, 'SlowDown'), true, true, false],
  ['500', http(500), false, true, true],
  ['503', http(503), false, true, true],
  ['400', http(400, 'ClientException'), false, false, false],
  ['403', http(403, 'AccessDeniedException'), false, false, false],
  ['404', http(404, 'NotFound'), false, false, false],
  ['TimeoutError', named('TimeoutError'), false, true, true],
  ['ECONNRESET', Object.assign(new Error('m'), { code: 'ECONNRESET' }), false, true, true],
  ['ENOTFOUND', Object.assign(new Error('m'), { code: 'ENOTFOUND' }), false, true, true],
  ['an error that was wrapped', new Error('wrapper for TimeoutError: read ECONNRESET'), false, true, true],
  ['socket hang up', new Error('socket hang up'), false, true, true],
  ['missing credentials', named('CredentialsProviderError'), false, false, true],
  ['a bug', new TypeError('x is not a function'), false, false, true],
  ['a 400 that speaks of ECONNRESET', Object.assign(http(400), { message: 'ECONNRESET' }), false, false, false],
  ['not an error', 'text', false, false, true],
  ['null', null, false, false, true],
])('%s: throttled, passing, doubtful', (_, error, throttled, passing, doubtful) => {
  expect([isThrottled(error), isPassing(error), isDoubtful(error)]).toEqual([throttled, passing, doubtful]);
});

test.each([
  [http(403, 'AccessDeniedException'), 'ListJobs', 'Grant batch:ListJobs to the role.'],
  [http(403, 'AccessDenied'), 'HeadObject', 's3:ListBucket on the bucket to the role.'],
  [http(403, 'AccessDeniedException'), 'Other', 'Grant Other to the role.'],
  [http(400, 'ExpiredTokenException'), 'ListJobs', 'longer role session'],
  [http(429), 'ListJobs', 'throttling this account'],
])('%s gives a remedy', async (error, operation, remedy) => {
  const failing = callRemote({ doing: 'doing it', operation, target: 't' }, () => Promise.reject(error));
  await expect(failing).rejects.toThrow(remedy);
});

test('a call without an error gives its answer', async () => {
  expect(await callRemote({ doing: 'd', operation: 'o', target: 't' }, async () => 7)).toBe(7);
});
