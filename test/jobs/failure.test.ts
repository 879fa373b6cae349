import { describe, expect, test } from '@jest/globals';
import type { FailureClass } from '../../src/failure-classes.ts';
import { classifyFailure, FAILURE_RULES } from '../../src/jobs/failure.ts';
import { readSignals } from '../../src/jobs/failure-rule.ts';
import type { JobFacts } from '../../src/jobs/job-facts.ts';
import type { AttemptResult } from '../../src/jobs/model.ts';

const EXITED = 'Essential container in task exited';

/** A failed job of one attempt; the texts where Batch puts them. */
function failed(facts: Partial<JobFacts> & { attempt?: AttemptResult } = {}): JobFacts {
  const { attempt, ...rest } = facts;
  const last = { statusReason: rest.statusReason, reason: rest.reason, exitCode: rest.exitCode, ...attempt };
  return { jobId: 'j', status: 'FAILED', attempts: [last], ...rest };
}
const status = (statusReason: string, exitCode?: number) => failed({ statusReason, exitCode });
const container = (reason: string, exitCode?: number) =>
  failed({ statusReason: 'Task failed to start', reason, exitCode });
const exit = (exitCode: number) => failed({ statusReason: EXITED, exitCode });

const PULL = 'CannotPullContainerError: Error response from daemon: ';
const OOM = 'OutOfMemoryError: Container killed due to memory usage';
const SECRETS = 'ResourceInitializationError: unable to pull secrets or registry auth: ';

