import { createPorts } from '../adapters/ports.ts';
import { cancelOnSignals } from '../adapters/signals.ts';
import { createTerminalHost } from '../adapters/terminal.ts';
import { ConfigurationError } from '../errors.ts';
import { readInputs } from '../inputs.ts';
import { nearestName } from '../nearest-name.ts';
import { describeFailure } from '../report/describe-failure.ts';
import { renderText } from '../report/render-text.ts';
import { VERSION } from '../version.ts';
import { parseArguments } from './arguments.ts';
import { describeVerb, describeVerbs } from './help.ts';
import { readTexts } from './texts.ts';
import { VERBS } from './verbs.ts';

/** Runs one verb and returns the exit code: 0 done, 1 failed, 2 differs. */
export async function main([name, ...args]: readonly string[]): Promise<number> {
  if (name === '--version') return print(`${VERSION}\n`);
  if (name === undefined || name === '--help' || name === '-h' || name === 'help')
    return print(await describeVerbs(VERBS));
  try {
    return await runVerb(name, args);
  } catch (error) {
    process.stderr.write(`\n${describeFailure(error)}\n`);
    return 1;
  }
}

async function runVerb(name: string, args: readonly string[]): Promise<number> {
  const verb = VERBS[name];
  if (!verb) {
    const meant = nearestName(name, Object.keys(VERBS));
    throw new ConfigurationError(
      `unknown verb "${name}".${meant ? ` Did you mean "${meant}"?` : ''} batchwright --help lists all.`,
    );
  }
  const command = await verb.load();
  const { values, output, help, verbose } = parseArguments(command.inputs, args);
  if (help) return print(await describeVerb(name, verb, command.inputs));
  const { inputs: texts } = await readTexts(verb.texts);
  const inputs = readInputs(command.inputs, input => values.get(input) ?? texts[input]?.default);
  const cancellation = cancelOnSignals();
  const notify = createTerminalHost({
    write: line => process.stderr.write(`${line}\n`),
    colour: process.stderr.isTTY && !process.env['NO_COLOR'],
    verbose,
  });
  try {
    const result = await command.run(inputs, createPorts(notify, cancellation.signal));
    process.stdout.write(output === 'json' ? `${JSON.stringify(result.json, null, 2)}\n` : renderText(result.report));
    if (result.failure) process.stderr.write(`\n${result.failure}\n`);
    return result.exitCode;
  } finally {
    cancellation.dispose();
  }
}

function print(text: string): 0 {
  process.stdout.write(text);
  return 0;
}

process.exitCode = await main(process.argv.slice(2));
