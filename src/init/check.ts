/** Nothing is said to be done before it was read, rendered and compared as every other verb would. */
import type { Config, DefinitionConfig } from '../config/model.ts';
import { parseConfig } from '../config/parse-config.ts';
import { canonicalDefinition, knownPart } from '../definitions/canonical.ts';
import { diffDefinitions } from '../definitions/diff.ts';
import { lintDefinitions } from '../definitions/lint/lint.ts';
import type { Definition, LintFinding, Release } from '../definitions/model.ts';
import { renderDefinitions } from '../definitions/render.ts';
import type { Cell } from './model.ts';

export interface CheckedFiles {
  readonly config: Config;
  readonly definitions: readonly Definition[];
  readonly findings: readonly LintFinding[];
}

/** `files` by path, the configuration's among them. Throws ConfigurationError with what the parsers say. */
export function checkFiles(
  files: ReadonlyMap<string, string>,
  path: string,
  releaseOf: (config: DefinitionConfig) => Release,
  environmentVariables: Readonly<Record<string, string>> = {},
): CheckedFiles {
  const config = parseConfig({ path, text: files.get(path) ?? '' });
  const inFolder = ([name]: readonly [string, string]) => name.startsWith(`${config.partials}/`);
  const partials = config.partials === undefined ? [] : [...files].filter(inFolder);
  const definitions = renderDefinitions({
    config,
    targets: config.targets,
    templates: files,
    partials: new Map(partials),
    releaseOf,
    environmentVariables,
  });
  return { config, definitions, findings: lintDefinitions(definitions, config.lint, config.positionOf) };
}

/** Each definition that is live must be rendered as it is. What is not is a mistake of ours, and nothing is written. */
export function checkSame(cells: readonly Cell[], definitions: readonly Definition[]): void {
  for (const { live, origin, name, environment, region } of cells) {
    const { target, request } =
      definitions.find(
        one => one.name === name && one.target.region === region && one.target.environment === environment,
      ) ?? {};
    if (live === undefined) continue;
    const current = knownPart(canonicalDefinition(live));
    const rendered = request === undefined ? {} : canonicalDefinition(request);
    if (JSON.stringify(current) === JSON.stringify(rendered)) continue;
    const diff = diffDefinitions(current, rendered).join('\n');
    throw new Error(`${origin} would be rendered differently for ${target?.environment ?? 'no target'}:\n${diff}`);
  }
}
