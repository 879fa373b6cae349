/** The starter workflows, for a configuration that may call its stages otherwise and lie elsewhere. */
import { isMap, isScalar, parseDocument } from 'yaml';
import type { FilesPort } from '../ports.ts';
import type { NewFile } from './model.ts';

export interface WorkflowRequest {
  /** Where the configuration lies. */
  readonly config: string;
  /** Its environments. */
  readonly environments: readonly string[];
}

interface Stages {
  readonly test: string;
  readonly production: string;
}

/** What the called workflows take without being told. */
const USUAL: Stages & { readonly config: string } = {
  test: 'test',
  production: 'production',
  config: 'batchwright.yml',
};

export interface Workflows {
  readonly files: readonly NewFile[];
  /** Sentences: what was left out, and why. */
  readonly remarks: readonly string[];
}

/**
 * For `.github/workflows`, in the starters' order; none where this toolkit has none. Nothing deploys production by itself before it was
 * proven elsewhere: with one environment there is no release, and what merges go to must not be production.
 */
export async function workflowFiles(starters: FilesPort, request: WorkflowRequest): Promise<Workflows> {
  const { test, production } = chooseStages(request.environments);
  const isAlone = test === production;
  const isUnproven = isLast(test);
  const files: NewFile[] = [];
  for await (const { path, type } of starters.walk('workflows')) {
    if (type !== 'file' || !/\.ya?ml$/.test(path)) continue;
    if (isAlone && path === 'release.yml') continue;
    const text = adaptWorkflow(await starters.readText(`workflows/${path}`), request);
    files.push({
      path: `.github/workflows/${path}`,
      text: isUnproven && path === 'deploy.yml' ? withoutPush(text) : text,
    });
  }
  return { files, remarks: remarksOn({ test, isAlone, isUnproven }) };
}

function remarksOn({
  test,
  isAlone,
  isUnproven,
}: {
  readonly test: string;
  readonly isAlone: boolean;
  readonly isUnproven: boolean;
}): readonly string[] {
  return [
    ...(isAlone
      ? [`There is no release.yml: a release promotes what another environment has proven, and none is before ${test}.`]
      : []),
    ...(isUnproven
      ? [
          `deploy.yml is started by hand alone: on every merge it would deploy ${test} before anything was proven. Add an environment such as test, or \`push\` to its \`on\`.`,
        ]
      : []),
  ];
}

function withoutPush(text: string): string {
  const document = parseDocument(text);
  document.deleteIn(['on', 'push']);
  return document.toString({ lineWidth: 0, flowCollectionPadding: true });
}

function adaptWorkflow(text: string, { config, environments }: WorkflowRequest): string {
  const stages = chooseStages(environments);
  if (config === USUAL.config && stages.test === USUAL.test && stages.production === USUAL.production) return text;
  const renamed = text.replaceAll(
    /(environment: |from: |default: |')(test|production)\b/g,
    (_, before: string, stage: keyof Stages) => `${before}${stages[stage]}`,
  );
  const document = parseDocument(renamed);
  const jobs = document.get('jobs');
  for (const { key, value } of isMap(jobs) ? jobs.items : []) {
    const uses = isMap(value) ? String(value.get('uses')) : '';
    const called = /\.github\/workflows\/([\w-]+)\.yml@/.exec(uses)?.[1];
    if (called === undefined || !isScalar(key)) continue;
    const give = (name: string, own: string) => document.setIn(['jobs', key.value, 'with', name], own);
    if (config !== USUAL.config) give('config', config);
    if (called !== 'release') continue;
    if (stages.production !== USUAL.production) give('environment', stages.production);
    if (stages.test !== USUAL.test) give('from', stages.test);
  }
  return document.toString({ lineWidth: 0, flowCollectionPadding: true });
}

/** By its name, production. */
function isLast(name: string): boolean {
  return /^(prod|prd|production|live)$/i.test(name);
}

/** Where a merge goes first, and what a release goes to. */
function chooseStages(environments: readonly string[]): Stages {
  const before = environments.filter(name => !isLast(name));
  const choose = (usual: string, own: string | undefined) => (environments.includes(usual) ? usual : (own ?? usual));
  return {
    test: choose(USUAL.test, before[0] ?? environments[0]),
    production: choose(USUAL.production, environments.find(isLast) ?? environments.at(-1)),
  };
}
