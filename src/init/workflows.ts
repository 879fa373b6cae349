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

/** For `.github/workflows`, in the starters' order; none where this toolkit has none. */
export async function workflowFiles(starters: FilesPort, request: WorkflowRequest): Promise<readonly NewFile[]> {
  const files: NewFile[] = [];
  for await (const { path, type } of starters.walk('workflows')) {
    if (type !== 'file' || !/\.ya?ml$/.test(path)) continue;
    const text = await starters.readText(`workflows/${path}`);
    files.push({ path: `.github/workflows/${path}`, text: adaptWorkflow(text, request) });
  }
  return files;
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

/** Where a merge goes first, and what a release goes to. */
function chooseStages(environments: readonly string[]): Stages {
  const isLast = (name: string) => /^(prod|prd|production|live)$/i.test(name);
  const before = environments.filter(name => !isLast(name));
  const choose = (usual: string, own: string | undefined) => (environments.includes(usual) ? usual : (own ?? usual));
  return {
    test: choose(USUAL.test, before[0] ?? environments[0]),
    production: choose(USUAL.production, environments.find(isLast) ?? environments.at(-1)),
  };
}
