import type { DefinitionConfig } from '../config/model.ts';
import { ConfigurationError, describeProblem, type Problem } from '../errors.ts';

/** Problems of many renderings of few templates: each is told once, with what it hits. */
export interface ProblemCollection {
  /** Runs `work`; its ConfigurationError is kept, and undefined given. Without a definition it is a problem of the file alone. */
  readonly during: <Result>(definition: DefinitionConfig | undefined, work: () => Result) => Result | undefined;
  /** Throws ConfigurationError with everything that was kept. */
  readonly throwAny: () => void;
}

interface Kept {
  readonly problem: Problem;
  readonly hits: DefinitionConfig[];
}

export function collectProblems(): ProblemCollection {
  const kept = new Map<string, Kept>();
  const rendered = new Map<string, number>();
  const keep = (problem: Problem, definition: DefinitionConfig | undefined) => {
    const key = describeProblem(problem);
    const entry = kept.get(key) ?? { problem, hits: [] };
    if (definition !== undefined) entry.hits.push(definition);
    kept.set(key, entry);
  };
  return {
    during: (definition, work) => {
      if (definition !== undefined)
        rendered.set(definition.family.name, (rendered.get(definition.family.name) ?? 0) + 1);
      try {
        return work();
      } catch (error) {
        if (!(error instanceof ConfigurationError)) throw error;
        for (const problem of error.problems) keep(problem, definition);
        return undefined;
      }
    },
    throwAny: () => {
      const problems = [...kept.values()].map(entry => describeKept(entry, rendered));
      if (problems.length > 0) throw new ConfigurationError(problems);
    },
  };
}

/** Nothing is added when every definition of the family has it: then it is the template's, not a target's. */
function describeKept({ problem, hits }: Kept, rendered: ReadonlyMap<string, number>): Problem {
  const [first] = hits;
  if (first === undefined || hits.length === rendered.get(first.family.name)) return problem;
  const names = hits.map(({ environment, region, tier }) => `${environment}/${region} ${tier.name}`);
  const more = names.length > 3 ? ` and ${names.length - 3} more` : '';
  return { ...problem, message: `${problem.message} (${names.slice(0, 3).join(', ')}${more})` };
}
