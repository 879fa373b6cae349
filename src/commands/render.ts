import type { Definition } from '../definitions/model.ts';
import { flag, text } from '../inputs.ts';
import { count } from '../report/format.ts';
import { reportLint } from '../report/lint.ts';
import type { Ports } from './command.ts';
import { defineCommand } from './command.ts';
import { PLACEHOLDER_DIGEST, parseImageInput, releaseOfCommit } from './image-reference.ts';
import { countLevels, lintStep } from './lint-step.ts';
import { definitionInputs, loadDefinitions, loadTargets } from './load.ts';

const inputs = { ...definitionInputs, image: text, 'output-folder': text, 'fail-on-warnings': flag };

/** Renders and lints every definition, offline and without credentials. */
export const renderCommand = defineCommand({
  name: 'render',
  inputs,
  run: async (given, ports) => {
    const chosen = await loadTargets(given, ports);
    const digest = given.image ? parseImageInput(given.image) : PLACEHOLDER_DIGEST;
    const source = await ports.readSourceRevision();
    ports.notify({ type: 'step', title: 'Render and lint' });
    const definitions = await loadDefinitions(
      chosen,
      { tiers: given.tier, releaseOf: releaseOfCommit(digest, source, ports.registryHost) },
      ports,
    );
    const findings = lintStep(definitions, chosen.config, ports.notify);
    const { errors, warnings } = countLevels(findings);
    const folder = given['output-folder'];
    if (folder) await writeDefinitions(folder, definitions, ports);
    const failed = errors > 0 || (given['fail-on-warnings'] && warnings > 0);
    return {
      exitCode: failed ? 1 : 0,
      failure: failed ? `lint found ${count(errors, 'error')} and ${count(warnings, 'warning')}` : undefined,
      outputs: {
        count: String(definitions.length),
        errors: String(errors),
        warnings: String(warnings),
        definitions: JSON.stringify(definitions.map(describeDefinition)),
      },
      report: reportLint(definitions, findings),
      json: {
        definitions: definitions.map(definition => ({
          ...describeDefinition(definition),
          request: definition.request,
        })),
        findings,
      },
    };
  },
});

/** `lint` is `render` that shows findings alone. */
export const lintCommand = defineCommand({
  name: 'lint',
  inputs: { ...definitionInputs, image: text, 'fail-on-warnings': flag },
  run: async (given, ports) => {
    const result = await renderCommand.run({ ...given, 'output-folder': undefined }, ports);
    const { findings } = result.json as { findings: unknown };
    return { ...result, json: findings };
  },
});

function describeDefinition({ name, tier, family, target }: Definition) {
  return { environment: target.environment, region: target.region, tier, family, name };
}

async function writeDefinitions(
  folder: string,
  definitions: readonly Definition[],
  { writeText, notify }: Ports,
): Promise<void> {
  for (const { target, name, request } of definitions) {
    await writeText(
      `${folder}/${target.environment}/${target.region}/${name}.json`,
      `${JSON.stringify(request, null, 2)}\n`,
    );
  }
  notify({ type: 'message', level: 'info', text: `${count(definitions.length, 'file')} written to ${folder}` });
}
