/** What an empty repository begins with: this toolkit's own starters, with what is known of the repository filled in. */
import { posix } from 'node:path';
import { isMap, isScalar, parseDocument, type Scalar, visit } from 'yaml';
import { ConfigurationError } from '../errors.ts';
import type { FilesPort } from '../ports.ts';
import type { NewFile } from './model.ts';
import type { Repository } from './repository.ts';

export const STARTERS = ['ec2-spot', 'fargate', 'gpu', 'eks', 'multi-container'] as const;

export interface StarterRequest extends Repository {
  /** Where the configuration is to lie. */
  readonly config: string;
  readonly template: (typeof STARTERS)[number];
  /** Twelve digits, of the environment `test`; the starter's own unless given. */
  readonly account?: string | undefined;
  /** The starter's own when empty. */
  readonly regions: readonly string[];
  readonly jobQueue?: string | undefined;
}

/** The name that stands in the starter. */
const STARTER_PROJECT = 'my-models';

/** Configuration, template and partials, in the configuration's folder. */
export async function starterFiles(request: StarterRequest, starters: FilesPort): Promise<readonly NewFile[]> {
  const folder = posix.dirname(request.config);
  const copy = async (path: string) => ({ path: posix.join(folder, path), text: await starters.readText(path) });
  const partials: NewFile[] = [];
  for await (const { path, type } of starters.walk('partials'))
    if (type === 'file') partials.push(await copy(`partials/${path}`));
  return [
    { path: request.config, text: adaptConfig(await starters.readText('batchwright.yml'), request) },
    await copy(`job-definitions/${request.template}.json.hbs`),
    ...partials,
  ];
}

function adaptConfig(
  text: string,
  { project = STARTER_PROJECT, template, account, regions, dockerfile, jobQueue }: StarterRequest,
): string {
  const document = parseDocument(text);
  visit(document, {
    Scalar: (_, scalar) => {
      if (typeof scalar.value === 'string') scalar.value = scalar.value.replaceAll(STARTER_PROJECT, project);
    },
  });
  const family = document.getIn(['families']);
  const [pair] = isMap(family) ? family.items : [];
  if (pair && isScalar(pair.value) === false && isMap(pair.value))
    setText(pair.value.get('template', true), `job-definitions/${template}.json.hbs`);
  // Of a repository's name ECR takes small letters alone.
  setText(document.getIn(['image', 'repository'], true), project.toLowerCase());
  if (account !== undefined) setText(document.getIn(['environments', 'test', 'account'], true), account);
  if (dockerfile !== undefined) setText(document.getIn(['image', 'docker', 'dockerfile'], true), dockerfile);
  if (regions.length > 0) {
    for (const environment of ['test', 'production'])
      document.setIn(['environments', environment, 'regions'], document.createNode(regions, { flow: true }));
  }
  if (jobQueue !== undefined)
    for (const priority of ['low', 'medium', 'high']) document.setIn(['jobQueues', priority], jobQueue);
  return document.toString({ lineWidth: 0 });
}

function setText(node: unknown, text: string): void {
  if (!isScalar(node)) throw new ConfigurationError('the starter configuration is not what this version expects');
  (node as Scalar).value = text;
}
