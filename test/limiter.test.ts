import { describe, expect, test } from '@jest/globals';
import { RemoteError } from '../src/errors.ts';
import type { ToolkitEvent } from '../src/events.ts';
import { createRateLimiter, isThrottled } from '../src/limiter.ts';
import type { Clock } from '../src/ports.ts';

/** Sleepers wake in the order of their time; nothing really waits. */
function createClock(): Clock & { at: number } {
  const clock = {
    at: 0,
    now: () => clock.at,
    async sleep(milliseconds: number, signal?: AbortSignal) {
      signal?.throwIfAborted();
      const wake = clock.at + milliseconds;
      await Promise.resolve();
      clock.at = Math.max(clock.at, wake);
    },
  };
  return clock;
}

const throttled = () => Promise.reject(Object.assign(new Error('slow down'), { name: 'TooManyRequestsException' }));
const describing = (cause: object) =>
  new RemoteError(
    { doing: 'describing a job', operation: 'DescribeJobs', target: 'a job' },
    Object.assign(new Error('no'), cause),
  );
const READ = { region: 'eu-west-1', operations: 'read' } as const;

async function run(
  limiter: ReturnType<typeof createRateLimiter>,
  count: number,
  bucket: Parameters<typeof limiter.run>[0] = READ,
) {
  for (let call = 0; call < count; call++) await limiter.run(bucket, () => Promise.resolve());
}

describe('the rate', () => {
  test.each([
    ['read', 10],
    ['write', 20],
    ['submit', 50],
  ] as const)('of %s calls is %d a second, with one second at once', async (operations, rate) => {
    const clock = createClock();
    const limiter = createRateLimiter(clock);
    await run(limiter, rate + 1, { region: 'eu-west-1', operations });
    expect(clock.at).toBe(0);
    await run(limiter, rate * 3, { region: 'eu-west-1', operations });
    expect(clock.at).toBeCloseTo(3000, 0);
  });

  test('is one for each region, service and class of operation', async () => {
    const clock = createClock();
    const limiter = createRateLimiter(clock);
    await run(limiter, 11);
    await run(limiter, 11, { region: 'us-east-1', operations: 'read' });
    await run(limiter, 21, { region: 'eu-west-1', operations: 'write' });
    await run(limiter, 11, { ...READ, service: 'iam' });
    expect(clock.at).toBe(0);
    await run(limiter, 1, { ...READ, service: 'batch' });
    expect(clock.at).toBe(100);
  });

  test('gathers no more than one second while nobody calls', async () => {
    const clock = createClock();
    const limiter = createRateLimiter(clock);
    await run(limiter, 11);
    clock.at = 60_000;
    await run(limiter, 12);
    expect(clock.at).toBe(60_100);
  });
});

describe('throttling', () => {
  test('makes the call again, at half the rate, and says so', async () => {
    const clock = createClock();
    const events: ToolkitEvent[] = [];
    const limiter = createRateLimiter(clock, event => events.push(event));
    let tries = 0;
    const result = await limiter.run(READ, () => (++tries < 3 ? throttled() : Promise.resolve('done')));
    expect([result, tries]).toEqual(['done', 3]);
    expect(events.map(event => ('text' in event ? event.text : ''))).toEqual([
      'AWS throttles read calls in eu-west-1: slowed to 5 a second.',
      'AWS throttles read calls in eu-west-1: slowed to 2.5 a second.',
    ]);
    expect(clock.at).toBe(2000);
  });

  test('of calls that were on their way together slows down once', async () => {
    const clock = createClock();
    const events: ToolkitEvent[] = [];
    const limiter = createRateLimiter(clock, event => events.push(event));
    const once = () => {
      let tried = false;
      return () => {
        if (tried) return Promise.resolve();
        tried = true;
        return throttled();
      };
    };
    await Promise.all([1, 2, 3].map(() => limiter.run(READ, once())));
    expect(events).toHaveLength(1);
  });

  test('ends after thirty tries with what AWS said', async () => {
    let tries = 0;
    const always = () => {
      tries++;
      return throttled();
    };
    await expect(createRateLimiter(createClock()).run(READ, always)).rejects.toThrow('slow down');
    expect(tries).toBe(30);
  });

  test('never goes below a call in two seconds, and speeds up again to where it began', async () => {
    const clock = createClock();
    const limiter = createRateLimiter(clock);
    let refusals = 8;
    await limiter.run(READ, () => (refusals-- > 0 ? throttled() : Promise.resolve()));
    const slow = clock.at;
    await run(limiter, 10);
    expect(clock.at - slow).toBeCloseTo(20_000, 0);
    await run(limiter, 2000);
    const fast = clock.at;
    await run(limiter, 100);
    expect(clock.at - fast).toBeCloseTo(10_000, 0);
  });

  test('is forgotten by a fifth for every 50 calls that pass', async () => {
    const clock = createClock();
    const limiter = createRateLimiter(clock);
    let refusals = 1;
    await limiter.run(READ, () => (refusals-- > 0 ? throttled() : Promise.resolve()));
    await run(limiter, 49);
    const start = clock.at;
    await run(limiter, 12);
    // 5 a second became 6; the first of these was due at the old rate.
    expect(clock.at - start).toBeGreaterThan(1900);
    expect(clock.at - start).toBeLessThan(2100);
  });

  test.each([
    ['by name', { name: 'ThrottlingException' }, true],
    ['by status', { name: 'X', $metadata: { httpStatusCode: 429 } }, true],
    ['as the cause of a RemoteError', describing({ name: 'TooManyRequestsException' }), true],
    ['as the status of its cause', describing({ name: 'X', $metadata: { httpStatusCode: 429 } }), true],
    ['in a RemoteError of another refusal', describing({ name: 'ClientException' }), false],
    ['another refusal', { name: 'ClientException', $metadata: { httpStatusCode: 400 } }, false],
    ['nothing', undefined, false],
  ])('is known %s', (_what, error, expected) => {
    expect(isThrottled(error)).toBe(expected);
  });
});

test('another error is not tried again', async () => {
  let tries = 0;
  const call = () => {
    tries++;
    return Promise.reject(new Error('no'));
  };
  await expect(createRateLimiter(createClock()).run(READ, call)).rejects.toThrow('no');
  expect(tries).toBe(1);
});

test('an aborted wait ends with the reason, and the call is never made', async () => {
  const abort = new AbortController();
  abort.abort(new Error('cancelled'));
  let tries = 0;
  const running = createRateLimiter(createClock()).run(READ, () => Promise.resolve(tries++), abort.signal);
  await expect(running).rejects.toThrow('cancelled');
  expect(tries).toBe(0);
});
