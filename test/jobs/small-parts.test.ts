import type { JobDetail } from '@aws-sdk/client-batch';
import { describe, expect, test } from '@jest/globals';
import { mapConcurrently } from '../../src/jobs/concurrently.ts';
import { jobUrl, logStreamUrl } from '../../src/jobs/console-url.ts';
import { fillText, fillTexts } from '../../src/jobs/fill-text.ts';
import { readJobFacts } from '../../src/jobs/job-facts.ts';
import { jobName } from '../../src/jobs/job-name.ts';
import { parseObjectUri } from '../../src/jobs/objects.ts';
import { createPace } from '../../src/jobs/pace.ts';
import { ManualClock } from './manual-clock.ts';

describe('console links', () => {
  test.each([
    ['eu-west-1', 'https://eu-west-1.console.aws.amazon.com/batch/home?region=eu-west-1#jobs/detail/a:1'],
    ['us-gov-west-1', 'https://console.amazonaws-us-gov.com/batch/home?region=us-gov-west-1#jobs/detail/a:1'],
    ['cn-north-1', 'https://console.amazonaws.cn/batch/home?region=cn-north-1#jobs/detail/a:1'],
    ['us-iso-east-1', undefined],
    ['eu-isoe-west-1', undefined],
  ])('a job in %s', (region, url) => expect(jobUrl(region, 'a:1')).toBe(url));

  test('a log stream, its names escaped twice', () => {
    expect(logStreamUrl('eu-west-1', '/aws/batch/job', 'cues/default/a b')).toBe(
      'https://eu-west-1.console.aws.amazon.com/cloudwatch/home?region=eu-west-1#logsV2:log-groups/log-group/$252Faws$252Fbatch$252Fjob/log-events/cues$252Fdefault$252Fa$2520b',
    );
    expect(logStreamUrl('us-isob-east-1', 'g', 's')).toBeUndefined();
  });
});

describe('job names', () => {
  test.each([
    [['smoke', 'cues', 'test', 'r1'], 'smoke-cues-test-r1'],
    [['smoke', 'a.b/c', 'ü'], 'smoke-a-b-c--'],
    [['-_', 'x'], 'x'],
    [['', ''], 'job'],
  ])('%j is %s', (parts, expected) => expect(jobName(parts)).toBe(expected));

  test('a long one is cut at 128, the same each time, and differs where only the end differs', () => {
    const one = jobName(['x'.repeat(130), 'a']);
    expect(one).toHaveLength(128);
    expect(one).toMatch(/^x{115}-[0-9a-f]{12}$/);
    expect(jobName(['x'.repeat(130), 'a'])).toBe(one);
    expect(jobName(['x'.repeat(130), 'b'])).not.toBe(one);
    expect(jobName(['x'.repeat(128)])).toBe('x'.repeat(128));
  });
});

describe('filling texts', () => {
  test.each([
    ['{run}/{entry}', 'r1/{entry}'],
    ['{run}{run} {other} {constructor}', 'r1r1 {other} {constructor}'],
    ['no {braces', 'no {braces'],
  ])('%s', (text, expected) => expect(fillText(text, { run: 'r1', entry: undefined })).toBe(expected));

  test('values, not names', () => expect(fillTexts({ '{run}': '{run}' }, { run: 'r' })).toEqual({ '{run}': 'r' }));
});

describe('many at once', () => {
  test('keeps the order and the limit', async () => {
    let now = 0;
    let most = 0;
    const results = await mapConcurrently([30, 1, 20, 1], 2, async pause => {
      now += 1;
      most = Math.max(most, now);
      await new Promise(resolve => setTimeout(resolve, pause / 10));
      now -= 1;
      return pause;
    });
    expect(results).toEqual([30, 1, 20, 1]);
    expect(most).toBe(2);
  });

  test('throws the first error', async () => {
    const failing = mapConcurrently([1, 2], 2, async item => {
      if (item === 2) throw new Error('two');
    });
    await expect(failing).rejects.toThrow('two');
  });

  test('nothing gives nothing', async () => expect(await mapConcurrently([], 4, async () => 1)).toEqual([]));
});

