/** What only shows once everything is resolved: names that meet, regions that differ, smoke tests that lack entries. */
import type { Problem } from '../errors.ts';
import { deepestPath } from './deepest-path.ts';
import type { TargetConfig } from './model.ts';
import { findRegionProblems } from './region-problems.ts';
import type { DefinitionName, Resolver } from './resolve.ts';
import type { YamlSource } from './yaml-source.ts';

/** https://docs.aws.amazon.com/batch/latest/APIReference/API_RegisterJobDefinition.html */
const JOB_DEFINITION_NAME = /^[A-Za-z0-9_-]{1,128}$/;

export function findOutcomeProblems(resolver: Resolver, source: YamlSource): Problem[] {
  const names = resolver.targets.map(resolver.listNames);
  const resolved = resolver.targets.map(resolver.resolveTarget);
  const environments = Map.groupBy(resolved, ({ environment }) => environment);
  return uniqueProblems([
    ...findNameProblems(names.flat(), source),
    ...[...environments.values()].flatMap(targets => findRegionProblems(targets, source)),
    ...resolved.flatMap(target => findEntryProblems(target, source)),
  ]);
}

function findNameProblems(definitions: readonly DefinitionName[], source: YamlSource): Problem[] {
  const owners = new Map<string, DefinitionName>();
  return definitions.flatMap(definition => {
    const { account, region, family, jobDefinitionName: name } = definition;
    const position = () => source.positionOf(['families', family, 'jobDefinitionName']);
    if (!JOB_DEFINITION_NAME.test(name)) {
      const message = `"${name}" cannot be the name of a job definition: 1 to 128 letters, digits, - and _`;
      return [{ message, position: position() }];
    }
    const key = `${account}/${region}/${name}`;
    const owner = owners.get(key);
    if (owner === undefined) owners.set(key, definition);
    return owner === undefined ? [] : [{ ...describeClash(owner, definition), position: position() }];
  });
}

function describeClash(one: DefinitionName, other: DefinitionName): Problem {
  const differs = (['environment', 'family', 'tier'] as const).filter(kind => one[kind] !== other[kind]);
  const describe = (definition: DefinitionName) => differs.map(kind => `${kind} ${definition[kind]}`).join(', ');
  return {
    message: `two job definitions would be named "${one.jobDefinitionName}" in ${one.account}/${one.region}: of ${describe(one)} and of ${describe(other)}`,
    remedy: `Put ${differs.map(kind => `{${kind}}`).join(' and ')} into jobDefinitionName.`,
  };
}

function findEntryProblems(target: TargetConfig, source: YamlSource): Problem[] {
  const { smokeTest } = target;
  if (!smokeTest?.expectObjects.some(text => text.includes('{entry}'))) return [];
  const { size, entries } = smokeTest;
  if (entries.length >= size) return [];
  const message = `the smoke test has ${size} children and ${entries.length} entries, and expectObjects needs an {entry} for each child`;
  return [{ message, position: source.positionOf(deepestPath(target, ['smokeTest', 'entries'], source)) }];
}

function uniqueProblems(problems: readonly Problem[]): Problem[] {
  const seen = new Map(problems.map(problem => [JSON.stringify([problem.message, problem.position]), problem]));
  return [...seen.values()];
}
