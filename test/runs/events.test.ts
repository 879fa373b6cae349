/** Runs that are watched by events instead of looks: fewer looks, and the same answers whatever becomes of the events. */
import type { ReceiveMessageCommandInput } from '@aws-sdk/client-sqs';
import { afterEach, describe, expect, jest, test } from '@jest/globals';
import { createMemoryStore } from '../../src/adapters/memory-store.ts';
import type { RunConfig } from '../../src/config/model.ts';
import type { ServiceEvent } from '../../src/local/events/events.ts';
import type { Clock, QueuePort } from '../../src/ports.ts';
import { createEventFeed } from '../../src/runs/event-feed.ts';
import type { RunPorts } from '../../src/runs/ports.ts';
import { type Day, startDay } from './day.ts';
import { fatefulModel, finalAnswers, manifestOf, tellStory } from './story.ts';

jest.setTimeout(30_000);

const days: Day[] = [];
afterEach(async () => {
  for (const day of days.splice(0)) await day.stop();
});

/** A queue as SQS has them, in memory, on the day's clock. */
function createQueue(clock: () => Clock, onReceive: () => void = () => undefined) {
  const bodies: string[] = [];
  let arrived = new AbortController();
  const port: QueuePort = {
    async receiveMessage({ WaitTimeSeconds: seconds = 0 }: ReceiveMessageCommandInput, { abortSignal } = {}) {
      onReceive();
      if (bodies.length === 0) {
        arrived = new AbortController();
        const either = abortSignal ? AbortSignal.any([arrived.signal, abortSignal]) : arrived.signal;
        await clock()
          .sleep(seconds * 1000, either)
          .catch(() => undefined);
        abortSignal?.throwIfAborted();
      }
      const Messages = bodies.splice(0, 10).map(Body => ({ Body, ReceiptHandle: Body.slice(0, 8) }));
      return { $metadata: {}, ...(Messages.length > 0 && { Messages }) };
    },
    deleteMessageBatch: async () => ({ $metadata: {}, Successful: [], Failed: [] }),
    getQueueAttributes: async () => ({ $metadata: {} }),
  };
  const send = (...texts: string[]) => {
    bodies.push(...texts);
    arrived.abort();
  };
  return { port, send };
}

interface Told {
  readonly answers: Record<string, unknown>;
  readonly looks: number;
  /** When what was left was terminated; milliseconds from the beginning. */
  readonly stoppedAfter: number | undefined;
  readonly day: Day;
}

/** A run with a queue into which `deliver` puts what it makes of each event; without one, by looks alone. */
async function tell(
  deliver?: (event: ServiceEvent, send: (...texts: string[]) => void) => void,
  onReceive?: () => void,
  config: Partial<RunConfig> = {},
): Promise<Told> {
  const queue = createQueue(() => day.clock, onReceive);
  const onEvent = deliver && ((event: ServiceEvent) => deliver(event, queue.send));
  const day: Day = await startDay({ model: fatefulModel(), onEvent });
  days.push(day);
  const feed = createEventFeed(
    { region: 'eu-west-1', queueUrl: 'https://sqs/jobs' },
    { clock: day.clock, notify: day.ports.notify, aws: { sqs: async () => queue.port } },
  );
  const startedAt = day.clock.now();
  let stoppedAfter: number | undefined;
  const notify: RunPorts['notify'] = event => {
    day.ports.notify(event);
    if (event.type === 'message' && event.text.startsWith('Terminating')) stoppedAfter ??= day.clock.now() - startedAt;
  };
  const own = { ...day.ports, notify };
  const ports: RunPorts = deliver ? { ...own, events: new Map([['eu-west-1', feed]]) } : own;
  const told = await day.run(tellStory({ day, store: createMemoryStore(), manifest: manifestOf(90), config, ports }));
  return { answers: finalAnswers(told), looks: day.calls.get('DescribeJobs') ?? 0, stoppedAfter, day };
}

const isParent = ({ detail }: ServiceEvent) => !(detail as { jobId: string }).jobId.includes(':');
const byLooks = tell();

