/** SQS and EventBridge of the local AWS, through the real clients. */
import { Batch } from '@aws-sdk/client-batch';
import { EventBridge } from '@aws-sdk/client-eventbridge';
import { SQS } from '@aws-sdk/client-sqs';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { matchesPattern, parsePattern } from '../../src/local/events/match-pattern.ts';
import { instantEngine } from '../cli/instant-engine.ts';
import { DOCUMENTED, followPage } from '../runs/documented-queue.ts';
import { clientOptions, useLocalAws } from './fixtures/local.ts';

const local = useLocalAws({ engine: instantEngine(() => ({ kind: 'exited', exitCode: 0 })) });
let sqs: SQS;
let events: EventBridge;
beforeAll(() => {
  sqs = new SQS(clientOptions(local()));
  events = new EventBridge(clientOptions(local()));
});
afterAll(() => {
  sqs.destroy();
  events.destroy();
});
const createQueue = async (name: string, attributes: Record<string, string> = {}) => {
  const { QueueUrl = '' } = await sqs.createQueue({ QueueName: name, Attributes: attributes });
  return QueueUrl;
};

test('SQS-1 a queue is made once, found by its name, and told apart by account and region', async () => {
  const url = await createQueue('one', { VisibilityTimeout: '60' });
  expect(url).toBe(`${local().url}/111122223333/one`);
  expect(await createQueue('one', { VisibilityTimeout: '60' })).toBe(url);
  await expect(createQueue('one', { VisibilityTimeout: '5' })).rejects.toMatchObject({ name: 'QueueNameExists' });
  expect(await sqs.getQueueUrl({ QueueName: 'one' })).toMatchObject({ QueueUrl: url });
  const { Attributes } = await sqs.getQueueAttributes({ QueueUrl: url, AttributeNames: ['All'] });
  expect(Attributes).toMatchObject({ QueueArn: 'arn:aws:sqs:eu-west-1:111122223333:one', VisibilityTimeout: '60' });
  const elsewhere = new SQS(clientOptions(local(), '111122223333', 'us-east-1'));
  await expect(elsewhere.getQueueUrl({ QueueName: 'one' })).rejects.toMatchObject({ name: 'QueueDoesNotExist' });
  elsewhere.destroy();
  await expect(createQueue('a b')).rejects.toMatchObject({ name: 'InvalidParameterValue' });
});

test('SQS-2 a message that was received is hidden until its time is over, and gone when it is deleted', async () => {
  const QueueUrl = await createQueue('hidden');
  await sqs.sendMessage({ QueueUrl, MessageBody: 'first' });
  const { Messages: [first] = [] } = await sqs.receiveMessage({ QueueUrl });
  expect(first).toMatchObject({ Body: 'first', ReceiptHandle: expect.any(String) });
  expect((await sqs.receiveMessage({ QueueUrl })).Messages).toBeUndefined();
  const { Attributes } = await sqs.getQueueAttributes({
    QueueUrl,
    AttributeNames: ['ApproximateNumberOfMessagesNotVisible'],
  });
  expect(Attributes).toEqual({ ApproximateNumberOfMessagesNotVisible: '1' });
  await sqs.changeMessageVisibility({ QueueUrl, ReceiptHandle: first?.ReceiptHandle, VisibilityTimeout: 0 });
  const { Messages: [again] = [] } = await sqs.receiveMessage({ QueueUrl, VisibilityTimeout: 0 });
  expect(again).toMatchObject({ MessageId: first?.MessageId, Attributes: { ApproximateReceiveCount: '2' } });
  await sqs.deleteMessage({ QueueUrl, ReceiptHandle: again?.ReceiptHandle });
  expect((await sqs.receiveMessage({ QueueUrl })).Messages).toBeUndefined();
});

test('SQS-3 a receiver waits for the first message, and takes at most ten', async () => {
  const QueueUrl = await createQueue('long');
  const waiting = sqs.receiveMessage({ QueueUrl, WaitTimeSeconds: 20, MaxNumberOfMessages: 10 });
  await sqs.sendMessage({ QueueUrl, MessageBody: 'at last' });
  expect((await waiting).Messages).toMatchObject([{ Body: 'at last' }]);
  for (let at = 0; at < 12; at += 1) await sqs.sendMessage({ QueueUrl, MessageBody: `${at}` });
  const { Messages = [] } = await sqs.receiveMessage({ QueueUrl, MaxNumberOfMessages: 10 });
  expect(Messages.map(({ Body }) => Body)).toEqual(Array.from({ length: 10 }, (_, at) => String(at)));
  const Entries = Messages.map(({ ReceiptHandle }, at) => ({ Id: String(at), ReceiptHandle }));
  expect((await sqs.deleteMessageBatch({ QueueUrl, Entries })).Successful).toHaveLength(10);
  await sqs.purgeQueue({ QueueUrl });
  expect((await sqs.receiveMessage({ QueueUrl })).Messages).toBeUndefined();
  await expect(sqs.receiveMessage({ QueueUrl, MaxNumberOfMessages: 11 })).rejects.toMatchObject({
    name: 'InvalidParameterValue',
  });
  await expect(sqs.deleteMessageBatch({ QueueUrl, Entries: [] })).rejects.toMatchObject({ name: 'EmptyBatchRequest' });
});

