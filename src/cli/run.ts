import { createPorts, type Surroundings } from '../adapters/ports.ts';
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

export interface Terminal {
  readonly stdout: (text: string) => void;
  readonly stderr: (text: string) => void;
  readonly colour: boolean;
  /** The process's and the machine's own when absent. */
  readonly surroundings?: Surroundings | undefined;
}

/** Runs one verb and returns the exit code: 0 done, 1 failed, 2 differs. Results go to stdout, everything else to stderr. */
export async function run([name, ...args]: readonly string[], terminal: Terminal): Promise<number> {
  const print = (text: string): 0 => {
    terminal.stdout(text);
    return 0;
  };
  if (name === '--version') return print(`${VERSION}\n`);
  if (name === undefined || name === '--help' || name === '-h' || name === 'help')
    return print(await describeVerbs(VERBS));
  try {
    const [second = '', ...rest] = args;
    // Verbs of two words: `runs list`.
    if (VERBS[`${name} ${second}`]) return await runVerb(`${name} ${second}`, rest, terminal);
    return await runVerb(name, args, terminal);
  } catch (error) {
    terminal.stderr(`\n${describeFailure(error)}\n`);
    return 1;
  }
}

async function runVerb(name: string, args: readonly string[], terminal: Terminal): Promise<number> {
  const verb = VERBS[name];
  if (!verb) {
    const meant = nearestName(name, Object.keys(VERBS));
    throw new ConfigurationError(
      `unknown verb "${name}".${meant ? ` Did you mean "${meant}"?` : ''} batchwright --help lists all.`,
    );
  }
  const command = await verb.load();
  const { values, output, help, verbose } = parseArguments(command.inputs, args);
  if (help) {
    terminal.stdout(await describeVerb(name, verb, command.inputs));
    return 0;
  }
  if (command.needsGitHub)
    throw new ConfigurationError({ message: `${name} is for jobs of GitHub Actions`, remedy: command.needsGitHub });
  const { inputs: texts } = await readTexts(verb.texts);
  const inputs = readInputs(command.inputs, input => values.get(input) ?? texts[input]?.default);
  const cancellation = cancelOnSignals();
  const notify = createTerminalHost({
    write: line => terminal.stderr(`${line}\n`),
    colour: terminal.colour,
    verbose,
  });
  try {
    const ports = createPorts(notify, cancellation.signal, terminal.surroundings);
    const result = await command.run(inputs, ports);
    terminal.stdout(output === 'json' ? `${JSON.stringify(result.json, null, 2)}\n` : renderText(result.report));
    if (result.failure) terminal.stderr(`\n${result.failure}\n`);
    return result.exitCode;
  } finally {
    cancellation.dispose();
  }
}
