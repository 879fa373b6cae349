import { Batch } from '@aws-sdk/client-batch';
import { CloudWatchLogs } from '@aws-sdk/client-cloudwatch-logs';
import { ECR } from '@aws-sdk/client-ecr';
import { afterEach, describe, expect, test } from '@jest/globals';
import { createFaults } from '../../src/local/faults.ts';
import { createRates } from '../../src/local/rates.ts';
import { startLocalAws } from '../../src/local/server.ts';
import { commonError, internalError } from '../../src/local/service-errors.ts';
import { clientOptions, idleEngine, useLocalAws } from './fixtures/local.ts';

const slept: number[] = [];
let now = 0;
const clock = {
  now: () => now,
  sleep: (milliseconds: number) => {
    slept.push(milliseconds);
    return Promise.resolve();
  },
};
const local = useLocalAws({ clock });
const logs = (region = 'eu-west-1', maxAttempts = 1) =>
  new CloudWatchLogs({ ...clientOptions(local(), '111122223333', region), maxAttempts });
const groupNames = async () => (await logs().describeLogGroups({})).logGroups?.map(group => group.logGroupName);

afterEach(async () => {
  local().faults.clear();
  for (const logGroupName of (await groupNames()) ?? []) await logs().deleteLogGroup({ logGroupName });
});

describe('a call', () => {
  test.each([
    ['throttle', 'ThrottlingException', 'Rate exceeded', 400],
    ['fail', 'ServiceUnavailableException', 'The service cannot complete the request.', 500],
    ['expire', 'ExpiredTokenException', 'The security token included in the request is expired', 400],
    [
      'deny',
      'AccessDeniedException',
      'User: arn:aws:iam::111122223333:user/local is not authorized to perform: logs:CreateLogGroup',
      400,
    ],
  ] as const)('FRAME-20 that shall %s gets %s and is not done', async (kind, name, message, status) => {
    local().faults.on('logs:CreateLogGroup')[kind]().times(1);
    const creating = logs().createLogGroup({ logGroupName: 'g' });
    await expect(creating).rejects.toMatchObject({ name, message, $metadata: { httpStatusCode: status } });
    expect(await groupNames()).toEqual([]);
    await logs().createLogGroup({ logGroupName: 'g' });
  });

  test('FRAME-21 that is reset has not been done; its answer lost, it has', async () => {
    local().faults.on('logs:CreateLogGroup').reset().times(1);
    await expect(logs().createLogGroup({ logGroupName: 'g' })).rejects.toThrow('ECONNRESET');
    expect(await groupNames()).toEqual([]);
    local().faults.on('logs:CreateLogGroup').lose().times(1);
    await expect(logs().createLogGroup({ logGroupName: 'g' })).rejects.toThrow('ECONNRESET');
    expect(await groupNames()).toEqual(['g']);
  });

  test('FRAME-21 whose answer is lost is sent again by an SDK that retries, and meets what it did itself', async () => {
    local().faults.on('logs:CreateLogGroup').lose().times(1);
    const creating = logs('eu-west-1', 2).createLogGroup({ logGroupName: 'g' });
    await expect(creating).rejects.toMatchObject({ name: 'ResourceAlreadyExistsException' });
  });

  test('FRAME-22 is held back by the sum of the delays', async () => {
    slept.length = 0;
    local().faults.on('logs:CreateLogGroup').delay(30);
    local().faults.on('logs:*').delay(12).times(1);
    await logs().createLogGroup({ logGroupName: 'g' });
    expect(slept).toEqual([42]);
  });

  test('FRAME-23 in another region is not hit', async () => {
    local().faults.on('logs:DescribeLogGroups', { region: 'us-east-1' }).throttle();
    await logs().describeLogGroups({});
    await expect(logs('us-east-1').describeLogGroups({})).rejects.toThrow('Rate exceeded');
  });

  test('FRAME-21 of a streaming service is lost or reset too', async () => {
    const get = () => fetch(`${local().url}/v2/`, { headers: { authorization: 'Basic QVdTOng=' } });
    for (const kind of ['reset', 'lose'] as const) {
      local().faults.on('registry')[kind]().times(1);
      await expect(get()).rejects.toMatchObject({
        cause: { code: expect.stringMatching(/ECONNRESET|UND_ERR_SOCKET/) },
      });
    }
    local().faults.on('registry').deny().times(1);
    const denied = await get();
    expect([denied.status, await denied.json()]).toMatchObject([403, { errors: [{ code: 'DENIED' }] }]);
  });
});

