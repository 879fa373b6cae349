/** What a configuration and the workflows speak of, and nobody makes but the team. */
import type { TargetConfig } from '../config/model.ts';

/** Sentences, for people; each thing once. Whether it is there already is for `verify` to say. */
export function listNeeded(targets: readonly TargetConfig[], withWorkflows: boolean): readonly string[] {
  const environments = [...new Set(targets.map(({ environment }) => environment))];
  const inEach = environments.map(name => describeEnvironment(targets.filter(each => each.environment === name)));
  return withWorkflows ? [...inEach.flat(), ...describeWorkflows(targets, environments)] : inEach.flat();
}

function describeEnvironment(targets: readonly TargetConfig[]): readonly string[] {
  const [first] = targets;
  if (first === undefined) return [];
  const queues = unique(targets.flatMap(({ jobQueues }) => Object.values(jobQueues)));
  const roles = unique(targets.flatMap(({ executionRoleArn, jobRoleArn }) => [executionRoleArn, jobRoleArn]));
  const regions = targets.map(({ region }) => region).join(', ');
  const place = `${first.environment} (account ${first.account})`;
  return [
    ...(queues.length > 0 ? [`${place}: job queues ${queues.join(', ')} in ${regions}`] : []),
    ...(roles.length > 0 ? [`${place}: roles ${roles.join(', ')} (docs/iam.md)`] : []),
    ...(targets.some(({ image }) => image.createRepository !== undefined)
      ? []
      : [`${place}: the ECR repository ${first.image.repository} in ${regions}`]),
  ];
}

function describeWorkflows(targets: readonly TargetConfig[], environments: readonly string[]): readonly string[] {
  const hasLedger = targets.some(({ runs }) => runs !== undefined);
  return [
    hasLedger
      ? 'for nightly.yml: the bucket of runs.ledger'
      : 'for nightly.yml: a bucket, and its address as runs.ledger in the configuration (docs/runs.md)',
    'for nightly.yml: the manifest, accounts.csv with the column id, or another address in the workflow',
    `on GitHub: the environments ${environments.join(', ')}, with the variable BATCHWRIGHT_ROLE in each, and the variable BATCHWRIGHT_PLAN_ROLE of the repository (docs/pipelines.md)`,
  ];
}

function unique(names: readonly (string | undefined)[]): readonly string[] {
  const known = names.filter(name => name !== undefined);
  // What is still to be given is told apart from what is to be created.
  return [...new Set(known)].filter(name => !name.includes('CHANGE-ME'));
}
