import { defineCommand } from './command.ts';
import { definitionInputs } from './load.ts';
import { planCommand } from './plan.ts';

/** `drift` is a plan in which everything keeps its live image, and that fails when anything else differs from the branch. */
export const driftCommand = defineCommand({
  name: 'drift',
  inputs: definitionInputs,
  run: (given, ports) =>
    planCommand.run(
      {
        ...given,
        image: 'live',
        'plan-file': undefined,
        'fail-on-changes': true,
        comment: false,
        'github-token': undefined,
      },
      ports,
    ),
});
