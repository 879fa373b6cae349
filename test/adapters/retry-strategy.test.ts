/** Who sends a throttled call again: the limiter where there is one, the SDK where there is none. */
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { Batch } from '@aws-sdk/client-batch';
import { afterEach, expect, test } from '@jest/globals';
import { LimitedRetryStrategy } from '../../src/adapters/aws/retry-strategy.ts';
import { createRateLimiter } from '../../src/limiter.ts';

let server: Server;
let batch: Batch;
afterEach(() => {
  batch.destroy();
  server.closeAllConnections();
  server.close();
});

/** Answers so many calls with this error, and the others well. */
async function startBatch(failures: number, status: number, code: string): Promise<() => number> {
  let calls = 0;
  server = createServer((request, response) => {
    request.resume();
    calls += 1;
    const isFailure = calls <= failures;
    response.writeHead(isFailure ? status : 200, {
      'content-type': 'application/json',
      ...(isFailure && { 'x-amzn-errortype': code }),
    });
    response.end(isFailure ? '{"message": "not now"}' : '{"jobs": []}');
  });
  await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve));
  batch = new Batch({
    endpoint: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    region: 'eu-west-1',
    credentials: { accessKeyId: 'a', secretAccessKey: 'b' },
    maxAttempts: 3,
    retryStrategy: new LimitedRetryStrategy({ maxAttempts: 3, baseDelay: 1 }),
  });
  return () => calls;
}

/** Every pause that is asked for, and none taken. */
function createStandingClock() {
  let now = 0;
  const pauses: number[] = [];
  return {
    pauses,
    now: () => now,
    sleep: async (milliseconds: number) => {
      pauses.push(milliseconds);
      now += milliseconds;
    },
  };
}

const describeOn = (limiter = createRateLimiter(createStandingClock())) =>
  limiter.run({ region: 'eu-west-1', operations: 'read' }, () => batch.describeJobs({ jobs: ['a'] }));

test('a throttled call goes back to the limiter at once, which slows down and sends it again', async () => {
  const calls = await startBatch(2, 429, 'TooManyRequestsException');
  const clock = createStandingClock();
  const said: string[] = [];
  const limiter = createRateLimiter(clock, event => event.type === 'message' && said.push(event.text));
  expect((await describeOn(limiter)).$metadata.attempts).toBe(1);
  expect(calls()).toBe(3);
  expect(clock.pauses).toEqual([1000, 1000]);
  expect(said[0]).toBe('AWS throttles read calls in eu-west-1: slowed to 5 a second.');
});

test('what failed otherwise is sent again by the SDK, under a limiter too', async () => {
  const calls = await startBatch(2, 500, 'ServerException');
  expect((await describeOn()).$metadata.attempts).toBe(3);
  expect(calls()).toBe(3);
});

test('without a limiter the SDK sends a throttled call again', async () => {
  const calls = await startBatch(1, 429, 'TooManyRequestsException');
  expect((await batch.describeJobs({ jobs: ['a'] })).$metadata.attempts).toBe(2);
  expect(calls()).toBe(2);
});