/** Rule, facts, class, would a retry help. Every row of the table, in its order. */
const ROWS: readonly [string, JobFacts, FailureClass, boolean][] = [
  ['1', failed({ isCancelled: true, statusReason: 'stop it' }), 'cancelled', false],
  ['1', failed({ isTerminated: true, exitCode: 137 }), 'cancelled', false],
  ['1', status('Batchwright: the workflow was cancelled', 143), 'cancelled', false],
  ['2', status('Job attempt duration exceeded timeout', 137), 'timeout', false],
  ['2', failed({ statusReason: 'Job attempt duration exceeded timeout', isTerminated: true }), 'timeout', false],
  [
    '3',
    status('Canceled by JobStateTimeLimit action due to reason: MISCONFIGURATION:JOB_RESOURCE_REQUIREMENT'),
    'blocked',
    false,
  ],
  [
    '3',
    failed({ statusReason: 'Canceled by JobStateTimeLimit action due to reason: x', isCancelled: true }),
    'blocked',
    false,
  ],
  ['4', { ...status('MISCONFIGURATION:JOB_RESOURCE_REQUIREMENT - no type'), status: 'RUNNABLE' }, 'blocked', false],
  ['4', { ...status('CAPACITY:INSUFFICIENT_INSTANCE_CAPACITY'), status: 'RUNNABLE' }, 'blocked', false],
  ['4', { ...status('ACTION_REQUIRED - all invalid'), status: 'RUNNABLE' }, 'blocked', false],
  ['4', { ...status('UNDETERMINED'), status: 'RUNNABLE' }, 'blocked', false],
  ['5', status('Host EC2 (instance i-0a1b2c) terminated.'), 'spot-reclaim', true],
  ['5', status('Host EC2 Terminated', 143), 'spot-reclaim', true],
  ['5', status('Host EC2 (instance i-0a1b2c) stopped.', 137), 'spot-reclaim', true],
  ['6', status('Your Spot Task was interrupted.'), 'spot-reclaim', true],
  ['7 absent', container(`${PULL}manifest for x@sha256:ab not found: manifest unknown`), 'image-pull', false],
  ['7 absent', container(`${PULL}repository 1.dkr.ecr/x does not exist`), 'image-pull', false],
  ['7 absent', container(`${PULL}name unknown`), 'image-pull', false],
  [
    '7 platform',
    container('CannotPullContainerError: no matching manifest for linux/arm64 in the manifest list'),
    'image-pull',
    false,
  ],
  ['7 access', container(`${PULL}unexpected status from HEAD request: 403 Forbidden`), 'image-pull', false],
  ['7 access', container(`${PULL}unauthorized: authentication required`), 'image-pull', false],
  ['7 access', container(`${PULL}Get https://x: no basic auth credentials`), 'image-pull', false],
  ['8', container(`${PULL}Get "https://x/v2/": dial tcp 1.2.3.4:443: i/o timeout`), 'image-pull-transient', true],
  ['8', container(`${PULL}context canceled`), 'image-pull-transient', true],
  ['8', container(`${PULL}toomanyrequests: You have reached your pull rate limit`), 'image-pull-transient', true],
  ['8', container(`${PULL}received unexpected HTTP status: 429 Too Many Requests`), 'image-pull-transient', true],
  ['8', container(`${PULL}net/http: TLS handshake timeout`), 'image-pull-transient', true],
  ['7 access', container('CannotPullECRContainerError: AccessDeniedException'), 'image-pull', false],
  ['9', container('CannotPullContainerAuthError: something new'), 'image-pull', false],
  ['9', container('CannotPullImageManifestError: something new'), 'image-pull', false],
  ['9', container('CannotPullContainerError: something new'), 'image-pull', false],
  [
    '10 transient',
    container(`${SECRETS}execution resource retrieval failed: context deadline exceeded`),
    'iam-or-secrets',
    true,
  ],
  ['10', container(`${SECRETS}AccessDeniedException: not authorized; request timed out`), 'iam-or-secrets', false],
  [
    '10',
    container(`${SECRETS}ResourceNotFoundException: Secrets Manager can't find the specified secret`),
    'iam-or-secrets',
    false,
  ],
  [
    '11',
    container('AccessDeniedException: User is not authorized to perform: logs:CreateLogStream'),
    'iam-logs',
    false,
  ],
  [
    '10',
    status('Fetching secret data from SSM Parameter Store in eu-west-1: invalid parameters: /x'),
    'iam-or-secrets',
    false,
  ],
  [
    '11',
    container('ResourceInitializationError: failed to validate logger args: The specified log group does not exist.'),
    'iam-logs',
    false,
  ],
  ['13 success', { ...container(OOM, 0), status: 'SUCCEEDED' }, 'suspect-success', false],
  ['13 success', container(OOM, 0), 'suspect-success', false],
  ['13 child', container(OOM, 1), 'out-of-memory', false],
  ['12', container(OOM, 137), 'out-of-memory', false],
  ['12', container(OOM), 'out-of-memory', false],
  [
    '12',
    failed({ statusReason: EXITED, exitCode: 137, attempt: { reason: OOM, exitCode: 137 } }),
    'out-of-memory',
    false,
  ],
  ['12', container('OutOfMemoryError: in other words', 137), 'out-of-memory', false],
  ['12', container('OutOfMemory: Container killed due to memory usage', 137), 'out-of-memory', false],
  ['12', container('OOMKilled', 137), 'out-of-memory', false],
  ['15', container('DockerTimeoutError: Could not transition to started; timed out after waiting 4m0s'), 'host', true],
  [
    '16',
    container('CannotInspectContainerError: Could not transition to inspecting; timed out after waiting 30s'),
    'host',
    true,
  ],
  [
    '17 command',
    container('CannotStartContainerError: exec: "runn": executable file not found in $PATH'),
    'command',
    false,
  ],
  ['17 command', container('CannotStartContainerError: exec format error'), 'command', false],
  ['17 command', container('CannotCreateContainerError: /app/x: permission denied'), 'command', false],
  ['17 command', container('CannotStartContainerError: exec /app/run: no such file or directory'), 'command', false],
  ['17 volume', container('CannotCreateVolumeError: EFS'), 'config', false],
  ['17', container('CannotStartContainerError: cgroup trouble'), 'host', true],
  ['17', container('CannotCreateContainerError: API error (500): devmapper'), 'host', true],
  ['17 init', container('ResourceInitializationError: failed to invoke EFS utils'), 'config', false],
  ['18', status('Task failed to start'), 'host', true],
  ['19', status('Array Child Job failed'), 'array-parent', false],
  ['20', status('Dependent Job failed'), 'dependency', false],
  ['21', status('Container Overrides length must be at most 8192'), 'submit-bug', false],
  ['22', status('JobQueue deleted'), 'config', false],
  ['22 tags', status('Number of tags exceeds the limit of 50'), 'config', false],
  ['22 tags', status('at most 50 of the tags of a job'), 'config', false],
  ['26', failed({ attempt: { exitCode: 3 } }), 'application', false],
  ['14', exit(137), 'killed', false],
  ['23', exit(126), 'command', false],
  ['23', exit(127), 'command', false],
  ['24', exit(139), 'crash', false],
  ['24', exit(134), 'crash', false],
  ['24', exit(132), 'crash', false],
  ['24', exit(135), 'crash', false],
  ['24', exit(136), 'crash', false],
  ['25', exit(143), 'sigterm', true],
  ['26', exit(1), 'application', false],
  ['26', exit(138), 'application', false],
  ['26', exit(255), 'application', false],
];

