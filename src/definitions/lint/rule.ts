import type { Definition, JsonPath } from '../model.ts';
import type { Subject } from './subject.ts';

export type Level = 'error' | 'warning';

/** Tells one finding; `path` is where in the request, so that it points at the template's line. */
export type Report = (path: JsonPath, message: string) => void;

interface RuleText {
  /** Kebab-case; stable, since configurations name it. */
  readonly name: string;
  /** `error`: Batch refuses it or the job can never run. `warning`: it costs money or surprises. */
  readonly level: Level;
  /** One sentence, for docs/lint-rules.md. */
  readonly description: string;
  /** Where the rule comes from. */
  readonly source: string;
}

/** Looks at one definition. */
export interface DefinitionRule extends RuleText {
  readonly check: (subject: Subject, report: Report) => void;
}

/** Looks at all definitions of a run together. */
export interface FleetRule extends RuleText {
  readonly checkAll: (
    definitions: readonly Definition[],
    report: (definition: Definition, path: JsonPath, message: string) => void,
  ) => void;
}

export type LintRule = DefinitionRule | FleetRule;

const REFERENCE = 'https://docs.aws.amazon.com/batch/latest/APIReference/API_';
const GUIDE = 'https://docs.aws.amazon.com/batch/latest/userguide/';

/** A page of the API reference. */
export function api(page: string): string {
  return `${REFERENCE}${page}.html`;
}

/** A page of the user guide. */
export function guide(page: string): string {
  return `${GUIDE}${page}.html`;
}

/** Seen in definitions that people published. */
export const IN_THE_WILD = 'found in published job definitions';
