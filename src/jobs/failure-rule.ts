/** One row of the failure table, and the few tests that rows are made of. */
import type { FailureClass } from '../failure-classes.ts';
import type { JobFacts } from './job-facts.ts';
import type { AttemptResult } from './model.ts';

/** What a row looks at. */
export interface Signals {
  readonly facts: JobFacts;
  /** Of the last attempt; what came before does not decide. Undefined before the first. */
  readonly last: AttemptResult | undefined;
  /** Every text that Batch gave about the end, the job's own first: the reason lives in three places. */
  readonly texts: readonly string[];
  readonly exitCode: number | undefined;
}

export interface FailureRule {
  /** The number in the table of failures; letters split one. */
  readonly id: string;
  readonly class: FailureClass;
  /** Would trying again, unchanged, be likely to help? */
  readonly retryable: boolean;
  readonly advice: string | ((evidence: string) => string);
  /** The text that decides, when the row matches. */
  readonly test: (signals: Signals) => string | undefined;
}

/** The first text that matches. */
export function says(pattern: RegExp): FailureRule['test'] {
  return ({ texts }) => texts.find(text => pattern.test(text));
}

/** A text that matches both. */
export function saysBoth(one: RegExp, other: RegExp): FailureRule['test'] {
  return ({ texts }) => texts.find(text => one.test(text) && other.test(text));
}

export function exitsWith(...codes: readonly number[]): FailureRule['test'] {
  return signals => {
    const { exitCode } = signals;
    return exitCode !== undefined && codes.includes(exitCode) ? describeExit(signals) : undefined;
  };
}

/** `exit code 3: Essential container in task exited`. */
export function describeExit({ exitCode, texts }: Signals): string {
  return [`exit code ${exitCode ?? 'none'}`, ...texts.slice(0, 1)].join(': ');
}

export function readSignals(facts: JobFacts): Signals {
  const last = facts.attempts.at(-1);
  const texts = [facts.statusReason, last?.statusReason, last?.reason, facts.reason];
  return {
    facts,
    last,
    texts: [...new Set(texts.filter(text => text !== undefined && text.trim() !== ''))] as string[],
    exitCode: facts.exitCode ?? last?.exitCode,
  };
}