test.each(ROWS)('rule %s: %j is %s', (id, facts, expected, retryable) => {
  const failure = classifyFailure(facts);
  expect(failure).toMatchObject({ class: expected, retryable });
  const rule = FAILURE_RULES.find(one => one.test(readSignals(facts)) !== undefined && (id === '4' || one.id !== '4'));
  expect(rule?.id).toBe(id);
  expect(failure?.evidence).not.toBe('');
  expect(failure?.advice).toMatch(/^[A-Z"].{30,}\.$/s);
});

test('every rule has a row here, and no two rules share their advice', () => {
  expect(new Set(ROWS.map(([id]) => id))).toEqual(new Set(FAILURE_RULES.map(({ id }) => id)));
  const advice = FAILURE_RULES.map(rule => rule.advice);
  expect(new Set(advice).size).toBe(advice.length);
});

describe('near misses', () => {
  const MISSES: readonly [string, JobFacts, FailureClass][] = [
    ['137 alone is not out of memory', exit(137), 'killed'],
    ['137 with a lost host is neither', status('Host EC2 (instance i-1) terminated.', 137), 'spot-reclaim'],
    ['137 with a timeout is a timeout', status('Job attempt duration exceeded timeout', 137), 'timeout'],
    ['143 with a lost host is the host', status('Host EC2 (instance i-1) terminated.', 143), 'spot-reclaim'],
    ['a missing exit code is not 1', failed(), 'unknown'],
    ['a missing exit code with an exited container is not 0', status(EXITED), 'unknown'],
    ['exit code 0 and FAILED is no application error', exit(0), 'unknown'],
    [
      '403 within a digest is not "forbidden"',
      container('CannotPullContainerError: sha256:aa403bb something new'),
      'image-pull',
    ],
    [
      '429 within a digest is not "too many"',
      container('CannotPullContainerError: sha256:aa429bb something new'),
      'image-pull',
    ],
    ['another host is not Host EC2', status('Host EC2x terminated', 1), 'application'],
    ['a sentence about spot is not a spot loss', status('I think Your Spot Task was interrupted', 1), 'application'],
    ['a task that failed to start inside a sentence', status('The Task failed to start', 1), 'application'],
    ['a reason within a cancel text', status('MISCONFIGURATION:JOB_RESOURCE_REQUIREMENT'), 'unknown'],
    ['a reason by somebody else that names the toolkit', status('see Batchwright: docs', 1), 'application'],
    ['a Java OutOfMemoryError in a text is not the kernel', status('saw java.lang.OutOfMemoryError', 1), 'application'],
    ['a sentence about a timeout', status('no Job attempt duration exceeded timeout', 1), 'application'],
    ['a sentence about a limit', status('not Canceled by JobStateTimeLimit action due to reason: x', 1), 'application'],
    ['a sentence about a host', status('the Host EC2 terminated.', 1), 'application'],
    ['a sentence about a child', status('no Array Child Job failed', 1), 'application'],
    ['a sentence about a dependency', status('no Dependent Job failed', 1), 'application'],
    ['a sentence about a queue', status('no JobQueue deleted', 1), 'application'],
    ['50 without tags', status('50 retries', 1), 'application'],
    ['not found without a pull', container('secret not found', 1), 'host'],
    [
      'secrets without an init error',
      failed({ reason: 'unable to pull secrets or registry auth', exitCode: 2 }),
      'application',
    ],
  ];
  test.each(MISSES)('%s', (_, facts, expected) => {
    expect(classifyFailure(facts)?.class).toBe(expected);
  });

  test.each([
    ['a job that succeeded', { ...exit(0), status: 'SUCCEEDED' }],
    ['a job that succeeded after its flags were set', { ...exit(0), status: 'SUCCEEDED', isCancelled: true }],
    ['a job that succeeded in its second attempt', secondAttempt({ exitCode: 0, statusReason: EXITED }, 'SUCCEEDED')],
    ['a running job', { ...failed(), status: 'RUNNING', attempts: [] }],
    [
      'a RUNNABLE job that was lost and waits again',
      { ...status('Host EC2 (instance i-1) terminated.'), status: 'RUNNABLE' },
    ],
    ['a RUNNABLE job without a reason', { jobId: 'j', status: 'RUNNABLE', attempts: [] }],
    ['a RUNNABLE job whose reason only begins alike', { ...status('CAPACITYx'), status: 'RUNNABLE' }],
  ] as const satisfies readonly (readonly [string, JobFacts])[])('%s is no failure', (_, facts) => {
    expect(classifyFailure(facts)).toBeUndefined();
  });
});

function secondAttempt(last: AttemptResult, jobStatus: JobFacts['status'] = 'FAILED'): JobFacts {
  const first = { statusReason: 'Host EC2 (instance i-1) terminated.', reason: OOM };
  return { jobId: 'j', status: jobStatus, attempts: [first, last], ...last };
}

test('the last attempt decides, and lost instances are counted over all', () => {
  expect(classifyFailure(secondAttempt({ exitCode: 3, statusReason: EXITED }))).toMatchObject({
    class: 'application',
    evidence: `exit code 3: ${EXITED} (1 of 2 attempts lost their instance)`,
  });
  const lost = { statusReason: 'Your Spot Task was interrupted.' };
  expect(classifyFailure(secondAttempt(lost))?.evidence).toBe(
    'Your Spot Task was interrupted. (2 of 2 attempts lost their instance)',
  );
  expect(classifyFailure(failed(lost))?.evidence).toBe('Your Spot Task was interrupted.');
});

test('attempts that failed otherwise are not counted as lost, and one text of several is shown', () => {
  const first = { statusReason: 'Task failed to start' };
  const last = { exitCode: 3, statusReason: EXITED, reason: 'more' };
  const facts: JobFacts = { jobId: 'j', status: 'FAILED', attempts: [first, last], ...last };
  expect(classifyFailure(facts)?.evidence).toBe(`exit code 3: ${EXITED}`);
});

test('an unknown failure shows everything there was', () => {
  expect(classifyFailure(failed())).toMatchObject({
    class: 'unknown',
    evidence: 'no exit code, no reason',
    retryable: false,
  });
  const facts: JobFacts = {
    ...failed({ statusReason: 'one', reason: 'three' }),
    exitCode: 0,
    attempts: [{ statusReason: 'two', reason: 'three' }],
  };
  expect(classifyFailure(facts)?.evidence).toBe('exit code 0, "one", "two", "three"');
  expect(classifyFailure({ jobId: 'j', status: 'FAILED', attempts: [] })?.advice).toContain('no attempt');
});

test.each([
  ['MISCONFIGURATION:COMPUTE_ENVIRONMENT_MAX_RESOURCE', 'maxvCpus'],
  ['MISCONFIGURATION:SERVICE_ROLE_PERMISSIONS', 'service role'],
  ['something else', 'longer than the job queue allows'],
])('a job cancelled by the queue for %s says what to do about it', (code, expected) => {
  const facts = status(`Canceled by JobStateTimeLimit action due to reason: ${code}`);
  expect(classifyFailure(facts)?.advice).toContain(expected);
});
