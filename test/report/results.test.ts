import { describe, expect, test } from '@jest/globals';
import type { DefinitionConfig, Target } from '../../src/config/model.ts';
import type { Definition, LintFinding, PlannedDefinition, RegisterOutcome } from '../../src/definitions/model.ts';
import type { BuildPushResult } from '../../src/image/model.ts';
import type { ChildResult, SmokeTestRun } from '../../src/jobs/model.ts';
import { reportBuildPush } from '../../src/report/build-push.ts';
import type { Document } from '../../src/report/document.ts';
import { groupFindings, reportLint } from '../../src/report/lint.ts';
import { reportPlan } from '../../src/report/plan.ts';
import { reportRegister } from '../../src/report/register.ts';
import { renderMarkdown } from '../../src/report/render-markdown.ts';
import { renderText } from '../../src/report/render-text.ts';
import { reportSmokeTest } from '../../src/report/smoke-test.ts';
import { expectGolden } from '../golden.ts';

const golden = (name: string, document: Document) => {
  expectGolden(`report/${name}.md`, renderMarkdown(document));
  expectGolden(`report/${name}.txt`, renderText(document));
};

const target = (region: string): Target => ({ environment: 'test', region, account: '123456789012', partition: 'aws' });
const position = { path: 'job.json.hbs', line: 12, column: 5 };
const definition = (tier: string, region = 'eu-west-1'): Definition => ({
  target: target(region),
  family: 'topics',
  tier,
  name: `content-cues-test-${tier}`,
  request: { jobDefinitionName: `content-cues-test-${tier}`, type: 'container' },
  positionOf: () => position,
  // No report reads the configuration behind a definition.
  config: {} as DefinitionConfig,
});
const finding = (tier: string, change: Partial<LintFinding> = {}): LintFinding => ({
  rule: 'image-digest',
  level: 'warning',
  message: 'the image is named by a tag',
  definition: definition(tier).name,
  target: target('eu-west-1'),
  tier,
  path: ['containerProperties', 'image'],
  position,
  ...change,
});

describe('build and push', () => {
  const result: BuildPushResult = {
    digest: `sha256:${'ab'.repeat(32)}`,
    builder: 'layer',
    skipped: false,
    tags: ['0123456789abcdef', 'main'],
    images: [
      { environment: 'test', region: 'eu-west-1', reference: 'r/a@sha256:1', how: 'pushed', bytes: 1_234_567 },
      { environment: 'test', region: 'us-east-1', reference: 'r/b@sha256:1', how: 'exists', bytes: 0 },
    ],
  };
  test('says what was built and where it is', () => golden('build-push', reportBuildPush(result)));
  test.each([
    [{ builder: 'docker' as const }, 'Built with Docker'],
    [{ skipped: true, builder: 'none' as const, tags: [] }, 'nothing was built'],
  ])('%j', (change, words) => {
    expect(renderText(reportBuildPush({ ...result, ...change }))).toContain(words);
  });
});

describe('render and lint', () => {
  const definitions = [definition('small'), definition('large'), definition('large', 'us-east-1')];
  test('tells findings of many definitions once, errors first', () => {
    const findings = [
      finding('small'),
      finding('large'),
      finding('large', { level: 'error', rule: 'unknown-member', message: 'no "vcpu"' }),
    ];
    expect(groupFindings(findings).map(({ rule, definitions: number }) => [rule, number])).toEqual([
      ['unknown-member', 1],
      ['image-digest', 2],
    ]);
    golden('lint', reportLint(definitions, findings));
  });
  test.each<[string, LintFinding[], string]>([
    ['none', [], 'no findings'],
    ['warnings', [finding('small')], '1 warning.'],
    ['errors', [finding('small', { level: 'error' })], '1 error.'],
  ])('the verdict with %s', (_, findings, words) => {
    expect(renderText(reportLint(definitions, findings))).toContain(`3 definitions rendered for 2 targets: ${words}`);
  });
});

const planned = (tier: string, change: Partial<PlannedDefinition> = {}): PlannedDefinition => ({
  definition: definition(tier),
  contentHash: 'c',
  action: 'unchanged',
  diff: [],
  ...change,
});
const changed = planned('large', {
  action: 'register-changed',
  live: { arn: 'arn:large:3', revision: 3, contentHash: 'b' },
  diff: ['  "memory": "4096"', '- "timeout": 60', '+ "timeout": 120'],
});

