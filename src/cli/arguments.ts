import { parseArgs } from 'node:util';
import { ConfigurationError } from '../errors.ts';
import type { InputTable } from '../inputs.ts';
import { nearestName } from '../nearest-name.ts';

export interface Arguments {
  /** By input name; a repeated list flag is joined with line ends, as an action's input would be. */
  readonly values: ReadonlyMap<string, string>;
  readonly output: 'text' | 'json';
  readonly help: boolean;
  readonly verbose: boolean;
}

const COMMON = { output: 'text', help: 'flag', verbose: 'flag' } as const;

/** Reads a verb's flags. Throws one ConfigurationError naming every flag that is unknown or lacks a value. */
export function parseArguments(table: InputTable, args: readonly string[]): Arguments {
  const forms: Record<string, 'text' | 'flag' | 'list'> = { ...COMMON };
  for (const [name, { form }] of Object.entries(table)) forms[name] = form;
  const options = Object.fromEntries(
    Object.entries(forms).map(([name, form]) => [
      name,
      { type: form === 'flag' ? 'boolean' : 'string', multiple: true } as const,
    ]),
  );
  const { tokens } = parseArgs({
    args: [...args],
    options,
    strict: false,
    allowPositionals: true,
    allowNegative: true,
    tokens: true,
  });
  const problems: string[] = [];
  const values = new Map<string, string>();
  for (const token of tokens) {
    if (token.kind === 'positional') problems.push(`unexpected argument "${token.value}"`);
    if (token.kind !== 'option') continue;
    const form = forms[token.name];
    if (form === undefined) problems.push(describeUnknown(token.rawName, Object.keys(forms)));
    else if (form === 'flag') values.set(token.name, token.value ?? String(!token.rawName.startsWith('--no-')));
    else if (!token.value || (!token.inlineValue && token.value.startsWith('--')))
      problems.push(`--${token.name} needs a value`);
    else
      values.set(
        token.name,
        form === 'list' && values.has(token.name) ? `${values.get(token.name)}\n${token.value}` : token.value,
      );
  }
  const output = values.get('output') ?? 'text';
  if (output !== 'text' && output !== 'json') problems.push(`--output must be text or json, not "${output}"`);
  if (problems.length > 0) throw new ConfigurationError(problems.map(message => ({ message })));
  return {
    values,
    output: output === 'json' ? 'json' : 'text',
    help: values.get('help') === 'true',
    verbose: values.get('verbose') === 'true',
  };
}

function describeUnknown(given: string, known: readonly string[]): string {
  const suggestion = nearestName(given.replace(/^-+(no-)?/, ''), known);
  return `unknown flag ${given}.${suggestion ? ` Did you mean --${suggestion}?` : ''}`;
}
