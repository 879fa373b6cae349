/** `init` in an empty repository, and what it does with files that are there. */
import { execFileSync } from 'node:child_process';
import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { beforeEach, describe, expect, jest, test } from '@jest/globals';
import { parse } from 'yaml';
import { createFiles } from '../../src/adapters/files.ts';
import { projectOf } from '../../src/init/repository.ts';
import { STARTERS } from '../../src/init/starter.ts';
import { workflowFiles } from '../../src/init/workflows.ts';
import { writeFiles } from '../../src/init/write-files.ts';
import { ACCOUNT, batchwright, batchwrightJson, useWorkspace } from '../cli/workspace.ts';

jest.setTimeout(30_000);
useWorkspace();
beforeEach(() => void process.chdir('app'));

const ROOT = fileURLToPath(new URL('../../', import.meta.url));
interface Workflow {
  readonly jobs: Readonly<Record<string, { readonly with: unknown }>>;
}

const read = (path: string) => readFileSync(path, 'utf8');

describe('init', () => {
  test('names what it wrote, for the repository that it is in', async () => {
    execFileSync('git', ['init', '--quiet']);
    execFileSync('git', ['remote', 'add', 'origin', 'git@github.com:team/Content.Cues.git']);
    mkdirSync('docker');
    writeFileSync('docker/Dockerfile', 'FROM scratch\n');
    const args = ['--account', 'detect', '--region', 'eu-central-1', '--job-queue', 'models'];
    const { exitCode, value } = await batchwrightJson('init', ...args);
    expect({ exitCode, value }).toMatchObject({
      exitCode: 0,
      value: {
        files: expect.arrayContaining(
          [
            'batchwright.yml',
            'job-definitions/ec2-spot.json.hbs',
            'partials/log.json.hbs',
            '.github/workflows/deploy.yml',
          ].map(path => ({
            path,
            how: 'written',
          })),
        ),
        findings: [],
      },
    });
    expect(await batchwrightJson('config', '--environment', 'test')).toMatchObject({
      value: [
        {
          project: 'Content-Cues',
          account: ACCOUNT,
          region: 'eu-central-1',
          jobQueues: { low: 'models', high: 'models' },
          image: { repository: 'content-cues', docker: { dockerfile: 'docker/Dockerfile' } },
        },
      ],
    });
    // Its comments are what a starter is for, each at the indentation of what it is about.
    const comments = (text: string) => text.split('\n').filter(line => /^ *#/.test(line));
    expect(comments(read('batchwright.yml'))).toEqual(comments(read(`${ROOT}templates/batchwright.yml`)));
  });

  test.each(STARTERS)('the starter %s is rendered and linted before it is said to be done', async template => {
    const { exitCode, stdout } = await batchwright('init', '--template', template);
    expect({ exitCode, stdout }).toEqual({ exitCode: 0, stdout: expect.stringContaining('no findings') });
    expect(readdirSync('job-definitions')).toEqual([`${template}.json.hbs`]);
  });

  test('leaves what is there, and says so; --force overwrites', async () => {
    mkdirSync('partials');
    writeFileSync('partials/log.json.hbs', '"user": "mine",\n');
    const { stdout } = await batchwright('init', '--no-workflows');
    expect(stdout).toMatch(/partials\/log.json.hbs +left as it was/);
    expect(stdout).toContain('2 files written, 1 left as it was.');
    expect(read('partials/log.json.hbs')).toBe('"user": "mine",\n');
    const forced = await batchwright('init', '--no-workflows', '--force');
    expect(forced.stdout).toMatch(/partials\/log.json.hbs +overwritten/);
    expect(read('partials/log.json.hbs')).toContain('logConfiguration');
  });

  test('a configuration of one’s own is left alone and checked with its own templates', async () => {
    execFileSync('cp', ['../batchwright.yml', '../job.json.hbs', '.']);
    const own = read('batchwright.yml');
    const { exitCode, stdout } = await batchwright('init');
    expect({ exitCode, stdout }).toEqual({
      exitCode: 0,
      stdout: expect.stringContaining('batchwright.yml is there already and was left alone'),
    });
    expect(read('batchwright.yml')).toBe(own);
    expect(existsSync('.github/workflows/deploy.yml')).toBe(true);
    // Which nothing in it would name.
    expect([existsSync('job-definitions'), existsSync('partials')]).toEqual([false, false]);
  });

  test('the same configuration again is checked with the templates that it has', async () => {
    await batchwright('init', '--template', 'fargate', '--no-workflows');
    const { exitCode, stdout } = await batchwright('init', '--no-workflows');
    expect({ exitCode, stdout }).toEqual({ exitCode: 0, stdout: expect.stringContaining('0 files written, 1 left') });
    expect(readdirSync('job-definitions')).toEqual(['fargate.json.hbs']);
  });

  test('a missing Dockerfile is among what is needed', async () => {
    const { stdout } = await batchwright('init', '--no-workflows');
    expect(stdout).toContain('the Dockerfile, at Dockerfile, or image.layer in the configuration');
    expect(stdout).toContain('layer: { source: app');
    writeFileSync('Dockerfile', 'FROM scratch\n');
    expect((await batchwright('init', '--no-workflows', '--force')).stdout).not.toContain('the Dockerfile, at');
  });

  test('a configuration that is there is not mixed with an import', async () => {
    writeFileSync('batchwright.yml', 'project: mine\n');
    const { exitCode, stderr } = await batchwright('init', '--from-live', 'cues', '--region', 'eu-west-1');
    expect({ exitCode, stderr }).toEqual({
      exitCode: 1,
      stderr: expect.stringContaining('batchwright.yml is there already'),
    });
    expect(read('batchwright.yml')).toBe('project: mine\n');
  });

  test('what is there and is broken is told with its line', async () => {
    writeFileSync('batchwright.yml', 'project: [\n');
    const { exitCode, stderr } = await batchwright('init');
    expect({ exitCode, stderr }).toEqual({ exitCode: 1, stderr: expect.stringMatching(/batchwright.yml:\d+:\d+: /) });
    expect(existsSync('job-definitions')).toBe(false);
  });

  test('the workflows call the stages and the configuration by the names that they have', async () => {
    const environments = ['dev', 'prod'];
    const { files } = await workflowFiles(createFiles(`${ROOT}templates`), {
      config: 'deploy/batchwright.yml',
      environments,
    });
    const [text, usual] = [
      files,
      (
        await workflowFiles(createFiles(`${ROOT}templates`), {
          config: 'batchwright.yml',
          environments: ['test', 'production'],
        })
      ).files,
    ].map(all => new Map(all.map(file => [file.path, file.text])));
    expect([...(text?.keys() ?? [])]).toEqual(
      ['deploy', 'nightly', 'pull-request', 'release', 'rollback'].map(name => `.github/workflows/${name}.yml`),
    );
    for (const [path, own] of usual ?? [])
      expect(own).toBe(read(`${ROOT}templates/workflows/${path.split('/').at(-1)}`));
    const withOf = (name: string) =>
      Object.values((parse(text?.get(`.github/workflows/${name}.yml`) ?? '') as Workflow).jobs)[0]?.with;
    expect(withOf('deploy')).toMatchObject({
      config: 'deploy/batchwright.yml',
      environment: "${{ inputs.environment || 'dev' }}",
    });
    expect(withOf('release')).toMatchObject({ config: 'deploy/batchwright.yml', environment: 'prod', from: 'dev' });
    expect(withOf('pull-request')).toEqual({ config: 'deploy/batchwright.yml', environment: 'dev' });
    expect(withOf('nightly')).toMatchObject({ environment: 'prod', drift: expect.stringContaining("'dev'") });
    expect(text?.get('.github/workflows/rollback.yml')).toContain('default: prod');
  });

  test.each([
    {
      environments: ['production'],
      push: undefined,
      remarks: ['There is no release.yml', 'deploy.yml is started by hand'],
    },
    {
      environments: ['prod', 'live'],
      push: undefined,
      remarks: ['There is no release.yml', 'deploy.yml is started by hand'],
    },
    { environments: ['test'], push: { branches: ['main'] }, remarks: ['There is no release.yml'] },
  ])(
    'of $environments nothing that was not proven goes to production by itself',
    async ({ environments, push, remarks }) => {
      const made = await workflowFiles(createFiles(`${ROOT}templates`), { config: 'batchwright.yml', environments });
      const texts = new Map(made.files.map(({ path, text }) => [path.split('/').at(-1), text]));
      expect(texts.has('release.yml')).toBe(false);
      const { on } = parse(texts.get('deploy.yml') ?? '') as { readonly on: Readonly<Record<string, unknown>> };
      expect(on['push']).toEqual(push);
      expect(on).toHaveProperty('workflow_dispatch');
      expect(made.remarks).toEqual(remarks.map(each => expect.stringContaining(each)));
    },
  );

  test('says what is still to be created, and every environment of the starter has a smoke test', async () => {
    const { stdout } = await batchwright('init', '--region', 'eu-west-1');
    for (const needed of ['my-models-high', 'my-models-execution', 'runs.ledger', 'accounts.csv', 'BATCHWRIGHT_ROLE'])
      expect(stdout).toContain(needed);
    const { value } = await batchwrightJson('config', '--environment', 'production');
    expect(value).toMatchObject([{ smokeTest: { tier: 'small', size: 3 } }]);
  });

  test.each([
    ['git@github.com:team/Content.Cues.git', 'Content-Cues'],
    ['https://github.com/team/cues', 'cues'],
    ['ssh://git@host:22/team/_cues_.git/', 'cues_'],
    ['/srv/git/.git', undefined],
  ])('the remote %s is the project %s', (remote, project) => {
    expect(projectOf(remote)).toBe(project);
  });
});

test('files that were written before one that cannot be are as they were', async () => {
  const kept = new Map([['b', 'old']]);
  const ports = {
    files: { exists: async (path: string) => kept.has(path), readText: async (path: string) => kept.get(path) ?? '' },
    writeText: async (path: string, text: string) => {
      kept.set(path, text);
      if (path === 'c') throw new Error('no space left on device');
    },
    removeFile: async (path: string) => void kept.delete(path),
  };
  const files = ['a', 'b', 'c', 'd'].map(path => ({ path, text: 'new' }));
  await expect(writeFiles(files, true, ports)).rejects.toThrow('no space left on device');
  expect([...kept]).toEqual([['b', 'old']]);
});
