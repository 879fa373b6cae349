/** Names in `smokeTest` that mean nothing in a target. */
import { suggestName } from '../nearest-name.ts';
import { type Content, mapping, text } from './content.ts';
import { deepestPath } from './deepest-path.ts';
import type { Finding } from './finding.ts';
import type { PlainTarget } from './plain-target.ts';
import type { YamlPath, YamlSource } from './yaml-source.ts';

export function findSmokeTestProblems(target: PlainTarget, file: Content, source: YamlSource): Finding[] {
  const { smokeTest } = target;
  if (smokeTest === undefined) return [];
  const at = (key: string) => deepestPath(target, ['smokeTest', key], source);
  return [...findQueueProblem(target, smokeTest, at), ...findDefinitionProblem(target, smokeTest, file, at)];
}

type PlaceOf = (key: string) => YamlPath;

function findQueueProblem({ jobQueues }: PlainTarget, smokeTest: Content, at: PlaceOf): Finding[] {
  if (jobQueues === undefined) return [];
  const known = Object.keys(jobQueues);
  if (known.length === 0)
    return [{ path: at('priority'), message: 'the smoke test has no job queue', remedy: 'Add jobQueues.' }];
  const priority = text(smokeTest['priority']);
  if (priority === undefined || known.includes(priority)) return [];
  const message = `smokeTest.priority: there is no job queue "${priority}"`;
  return [{ path: at('priority'), message, remedy: suggestName(priority, known) }];
}

function findDefinitionProblem({ families }: PlainTarget, smokeTest: Content, file: Content, at: PlaceOf): Finding[] {
  const known = (key: string, name: string) => Object.hasOwn(mapping(file[key]), name);
  const [first] = families.keys();
  const family = text(smokeTest['family']) ?? first;
  const tier = text(smokeTest['tier']);
  // Where even the families are wrong, that is told already.
  if (family === undefined || !known('families', family)) return [];
  const tiers = families.get(family);
  if (tiers === undefined)
    return [{ path: at('family'), message: `the smoke test's family "${family}" has no job definition` }];
  const isTold = tier === undefined || !known('tiers', tier) || tiers.some(name => !known('tiers', name));
  if (isTold || tiers.includes(tier)) return [];
  const message = `the smoke test's family "${family}" has no tier "${tier}"`;
  return [{ path: at('tier'), message, remedy: suggestName(tier, tiers) }];
}