describe('the rules', () => {
  const call = { service: 'batch', operation: 'SubmitJob', region: 'eu-west-1' };

  test.each([
    ['*', true],
    ['batch', true],
    ['batch:*', true],
    ['batch:SubmitJob', true],
    ['batch:submitjob', false],
    ['logs:*', false],
    ['*:SubmitJob', true],
  ])('FRAME-23 on %s', (on, expected) => {
    const faults = createFaults();
    const { rule } = faults.on(on).throttle();
    expect(faults.take(call).kind).toBe(expected ? 'throttle' : undefined);
    expect(rule.hits).toBe(expected ? 1 : 0);
  });

  test('FRAME-23 hit so many calls and no more, in the order in which they were added', () => {
    const faults = createFaults();
    faults.on('batch:*').throttle().times(2);
    faults.on('batch:*').fail().times(1);
    expect(Array.from({ length: 4 }, () => faults.take(call).kind)).toEqual([
      'throttle',
      'throttle',
      'fail',
      undefined,
    ]);
  });

  test('FRAME-22 a delay goes together with the first other fault', () => {
    const faults = createFaults();
    faults.on('*').delay(5);
    faults.on('*').lose();
    faults.on('*').delay(100);
    expect(faults.take(call)).toEqual({ delayMilliseconds: 5, kind: 'lose' });
  });

  test('FRAME-23 by chance hit repeatably for a seed, about as often as asked', () => {
    const draw = (seed: number) => {
      const faults = createFaults();
      faults.on('*').fail().chance(0.3, seed);
      return Array.from({ length: 1000 }, () => (faults.take(call).kind ? 1 : 0));
    };
    const sum = (drawn: number[]) => drawn.reduce((total, one) => total + one, 0);
    expect(draw(1)).toEqual(draw(1));
    expect(draw(1)).not.toEqual(draw(2));
    expect(sum(draw(1))).toBeGreaterThan(250);
    expect(sum(draw(1))).toBeLessThan(350);
    const never = createFaults();
    never.on('*').fail().chance(0);
    expect(never.take(call).kind).toBeUndefined();
    const always = createFaults();
    always.on('*').fail().chance(1);
    expect(always.take(call).kind).toBe('fail');
  });

  test('can be removed one by one', () => {
    const faults = createFaults();
    const first = faults.on('*').fail();
    const second = faults.on('*').throttle();
    first.remove();
    expect(faults.list().map(({ kind }) => kind)).toEqual(['throttle']);
    expect([faults.remove(second.rule.id), faults.remove(second.rule.id)]).toEqual([true, false]);
    expect(faults.take(call).kind).toBeUndefined();
  });
});

