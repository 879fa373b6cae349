import { dirname } from 'node:path/posix';
import { ConfigurationError, type Problem } from '../errors.ts';
import type { Config } from './model.ts';
import { findOutcomeProblems } from './outcome-problems.ts';
import { findReferenceProblems } from './references.ts';
import { createResolver } from './resolve.ts';
import { resolvePath } from './resolve-image.ts';
import { type ConfigFile, configSchema } from './schema.ts';
import { findSchemaProblems } from './schema-problems.ts';
import { readYaml, type YamlSource } from './yaml-source.ts';

/**
 * `batchwright.yml`, understood. `path` is where it lies, from the working directory: the paths inside it start at its folder.
 * Throws ConfigurationError with every problem of the file, in the order of its lines.
 */
export function parseConfig({ path, text }: { readonly path: string; readonly text: string }): Config {
  const source = readYaml(path, text);
  throwProblems(source.problems);
  const invalid = findSchemaProblems(configSchema, source.content, source).filter(problem => !isTrap(problem, source));
  throwProblems([...source.traps, ...invalid, ...findReferenceProblems(source)]);
  // Proven by the line above: the schema is what ConfigFile is inferred from.
  const file = source.content as ConfigFile;
  const resolver = createResolver(file, path);
  throwProblems(findOutcomeProblems(resolver, source));
  return {
    path,
    project: file.project,
    targets: resolver.targets,
    tiers: Object.keys(file.tiers),
    families: resolver.families,
    lint: file.lint ?? {},
    partials: file.partials === undefined ? undefined : resolvePath(dirname(path), file.partials),
    resolveTarget: resolver.resolveTarget,
    resolveDefinitions: resolver.resolveDefinitions,
    positionOf: source.positionOf,
  };
}

/** A number that lost its leading zero is told once, not again as "must be text". */
function isTrap({ position }: Problem, { traps }: YamlSource): boolean {
  return traps.some(trap => trap.position?.line === position?.line && trap.position?.column === position?.column);
}

function throwProblems(problems: readonly Problem[]): void {
  if (problems.length > 0) throw new ConfigurationError(problems.toSorted(byPosition));
}

function byPosition({ position: one }: Problem, { position: other }: Problem): number {
  return (one?.line ?? 0) - (other?.line ?? 0) || (one?.column ?? 0) - (other?.column ?? 0);
}
