import type { DefinitionConfig } from '../config/model.ts';
import type { JsonValue } from '../templates/model.ts';
import type { Release } from './model.ts';

/** Names in the context whose members the configuration chooses. */
export const OPEN_NAMES = ['variables', 'jobQueues'];

/**
 * Everything that a template can name. What has no value is null, so that `{{#if jobRoleArn}}` may ask for it. The workflow run is
 * left out on purpose: it would make every definition differ from the last one.
 */
export function createRenderContext(
  config: DefinitionConfig,
  { image, source }: Release,
): Readonly<Record<string, JsonValue>> {
  const { vcpus, memoryMiB, gpus, timeoutSeconds = null, name } = config.tier;
  return {
    project: config.project,
    environment: config.environment,
    region: config.region,
    account: config.account,
    partition: config.partition,
    family: config.family.name,
    tier: { name, vcpus, memoryMiB, gpus, timeoutSeconds },
    jobDefinitionName: config.jobDefinitionName,
    image,
    executionRoleArn: config.executionRoleArn ?? null,
    jobRoleArn: config.jobRoleArn ?? null,
    jobQueues: config.jobQueues,
    variables: config.variables,
    commit: source?.commit ?? null,
    ref: source?.ref ?? null,
    version: source?.version ?? null,
    repositoryUrl: source?.repositoryUrl ?? null,
  };
}
