import { ConfigurationError, type Problem } from '../errors.ts';
import { compileProgram } from './compile-statement.ts';
import type { Partials, Statement, TemplateSource } from './model.ts';
import { parseTemplate } from './parse-template.ts';
import { createSource } from './source.ts';

/**
 * Partials by the name that `{{> name}}` uses. A partial that no template names is never looked at; a broken one is reported with
 * each template that names it.
 */
export function createPartials(sources: ReadonlyMap<string, TemplateSource>): Partials {
  const compiled = new Map<string, { statement: Statement; problems: ConfigurationError | undefined }>();
  const partials: Partials = {
    names: [...sources.keys()],
    find: name => {
      const source = sources.get(name);
      if (source === undefined) return undefined;
      const known = compiled.get(name);
      if (known?.problems) throw known.problems;
      if (known) return (frame, run) => known.statement(frame, run);
      // Entered first, since a partial may name itself: it is complete by the time it runs.
      const entry: { statement: Statement; problems: ConfigurationError | undefined } = {
        statement: () => {},
        problems: undefined,
      };
      compiled.set(name, entry);
      try {
        entry.statement = compileSource(source, partials);
      } catch (error) {
        if (error instanceof ConfigurationError) entry.problems = error;
        throw error;
      }
      return (frame, run) => entry.statement(frame, run);
    },
  };
  return partials;
}

/** Throws ConfigurationError with every mistake that shows without a context. */
export function compileSource(template: TemplateSource, partials: Partials): Statement {
  const source = createSource(template);
  const problems: Problem[] = [];
  const statement = compileProgram(parseTemplate(source), {
    source,
    partials,
    report: problem => problems.push(problem),
  });
  if (problems.length > 0) throw new ConfigurationError(problems);
  return statement;
}
