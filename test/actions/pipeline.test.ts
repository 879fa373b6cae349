/** The four committed bundles, one after the other as a workflow would run them, on the local AWS. */
import { cp, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { Batch } from '@aws-sdk/client-batch';
import { S3 } from '@aws-sdk/client-s3';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { createProcessEngine } from '../../src/local/engines/process-engine.ts';
import { type LocalAws, startLocalAws } from '../../src/local/server.ts';
import { pushTinyImage } from '../local/fixtures/tiny-image.ts';
import { prepareRegion, REGIONS, regionOptions } from './region.ts';
import { runStep, type Step, type StepResult } from './runner.ts';

const ROOT = fileURLToPath(new URL('../../', import.meta.url));
const COMMIT = '0123456789abcdef0123456789abcdef01234567';

let local: LocalAws;
let workspace: string;

beforeAll(async () => {
  local = await startLocalAws({
    engine: ({ images, clock }) => createProcessEngine({ images, clock, isolation: 'plain' }),
  });
  workspace = await mkdtemp(join(tmpdir(), 'batchwright-workspace-'));
  await cp(join(ROOT, 'examples/content-cues'), workspace, { recursive: true });
  await Promise.all(REGIONS.map(region => prepareRegion(clientOptions(region), HIGH)));
});

afterAll(async () => {
  await local.stop();
  await rm(workspace, { recursive: true, force: true });
});

const clientOptions = (region: string) => regionOptions(local.url, region);
const HIGH = { environment: 'test', queues: ['high'] };

const step = (action: string, inputs: Record<string, string>, more: Partial<Step> = {}): Promise<StepResult> =>
  runStep({
    action,
    inputs,
    workspace,
    environment: {
      ...local.environment('123456789012'),
      GITHUB_SHA: COMMIT,
      GITHUB_REF: 'refs/heads/main',
      GITHUB_SERVER_URL: 'https://github.com',
      GITHUB_REPOSITORY: 'acme/models',
      GITHUB_RUN_ID: '42',
    },
    ...more,
  });

const build = () => step('build-push', { environment: 'test', builder: 'layer' });

describe('merge → image → job definitions → smoke test', () => {
  let digest: string;
  let definitions: string;

  test('build-push gives the one digest that is in both regions', async () => {
    const { exitCode, log, outputs, summary } = await build();
    expect({ exitCode, log }).toMatchObject({ exitCode: 0 });
    digest = outputs['digest'] ?? '';
    expect(digest).toMatch(/^sha256:[0-9a-f]{64}$/);
    expect(outputs).toMatchObject({ skipped: 'false', builder: 'layer' });
    const images = JSON.parse(outputs['images'] ?? '') as { region: string; reference: string }[];
    expect(images.map(({ region }) => region)).toEqual(REGIONS);
    for (const { reference } of images) expect(reference).toContain(`/content-cues@${digest}`);
    expect(summary).toContain(`\`${digest}\``);
    expect(log).toMatch(/^::group::/m);
    expect(log).toMatch(/^::add-mask::/m);
  });

  test('a second build-push of the same commit builds nothing', async () => {
    const { outputs } = await build();
    expect(outputs).toMatchObject({ skipped: 'true', digest });
  });

  test('render lints without credentials and writes every definition', async () => {
    const { exitCode, outputs } = await step(
      'render',
      { environment: 'test', 'output-folder': 'rendered' },
      { environment: {} },
    );
    expect({ exitCode, count: outputs['count'], errors: outputs['errors'] }).toEqual({
      exitCode: 0,
      count: '6',
      errors: '0',
    });
    const file = join(workspace, 'rendered/test/us-east-1/content-cues-large.json');
    expect(JSON.parse(await readFile(file, 'utf8'))).toMatchObject({
      jobDefinitionName: 'content-cues-large',
      type: 'container',
    });
  });

  test('a dry run says what would be registered, registers nothing, and fails', async () => {
    const { exitCode, outputs, summary } = await step('register', {
      environment: 'test',
      image: digest,
      'dry-run': 'true',
    });
    expect(exitCode).toBe(1);
    expect(outputs).toMatchObject({ changed: 'true', registered: '0' });
    expect(summary).toContain('6 revisions would be registered: 6 new');
    const { jobDefinitions } = await new Batch(clientOptions('eu-west-1')).describeJobDefinitions({ status: 'ACTIVE' });
    expect(jobDefinitions).toEqual([]);
  });

  test('register makes a revision per definition and region, stamped with where it came from', async () => {
    const { exitCode, log, outputs } = await step('register', { environment: 'test', image: digest });
    expect({ exitCode, log }).toMatchObject({ exitCode: 0 });
    expect(outputs).toMatchObject({ changed: 'true', registered: '6', unchanged: '0', failed: '0' });
    definitions = outputs['definitions'] ?? '';
    for (const region of REGIONS) {
      const { jobDefinitions = [] } = await new Batch(clientOptions(region)).describeJobDefinitions({
        status: 'ACTIVE',
      });
      expect(jobDefinitions).toHaveLength(3);
      for (const { tags, containerProperties } of jobDefinitions) {
        expect(containerProperties?.image).toMatch(new RegExp(`/${region}/content-cues@${digest}$`));
        expect(tags).toMatchObject({
          'batchwright:commit': COMMIT,
          'batchwright:digest': digest,
          'batchwright:run-url': 'https://github.com/acme/models/actions/runs/42',
        });
      }
    }
  });

  test('a second register registers nothing', async () => {
    const { outputs, summary } = await step('register', { environment: 'test', image: digest });
    expect(outputs).toMatchObject({ changed: 'false', registered: '0', unchanged: '6' });
    expect(summary).toContain('nothing was registered');
  });

  describe('smoke-test', () => {
    let exact: StepResult;
    let byHand: StepResult;
    let cancelled: StepResult;
    // Each waits most of its time for its job, so they run side by side.
    beforeAll(async () => {
      let isCancelled = false;
      const cancelOnceSubmitted: Step['onOutput'] = (log, cancel) => {
        if (isCancelled || !/cancelled-1.*: (PENDING|RUNNABLE)/.test(log)) return;
        isCancelled = true;
        cancel();
      };
      [exact, byHand, cancelled] = await Promise.all([
        step('smoke-test', { environment: 'test', definitions, 'run-id': 'run-1' }),
        step('smoke-test', {
          environment: 'test',
          region: 'eu-west-1',
          size: '2',
          'skip-idempotence': 'true',
          'run-id': 'by-hand',
        }),
        step(
          'smoke-test',
          { environment: 'test', region: 'eu-west-1', 'run-id': 'cancelled-1' },
          { onOutput: cancelOnceSubmitted },
        ),
      ]);
    }, 60_000);

    test('runs the exact revisions and finds every model', async () => {
      const { exitCode, log, outputs, summary } = exact;
      expect({ exitCode, log }).toMatchObject({ exitCode: 0 });
      expect(outputs).toMatchObject({ passed: 'true', 'failed-children': '0' });
      expect(summary).toContain('same bytes when run again');
      expect(log).toContain('account=102');
      const model = await new S3(clientOptions('us-east-1')).getObject({
        Bucket: 'content-cues-test-us-east-1',
        Key: 'models/run-1/103.json',
      });
      expect(JSON.parse((await model.Body?.transformToString()) ?? '')).toMatchObject({ account: '103', run: 'run-1' });
    });

    test('by hand takes the newest ACTIVE revision', () => {
      expect(byHand.log).toContain('newest ACTIVE revision is content-cues-small:1');
      expect(byHand.exitCode).toBe(0);
    });

    test('of a cancelled workflow terminates the job it started', async () => {
      expect(cancelled.exitCode).toBe(1);
      const runs = JSON.parse(cancelled.outputs['runs'] ?? '[]') as { verdict: string; jobId: string }[];
      expect(runs.map(({ verdict }) => verdict)).toEqual(['cancelled']);
      const { jobs = [] } = await new Batch(clientOptions('eu-west-1')).describeJobs({
        jobs: runs.map(({ jobId }) => jobId),
      });
      expect(jobs[0]?.isTerminated ?? jobs[0]?.isCancelled).toBe(true);
    });
  });
});

describe('what goes wrong', () => {
  test('a misspelt member stands on its line of the template, as an annotation', async () => {
    const template = join(workspace, 'job-definition.json.hbs');
    const text = await readFile(template, 'utf8');
    await writeFile(template, text.replace('"jobRoleArn"', '"jobRolArn"'));
    const line = text.slice(0, text.indexOf('"jobRoleArn"')).split('\n').length;
    const { exitCode, log, outputs } = await step('render', { environment: 'test' }, { environment: {} });
    await writeFile(template, text);
    expect(exitCode).toBe(1);
    expect(outputs['errors']).toBe('6');
    expect(log).toMatch(
      new RegExp(
        `^::error file=job-definition.json.hbs,line=${line},col=\\d+::Batch has no .jobRolArn. here. Did you mean "jobRoleArn"`,
        'm',
      ),
    );
  });

  test('every wrong input and key of the configuration is reported at once', async () => {
    const { exitCode, log } = await step('smoke-test', { environment: 'test', size: '0', 'skip-idempotence': 'maybe' });
    expect(exitCode).toBe(1);
    expect(log).toContain('input "size" must be a whole number from 1 to 10000, not "0"');
    expect(log).toContain('input "skip-idempotence" must be true or false, not "maybe"');
  });

  test('credentials of another account stop the step before anything is changed', async () => {
    const environment = { ...local.environment('999999999999'), GITHUB_SHA: COMMIT };
    const { exitCode, log } = await step(
      'register',
      { environment: 'test', image: `sha256:${'a'.repeat(64)}` },
      { environment },
    );
    expect(exitCode).toBe(1);
    expect(log).toContain(
      'these AWS credentials belong to account 999999999999, but environment "test" is account 123456789012',
    );
  });

  test('a region that refuses: the other is undone, and the step says exactly what stands', async () => {
    let image = '';
    for (const region of REGIONS) image = await pushTinyImage('content-cues', clientOptions(region));
    local.faults.on('batch:RegisterJobDefinition', { region: 'us-east-1' }).deny();
    const { exitCode, log, outputs } = await step('register', { environment: 'test', image });
    local.faults.clear();
    expect(exitCode).toBe(1);
    expect(log).toContain('AccessDenied');
    const outcomes = (JSON.parse(outputs['definitions'] ?? '[]') as { status: string }[]).map(({ status }) => status);
    expect(outcomes).toHaveLength(6);
    expect(outcomes).not.toContain('registered');
    const { jobDefinitions = [] } = await new Batch(clientOptions('eu-west-1')).describeJobDefinitions({
      status: 'ACTIVE',
    });
    expect(jobDefinitions.map(({ revision }) => revision)).toEqual([1, 1, 1]);
  });
});
