import { describeConfig } from '../config/describe-config.ts';
import { text } from '../inputs.ts';
import { defineCommand } from './command.ts';
import { loadTargets, targetInputs } from './load.ts';

/** Shows what the configuration means for each chosen target, after defaults and overrides. */
export const configCommand = defineCommand({
  name: 'config',
  inputs: { ...targetInputs, tier: text },
  run: async (inputs, ports) => {
    const { config, targets } = await loadTargets(inputs, ports);
    const resolved = targets.map(target => describeConfig(config, target, inputs.tier));
    return {
      exitCode: 0,
      outputs: {},
      report: resolved.flatMap((value, index) => [
        { type: 'heading', level: 3, content: `${targets[index]?.environment} in ${targets[index]?.region}` },
        { type: 'code', language: 'json', text: JSON.stringify(value, null, 2) },
      ]),
      json: resolved,
    };
  },
});
