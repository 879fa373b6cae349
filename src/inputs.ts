/**
 * What a command is asked for: one table per command, read in one go, with every wrong value reported at once. An action reads it
 * from `INPUT_*`, the CLI from flags; both use the same names. Texts and defaults stand in the command's `action.yml`.
 */
import { ConfigurationError, type Problem } from './errors.ts';

/** Text to value; throws an Error whose message completes "must be …". Empty text never gets here. */
interface Kind<Value> {
  readonly parse: (text: string) => Value;
  readonly absent: Value;
  /** `flag` takes no value on a command line; `list` may be repeated there. */
  readonly form: 'text' | 'flag' | 'list';
}

export type InputTable = Readonly<Record<string, Kind<unknown>>>;
export type InputValues<Table extends InputTable> = {
  readonly [Name in keyof Table]: Table[Name] extends Kind<infer Value> ? Value : never;
};

export const text: Kind<string | undefined> = { form: 'text', absent: undefined, parse: value => value };

/** Separated by commas or line ends; empty items are dropped. */
export const list: Kind<readonly string[]> = {
  form: 'list',
  absent: [],
  parse: value =>
    value
      .split(/[,\n]/)
      .map(item => item.trim())
      .filter(Boolean),
};

/** One to a line, for values that have commas of their own. */
export const lines: Kind<readonly string[]> = {
  form: 'list',
  absent: [],
  parse: value =>
    value
      .split('\n')
      .map(item => item.trim())
      .filter(Boolean),
};

/** `true` or `false`, in the YAML 1.2 core schema's spellings, as GitHub's own getBooleanInput takes them. */
export const flag: Kind<boolean> = {
  form: 'flag',
  absent: false,
  parse: value => {
    if (/^(true|True|TRUE)$/.test(value)) return true;
    if (/^(false|False|FALSE)$/.test(value)) return false;
    throw new Error('true or false');
  },
};

/** A whole number within limits, both included. */
export function integer(least: number, most: number): Kind<number | undefined> {
  return {
    form: 'text',
    absent: undefined,
    parse: value => {
      const number = Number(value);
      if (!/^-?\d+$/.test(value) || number < least || number > most)
        throw new Error(`a whole number from ${least} to ${most}`);
      return number;
    },
  };
}

export function oneOf<const Choice extends string>(...choices: readonly Choice[]): Kind<Choice | undefined> {
  return {
    form: 'text',
    absent: undefined,
    parse: value => {
      const choice = choices.find(known => known === value);
      if (choice === undefined) throw new Error(`one of ${choices.join(', ')}`);
      return choice;
    },
  };
}

/** Reads every input of a table. Throws one ConfigurationError naming all that are wrong or missing. */
export function readInputs<Table extends InputTable>(
  table: Table,
  read: (name: string) => string | undefined,
  required: readonly string[] = [],
): InputValues<Table> {
  const problems: Problem[] = [];
  const values = Object.entries(table).map(([name, kind]) => {
    const given = read(name)?.trim() ?? '';
    if (given === '') {
      if (required.includes(name)) problems.push({ message: `input "${name}" is required and was not given` });
      return [name, kind.absent];
    }
    try {
      return [name, kind.parse(given)];
    } catch (error) {
      problems.push({
        message: `input "${name}" must be ${error instanceof Error ? error.message : error}, not "${given}"`,
      });
      return [name, kind.absent];
    }
  });
  if (problems.length > 0) throw new ConfigurationError(problems);
  // Each value came from its own kind's parse or absent, which is what InputValues says.
  return Object.fromEntries(values) as InputValues<Table>;
}