describe('the control API', () => {
  const url = () => `${local().url}/_batchwright/faults`;
  const post = (body: unknown, type = 'application/json') =>
    fetch(url(), { method: 'POST', headers: { 'content-type': type }, body: JSON.stringify(body) });

  test('FRAME-24 adds, lists and removes', async () => {
    const added = await (
      await post({ on: 'logs:DescribeLogGroups', kind: 'deny', times: 2, region: 'eu-west-1' })
    ).json();
    await post({ on: 'batch', kind: 'delay', milliseconds: 5, probability: 0.5, seed: 3 });
    await expect(groupNames()).rejects.toMatchObject({ name: 'AccessDeniedException' });
    expect(await (await fetch(url())).json()).toEqual({
      faults: [
        {
          id: (added as { id: number }).id,
          on: 'logs:DescribeLogGroups',
          kind: 'deny',
          remaining: 1,
          region: 'eu-west-1',
          hits: 1,
        },
        { id: expect.any(Number), on: 'batch', kind: 'delay', milliseconds: 5, probability: 0.5, seed: 3, hits: 0 },
      ],
    });
    expect((await fetch(`${url()}/${(added as { id: number }).id}`, { method: 'DELETE' })).status).toBe(200);
    expect((await fetch(`${url()}/${(added as { id: number }).id}`, { method: 'DELETE' })).status).toBe(404);
    expect(local().faults.list()).toHaveLength(1);
    expect((await fetch(url(), { method: 'DELETE' })).status).toBe(200);
    expect(local().faults.list()).toEqual([]);
  });

  test.each<[string, unknown, string, number]>([
    ['no call', { kind: 'fail' }, '"on" must name a call: "batch:SubmitJob", "logs:*" or "*".', 400],
    [
      'a wrong call',
      { on: 'Batch SubmitJob', kind: 'fail' },
      '"on" must name a call: "batch:SubmitJob", "logs:*" or "*".',
      400,
    ],
    [
      'a wrong kind',
      { on: '*', kind: 'explode' },
      '"kind" must be one of throttle, fail, reset, lose, delay, expire, deny, stale.',
      400,
    ],
    ['a text for a number', { on: '*', kind: 'fail', times: '1' }, '"times" must be a number from 1.', 400],
    ['no calls', { on: '*', kind: 'fail', times: 0 }, '"times" must be a number from 1.', 400],
    [
      'a stale write',
      { on: 'batch:SubmitJob', kind: 'stale', writes: 1 },
      'Only Batch\'s Describe and List calls can be "stale": "batch:ListJobs".',
      400,
    ],
    [
      'a stale call of no age',
      { on: 'batch:ListJobs', kind: 'stale' },
      '"stale" needs "milliseconds" (how old the answer is), "writes", or both.',
      400,
    ],
    ['too great a chance', { on: '*', kind: 'fail', probability: 2 }, '"probability" must be at most 1.', 400],
  ])('FRAME-24 refuses %s', async (_, body, message, status) => {
    const response = await post(body);
    expect([response.status, await response.json()]).toMatchObject([status, { message }]);
    expect(local().faults.list()).toEqual([]);
  });

  test('FRAME-24 refuses what a page of another origin could send', async () => {
    expect((await post({ on: '*', kind: 'fail' }, 'text/plain')).status).toBe(415);
  });
});

describe('rates', () => {
  const strict = useLocalAws({ clock, rates: true });
  const submit = { service: 'batch', operation: 'SubmitJob', account: '111122223333', region: 'eu-west-1' };
  const admitted = (admit: ReturnType<typeof createRates>, call: typeof submit, calls: number) =>
    Array.from({ length: calls }, () => admit(call)).filter(Boolean).length;

  test.each([
    ['batch', 'SubmitJob', 50],
    ['ecr', 'PutImage', 10],
    ['registry', 'PutImage', 10],
    ['logs', 'GetLogEvents', 10],
    ['batch', 'DescribeJobs', 10],
    ['batch', 'ListJobs', 10],
    ['batch', 'DescribeJobDefinitions', 10],
    ['logs', 'FilterLogEvents', 5],
    ['logs', 'DescribeLogStreams', 25],
    ['logs', 'DescribeLogGroups', 10],
    ['s3', 'GetObject', 100],
    ['batch', 'RegisterJobDefinition', 100],
  ])('FRAME-25 %s:%s takes %i of 100 calls at once', (service, operation, expected) => {
    expect(admitted(createRates(clock), { ...submit, service, operation }, 100)).toBe(expected);
  });

  test('FRAME-25 fill again with time, and apart for each account and region', () => {
    const admit = createRates(clock);
    expect(admitted(admit, submit, 60)).toBe(50);
    expect(admitted(admit, { ...submit, region: 'us-east-1' }, 60)).toBe(50);
    expect(admitted(admit, { ...submit, account: '444455556666' }, 60)).toBe(50);
    now += 100;
    expect(admitted(admit, submit, 60)).toBe(5);
    now += 60_000;
    expect(admitted(admit, submit, 60)).toBe(50);
  });

  test('FRAME-25 are kept apart for each operation, refill to one second’s worth, and a refused call costs nothing', () => {
    const admit = createRates(clock);
    const at = (calls: number) => admitted(admit, submit, calls);
    expect(at(50)).toBe(50);
    expect(admitted(admit, { ...submit, operation: 'ListJobs' }, 20)).toBe(10);
    // 19 ms are not yet one of fifty a second; asking in between does not put the next one off.
    for (const [later, expected] of [
      [19, 0],
      [1, 1],
      [10, 0],
      [10, 1],
      [999, 49],
      [3_600_000, 50],
    ] as const) {
      now += later;
      expect([later, at(100)]).toEqual([later, expected]);
    }
  });

  test.each<[string, string, number, () => Promise<unknown>]>([
    ['batch', 'TooManyRequestsException', 429, () => new Batch(clientOptions(strict())).listJobs({ jobQueue: 'q' })],
    [
      'ecr',
      'ThrottlingException',
      400,
      () => new ECR(clientOptions(strict())).putImage({ repositoryName: 'r2', imageManifest: 'x' }),
    ],
    [
      'logs',
      'ThrottlingException',
      400,
      () => new CloudWatchLogs(clientOptions(strict())).filterLogEvents({ logGroupName: 'g' }),
    ],
  ])('FRAME-25 beyond them %s answers %s, %i', async (_, name, httpStatusCode, call) => {
    const answers = await Promise.allSettled(Array.from({ length: 11 }, call));
    const refused = answers.flatMap(answer => (answer.status === 'rejected' ? [answer.reason] : []));
    expect(refused).toContainEqual(
      expect.objectContaining({ name, $metadata: expect.objectContaining({ httpStatusCode }) }),
    );
  });

  test('FRAME-25 are kept when asked for', async () => {
    const client = new CloudWatchLogs(clientOptions(strict()));
    const answers = await Promise.allSettled(Array.from({ length: 12 }, () => client.describeLogGroups({})));
    expect(answers.filter(({ status }) => status === 'rejected')).toHaveLength(2);
  });
});

