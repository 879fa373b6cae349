/** Runs that are watched by events instead of looks: fewer looks, and the same answers whatever becomes of the events. */
import type { ReceiveMessageCommandInput } from '@aws-sdk/client-sqs';
import { afterEach, describe, expect, jest, test } from '@jest/globals';
import { createMemoryStore } from '../../src/adapters/memory-store.ts';
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
    async receiveMessage({ WaitTimeSeconds: seconds = 0 }: ReceiveMessageCommandInput) {
      onReceive();
      if (bodies.length === 0) {
        arrived = new AbortController();
        await clock()
          .sleep(seconds * 1000, arrived.signal)
          .catch(() => undefined);
      }
      const Messages = bodies.splice(0, 10).map(Body => ({ Body, ReceiptHandle: Body.slice(0, 8) }));
      return { $metadata: {}, ...(Messages.length > 0 && { Messages }) };
    },
    deleteMessageBatch: async () => ({ $metadata: {}, Successful: [], Failed: [] }),
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
  readonly day: Day;
}

/** A run with a queue into which `deliver` puts what it makes of each event; without one, by looks alone. */
async function tell(
  deliver?: (event: ServiceEvent, send: (...texts: string[]) => void) => void,
  onReceive?: () => void,
): Promise<Told> {
  const queue = createQueue(() => day.clock, onReceive);
  const onEvent = deliver && ((event: ServiceEvent) => deliver(event, queue.send));
  const day: Day = await startDay({ model: fatefulModel(), onEvent });
  days.push(day);
  const feed = createEventFeed(
    { region: 'eu-west-1', queueUrl: 'https://sqs/jobs' },
    { clock: day.clock, notify: day.ports.notify, aws: { sqs: async () => queue.port } },
  );
  const ports: RunPorts = deliver ? { ...day.ports, events: new Map([['eu-west-1', feed]]) } : day.ports;
  const told = await day.run(tellStory({ day, store: createMemoryStore(), manifest: manifestOf(90), ports }));
  return { answers: finalAnswers(told), looks: day.calls.get('DescribeJobs') ?? 0, day };
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

  test('that are all lost, it ends the same, by the look that comes every five minutes', async () => {
    const { answers, looks } = await tell(() => undefined);
    const calm = await byLooks;
    expect(answers).toEqual(calm.answers);
    expect(looks).toBeLessThan(calm.looks);
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