describe('watched by events', () => {
  test('of parents, a run needs fewer looks, and ends the same', async () => {
    const { answers, looks } = await tell((event, send) => void (isParent(event) && send(JSON.stringify(event))));
    const calm = await byLooks;
    expect(answers).toEqual(calm.answers);
    expect(looks).toBeLessThan(calm.looks);
  });

  test('of children too, it is looked at once a minute', async () => {
    const { answers, looks } = await tell((event, send) => send(JSON.stringify(event)));
    const calm = await byLooks;
    expect(answers).toEqual(calm.answers);
    expect(looks).toBeLessThanOrEqual(calm.looks);
  });

  test('that come twice, in the wrong order, late or beside nonsense, it ends the same', async () => {
    const kept: string[] = [];
    const { answers } = await tell((event, send) => {
      kept.push(JSON.stringify(event));
      if (kept.length % 7 === 0) send('nonsense', '{"source":"aws.batch"}', ...kept.toReversed(), ...kept.splice(0));
    });
    expect(answers).toEqual((await byLooks).answers);
  });

  test('that are all lost, it ends the same, and is looked at as often as without them', async () => {
    const { answers, looks } = await tell(() => undefined);
    const calm = await byLooks;
    expect(answers).toEqual(calm.answers);
    expect(looks).toBeLessThanOrEqual(calm.looks);
  });

  test('of which none comes, it says once what to look at, and is looked at as often as without them', async () => {
    const { day, answers, looks } = await tell(() => undefined);
    const missed = day.messages('warning').filter(text => text.includes('no event of it came'));
    expect(missed).toEqual([
      expect.stringMatching(/eu-west-1: job \S+ ended at \S+Z, .*https:\/\/sqs\/jobs\..*policy/),
    ]);
    expect(answers).toEqual((await byLooks).answers);
    expect(looks).toBeLessThanOrEqual((await byLooks).looks);
  });

  test('that stop, come again and stop again, each silence is said', async () => {
    const roundOf = ({ detail }: ServiceEvent) => /-daily-(\d)-/.exec((detail as { jobName: string }).jobName)?.[1];
    const { day, answers } = await tell((event, send) => void (roundOf(event) === '1' && send(JSON.stringify(event))));
    const missed = day.messages('warning').filter(text => text.includes('no event of it came'));
    expect(missed).toHaveLength(2);
    expect(answers).toEqual((await byLooks).answers);
  });

  test('that all come, nothing is said', async () => {
    const { day } = await tell((event, send) => void (isParent(event) && send(JSON.stringify(event))));
    expect(day.messages('warning').filter(text => text.includes('no event'))).toEqual([]);
  });

  test('that tell of nothing else, it is stopped at its deadline all the same', async () => {
    const { stoppedAfter = Infinity } = await tell(() => undefined, undefined, { deadlineSeconds: 400 });
    expect(stoppedAfter).toBeGreaterThanOrEqual(400_000);
    expect(stoppedAfter).toBeLessThan(410_000);
  });

  test('that tell of nothing else, it is stopped at its budget as soon as without them', async () => {
    const maxCost = { maxCost: 0.5 };
    const { stoppedAfter = Infinity } = await tell(() => undefined, undefined, maxCost);
    const { stoppedAfter: calm = 0 } = await tell(undefined, undefined, maxCost);
    expect(calm).toBeGreaterThan(0);
    expect(stoppedAfter).toBeLessThanOrEqual(calm + 65_000);
  });

  test('that may not be received, it says so, and is looked at as without them', async () => {
    const { answers, looks, day } = await tell(
      () => undefined,
      () => {
        throw Object.assign(new Error('not authorized'), { name: 'AccessDenied' });
      },
    );
    const calm = await byLooks;
    expect(answers).toEqual(calm.answers);
    expect(looks).toBeGreaterThanOrEqual(calm.looks * 0.8);
    expect(day.messages('warning')).toContainEqual(
      expect.stringContaining(
        'eu-west-1: receiving job state changes from https://sqs/jobs: AccessDenied: not authorized. Grant sqs:ReceiveMessage',
      ),
    );
  });
});

describe('the queue', () => {
  /** A feed on a clock that stands still, and how many readings are under way. */
  const open = () => {
    let underWay = 0;
    const port: QueuePort = {
      async receiveMessage(_, { abortSignal } = {}) {
        underWay += 1;
        const aborted = Promise.withResolvers<never>();
        abortSignal?.addEventListener('abort', () => aborted.reject(abortSignal.reason));
        return aborted.promise.finally(() => {
          underWay -= 1;
        });
      },
      deleteMessageBatch: async () => ({ $metadata: {}, Successful: [], Failed: [] }),
      getQueueAttributes: async () => ({ $metadata: {} }),
    };
    const said: string[] = [];
    const feed = createEventFeed(
      { region: 'eu-west-1', queueUrl: 'https://sqs/jobs' },
      {
        clock: { now: () => 0, sleep: (_, signal) => untilAborted(signal) },
        notify: event => void said.push(JSON.stringify(event)),
        aws: { sqs: async () => port },
      },
    );
    return { feed, said, underWay: () => underWay };
  };
  const untilAborted = (signal?: AbortSignal) =>
    new Promise<void>((_, reject) => signal?.addEventListener('abort', () => reject(signal.reason)));
  const times = { until: 60_000, childrenFrom: 60_000, ifDown: 60_000 };

  test('is read while somebody waits, and let go when the last one is told to end', async () => {
    const { feed, said, underWay } = open();
    const [first, last] = [new AbortController(), new AbortController()];
    const waits = [first, last].map(({ signal }) => feed.wait(new Set(['job']), times, signal).catch(() => undefined));
    await new Promise(setImmediate);
    expect(underWay()).toBe(1);
    first.abort();
    await waits[0];
    expect(underWay()).toBe(1);
    last.abort();
    await Promise.all(waits);
    await new Promise(setImmediate);
    expect(underWay()).toBe(0);
    expect(said).toEqual([]);
  });
});
