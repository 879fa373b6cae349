import { describe, expect, test } from '@jest/globals';
import type { TargetConfig } from '../../src/config/model.ts';
import { ConfigurationError } from '../../src/errors.ts';
import { smokeTest } from '../../src/jobs/smoke-test.ts';
import type { ContainerRequest } from '../../src/local/engines/model.ts';
import type { Script } from '../local/batch/scripted-engine.ts';
import { useLocalJobs } from './local-jobs.ts';

const started = useLocalJobs();
const EU = 'eu-west-1';
const US = 'us-east-1';
const exited = (exitCode: number, reason?: string) => ({ kind: 'exited', exitCode, reason }) as const;

const indexOf = ({ environment }: ContainerRequest) => Number(environment['AWS_BATCH_JOB_ARRAY_INDEX'] ?? 0);
const entryOf = (request: ContainerRequest) => request.environment['ACCOUNTS']?.split(',')[indexOf(request)] ?? '';

/** Writes each child's model, as the example does. */
const writeModels =
  (content = (request: ContainerRequest) => `model of ${entryOf(request)}`): Script =>
  (request, run) => {
    run.log(`account=${entryOf(request)} building`, Date.now());
    const key = `data/${request.region}/${request.environment['RUN_ID']}/${entryOf(request)}.json`;
    started().store.objects.set(key, content(request));
    return exited(0);
  };
const MODELS = ['s3://data/{region}/{run}/{entry}.json'];

test('passes in every region when all children succeed, write their objects, and the same bytes again', async () => {
  const { engine, ports, target, events, jobs } = bind();
  engine.script = writeModels();
  const settings = { expectObjects: MODELS, idempotence: true };
  const result = await smokeTest({ targets: [target(EU, settings), target(US, settings)], runId: 'r1' }, ports);
  expect(result.runs.map(({ region, verdict, reason }) => [region, verdict, reason])).toEqual([
    [EU, 'passed', undefined],
    [US, 'passed', undefined],
  ]);
  expect(result.passed).toBe(true);
  const [run] = result.runs;
  expect(
    run?.children.map(({ arrayIndex, entry, status, exitCode, attempts, failure }) => ({
      arrayIndex,
      entry,
      status,
      exitCode,
      tries: attempts.length,
      failure,
    })),
  ).toEqual(
    ['101', '102', '103'].map((entry, arrayIndex) => ({
      arrayIndex,
      entry,
      status: 'SUCCEEDED',
      exitCode: 0,
      tries: 1,
      failure: undefined,
    })),
  );
  expect(run?.children[1]?.objects).toMatchObject([
    { uri: 's3://data/eu-west-1/r1/102.json', found: true, bytes: 12, sameBytes: true },
  ]);
  expect(run?.children[1]?.logTail.map(({ text }) => text)).toEqual(['account=102 building']);
  expect(run?.consoleUrl).toBe(
    `https://${EU}.console.aws.amazon.com/batch/home?region=${EU}#jobs/detail/${run?.jobId}`,
  );
  expect((await jobs(EU)).map(({ jobName }) => jobName).sort()).toEqual([
    'smoke-cues-test-r1',
    'smoke-cues-test-r1-again',
  ]);
  const logged = events.flatMap(event =>
    event.type === 'log' && event.region === EU ? [[event.arrayIndex, event.text]] : [],
  );
  expect(logged).toContainEqual([2, 'account=103 building']);
  expect(logged).toHaveLength(6);
});

