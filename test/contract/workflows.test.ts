/** What holds for every workflow, read from the files: what no run of them shows, and that they agree with our own actions. */
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { basename } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, test } from '@jest/globals';
import { parse } from 'yaml';
import { systemClock } from '../../src/adapters/clock.ts';
import { describeProcess } from '../../src/adapters/process.ts';
import { chooseRun } from '../../src/commands/runs/session.ts';
import { FREE_VERBS, ROLES } from '../../tools/iam/permissions.ts';
import { minimal, parse as parseConfiguration, problemsOf } from '../config/files.ts';

const ROOT = fileURLToPath(new URL('../../', import.meta.url));
const OWN = /^batchwright\/batchwright\/(actions\/[a-z-]+|\.github\/workflows\/[a-z-]+\.yml)@v1$/;

interface Input {
  readonly description?: string;
  readonly required?: boolean;
  readonly default?: unknown;
  readonly type?: string;
}
interface Interface {
  readonly inputs?: Readonly<Record<string, Input | null>>;
  readonly outputs?: Readonly<Record<string, { readonly description?: string; readonly value?: string }>>;
}
type Permissions = Readonly<Record<string, string>>;
interface Step {
  readonly id?: string;
  readonly name?: string;
  readonly uses?: string;
  readonly run?: string;
  readonly with?: Readonly<Record<string, unknown>>;
}
interface Job {
  readonly name?: string;
  readonly uses?: string;
  readonly with?: Readonly<Record<string, unknown>>;
  readonly steps?: readonly Step[];
  readonly permissions?: Permissions;
  readonly concurrency?: { readonly group: string; readonly 'cancel-in-progress': unknown };
  readonly environment?: { readonly name: string; readonly deployment: boolean };
  readonly 'timeout-minutes'?: number;
}
interface Workflow {
  readonly concurrency?: Job['concurrency'];
  readonly on: { readonly workflow_call?: Interface };
  readonly permissions?: Permissions;
  readonly jobs: Readonly<Record<string, Job>>;
}

const read = (path: string): string => readFileSync(`${ROOT}${path}`, 'utf8');
const readWorkflow = (path: string): Workflow => parse(read(path)) as Workflow;
const listIn = (folder: string): string[] => readdirSync(`${ROOT}${folder}`).map(name => `${folder}/${name}`);
const pipelines = listIn('.github/workflows');
const starters = listIn('templates/workflows');
const called = pipelines.filter(path => readWorkflow(path).on.workflow_call);
const stepsOf = (workflow: Workflow): Step[] => Object.values(workflow.jobs).flatMap(({ steps = [] }) => steps);

/** Of an action or a workflow of ours, as `uses` names it. */
function readInterface(uses: string): Interface {
  const path = OWN.exec(uses)?.[1] ?? '';
  if (path.startsWith('actions/')) return parse(read(`${path}/action.yml`)) as Interface;
  return readWorkflow(path).on.workflow_call ?? {};
}