test('a plan', () =>
  golden(
    'plan',
    reportPlan(
      { definitions: [planned('small'), changed, planned('new', { action: 'register-new' })] },
      { id: '0123456789ab', image: 'sha256:12' },
    ),
  ));

describe('register', () => {
  const outcome = (entry: PlannedDefinition, given: RegisterOutcome) => ({ ...entry, outcome: given });
  test('a failed region: exactly what stands now', () => {
    golden(
      'register-failed',
      reportRegister({
        ok: false,
        definitions: [
          outcome(planned('a'), { status: 'unchanged', arn: 'arn:a:1', revision: 1 }),
          outcome(changed, { status: 'registered', arn: 'arn:large:4', revision: 4, previous: 3, own: true }),
          outcome(planned('b'), { status: 'registered', arn: 'arn:b:1', revision: 1, own: true }),
          outcome(planned('c'), { status: 'undone', arn: 'arn:c:2', revision: 2 }),
          outcome(planned('d'), {
            status: 'kept',
            arn: 'arn:d:2',
            revision: 2,
            own: true,
            reason: 'a job already uses it',
          }),
          outcome(planned('e'), { status: 'failed', error: new Error('AccessDeniedException: no') }),
          outcome(planned('f'), { status: 'not-attempted' }),
        ],
      }),
    );
  });
  test('nothing to do is said in words', () => {
    const report = reportRegister({
      ok: true,
      definitions: [outcome(planned('a'), { status: 'unchanged', arn: 'a', revision: 1 })],
    });
    expect(renderText(report)).toContain('All 1 definition unchanged: nothing was registered.');
  });
});

describe('smoke test', () => {
  const child = (arrayIndex: number, change: Partial<ChildResult> = {}): ChildResult => ({
    jobId: `job:${arrayIndex}`,
    arrayIndex,
    entry: String(101 + arrayIndex),
    status: 'SUCCEEDED',
    exitCode: 0,
    attempts: [{ exitCode: 0 }],
    logTail: [{ timestamp: Date.UTC(2026, 0, 2, 3, 4, 5, 6), text: `account=${101 + arrayIndex} done` }],
    objects: [],
    ...change,
  });
  const run = (change: Partial<SmokeTestRun>): SmokeTestRun => ({
    environment: 'test',
    region: 'eu-west-1',
    jobDefinitionArn: 'arn:aws:batch:eu-west-1:123456789012:job-definition/content-cues-test-small:7',
    jobQueue: 'content-cues-low',
    jobId: 'job',
    jobName: 'smoke',
    runId: 'smoke-1',
    verdict: 'passed',
    children: [child(0)],
    submittedAt: 1000,
    endedAt: 4500,
    ...change,
  });
  const failure = {
    class: 'application',
    evidence: 'Essential container in task exited',
    advice: 'Read the log.',
    retryable: false,
  } as const;

  test('one region passed, the other failed', () => {
    const object = { uri: 's3://b/k', found: true, bytes: 2048 };
    golden(
      'smoke-test',
      reportSmokeTest({
        passed: false,
        runs: [
          run({ children: [child(0, { objects: [{ ...object, sameBytes: true }] }), child(1, { objects: [object] })] }),
          run({
            region: 'us-east-1',
            verdict: 'failed',
            reason: '3 of 4 children failed',
            consoleUrl: 'https://console.example/',
            children: [
              child(0, { objects: [{ ...object, sameBytes: false }] }),
              child(1, {
                status: 'FAILED',
                exitCode: 1,
                reason: 'boom',
                attempts: [{ statusReason: 'Host EC2 (instance i-1) terminated.' }, { exitCode: 1, reason: 'boom' }],
                failure,
              }),
              child(2, {
                status: 'FAILED',
                exitCode: undefined,
                statusReason: 'Task failed to start',
                attempts: [],
                failure,
                logTail: [],
              }),
              child(3, { objects: [{ uri: 's3://b/missing', found: false }], entry: undefined }),
            ],
          }),
        ],
      }),
    );
  });
  test('a passed plain job that nobody saw start', () => {
    const plain = child(0, { arrayIndex: undefined, entry: undefined });
    const text = renderText(
      reportSmokeTest({ passed: true, runs: [run({ children: [plain], endedAt: undefined, jobId: undefined })] }),
    );
    expect(text).toContain('passed in 1 region.');
    expect(text).not.toContain('Log of the job');
  });
});
