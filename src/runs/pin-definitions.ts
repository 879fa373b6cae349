/** Which revisions a run submits. */
import type { JobDefinition, RuntimePlatform } from '@aws-sdk/client-batch';
import type { DefinitionConfig } from '../config/model.ts';
import { readLiveDefinitions } from '../definitions/live.ts';
import { ConfigurationError, type Problem } from '../errors.ts';
import type { RunDefinition, RunPlan } from './model.ts';
import type { RunPorts } from './ports.ts';

/** The newest ACTIVE revision of each. Throws ConfigurationError naming every one that has none, RemoteError when Batch cannot be asked. */
export async function pinDefinitions(
  own: readonly DefinitionConfig[],
  ports: RunPorts,
): Promise<readonly RunDefinition[]> {
  const problems: Problem[] = [];
  const regions = [...Map.groupBy(own, ({ region }) => region)];
  const pinned = await Promise.all(
    regions.map(async ([region, configs]) => {
      const live = await readLiveDefinitions(
        region,
        configs.map(({ jobDefinitionName }) => jobDefinitionName),
        ports,
      );
      return configs.flatMap(({ jobDefinitionName, tier }): RunDefinition[] => {
        const newest = live.get(jobDefinitionName)?.at(-1);
        if (newest) {
          const { name, vcpus, memoryMiB, gpus } = tier;
          const arm = platformOf(newest.described)?.cpuArchitecture === 'ARM64' && ({ architecture: 'ARM64' } as const);
          const { attemptDurationSeconds: timeoutSeconds } = newest.described.timeout ?? {};
          const timeout = timeoutSeconds !== undefined && { timeoutSeconds };
          return [{ region, tier: name, arn: newest.arn, vcpus, memoryMiB, gpus, ...timeout, ...arm }];
        }
        problems.push({
          message: `${jobDefinitionName} has no ACTIVE revision in ${region}`,
          remedy: 'Register it first: batchwright register.',
        });
        return [];
      });
    }),
  );
  if (problems.length > 0) throw new ConfigurationError(problems);
  return pinned.flat();
}

/** Says nothing of EC2's, where the instance decides. */
function platformOf({ containerProperties, ecsProperties }: JobDefinition): RuntimePlatform | undefined {
  return containerProperties?.runtimePlatform ?? ecsProperties?.taskProperties?.[0]?.runtimePlatform;
}

/**
 * What a run is pinned to, with the newest ACTIVE revisions; those of which the configuration has no definition any more stay. So do
 * sizes: the run is accounted for by them. `definitions` are all of the run's environment. Throws as pinDefinitions.
 */
export async function pinAnew(
  plan: Pick<RunPlan, 'definitions' | 'config'>,
  definitions: readonly DefinitionConfig[],
  ports: RunPorts,
): Promise<readonly RunDefinition[]> {
  const own = definitions.filter(({ family, region, tier }) => {
    const isPinned = plan.definitions.some(one => one.region === region && one.tier === tier.name);
    return family.name === plan.config.family && isPinned;
  });
  const newest = await pinDefinitions(own, ports);
  return plan.definitions.map(one => {
    const found = newest.find(({ region, tier }) => region === one.region && tier === one.tier);
    return found ? { ...one, arn: found.arn } : one;
  });
}