test('on a job queue that shares, as the configuration says', async () => {
  const { engine, ports, target, batch } = bind();
  engine.script = () => exited(0);
  const api = batch(EU);
  const { arn: schedulingPolicyArn } = await api.createSchedulingPolicy({ name: 'fair', fairsharePolicy: {} });
  const computeEnvironmentOrder = [{ order: 1, computeEnvironment: 'environment' }];
  await api.createJobQueue({ jobQueueName: 'shared', priority: 1, schedulingPolicyArn, computeEnvironmentOrder });
  const { config, jobDefinitionArn } = target(EU);
  const onShared = (fairShares?: TargetConfig['fairShares']) => ({
    targets: [{ config: { ...config, jobQueues: { high: 'shared' }, fairShares }, jobDefinitionArn }],
    runId: 'r1',
  });
  const share = { shareIdentifier: 'cues', schedulingPriority: 7 };
  const { runs, passed } = await smokeTest(onShared({ high: share }), ports);
  expect(passed).toBe(true);
  const { jobs = [] } = await api.describeJobs({ jobs: runs.map(({ jobId = '' }) => jobId) });
  expect(jobs).toMatchObject([{ shareIdentifier: 'cues', schedulingPriority: 7 }]);
  const refused = await smokeTest(onShared(), ports);
  expect(refused.runs[0]?.reason).toMatch(/shareIdentifier must be specified.*write jobQueues as \{ PRIORITY/s);
});

test('one failing child is red with its class, exit code and last lines; the other region stays green', async () => {
  const { engine, ports, target } = bind();
  engine.script = (request, run) => {
    for (let line = 1; line <= 5; line += 1) run.log(`account=${entryOf(request)} line ${line}`, Date.now());
    return exited(request.region === EU && indexOf(request) === 1 ? 3 : 0);
  };
  const { passed, runs } = await smokeTest({ targets: [target(EU), target(US)], runId: 'r1', logLines: 2 }, ports);
  expect(passed).toBe(false);
  expect(runs.map(({ verdict }) => verdict)).toEqual(['failed', 'passed']);
  expect(runs[0]?.reason).toBe(
    '1 of 3 children failed; child 1 (102), application: exit code 3: Essential container in task exited; last words: account=102 line 5',
  );
  expect(runs[0]?.children[1]).toMatchObject({
    status: 'FAILED',
    exitCode: 3,
    failure: { class: 'application', retryable: false },
    logTail: [{ text: 'account=102 line 4' }, { text: 'account=102 line 5' }],
  });
  expect(runs[0]?.children.filter(({ failure }) => failure)).toHaveLength(1);
});

test.each([
  ['OOM', exited(137, 'OutOfMemoryError: Container killed due to memory usage'), 'out-of-memory'],
  [
    'OOM of a child process, exit code 0',
    exited(0, 'OutOfMemoryError: Container killed due to memory usage'),
    'suspect-success',
  ],
  [
    'a pull failure',
    { kind: 'not-started', reason: 'CannotPullContainerError: manifest unknown' } as const,
    'image-pull',
  ],
  [
    'a lost host, twice',
    { kind: 'host-lost', statusReason: 'Host EC2 (instance i-1) terminated.' } as const,
    'spot-reclaim',
  ],
])('%s is never green', async (_, outcome, expected) => {
  const { engine, ports, target } = bind();
  engine.script = () => outcome;
  const { runs } = await smokeTest({ targets: [target(EU, { size: 2 })], runId: 'r1' }, ports);
  expect(runs[0]?.verdict).toBe('failed');
  expect(runs[0]?.children.map(({ failure }) => failure?.class)).toEqual([expected, expected]);
});

test('a child whose host was lost once is green after its second attempt', async () => {
  const { engine, ports, target } = bind();
  engine.script = ({ attempt }, run) => {
    run.log(`attempt ${attempt}`, Date.now());
    return attempt === 1 ? { kind: 'host-lost', statusReason: 'Host EC2 (instance i-1) terminated.' } : exited(0);
  };
  const { runs } = await smokeTest({ targets: [target(EU, { size: 1 })], runId: 'r1' }, ports);
  expect(runs[0]).toMatchObject({ verdict: 'passed', children: [{ status: 'SUCCEEDED', attempts: [{}, {}] }] });
  expect(runs[0]?.children[0]?.arrayIndex).toBeUndefined();
  expect(runs[0]?.children[0]?.logTail).toMatchObject([{ text: 'attempt 2' }]);
});

test('a large array is judged by its lists: failed children with attempts and log, all children counted', async () => {
  const { engine, ports, target } = bind();
  engine.script = (request, run) => {
    run.log(`index ${indexOf(request)}`, Date.now());
    return exited([7, 149].includes(indexOf(request)) ? 1 : 0);
  };
  const { runs } = await smokeTest({ targets: [target(EU, { size: 150, entries: [] })], runId: 'r1' }, ports);
  expect(runs[0]?.children.map(({ arrayIndex }) => arrayIndex)).toEqual(Array.from({ length: 150 }, (_, at) => at));
  expect(runs[0]?.reason).toContain('2 of 150 children failed; child 7, application');
  expect(runs[0]?.children[149]).toMatchObject({ attempts: [{ exitCode: 1 }], logTail: [{ text: 'index 149' }] });
  expect(runs[0]?.children[8]).toMatchObject({ status: 'SUCCEEDED', logTail: [] });
});

describe('objects', () => {
  test('a missing one is red', async () => {
    const { engine, ports, target } = bind();
    engine.script = (request, run) => (indexOf(request) === 2 ? exited(0) : writeModels()(request, run));
    const { runs } = await smokeTest({ targets: [target(EU, { expectObjects: MODELS })], runId: 'r1' }, ports);
    expect(runs[0]).toMatchObject({
      verdict: 'failed',
      reason: 'child 2 (103) succeeded, but did not write s3://data/eu-west-1/r1/103.json',
    });
  });

  test('one that stood there before the job is red', async () => {
    const { engine, ports, target, store } = bind();
    engine.script = () => exited(0);
    store.objects.set('data/old', 'x');
    store.written.set('data/old', new Date(Date.now() - 3_600_000));
    const { runs } = await smokeTest(
      { targets: [target(EU, { size: 1, expectObjects: ['s3://data/old'] })], runId: 'r1' },
      ports,
    );
    expect(runs[0]?.reason).toBe('the job (101) did not write s3://data/old: what is there is older than the job');
    expect(runs[0]?.children[0]?.objects).toMatchObject([{ found: false, stale: true }]);
  });

  test('other bytes in the second run are red', async () => {
    const { engine, ports, target } = bind();
    engine.script = writeModels(request => `${entryOf(request)} ${entryOf(request) === '102' ? request.jobId : ''}`);
    const { runs } = await smokeTest(
      { targets: [target(EU, { expectObjects: MODELS, idempotence: true })], runId: 'r1' },
      ports,
    );
    expect(runs[0]?.reason).toBe(
      'child 1 (102) is not idempotent: a second run wrote other bytes to s3://data/eu-west-1/r1/102.json',
    );
    expect(runs[0]?.children.map(({ objects }) => objects[0]?.sameBytes)).toEqual([true, false, true]);
  });

  test('a second run that fails shows its own children', async () => {
    const { engine, ports, target } = bind();
    const jobs = new Set<string>();
    engine.script = (request, run) => {
      jobs.add(request.jobId.split(':')[0] ?? '');
      return jobs.size > 1 ? exited(9) : writeModels()(request, run);
    };
    const { runs } = await smokeTest(
      { targets: [target(EU, { expectObjects: MODELS, idempotence: true })], runId: 'r1' },
      ports,
    );
    expect(runs[0]?.reason).toContain('the second run of the same indices: 3 of 3 children failed');
    expect(runs[0]?.children[0]).toMatchObject({ exitCode: 9 });
    expect(runs[0]?.jobName).toBe('smoke-cues-test-r1-again');
  });

  test('S3 that refuses is red, and says so', async () => {
    const { engine, ports, target, store } = bind();
    engine.script = () => exited(0);
    store.faults.push(403, 403, 403);
    const { runs } = await smokeTest(
      { targets: [target(EU, { size: 1, expectObjects: ['s3://data/x'] })], runId: 'r1' },
      ports,
    );
    expect(runs[0]?.verdict).toBe('undecided');
    expect(runs[0]?.reason).toMatch(/^looking for s3:\/\/data\/x from eu-west-1: /);
  });
});

describe('when calls go wrong', () => {
  test.each([
    ['a lost answer', 'lose'],
    ['a 500 without the work', 'fail'],
    ['a connection cut before the work', 'reset'],
    ['throttling', 'throttle'],
  ] as const)('SubmitJob with %s submits exactly once', async (_, kind) => {
    const { engine, ports, target, jobs, local, messages } = bind();
    engine.script = () => exited(0);
    local.faults.on('batch:SubmitJob')[kind]().times(1);
    const { runs } = await smokeTest({ targets: [target(EU)], runId: 'r1' }, ports);
    expect(runs[0]?.verdict).toBe('passed');
    expect(await jobs(EU)).toHaveLength(1);
    expect(messages('warning')[0]).toContain(
      kind === 'throttle' ? 'SubmitJob was throttled' : 'the answer to SubmitJob was lost',
    );
  });

  test('a lost answer is not mistaken for an earlier job of the same run', async () => {
    const { engine, ports, target, jobs, local } = bind();
    engine.script = () => exited(1);
    await smokeTest({ targets: [target(EU)], runId: 'r1' }, ports);
    engine.script = () => exited(0);
    local.faults.on('batch:SubmitJob').lose().times(1);
    const { runs } = await smokeTest({ targets: [target(EU)], runId: 'r1' }, ports);
    expect(runs[0]?.verdict).toBe('passed');
    expect(await jobs(EU)).toHaveLength(2);
  });

  test('SubmitJob throttled for ever ends, not submitted', async () => {
    const { ports, target, local } = bind();
    local.faults.on('batch:SubmitJob').throttle();
    const { runs } = await smokeTest({ targets: [target(EU)], runId: 'r1' }, ports);
    expect(runs[0]?.verdict).toBe('not-submitted');
    expect(runs[0]?.reason).toContain('AWS is throttling this account in this region');
  });

  test('one region that denies SubmitJob is red by itself', async () => {
    const { engine, ports, target, local } = bind();
    engine.script = () => exited(0);
    local.faults.on('batch:SubmitJob', { region: US }).deny();
    const { passed, runs } = await smokeTest({ targets: [target(EU), target(US)], runId: 'r1' }, ports);
    expect(passed).toBe(false);
    expect(runs.map(({ verdict }) => verdict)).toEqual(['passed', 'not-submitted']);
    expect(runs[1]?.reason).toContain('Grant batch:SubmitJob on the job queue and on the job definition');
  });

  test('a revision that is not there, and a queue that is not there, say what to look at', async () => {
    const { ports, target } = bind();
    const missing = { ...target(US), config: { ...target(US).config, jobQueues: { high: 'nowhere' } } };
    const { runs } = await smokeTest({ targets: [target(EU, {}, 99), missing], runId: 'r1' }, ports);
    expect(runs[0]?.reason).toContain('The revision was deregistered, or is of another region.');
    expect(runs[1]?.reason).toContain('nowhere');
    expect(runs.map(({ verdict }) => verdict)).toEqual(['not-submitted', 'not-submitted']);
  });

  test('throttled and failing DescribeJobs are said once and outlasted', async () => {
    const { engine, ports, target, local, messages } = bind();
    engine.script = () => exited(0);
    local.faults.on('batch:DescribeJobs').throttle().times(6);
    const { runs } = await smokeTest({ targets: [target(EU)], runId: 'r1' }, ports);
    expect(runs[0]?.verdict).toBe('passed');
    expect(messages('warning').filter(text => text.includes('describing job'))).toHaveLength(1);
  });

  test('a denied DescribeJobs terminates the job and is red, with what to grant', async () => {
    const { ports, target, local, jobs } = bind();
    local.faults.on('batch:DescribeJobs').deny();
    const { runs } = await smokeTest({ targets: [target(EU)], runId: 'r1' }, ports);
    expect(runs[0]?.verdict).toBe('undecided');
    expect(runs[0]?.reason).toContain('Grant batch:DescribeJobs to the role.');
    expect((await jobs(EU))[0]).toMatchObject({ isTerminated: true });
  });

  test('a log that may not be read costs the log, not the verdict', async () => {
    const { engine, ports, target, local, messages } = bind();
    engine.script = () => exited(0);
    local.faults.on('logs:GetLogEvents').deny();
    const { runs } = await smokeTest({ targets: [target(EU)], runId: 'r1' }, ports);
    expect(runs[0]?.verdict).toBe('passed');
    expect(messages('warning')[0]).toContain('Grant logs:GetLogEvents on the log group to the role.');
  });
});

describe('what ends the wait ends the job', () => {
  test('the deadline: timed out, never green, with what the children were doing', async () => {
    const { ports, target, engine, jobs } = bind();
    engine.script = (request, run) => {
      run.start();
      return indexOf(request) === 0 ? exited(0) : undefined;
    };
    const { passed, runs } = await smokeTest({ targets: [target(EU, { deadlineSeconds: 60 })], runId: 'r1' }, ports);
    expect(passed).toBe(false);
    expect(runs[0]).toMatchObject({
      verdict: 'timed-out',
      reason: 'the deadline passed while the job was PENDING (2 RUNNING, 1 SUCCEEDED)',
    });
    expect(runs[0]?.children.map(({ status, failure }) => [status, failure])).toEqual([
      ['SUCCEEDED', undefined],
      ['RUNNING', undefined],
      ['RUNNING', undefined],
    ]);
    expect((await jobs(EU))[0]).toMatchObject({ isTerminated: true });
    expect(engine.runs[1]?.stops).toHaveLength(1);
  });

  test('a job that can never run: blocked after a while, with the reason and what to do', async () => {
    const { ports, target, jobs, register } = bind();
    await register(EU, 96);
    const { runs } = await smokeTest({ targets: [target(EU, { blockedSeconds: 20 }, 2)], runId: 'r1' }, ports);
    expect(runs[0]?.verdict).toBe('blocked');
    expect(runs[0]?.reason).toMatch(
      /^RUNNABLE for \d+ s and will never run: MISCONFIGURATION:JOB_RESOURCE_REQUIREMENT.*7,985 MiB/,
    );
    expect((await jobs(EU))[0]).toMatchObject({ isTerminated: true });
  });

  test('the signal: cancelled at once in every region', async () => {
    const { ports, target, engine, jobs, abort, messages } = bind();
    engine.script = (_, run) => {
      run.start();
      if (engine.runs.length === 6) setTimeout(() => abort.abort(new Error('SIGINT')), 50);
      return undefined;
    };
    const { passed, runs } = await smokeTest({ targets: [target(EU), target(US)], runId: 'r1' }, ports);
    expect(passed).toBe(false);
    expect(runs.map(({ verdict }) => verdict)).toEqual(['cancelled', 'cancelled']);
    expect([...(await jobs(EU)), ...(await jobs(US))].map(({ isTerminated }) => isTerminated)).toEqual([true, true]);
    expect(messages('info').filter(text => text.startsWith('terminated '))).toHaveLength(2);
  });

  test('a signal before anything was submitted submits nothing', async () => {
    const { ports, target, jobs, abort } = bind();
    abort.abort(new Error('SIGINT'));
    const { runs } = await smokeTest({ targets: [target(EU)], runId: 'r1' }, ports);
    expect(runs[0]?.verdict).toBe('cancelled');
    expect(await jobs(EU)).toEqual([]);
  });

  test('a signal while SubmitJob is throttled submits nothing more', async () => {
    const { ports, target, jobs, abort, local } = bind();
    local.faults.on('batch:SubmitJob').throttle();
    setTimeout(() => abort.abort(new Error('SIGINT')), 60);
    const { runs } = await smokeTest({ targets: [target(EU)], runId: 'r1' }, ports);
    expect(runs[0]).toMatchObject({
      verdict: 'cancelled',
      reason: 'cancelled before smoke-cues-test-r1 was submitted',
    });
    expect(await jobs(EU)).toEqual([]);
  });

  test('children that cannot be listed cost their rows, not the verdict nor the end of the job', async () => {
    const { ports, target, local, jobs, messages } = bind();
    const blind = {
      ...ports,
      notify: (event: Parameters<typeof ports.notify>[0]) => {
        ports.notify(event);
        if (event.type === 'job-status') local.faults.on('batch:ListJobs').deny();
      },
    };
    const { runs } = await smokeTest({ targets: [target(EU, { size: 150, deadlineSeconds: 30 })], runId: 'r1' }, blind);
    expect(runs[0]).toMatchObject({ verdict: 'timed-out', children: [] });
    expect(messages('warning').at(-1)).toContain('Grant batch:ListJobs to the role.');
    local.faults.clear();
    expect((await jobs(EU))[0]).toMatchObject({ isTerminated: true });
  });

  test('a job that may not be terminated is named, to be ended by hand', async () => {
    const { ports, target, local, messages } = bind();
    local.faults.on('batch:TerminateJob').deny();
    const { runs } = await smokeTest({ targets: [target(EU, { deadlineSeconds: 20 })], runId: 'r1' }, ports);
    expect(runs[0]?.verdict).toBe('timed-out');
    expect(messages('error')[0]).toContain(`The job may still be running: terminate ${runs[0]?.jobId} by hand.`);
  });
});

test('what is wrong in any target is told for all, and nothing is submitted anywhere', async () => {
  const { ports, target, jobs } = bind();
  const targets = [
    target(EU),
    target(US, { priority: 'low' }),
    target(US, { environment: { BIG: 'x'.repeat(8000), AWS_BATCH_X: '1' } }),
    target(US, { idempotence: true }),
    target(US, { expectObjects: ['s3://data/{acount}', 's3://data'] }),
    target(US, { size: 10_001 }),
  ];
  const error: unknown = await smokeTest({ targets, runId: 'r1' }, ports).catch((reason: unknown) => reason);
  expect(error).toBeInstanceOf(ConfigurationError);
  const { problems } = error as ConfigurationError;
  expect(problems.map(({ message }) => message.slice(0, 100))).toEqual([
    'smoke test of test in us-east-1: there is no job queue of priority "low"',
    expect.stringMatching(/^smoke test of test in us-east-1: command and environment of the job are 8\d{3} bytes/),
    'smoke test of test in us-east-1: environment variable AWS_BATCH_X: names that begin with AWS_BATCH a',
    'smoke test of test in us-east-1: idempotence is asked for, but there is no object to compare',
    'smoke test of test in us-east-1: "s3://data" is not s3://bucket/key',
    'smoke test of test in us-east-1: an array job has 2 to 10,000 children and a plain job is 1, not 100',
  ]);
  expect(await jobs(EU)).toEqual([]);
});

test('nothing to test, and a target without a smoke test, are told', async () => {
  const { ports, target } = bind();
  await expect(smokeTest({ targets: [], runId: 'r1' }, ports)).rejects.toThrow(
    'there is no environment and region to test',
  );
  const { smokeTest: _, ...config } = target(EU).config;
  const bare = { ...target(EU), config };
  await expect(smokeTest({ targets: [bare], runId: 'r1' }, ports)).rejects.toThrow(
    'the configuration has no smokeTest',
  );
});

test('the console has no jobs of a local AWS: its links can be left out', async () => {
  const { engine, ports, target } = bind();
  engine.script = () => exited(0);
  const { runs } = await smokeTest({ targets: [target(EU)], runId: 'r1', consoleLinks: false }, ports);
  expect(runs[0]).toMatchObject({ verdict: 'passed', consoleUrl: undefined });
});

function bind() {
  const local = started();
  return {
    engine: local.engine,
    ports: local.ports,
    events: local.events,
    store: local.store,
    local: local.local,
    abort: local.abort,
    target: local.target.bind(local),
    jobs: local.jobs.bind(local),
    batch: local.batch.bind(local),
    register: local.register.bind(local),
    messages: local.messages.bind(local),
  };
}