test.each<[string, (QueueUrl: string) => Promise<unknown>, string, string]>([
  ['a queue without a name', () => sqs.createQueue({ QueueName: '' }), 'MissingParameter', 'QueueName'],
  [
    'a message without a body',
    QueueUrl => sqs.sendMessage({ QueueUrl, MessageBody: '' }),
    'MissingParameter',
    'MessageBody',
  ],
  [
    'a message of over 1 MiB',
    QueueUrl => sqs.sendMessage({ QueueUrl, MessageBody: 'é'.repeat(524_289) }),
    'InvalidParameterValue',
    'shorter than 1048576 bytes',
  ],
  [
    'a delay of over 15 min',
    QueueUrl => sqs.sendMessage({ QueueUrl, MessageBody: 'm', DelaySeconds: 901 }),
    'InvalidParameterValue',
    '<= 900',
  ],
  [
    'a receipt that is none',
    QueueUrl => sqs.deleteMessage({ QueueUrl, ReceiptHandle: '' }),
    'MissingParameter',
    'ReceiptHandle',
  ],
  [
    'a wait of 21 s',
    QueueUrl => sqs.receiveMessage({ QueueUrl, WaitTimeSeconds: 21 }),
    'InvalidParameterValue',
    'Must be >= 0 and <= 20',
  ],
  [
    'a timeout of over 12 h',
    QueueUrl => sqs.changeMessageVisibility({ QueueUrl, ReceiptHandle: 'r', VisibilityTimeout: 43_201 }),
    'InvalidParameterValue',
    '<= 43200',
  ],
  [
    'a batch of eleven',
    QueueUrl =>
      sqs.deleteMessageBatch({
        QueueUrl,
        Entries: Array.from({ length: 11 }, (_, at) => ({ Id: `${at}`, ReceiptHandle: 'r' })),
      }),
    'TooManyEntriesInBatchRequest',
    'You have sent 11.',
  ],
  [
    'a batch without entries',
    QueueUrl => sqs.deleteMessageBatch({ QueueUrl, Entries: undefined }),
    'EmptyBatchRequest',
    'at least one',
  ],
  [
    'a queue that is not there',
    QueueUrl => sqs.purgeQueue({ QueueUrl: `${QueueUrl}-not` }),
    'QueueDoesNotExist',
    'does not exist',
  ],
])('SQS-1 SQS-3 refuses %s', async (_, send, name, words) => {
  const QueueUrl = await createQueue('refusing');
  await expect(send(QueueUrl)).rejects.toMatchObject({ name, message: expect.stringContaining(words) });
});

test('SQS-2 a message is hidden at first for the delay of its queue, or its own', async () => {
  const QueueUrl = await createQueue('delayed', { DelaySeconds: '900' });
  await sqs.sendMessage({ QueueUrl, MessageBody: 'later' });
  expect((await sqs.receiveMessage({ QueueUrl })).Messages).toBeUndefined();
  await sqs.sendMessage({ QueueUrl, MessageBody: 'now', DelaySeconds: 0 });
  expect((await sqs.receiveMessage({ QueueUrl })).Messages).toMatchObject([{ Body: 'now' }]);
});

test('SQS-1 only the attributes that were asked for are told', async () => {
  const { QueueUrl = '' } = await sqs.createQueue({ QueueName: 'asked' });
  expect((await sqs.getQueueAttributes({ QueueUrl })).Attributes ?? {}).toEqual({});
  const { Attributes } = await sqs.getQueueAttributes({
    QueueUrl,
    AttributeNames: ['VisibilityTimeout', 'QueueArn', 'Policy'],
  });
  expect(Attributes).toEqual({ VisibilityTimeout: '30', QueueArn: 'arn:aws:sqs:eu-west-1:111122223333:asked' });
});

