/** What only shows once everything is resolved: names that meet, smoke tests and runs that cannot be submitted. */
import type { Problem } from '../errors.ts';
import { suggestName } from '../nearest-name.ts';
import { deepestPath } from './deepest-path.ts';
import type { TargetConfig } from './model.ts';
import { findRegionProblems } from './region-problems.ts';
import type { DefinitionName, Resolver } from './resolve.ts';
import { findRunProblems } from './run-problems.ts';
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
    ...resolved.flatMap((target, index) => {
      const own = names[index] ?? [];
      return [...findSmokeTestProblems(target, own, source), ...findRunProblems(target, own, source)];
    }),
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

function findSmokeTestProblems(target: TargetConfig, names: readonly DefinitionName[], source: YamlSource): Problem[] {
  const { smokeTest, jobQueues } = target;
  if (smokeTest === undefined) return [];
  const at = (key: string) => source.positionOf(deepestPath(target, ['smokeTest', key], source));
  const tiers = names.filter(({ family }) => family === smokeTest.family).map(({ tier }) => tier);
  const where = `${target.environment}/${target.region}`;
  const problems: Problem[] = [];
  if (Object.keys(jobQueues).length === 0) {
    problems.push({
      message: `the smoke test has no job queue in ${where}`,
      position: at('priority'),
      remedy: 'Add jobQueues.',
    });
  } else if (!Object.hasOwn(jobQueues, smokeTest.priority)) {
    const message = `smokeTest.priority: there is no job queue "${smokeTest.priority}" in ${where}`;
    problems.push({
      message,
      position: at('priority'),
      remedy: suggestName(smokeTest.priority, Object.keys(jobQueues)),
    });
  }
  if (tiers.length === 0) {
    problems.push({
      message: `the smoke test's family "${smokeTest.family}" has no job definition in ${where}`,
      position: at('family'),
    });
  } else if (!tiers.includes(smokeTest.tier)) {
    const message = `the smoke test's family "${smokeTest.family}" has no tier "${smokeTest.tier}"`;
    problems.push({ message, position: at('tier'), remedy: suggestName(smokeTest.tier, tiers) });
  }
  if (smokeTest.expectObjects.some(text => text.includes('{entry}')) && smokeTest.entries.length < smokeTest.size) {
    const message = `the smoke test has ${smokeTest.size} children and ${smokeTest.entries.length} entries, and expectObjects needs an {entry} for each child`;
    problems.push({ message, position: at('entries') });
  }
  return problems;
}

function uniqueProblems(problems: readonly Problem[]): Problem[] {
  const seen = new Map(problems.map(problem => [JSON.stringify([problem.message, problem.position]), problem]));
  return [...seen.values()];
}
