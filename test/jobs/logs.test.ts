/** Reading log streams: the pages are scripted, since what matters is where the API may mislead. */
import type { JobDetail } from '@aws-sdk/client-batch';
import type { GetLogEventsCommandInput, GetLogEventsCommandOutput } from '@aws-sdk/client-cloudwatch-logs';
import { describe, expect, test } from '@jest/globals';
import type { ToolkitEvent } from '../../src/events.ts';
import { followLogs } from '../../src/jobs/follow-logs.ts';
import { readLastLines, readNewLines } from '../../src/jobs/logs.ts';
import { createPace } from '../../src/jobs/pace.ts';
import type { AwsPorts } from '../../src/ports.ts';
import { ManualClock } from './manual-clock.ts';

const stream = { region: 'r', logGroupName: 'g', logStreamName: 's' };
const absent = Object.assign(new Error('no stream'), {
  name: 'ResourceNotFoundException',
  $metadata: { httpStatusCode: 400 },
});
const page = (lines: string[], forward: string, backward = 'b'): GetLogEventsCommandOutput => ({
  $metadata: {},
  events: lines.map((message, timestamp) => ({ message, timestamp })),
  nextForwardToken: forward,
  nextBackwardToken: backward,
});
const texts = (lines: readonly { text: string }[]) => lines.map(({ text }) => text);

function reader(answer: (request: GetLogEventsCommandInput) => GetLogEventsCommandOutput) {
  const requests: GetLogEventsCommandInput[] = [];
  const getLogEvents = async (request: GetLogEventsCommandInput) => {
    requests.push(request);
    return answer(request);
  };
  const clock = new ManualClock();
  const aws = { logs: async () => ({ getLogEvents }) } as unknown as Pick<AwsPorts, 'logs'>;
  return { requests, clock, ports: { aws, pace: createPace(clock, 10) } };
}

describe('reading on', () => {
  test('goes over empty pages and ends where the token stays the same', async () => {
    const pages: Record<string, GetLogEventsCommandOutput> = {
      '': page(['one\n', 'two'], 'f1'),
      f1: page([], 'f2'),
      f2: page(['three'], 'f3'),
      f3: page([], 'f3'),
    };
    const { requests, clock, ports } = reader(({ nextToken = '' }) => pages[nextToken] ?? page([], nextToken));
    const first = await readNewLines(stream, undefined, ports);
    expect(texts(first.lines)).toEqual(['one', 'two', 'three']);
    expect(first.token).toBe('f3');
    expect(requests.map(({ nextToken, startFromHead, limit }) => [nextToken, startFromHead, limit])).toEqual(
      [undefined, 'f1', 'f2', 'f3'].map(token => [token, true, undefined]),
    );
    expect(clock.time).toBe(300);
    pages['f3'] = page(['four'], 'f4');
    expect(texts((await readNewLines(stream, first.token, ports)).lines)).toEqual(['four']);
  });

  test('a stream that does not exist yet has no lines', async () => {
    const { ports } = reader(() => {
      throw absent;
    });
    expect(await readNewLines(stream, undefined, ports)).toEqual({ lines: [], token: undefined });
    expect(await readLastLines(stream, 3, ports)).toEqual([]);
  });

  test('a stream that never ends gives the turn back', async () => {
    let count = 0;
    const { requests, ports } = reader(() => {
      count += 1;
      return page(['x'], String(count));
    });
    expect((await readNewLines(stream, undefined, ports)).lines).toHaveLength(100);
    expect(requests).toHaveLength(100);
  });
});

describe('the last lines', () => {
  test('come from as many pages as are needed, oldest first', async () => {
    const pages: Record<string, GetLogEventsCommandOutput> = {
      '': page([], 'f', 'b1'),
      b1: page(['3', '4'], 'f', 'b2'),
      b2: page(['1', '2'], 'f', 'b3'),
    };
    const { requests, ports } = reader(({ nextToken = '' }) => pages[nextToken] ?? page(['never'], 'f', 'b4'));
    expect(texts(await readLastLines(stream, 3, ports))).toEqual(['2', '3', '4']);
    expect(requests.map(({ startFromHead, limit }) => [startFromHead, limit])).toEqual([
      [false, 3],
      [false, 3],
      [false, 3],
    ]);
  });

  test('are all there are when the head is reached', async () => {
    const { ports } = reader(({ nextToken }) => page(nextToken ? [] : ['only'], 'f', 'b1'));
    expect(texts(await readLastLines(stream, 3, ports))).toEqual(['only']);
  });
});