/** As a policy of the queue has to say for a rule's events. */
const letting = (queue: string, rule = queue, more: object = {}) => ({
  Policy: JSON.stringify({
    Statement: {
      Effect: 'Allow',
      Principal: { Service: 'events.amazonaws.com' },
      Action: 'sqs:SendMessage',
      Resource: `arn:aws:sqs:eu-west-1:111122223333:${queue}`,
      Condition: { ArnEquals: { 'aws:SourceArn': `arn:aws:events:eu-west-1:111122223333:rule/${rule}` } },
      ...more,
    },
  }),
});

test('SQS-4 attributes are changed one by one, and a policy that is no JSON is refused', async () => {
  const QueueUrl = await createQueue('changed', { VisibilityTimeout: '60' });
  await sqs.setQueueAttributes({ QueueUrl, Attributes: letting('changed') });
  await sqs.setQueueAttributes({ QueueUrl, Attributes: { ReceiveMessageWaitTimeSeconds: '5' } });
  const { Attributes } = await sqs.getQueueAttributes({ QueueUrl, AttributeNames: ['All'] });
  expect(Attributes).toMatchObject({
    VisibilityTimeout: '60',
    ReceiveMessageWaitTimeSeconds: '5',
    ...letting('changed'),
  });
  await expect(sqs.setQueueAttributes({ QueueUrl, Attributes: { Policy: '{' } })).rejects.toMatchObject({
    name: 'InvalidAttributeValue',
  });
});

describe('job state changes', () => {
  const pattern = (detail: object) =>
    JSON.stringify({ source: ['aws.batch'], 'detail-type': ['Batch Job State Change'], detail });
  const receiveAll = async (QueueUrl: string) => {
    const found: { detail: { jobId: string; status: string } & Record<string, unknown> }[] = [];
    for (;;) {
      const { Messages = [] } = await sqs.receiveMessage({ QueueUrl, MaxNumberOfMessages: 10 });
      if (Messages.length === 0) return found;
      for (const { Body = '' } of Messages) found.push(JSON.parse(Body) as (typeof found)[number]);
    }
  };

  test('EVENTS-1 BATCH-166 come to the queues of the rules that they match, of parents and of children', async () => {
    for (const [name, detail] of [
      ['all', {}],
      ['parents', { arrayProperties: { index: [{ exists: false }] } }],
      ['failed', { status: ['FAILED'] }],
    ] as const) {
      await createQueue(name, letting(name));
      await events.putRule({ Name: name, EventPattern: pattern(detail) });
      const Arn = `arn:aws:sqs:eu-west-1:111122223333:${name}`;
      await events.putTargets({ Rule: name, Targets: [{ Id: 'queue', Arn }] });
    }
    const jobId = await runJob(clientOptions(local()), 2);
    const url = (name: string) => `${local().url}/111122223333/${name}`;
    const all = await receiveAll(url('all'));
    const statusesOf = (id: string) => all.filter(({ detail }) => detail.jobId === id).map(one => one.detail.status);
    expect(statusesOf(jobId)).toEqual(['PENDING', 'SUCCEEDED']);
    // A container that ends at once may never be seen to run.
    for (const child of [`${jobId}:0`, `${jobId}:1`])
      expect(statusesOf(child).filter(status => status !== 'RUNNING')).toEqual(['RUNNABLE', 'STARTING', 'SUCCEEDED']);
    expect(all[0]).toMatchObject({
      version: '0',
      source: 'aws.batch',
      'detail-type': 'Batch Job State Change',
      account: '111122223333',
      region: 'eu-west-1',
      resources: [`arn:aws:batch:eu-west-1:111122223333:job/${all[0]?.detail.jobId}`],
      detail: { jobName: 'two', jobQueue: 'arn:aws:batch:eu-west-1:111122223333:job-queue/queue' },
    });
    expect((await receiveAll(url('parents'))).map(({ detail }) => detail.status)).toEqual(['PENDING', 'SUCCEEDED']);
    expect(await receiveAll(url('failed'))).toEqual([]);
  });

  test.each<readonly [string, string, Record<string, string>, number]>([
    ['without a policy', 'lone', {}, 0],
    ['whose policy lets it', 'open', letting('open'), 1],
    ['whose policy lets another rule', 'other', letting('other', 'all'), 0],
    [
      'whose policy lets another service',
      'sns',
      letting('sns', 'sns', { Principal: { Service: 'sns.amazonaws.com' } }),
      0,
    ],
    ['whose policy denies it', 'closed', letting('closed', 'closed', { Effect: 'Deny' }), 0],
  ])('EVENTS-4 a queue %s', async (_, name, attributes, count) => {
    const QueueUrl = await createQueue(name, attributes);
    await events.putRule({ Name: name, EventPattern: pattern({ status: ['SUCCEEDED'] }) });
    await events.putTargets({
      Rule: name,
      Targets: [{ Id: 'queue', Arn: `arn:aws:sqs:eu-west-1:111122223333:${name}` }],
    });
    await runJob(clientOptions(local()));
    expect(await receiveAll(QueueUrl)).toHaveLength(count);
  });

  test('come to the queue that the commands of docs/runs.md make, and nothing of a child', async () => {
    const options = clientOptions(local(), DOCUMENTED.account, DOCUMENTED.region);
    await followPage(options);
    const jobId = await runJob(options, 2);
    const documented = new SQS(options);
    const { QueueUrl = '' } = await documented.getQueueUrl({ QueueName: 'batch-events' });
    const { Messages = [] } = await documented.receiveMessage({ QueueUrl, MaxNumberOfMessages: 10 });
    const ids = Messages.map(({ Body = '' }) => (JSON.parse(Body) as { detail: { jobId: string } }).detail.jobId);
    expect(new Set(ids)).toEqual(new Set([jobId]));
    documented.destroy();
  });

  test('EVENTS-2 a rule is changed, switched off and taken away; one that is none is refused', async () => {
    await expect(events.putRule({ Name: 'bad', EventPattern: '{"source":"x"}' })).rejects.toMatchObject({
      name: 'InvalidEventPatternException',
    });
    await expect(events.putTargets({ Rule: 'none', Targets: [] })).rejects.toMatchObject({
      name: 'ResourceNotFoundException',
    });
    await events.putRule({ Name: 'all', EventPattern: pattern({}), State: 'DISABLED' });
    await expect(events.deleteRule({ Name: 'all' })).rejects.toMatchObject({ name: 'ValidationException' });
    await events.removeTargets({ Rule: 'all', Ids: ['queue'] });
    await events.deleteRule({ Name: 'all' });
    await expect(events.putTargets({ Rule: 'all', Targets: [] })).rejects.toMatchObject({
      name: 'ResourceNotFoundException',
    });
  });

  test.each([
    ['{"a":["x"]}', { a: 'x' }, true],
    ['{"a":["x","y"]}', { a: 'z' }, false],
    ['{"a":{"b":[1]}}', { a: { b: 1 } }, true],
    ['{"a":{"b":[{"exists":false}]}}', {}, true],
    ['{"a":[{"exists":true}]}', {}, false],
    ['{"a":[{"prefix":"mod"}]}', { a: 'models' }, true],
    ['{"a":[{"anything-but":["x"]}]}', { a: 'x' }, false],
    ['{"a":["x"]}', { a: ['y', 'x'] }, true],
  ])('EVENTS-3 the pattern %s and %j', (text, event, expected) => {
    const parsed = parsePattern(text);
    expect(parsed && matchesPattern(parsed, event)).toBe(expected);
  });
});