describe('a pace', () => {
  test('keeps to the rate, and lets calls after a rest go at once', async () => {
    const clock = new ManualClock();
    const pace = createPace(clock, 10);
    for (let call = 0; call < 21; call += 1) await pace();
    expect(clock.time).toBe(2000);
    clock.time = 10_000;
    await pace();
    expect(clock.time).toBe(10_000);
  });

  test('without a rate holds no call up', async () => {
    const clock = new ManualClock();
    const pace = createPace(clock, Number.POSITIVE_INFINITY);
    for (let call = 0; call < 21; call += 1) await pace();
    expect(clock.time).toBe(0);
  });
});

test.each(['http://x', 's3://', 's3://b', 's3://b/', 's3:///k'])('%s is no object', uri => {
  expect(() => parseObjectUri(uri)).toThrow(`"${uri}" is not s3://bucket/key`);
});

describe('the facts of a job', () => {
  const described = (rest: Partial<JobDetail>): JobDetail => ({
    ...{ jobId: 'j', jobName: 'n', jobQueue: 'q', jobDefinition: 'd', status: 'FAILED', startedAt: 0 },
    ...rest,
  });

  test('a container job: the reason is in the last attempt when the job does not repeat it', () => {
    const facts = readJobFacts(
      described({
        statusReason: 's',
        isTerminated: true,
        createdAt: 5,
        attempts: [
          { container: { exitCode: 1, logStreamName: 'one' }, statusReason: 'a' },
          { container: { exitCode: 137, reason: 'oom', logStreamName: 'two' }, startedAt: 1, stoppedAt: 2 },
        ],
      }),
    );
    expect(facts).toMatchObject({
      exitCode: 137,
      reason: 'oom',
      logStreamName: 'two',
      statusReason: 's',
      isTerminated: true,
      createdAt: 5,
    });
    expect(facts.attempts).toMatchObject([
      { exitCode: 1, statusReason: 'a', logStreamName: 'one' },
      { startedAt: 1, stoppedAt: 2 },
    ]);
    expect(facts.logGroupName).toBe('/aws/batch/job');
  });

  test('a missing exit code stays missing', () => {
    expect(readJobFacts(described({ container: {}, attempts: [{ container: {} }] })).exitCode).toBeUndefined();
    expect(readJobFacts(described({})).attempts).toEqual([]);
  });

  test.each([
    ['its own group', { logDriver: 'awslogs', options: { 'awslogs-group': 'own' } }, 'own'],
    ['the default group', { logDriver: 'awslogs' }, '/aws/batch/job'],
    ['another driver', { logDriver: 'splunk' }, undefined],
  ] as const)('logs to %s', (_, logConfiguration, expected) => {
    expect(readJobFacts(described({ container: { logConfiguration } })).logGroupName).toBe(expected);
  });

  test('several containers: the one with a reason decides, else the first that failed', () => {
    const containers = [
      { name: 'main', exitCode: 0, logStreamName: 'm' },
      { name: 'side', exitCode: 2, logStreamName: 's' },
    ];
    const facts = readJobFacts(
      described({
        ecsProperties: { taskProperties: [{ containers }] },
        attempts: [{ taskProperties: [{ containers: [...containers, { name: 'x', reason: 'why', exitCode: 1 }] }] }],
      }),
    );
    expect(facts).toMatchObject({ exitCode: 2, logStreamName: 's' });
    expect(facts.attempts).toMatchObject([{ exitCode: 1, reason: 'why' }]);
  });

  test('a pod on EKS', () => {
    const facts = readJobFacts(
      described({
        eksAttempts: [
          {
            initContainers: [{ exitCode: 0 }],
            containers: [{ exitCode: 137, reason: 'OOMKilled' }],
            statusReason: 'pod',
            startedAt: 1,
          },
        ],
      }),
    );
    expect(facts).toMatchObject({
      exitCode: 137,
      reason: 'OOMKilled',
      attempts: [{ statusReason: 'pod', startedAt: 1 }],
    });
  });
});
