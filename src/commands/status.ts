import { guardAccount } from '../account.ts';
import { selectDefinitions } from '../config/select-targets.ts';
import type { DefinitionStatus } from '../definitions/status.ts';
import { reportStatus } from '../report/status.ts';
import { defineCommand } from './command.ts';
import { definitionInputs, loadTargets } from './load.ts';

/** What is live where: one row for each environment, region and tier. Exit code 1 when something that is live cannot run. */
export const statusCommand = defineCommand({
  name: 'status',
  inputs: definitionInputs,
  run: async (inputs, ports) => {
    const { config, targets } = await loadTargets(inputs, ports);
    await guardAccount(targets, ports.aws, { abortSignal: ports.signal });
    const { readStatus } = await import('../definitions/status.ts');
    const configs = targets.flatMap(target =>
      selectDefinitions(config, target, inputs.tier).map(definition => ({ ...definition, registry: target.registry })),
    );
    const definitions = await readStatus(configs, ports);
    const gone = definitions.filter(({ live }) => live?.imageExists === false);
    return {
      exitCode: gone.length > 0 ? 1 : 0,
      failure:
        gone.length > 0
          ? `the image of ${gone.map(nameOf).join(', ')} is no longer in ECR: no new job can start there. Roll back, or build and register again`
          : undefined,
      outputs: {},
      report: reportStatus(definitions),
      json: definitions.map(({ config: { environment, region, tier, family, jobDefinitionName }, live }) => ({
        environment,
        region,
        tier: tier.name,
        family: family.name,
        name: jobDefinitionName,
        ...live,
      })),
    };
  },
});

function nameOf({ config, live }: DefinitionStatus): string {
  return `${config.jobDefinitionName}:${live?.revision} in ${config.region}`;
}