describe('the words of each service', () => {
  const call = (service: string) => ({ service, operation: 'Do', account: '111122223333', region: 'eu-west-1' });
  test.each([
    ['batch', 'throttled', 'TooManyRequestsException', 429],
    ['batch', 'failed', 'ServerException', 500],
    ['batch', 'expired', 'ExpiredTokenException', 403],
    ['batch', 'denied', 'AccessDeniedException', 403],
    ['ecr', 'throttled', 'ThrottlingException', 400],
    ['ecr', 'failed', 'ServerException', 500],
    ['ecr', 'denied', 'AccessDeniedException', 400],
    ['sts', 'throttled', 'Throttling', 400],
    ['sts', 'expired', 'ExpiredToken', 403],
    ['sts', 'denied', 'AccessDenied', 403],
    ['s3', 'throttled', 'SlowDown', 503],
    ['s3', 'failed', 'InternalError', 500],
    ['s3', 'expired', 'ExpiredToken', 400],
    ['s3', 'denied', 'AccessDenied', 403],
    ['registry', 'throttled', 'TOOMANYREQUESTS', 429],
    ['registry', 'expired', 'DENIED', 403],
    ['registry', 'denied', 'DENIED', 403],
    ['another', 'failed', 'InternalFailure', 500],
  ] as const)('FRAME-20 of %s when %s: %s, %i', (service, error, code, status) => {
    expect(commonError(error, call(service))).toMatchObject({ code, status });
  });

  test('FRAME-4 an error of our own is the service’s 500 and says what it was', () => {
    expect(internalError(call('batch'), new Error('disk full'))).toMatchObject({
      code: 'ServerException',
      status: 500,
      message: 'The local AWS failed at batch:Do: disk full',
    });
    expect(internalError(call('s3'), 'text').message).toBe('The local AWS failed at s3:Do: text');
  });

  test('FRAME-4 an error of our own is told to whoever started the server', async () => {
    const told: unknown[] = [];
    const failure = new Error('the clock stands still');
    const broken = await startLocalAws({
      engine: idleEngine,
      clock: { ...clock, sleep: () => Promise.reject(failure) },
      onInternalError: error => told.push(error),
    });
    broken.faults.on('logs:*').delay(1);
    const client = new CloudWatchLogs(clientOptions(broken));
    await expect(client.describeLogGroups({})).rejects.toMatchObject({ name: 'ServiceUnavailableException' });
    expect(told).toEqual([failure]);
    await broken.stop();
  });
});
