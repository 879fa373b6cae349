/** What every command begins with: the configuration, the targets chosen, the templates they need. */

import type { Config, DefinitionConfig, Target, TargetConfig } from '../config/model.ts';
import { parseConfig } from '../config/parse-config.ts';
import { selectDefinitions, selectTargets } from '../config/select-targets.ts';
import type { LiveFleet, RegistrationPorts } from '../definitions/live.ts';
import type { Definition, Release } from '../definitions/model.ts';
import { ConfigurationError } from '../errors.ts';
import type { SourceRevision } from '../image/model.ts';
import { list, text } from '../inputs.ts';
import type { Ports } from './command.ts';

/** The inputs that every verb about targets has. */
export const targetInputs = { config: text, environment: list, region: list } as const;
export const definitionInputs = { ...targetInputs, tier: list } as const;

export interface Chosen {
  readonly config: Config;
  readonly targets: readonly TargetConfig[];
}

export async function loadTargets(
  inputs: {
    readonly config: string | undefined;
    readonly environment: readonly string[];
    readonly region: readonly string[];
  },
  { files, registryHost }: Pick<Ports, 'files' | 'registryHost'>,
): Promise<Chosen> {
  const path = inputs.config ?? 'batchwright.yml';
  const config = parseConfig({ path, text: await files.readText(path) });
  const chosen = selectTargets(config, { environments: inputs.environment, regions: inputs.region });
  const targets = chosen.map(target => withRegistry(config.resolveTarget(target), registryHost));
  return { config, targets };
}

function withRegistry(target: TargetConfig, registryHost: (target: Target) => string): TargetConfig {
  return { ...target, registry: target.registry ?? registryHost(target) };
}

/** What is live of the job definitions, whose names are known before anything is rendered. Throws RemoteError. */
export async function readLive(chosen: Chosen, tiers: readonly string[], ports: RegistrationPorts): Promise<LiveFleet> {
  const { readFleet } = await import('../definitions/live.ts');
  return readFleet(namesOf(chosen, tiers), ports);
}

/** The job definitions' names by region. */
export function namesOf({ config, targets }: Chosen, tiers: readonly string[]) {
  return targets.flatMap(target =>
    selectDefinitions(config, target, tiers).map(({ region, jobDefinitionName: name }) => ({ region, name })),
  );
}

export async function loadDefinitions(
  { config, targets }: Chosen,
  options: {
    readonly tiers: readonly string[];
    readonly releaseOf: (config: DefinitionConfig) => Release;
  },
  { files, environment, notify }: Pick<Ports, 'files' | 'environment' | 'notify'>,
): Promise<readonly Definition[]> {
  // Loaded here: most steps ask AWS something first, and Handlebars is half of a start.
  const { renderDefinitions } = await import('../definitions/render.ts');
  const templates = new Map<string, string>();
  for (const { template } of config.families) templates.set(template, await files.readText(template));
  return renderDefinitions({
    config,
    targets,
    tiers: options.tiers,
    templates,
    partials: config.partials ? await readPartials(config.partials, files) : new Map(),
    releaseOf: options.releaseOf,
    environmentVariables: environment,
    notify,
  });
}

async function readPartials(folder: string, files: Ports['files']): Promise<ReadonlyMap<string, string>> {
  const partials = new Map<string, string>();
  for await (const entry of files.walk(folder)) {
    if (entry.type === 'file' && entry.path.endsWith('.hbs')) {
      partials.set(entry.path, await files.readText(`${folder}/${entry.path}`));
    }
  }
  return partials;
}

/** The commit, or a ConfigurationError: some verbs cannot do without. */
export async function requireSource({
  readSourceRevision,
  command,
}: Pick<Ports, 'readSourceRevision' | 'command'>): Promise<SourceRevision> {
  const source = await readSourceRevision();
  if (source) return source;
  const inRepository = await command.run('git', ['rev-parse', '--git-dir']).then(
    ({ exitCode }) => exitCode === 0,
    () => false, // no git on this machine
  );
  if (inRepository) {
    throw new ConfigurationError({
      message: 'this git repository has no commit yet, and images are named after commits',
      remedy: 'Commit first (git commit), or give the commit as input.',
    });
  }
  throw new ConfigurationError({
    message: 'this is not a git repository and GITHUB_SHA is not set, so the commit is unknown',
    remedy: 'Check the repository out first (actions/checkout), or give the commit as input.',
  });
}
