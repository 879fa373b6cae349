/** plan, register --plan and drift, on a command line and on a pull request. */
import { readFileSync, writeFileSync } from 'node:fs';
import { Batch } from '@aws-sdk/client-batch';
import { afterEach, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import type { PlanFile } from '../../src/definitions/parse-plan-file.ts';
import { type FakeGitHub, startFakeGitHub } from '../github/fake-github.ts';
import { clientOptions } from '../local/fixtures/local.ts';
import { pushTinyImage } from '../local/fixtures/tiny-image.ts';
import {
  ACCOUNT,
  batchwright,
  batchwrightJson,
  COMMIT,
  CONFIG,
  ONE_RUN,
  REGIONS,
  TEMPLATE,
  useWorkspace,
} from './workspace.ts';

const local = useWorkspace();
beforeEach(() => void Object.assign(process.env, ONE_RUN));
const push = (region: string, note?: string) => pushTinyImage('models', clientOptions(local(), ACCOUNT, region), note);
let image = '';
beforeAll(async () => {
  for (const region of REGIONS) image = await push(region);
});
let project = 0;

/** A project of its own for each test, so that none sees another's revisions. */
function startProject(): string {
  project += 1;
  const name = `models${project}`;
  writeFileSync('batchwright.yml', CONFIG.replace('  models: {', `  ${name}: {`));
  return `${name}-small`;
}
const batch = (region = 'eu-west-1') => new Batch(clientOptions(local(), ACCOUNT, region));
const edit = (from: string, to: string) => writeFileSync('job.json.hbs', TEMPLATE.replace(from, to));
const readPlan = () => JSON.parse(readFileSync('plan.json', 'utf8')) as PlanFile;

async function liveTags(name: string, region = 'eu-west-1') {
  const { jobDefinitions = [] } = await batch(region).describeJobDefinitions({
    jobDefinitionName: name,
    status: 'ACTIVE',
  });
  return jobDefinitions.map(({ revision, tags }) => [revision, tags?.['batchwright:plan']]);
}

describe('plan', () => {
  test('new, unchanged, changed: the exit code, the file, and nothing done', async () => {
    const name = startProject();
    const fresh = await batchwrightJson('plan', '--image', image, '--plan-file', 'plan.json');
    expect(fresh.exitCode).toBe(2);
    expect(fresh.value).toEqual(readPlan());
    expect(readPlan()).toMatchObject({
      image,
      commit: COMMIT,
      ref: 'refs/heads/main',
      definitions: ['eu-west-1', 'us-east-1'].map(region => ({
        name,
        region,
        account: ACCOUNT,
        action: 'register-new',
      })),
    });
    expect(await liveTags(name)).toEqual([]);

    await batchwright('register', '--image', image);
    const same = await batchwright('plan', '--image', image);
    expect(same).toMatchObject({
      exitCode: 0,
      stdout: expect.stringContaining('no changes: all 2 definitions are live'),
    });

    edit('"true"', '"false"');
    const changed = await batchwright('plan', '--image', image);
    expect(changed.exitCode).toBe(2);
    expect(changed.stdout).toContain('2 revisions would be registered: 0 new, 2 changed, 0 unchanged.');
    // The same in both regions, so it is shown once, and the place is no part of it.
    expect(changed.stdout.match(/awslogs-create-group": "false"/g)).toHaveLength(1);
    expect(changed.stdout).toContain(`alike, in ${name} in test eu-west-1 and 1 more`);
    expect(await batchwright('plan', '--image', image, '--fail-on-changes')).toMatchObject({
      exitCode: 2,
      stderr: expect.stringContaining('what is live differs from the plan in 2 definitions'),
    });
  });

  test('register --plan does exactly that, and stamps its id', async () => {
    const name = startProject();
    await batchwright('plan', '--image', image, '--region', 'eu-west-1', '--plan-file', 'plan.json');
    const { stdout, exitCode } = await batchwright('register', '--plan', 'plan.json');
    expect({ exitCode, stdout }).toMatchObject({ exitCode: 0, stdout: expect.stringContaining('1 registered') });
    expect([await liveTags(name), await liveTags(name, 'us-east-1')]).toEqual([[[1, readPlan().id]], []]);

    // Interrupted after this and run again: what the plan itself has registered is no stranger's.
    const again = await batchwright('register', '--plan', 'plan.json');
    expect(again).toMatchObject({ exitCode: 0, stdout: expect.stringContaining('nothing was registered') });
  });

  test.each<[string, (name: string) => unknown, string]>([
    [
      'a live revision of somebody else',
      name =>
        batch().registerJobDefinition({
          jobDefinitionName: name,
          type: 'container',
          containerProperties: { image: 'i', vcpus: 1, memory: 64 },
        }),
      'has revision 1 now, but was planned against no revision. Nothing was registered. Plan again. Somebody else registered in between.',
    ],
    ['another template', () => edit('"true"', '"false"'), 'renders differently now than when it was planned'],
    [
      'a configuration without it',
      () => writeFileSync('batchwright.yml', CONFIG.replace('  models: {', '  gone: {')),
      'is in the plan, but no longer in the configuration',
    ],
    [
      'a plan that was edited',
      () => writeFileSync('plan.json', JSON.stringify({ ...readPlan(), id: 'ffffffffffff' })),
      'it was changed after it was made',
    ],
    [
      'a plan that is none',
      () => writeFileSync('plan.json', '{"format":"x"}'),
      'plan.json is not a plan that can be applied: format: ',
    ],
    ['no JSON', () => writeFileSync('plan.json', 'no'), 'plan.json is not a plan that can be applied: the file: '],
  ])('register --plan refuses %s', async (_, change, words) => {
    const name = startProject();
    await batchwright('plan', '--image', image, '--plan-file', 'plan.json');
    await change(name);
    const { exitCode, stderr } = await batchwright('register', '--plan', 'plan.json');
    expect({ exitCode, stderr }).toEqual({ exitCode: 1, stderr: expect.stringContaining(words) });
    expect(await liveTags(name, 'us-east-1')).toEqual([]);
  });

  test('nothing may choose beside a plan', async () => {
    const { stderr } = await batchwright('register', '--plan', 'p.json', '--tier', 'small', '--image', image);
    expect(stderr).toContain(
      'the plan p.json says what is registered, so "tier" and "image" cannot be given beside it',
    );
  });

  test('a region that cannot be read is an error with its name, never an empty plan', async () => {
    startProject();
    local().faults.on('batch:DescribeJobDefinitions', { region: 'us-east-1' }).deny();
    const { exitCode, stderr } = await batchwright('plan', '--image', image);
    local().faults.clear();
    expect(exitCode).toBe(1);
    expect(stderr).toContain('us-east-1');
    expect(stderr).toContain('AccessDenied');
  });
});

describe('an image that is in no registry', () => {
  const nowhere = `sha256:${'a'.repeat(64)}`;
  afterEach(() => local().faults.clear());

  test.each(['register', 'plan'])('is refused by %s before anything is registered, with its regions', async verb => {
    const name = startProject();
    const { exitCode, stderr } = await batchwright(verb, '--image', nowhere);
    expect({ exitCode, stderr }).toEqual({
      exitCode: 1,
      stderr: expect.stringContaining(
        `models@sha256:aaaaaaaaaaaa… is not in ECR in eu-west-1, where no job of ${name} could start`,
      ),
    });
    expect(stderr).toContain('in us-east-1');
    expect(stderr).toContain('Run build-push for these regions, or give an image that is there.');
    expect(await liveTags(name)).toEqual([]);
  });

  test('of one region leaves the other alone too', async () => {
    const name = startProject();
    const only = await push('eu-west-1', 'of one region');
    const { exitCode, stderr } = await batchwright('register', '--image', only);
    expect({ exitCode, stderr }).toEqual({
      exitCode: 1,
      stderr: expect.stringContaining('is not in ECR in us-east-1'),
    });
    expect(stderr).not.toContain('in eu-west-1');
    expect(await liveTags(name)).toEqual([]);
  });

  test('that is live already is no reason to fail: nothing is registered', async () => {
    startProject();
    local().faults.on('ecr:DescribeImages').deny();
    await batchwright('register', '--image', nowhere);
    local().faults.clear();
    const { exitCode, stdout } = await batchwright('register', '--image', nowhere);
    expect({ exitCode, stdout }).toEqual({ exitCode: 0, stdout: expect.stringContaining('nothing was registered') });
  });

  test('that may not be looked for is said once, and registered', async () => {
    const name = startProject();
    local().faults.on('ecr:DescribeImages').deny();
    const { exitCode, stderr } = await batchwright('register', '--image', nowhere);
    expect(exitCode).toBe(0);
    const words = 'Whether ECR has the image was not looked at in eu-west-1, us-east-1 (needs ecr:DescribeImages)';
    expect(stderr.split(words)).toHaveLength(2);
    expect((await liveTags(name)).map(([revision]) => revision)).toEqual([1]);
  });

  test.each(['busybox', `${ACCOUNT}.dkr.ecr.eu-west-1.amazonaws.com/cache/busybox`])(
    'of %s, which is not the repository of the project, is not looked for',
    async repository => {
      const name = startProject();
      edit('{{image}}', `${repository}@${nowhere}`);
      expect(await batchwright('register', '--image', image)).toMatchObject({ exitCode: 0 });
      expect(await liveTags(name)).toHaveLength(1);
    },
  );
});

describe('drift', () => {
  test('leaves each live image as it is, and fails on anything else', async () => {
    const name = startProject();
    edit('"logConfiguration"', '"environment": [{ "name": "COMMIT", "value": "{{commit}}" }],\n    "logConfiguration"');
    await batchwright('register', '--image', image);
    // A later commit: neither its image nor its hash is a drift.
    process.env['GITHUB_SHA'] = 'f'.repeat(40);
    expect(await batchwright('drift')).toMatchObject({
      exitCode: 0,
      stdout: expect.stringContaining('each with its own live image'),
    });

    await batch().registerJobDefinition({
      jobDefinitionName: name,
      type: 'container',
      containerProperties: { image: 'by-hand', vcpus: 1, memory: 64 },
    });
    const { exitCode, stdout, stderr } = await batchwright('drift');
    expect(exitCode).toBe(2);
    expect(stderr).toContain('what is live differs from this branch in 1 definition');
    expect(stdout).not.toMatch(/[+-].*by-hand/);
    expect(stdout).toContain('+      { "type": "MEMORY", "value": "1024" }');
  });

  test('a definition that was never registered is a drift', async () => {
    startProject();
    expect(await batchwright('drift')).toMatchObject({ exitCode: 2, stdout: expect.stringContaining('2 new') });
  });
});

describe('the comment on a pull request', () => {
  let fake: FakeGitHub;
  beforeEach(async () => {
    fake = await startFakeGitHub();
    fake.state.pullRequests.add(7);
  });
  afterEach(() => fake.stop());

  const plan = (token = fake.token) => batchwright('plan', '--image', image, '--comment', '--github-token', token);
  const bodies = () => fake.state.comments.map(({ body }) => body);
  const onPullRequest = () => {
    writeFileSync('event.json', JSON.stringify({ pull_request: { number: 7 } }));
    Object.assign(process.env, fake.environment(), { GITHUB_EVENT_PATH: `${process.cwd()}/event.json` });
  };

  test('is written once, left alone when nothing changed, and then changed, never one of a stranger', async () => {
    startProject();
    onPullRequest();
    const stranger = { login: 'mallory', type: 'User', association: 'NONE' } as const;
    const planted = '<!-- batchwright plan: batchwright.yml: test -->\nmine now';
    fake.state.comments.push({ id: 1, issue: 7, author: stranger, createdAt: 0, updatedAt: 0, body: planted });
    expect((await plan()).stderr).toMatch(
      /The comment on pull request 7 was created: http.*\/pull\/7#issuecomment-\d+/,
    );
    expect((await plan()).stderr).toContain('was left as it was');
    edit('"true"', '"false"');
    expect((await plan()).stderr).toContain('was updated');
    expect(bodies().map(body => body.split('\n')[1])).toEqual(['mine now', '## Job definitions: plan']);
    expect(bodies()[1]).toContain('2 revisions would be registered');
  });

  test.each<[string, () => string, string]>([
    ['there is no pull request', () => fake.token, 'this workflow run is for no pull request'],
    [
      'the token may not write',
      () => {
        onPullRequest();
        return fake.createToken({ 'pull-requests': 'read' });
      },
      'On a pull request from a fork it never may',
    ],
    [
      'the rate of calls is limited for long',
      () => {
        onPullRequest();
        fake.state.rateLimit.remaining = 0;
        return fake.token;
      },
      'GitHub takes calls with this token again at ',
    ],
  ])('when %s it is a warning, and the plan stands', async (_, prepare, words) => {
    startProject();
    const token = prepare();
    const { exitCode, stderr, stdout } = await plan(token);
    expect({ exitCode, stdout }).toEqual({ exitCode: 2, stdout: expect.stringContaining('2 new') });
    expect(stderr).toContain('warning: No comment was written: ');
    expect(stderr).toContain(words);
    expect(stderr).not.toContain(token);
    expect(bodies()).toEqual([]);
  });
});