/** Runs a job to its end: an array job of so many children, or a plain one. */
async function runJob(options: ReturnType<typeof clientOptions>, size?: number): Promise<string> {
  const batch = new Batch(options);
  if (((await batch.describeJobQueues({})).jobQueues ?? []).length === 0) await furnish(batch);
  const request = { jobName: 'two', jobQueue: 'queue', jobDefinition: 'job' };
  const { jobId = '' } = await batch.submitJob({ ...request, ...(size && { arrayProperties: { size } }) });
  while ((await batch.describeJobs({ jobs: [jobId] })).jobs?.[0]?.status !== 'SUCCEEDED')
    await new Promise(resolve => setTimeout(resolve, 10));
  batch.destroy();
  return jobId;
}

async function furnish(batch: Batch): Promise<void> {
  await batch.createComputeEnvironment({ computeEnvironmentName: 'ce', type: 'UNMANAGED', unmanagedvCpus: 8 });
  const computeEnvironmentOrder = [{ order: 1, computeEnvironment: 'ce' }];
  await batch.createJobQueue({ jobQueueName: 'queue', priority: 1, computeEnvironmentOrder });
  const resourceRequirements = [
    { type: 'VCPU', value: '1' },
    { type: 'MEMORY', value: '64' },
  ] as const;
  await batch.registerJobDefinition({
    jobDefinitionName: 'job',
    type: 'container',
    containerProperties: { image: 'x', resourceRequirements: [...resourceRequirements] },
  });
}
