import { ConfigurationError, type Problem } from '../errors.ts';
import { compileSource } from './create-partials.ts';
import { createJsonWriter } from './json-writer.ts';
import type { JsonValue, Lookups, Partials, Rendered, Run, Statement, Template, TemplateSource } from './model.ts';
import { createPositionOf, readJson } from './read-json.ts';

const NO_PARTIALS: Partials = { names: [], find: () => undefined };
const NO_LOOKUPS: Lookups = { environmentVariables: {} };

/**
 * A template, read once and rendered as often as needed. Throws ConfigurationError with everything that is wrong whatever the
 * context: the syntax, unknown helpers and partials, `{{{unescaped}}}`.
 */
export function compileTemplate(source: TemplateSource, partials: Partials = NO_PARTIALS): Template {
  const statement = compileSource(source, partials);
  return {
    path: source.path,
    render: (context, lookups = NO_LOOKUPS) => render({ statement, path: source.path }, context, lookups),
  };
}

interface Compiled {
  readonly path: string;
  readonly statement: Statement;
}

function render(
  { statement, path }: Compiled,
  context: Readonly<Record<string, JsonValue>>,
  lookups: Lookups,
): Rendered {
  const problems: Problem[] = [];
  const run = createRun(path, { root: context, lookups }, problem => problems.push(problem));
  statement({ context, parent: undefined, loop: {}, named: {} }, run);
  if (problems.length > 0) throw new ConfigurationError(problems);
  const output = run.writer.end();
  const value = readJson(output, problem => problems.push(maskLookedUp(problem, run)));
  if (problems.length > 0) throw new ConfigurationError(problems);
  return { value, text: output.text, positionOf: createPositionOf(output), lookedUp: [...run.lookedUp].toSorted() };
}

function createRun(path: string, given: Pick<Run, 'root' | 'lookups'>, report: Run['report']): Run {
  const includes: Run['includes'] = [];
  return {
    ...given,
    writer: createJsonWriter({ path, line: 1, column: 1 }),
    lookedUp: new Set(),
    includes,
    report: problem => report({ ...problem, message: `${problem.message}${describeIncludes(includes)}` }),
  };
}

/** The rendered line is shown with the problem, and what came from the environment may be a secret. */
function maskLookedUp(problem: Problem, { lookedUp, lookups }: Run): Problem {
  const values = [...lookedUp].map(name => lookups.environmentVariables[name] ?? '').filter(value => value !== '');
  const mask = (text: string | undefined) => values.reduce((left, value) => left?.replaceAll(value, '***'), text);
  return { ...problem, remedy: mask(problem.remedy) };
}

/** Where the partial that a problem is in was used; the problem's own position is in the partial. */
function describeIncludes(includes: Run['includes']): string {
  const last = includes.at(-1);
  if (last === undefined) return '';
  const { path, line, column } = last.position;
  return ` (in the partial "${last.name}", used at ${path}:${line}:${column})`;
}