describe.each([...pipelines, ...starters])('%s', path => {
  const workflow = readWorkflow(path);

  test('pins every action of others by its commit, with the version beside it', () => {
    const uses = [...read(path).matchAll(/^\s*(?:- )?uses: (.*)$/gm)].map(([, text = '']) => text);
    for (const text of uses.filter(each => !OWN.test(each) && !each.startsWith('./')))
      expect(text).toMatch(/^[\w-]+\/[\w-]+@[0-9a-f]{40} # v\d+\.\d+\.\d+$/);
  });

  test('says at the top what its token may do', () => {
    expect(workflow.permissions).toBeDefined();
  });

  test('gives our actions and workflows inputs that they have, and all that they need', () => {
    const uses = [...Object.values(workflow.jobs), ...stepsOf(workflow)];
    for (const { uses: used = '', with: given = {} } of uses.filter(each => OWN.test(each.uses ?? ''))) {
      const { inputs = {} } = readInterface(used);
      expect({ used, unknown: Object.keys(given).filter(name => !Object.hasOwn(inputs, name)) }).toEqual({
        used,
        unknown: [],
      });
      const required = Object.entries(inputs).filter(([, input]) => input?.required);
      const missing = required.map(([name]) => name).filter(name => !Object.hasOwn(given, name));
      expect({ used, missing }).toEqual({ used, missing: [] });
    }
  });

  test('reads outputs that our actions have', () => {
    const outputs = new Map(
      stepsOf(workflow).map(({ id = '', uses = '' }) => [id, OWN.test(uses) ? readInterface(uses).outputs : undefined]),
    );
    for (const [, id = '', name = ''] of read(path).matchAll(/steps\.([\w-]+)\.outputs\.([\w-]+)/g)) {
      expect([...outputs.keys()]).toContain(id);
      const known = outputs.get(id);
      if (known) expect({ id, outputs: Object.keys(known) }).toEqual({ id, outputs: expect.arrayContaining([name]) });
    }
  });

  test('lets no expression into a shell', () => {
    for (const { run } of stepsOf(workflow)) expect(run ?? '').not.toContain('${{');
  });

  test('chooses by no `&& ... ||` whose first value is falsy: the second would always be taken', () => {
    expect(read(path)).not.toMatch(/&& *(''|false|0|null) *\|\|/);
  });

  test('gives every job a time limit and every step a name', () => {
    for (const { uses, steps, 'timeout-minutes': minutes } of Object.values(workflow.jobs)) {
      if (uses) continue;
      expect(minutes).toBeLessThanOrEqual(360);
      if (path !== '.github/workflows/ci.yml') for (const { name } of steps ?? []) expect(name).toBeDefined();
    }
  });
});

describe.each(called)('%s, called by a team', path => {
  const { on, permissions, jobs } = readWorkflow(path);

  test('describes every input, with type and default, and every output', () => {
    for (const input of Object.values(on.workflow_call?.inputs ?? {})) {
      expect(input?.description).toMatch(/\.$/);
      expect(input?.type).toBeDefined();
      expect(input?.required ?? input?.default).toBeDefined();
    }
    for (const { description } of Object.values(on.workflow_call?.outputs ?? {})) expect(description).toMatch(/\.$/);
  });

  test('grants nothing but by job, and each job no more than its starter grants', () => {
    expect(permissions).toEqual({});
    const granted = readWorkflow(path.replace('.github', 'templates')).permissions ?? {};
    for (const { permissions: wanted } of Object.values(jobs)) {
      expect(wanted).toBeDefined();
      expect(granted).toMatchObject(wanted ?? {});
    }
    const wanted = Object.assign({}, ...Object.values(jobs).map(job => job.permissions)) as Permissions;
    expect(Object.keys(granted).sort()).toEqual(Object.keys(wanted).sort());
  });

  test('keeps no credentials of the checkout where later steps find them', () => {
    const checkouts = Object.values(jobs).flatMap(({ steps = [] }) =>
      steps.filter(({ uses }) => uses?.startsWith('actions/checkout@')),
    );
    for (const step of checkouts) expect(step.with).toMatchObject({ 'persist-credentials': false });
  });
});

test.each(['deploy', 'release', 'rollback'])(
  '%s waits for whatever else changes the same environment, and is never cut short',
  name => {
    const [job] = Object.values(readWorkflow(`.github/workflows/${name}.yml`).jobs);
    expect(job?.concurrency).toEqual({ group: 'batchwright-${{ inputs.environment }}', 'cancel-in-progress': false });
    expect(job?.environment).toEqual({ name: '${{ inputs.environment }}', deployment: false });
  },
);

test('nightly waits for whoever drives the same run, from its first job to its last, and is never cut short', () => {
  expect(readWorkflow('.github/workflows/nightly.yml').concurrency).toEqual({
    group: 'batchwright-run-${{ inputs.environment }}-${{ inputs.run || github.run_id }}',
    'cancel-in-progress': false,
  });
});

test("a pull request's code meets no credentials: no environment, and the token endpoint for the plan alone", () => {
  const { check, plan, ...others } = readWorkflow('.github/workflows/pull-request.yml').jobs;
  expect(check?.permissions).toEqual({ contents: 'read' });
  expect(plan?.environment).toBeUndefined();
  expect(Object.values(others).map(({ permissions }) => permissions)).toEqual([{}]);
  expect(read('templates/workflows/pull-request.yml')).not.toContain('pull_request_target');
});

test('release checks out the tag, whatever branch has its name, and takes the signer from whoever copies deploy.yml', () => {
  const { on, jobs } = readWorkflow('.github/workflows/release.yml');
  const steps = jobs['promote']?.steps ?? [];
  const checkout = steps.find(({ uses }) => uses?.startsWith('actions/checkout@'));
  expect(checkout?.with?.['ref']).toBe("${{ inputs.tag && format('refs/tags/{0}', inputs.tag) || github.ref }}");
  expect(on.workflow_call?.inputs?.['attestation-signer']?.default).toBe('batchwright/batchwright');
  const promote = steps.find(({ id }) => id === 'promote');
  expect(promote?.with?.['attestation-signer']).toBe('${{ inputs.attestation-signer }}');
});

test('deploy registers only what was verified, and proves what it registered', () => {
  const used = stepsOf(readWorkflow('.github/workflows/deploy.yml')).map(({ uses = '' }) => basename(uses));
  const order = ['build-push', 'verify', 'plan', 'register', 'smoke-test'].map(name => `${name}@v1`);
  expect(used.filter(name => order.includes(name))).toEqual(order);
});

describe("nightly's report", () => {
  test('has a name of its own in every environment and run, since a second artifact of one name is refused', () => {
    const uploads = stepsOf(readWorkflow('.github/workflows/nightly.yml')).filter(({ uses }) =>
      uses?.startsWith('actions/upload-artifact@'),
    );
    expect(uploads.map(step => step.with?.['name'])).toEqual(
      uploads.map(() => 'batchwright-report-${{ inputs.environment }}-${{ steps.run.outputs.run }}'),
    );
  });

  // https://github.com/actions/toolkit/blob/main/packages/artifact/src/internal/upload/path-and-artifact-name-validation.ts
  test.each([...'":<>|*?\r\n\\/'])(
    '%j, which no artifact may be named with, names no run and no environment',
    character => {
      const name = `a${character}b`;
      const ports = { process: describeProcess({}), clock: systemClock, nameInput: String };
      expect(() => chooseRun(name, ports, 'production', false)).toThrow('cannot name a run');
      const text = minimal().replace('test:', `${JSON.stringify(name)}:`);
      expect(problemsOf(() => parseConfiguration(text)).join()).toContain('may hold letters');
    },
  );
});

describe('the roles of docs/iam.md', () => {
  const takers = called.flatMap(path =>
    Object.entries(readWorkflow(path).jobs).flatMap(([name, { steps = [] }]) => {
      const role = steps.find(({ uses = '' }) => uses.includes('/assume-role@'))?.with?.['role'];
      return role === undefined ? [] : [{ job: `${basename(path)} ${name}`, role: String(role), steps }];
    }),
  );

  test('are of jobs that there are, and every job that takes a role has one', () => {
    expect([...new Set(ROLES.flatMap(({ jobs }) => jobs))].sort()).toEqual(takers.map(({ job }) => job).sort());
  });

  test.each(ROLES.filter(({ jobs }) => jobs.length > 0))(
    '$name may do what its jobs use, its ARN is in their variable',
    ({ jobs, verbs, variable = '', name }) => {
      const own = takers.filter(({ job }) => jobs.includes(job));
      for (const { role } of own) expect(role).toMatch(new RegExp(`vars\\.${variable}\\b`));
      const free: readonly string[] = FREE_VERBS;
      const used = own
        .flatMap(({ steps }) => steps.filter(({ uses = '' }) => OWN.test(uses)))
        .map(step => `${basename(step.uses ?? '').replace('@v1', '')}${step.with?.['record'] ? ' +record' : ''}`);
      const wanted = [...new Set(used.filter(verb => !free.includes(verb)))];
      expect(verbs).toEqual(expect.arrayContaining(wanted));
      if (name !== 'read-only') expect([...verbs].sort()).toEqual(wanted.sort());
    },
  );
});

describe('the README', () => {
  const callers = [...read('README.md').matchAll(/```yaml\n(name: (?:deploy|release)\n[\s\S]*?)```/g)].map(
    ([, text = '']) => text,
  );

  test('shows the starters as they are: 15 lines for a merge, 12 for a release', () => {
    expect(callers).toEqual([read('templates/workflows/deploy.yml'), read('templates/workflows/release.yml')]);
    const [merge = '', release = ''] = callers.map(text => text.trimEnd().split('\n').length);
    expect(merge).toBeLessThanOrEqual(15);
    expect(release).toBeLessThanOrEqual(12);
  });

  test('names a starter for every pipeline, and the other way round', () => {
    for (const path of called) expect(existsSync(`${ROOT}${path.replace('.github', 'templates')}`)).toBe(true);
    expect(starters).toHaveLength(called.length);
  });
});