describe('following', () => {
  /** Two children; `at` says what is known at a time. */
  function follow(
    at: (time: number) => { jobs: JobDetail[]; lines: Record<string, string[]> | Error },
    { size = 2, graceSeconds = 5 } = {},
  ) {
    const clock = new ManualClock();
    const events: ToolkitEvent[] = [];
    const described: string[][] = [];
    const batch = {
      describeJobs: async ({ jobs }: { jobs: string[] }) => {
        described.push(jobs);
        return { jobs: at(clock.time).jobs.filter(({ jobId }) => jobs.includes(jobId ?? '')) };
      },
    };
    const logs = {
      getLogEvents: async ({ logStreamName = '', nextToken = '0' }: GetLogEventsCommandInput) => {
        const { lines } = at(clock.time);
        if (lines instanceof Error) throw lines;
        const all = lines[logStreamName];
        if (!all) throw absent;
        return page(all.slice(Number(nextToken)), String(all.length));
      },
    };
    const aws = { batch: async () => batch, logs: async () => logs } as unknown as Pick<AwsPorts, 'batch' | 'logs'>;
    const abort = new AbortController();
    const ports = {
      aws,
      clock,
      pace: createPace(clock, 10),
      notify: (event: ToolkitEvent) => events.push(event),
      signal: abort.signal,
    };
    const job = { jobId: 'p', jobName: 'n', size, region: 'r', reconciled: false };
    const follower = followLogs({ job, graceSeconds }, ports);
    const told = () =>
      events.map(event => (event.type === 'log' ? `${event.arrayIndex}: ${event.text}` : `${event.type}`));
    return { follower, clock, events, described, abort, told };
  }
  const child = (index: number, status: JobDetail['status'], streams: string[]): JobDetail => ({
    ...{
      jobId: `p:${index}`,
      jobName: 'n',
      jobQueue: 'q',
      jobDefinition: 'd',
      startedAt: 0,
      status,
      arrayProperties: { index },
    },
    container: { logStreamName: streams.at(-1) },
    attempts: streams.slice(0, -1).map(logStreamName => ({ container: { logStreamName } })),
  });
  const until = async (condition: () => boolean) => {
    for (let turn = 0; turn < 5000 && !condition(); turn += 1) await new Promise(resolve => setImmediate(resolve));
    expect(condition()).toBe(true);
  };

  test('tells every line of every attempt once, child by child, and the late ones within the grace', async () => {
    const world = follow(time => ({
      jobs: [
        child(0, 'RUNNING', ['a0', 'a1']),
        child(1, time < 20_000 ? 'STARTING' : 'SUCCEEDED', time < 10_000 ? [] : ['b']),
      ],
      lines: {
        a0: ['first attempt'],
        ...(time > 5000 && { a1: ['x', 'y'] }),
        b: time < 30_000 ? ['z'] : ['z', 'late'],
      },
    }));
    await until(() => world.clock.time > 27_000);
    const drained = world.follower.drain();
    await drained;
    expect(world.told()).toEqual(['0: first attempt', '0: x', '0: y', '1: z', '1: late']);
    expect(world.clock.time).toBeLessThan(60_000);
    expect(world.described.at(-1)).toEqual(['p:0']);
  });

  test('without grace reads once what is left', async () => {
    const at = () => ({ jobs: [child(0, 'SUCCEEDED', ['a'])], lines: { a: ['x', 'y'] } });
    const world = follow(at, { graceSeconds: 0 });
    const { time } = world.clock;
    await world.follower.drain();
    expect(world.told()).toEqual(['0: x', '0: y']);
    expect(world.clock.time - time).toBeLessThan(1000);
  });

  test('says once that a log may not be read, and stops asking', async () => {
    const denied = Object.assign(new Error('no'), {
      name: 'AccessDeniedException',
      $metadata: { httpStatusCode: 400 },
    });
    const world = follow(() => ({ jobs: [child(0, 'RUNNING', ['a'])], lines: denied }));
    await until(() => world.clock.time > 30_000);
    await world.follower.drain();
    expect(world.told()).toEqual(['message']);
    expect(world.events[0]).toMatchObject({
      level: 'warning',
      text: expect.stringContaining('The log is not followed any longer.'),
    });
    expect(world.described).toHaveLength(1);
  });

  test('outlasts throttling in silence', async () => {
    const throttled = Object.assign(new Error('slow'), { name: 'ThrottlingException' });
    const world = follow(time => ({
      jobs: [child(0, 'RUNNING', ['a'])],
      lines: time < 10_000 ? throttled : { a: ['x'] },
    }));
    await until(() => world.told().length > 0);
    await world.follower.stop();
    expect(world.told()).toEqual(['0: x']);
  });

  test('of a large array follows the first twenty', async () => {
    const world = follow(() => ({ jobs: [], lines: {} }), { size: 500 });
    await until(() => world.described.length > 0);
    await world.follower.stop();
    expect(world.described[0]).toHaveLength(20);
  });

  test('ends with the signal', async () => {
    const world = follow(() => ({ jobs: [child(0, 'RUNNING', ['a'])], lines: { a: [] } }));
    await until(() => world.clock.time > 2000);
    world.abort.abort(new Error('stop'));
    await world.follower.drain();
    const { length } = world.described;
    await new Promise(resolve => setTimeout(resolve, 5));
    expect(world.described).toHaveLength(length);
  });
});
