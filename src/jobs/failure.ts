import { type FailureRule, readSignals, type Signals } from './failure-rule.ts';
import { JOB_RULES, TASK_RULES } from './failure-rules-batch.ts';
import { AGENT_RULES, MEMORY_RULES, PULL_RULES, START_RULES } from './failure-rules-ecs.ts';
import { EXIT_RULES } from './failure-rules-exit.ts';
import type { JobFacts } from './job-facts.ts';
import type { AttemptResult, Failure } from './model.ts';

/** In order; the first that matches decides. Texts come before exit codes: an exit code alone says little. */
export const FAILURE_RULES: readonly FailureRule[] = [
  ...JOB_RULES,
  ...PULL_RULES,
  ...START_RULES,
  ...MEMORY_RULES,
  ...AGENT_RULES,
  ...TASK_RULES,
  ...EXIT_RULES,
];

/**
 * Why a job failed, is blocked, or did not really succeed; undefined when there is nothing to complain of. The last attempt decides;
 * lost spot instances are counted over all of them.
 *
 * Two rules for honesty: exit code 137 alone is not "out of memory", and a missing exit code is neither 0 nor 1.
 */
export function classifyFailure(facts: JobFacts): Failure | undefined {
  const signals = readSignals(facts);
  const rule = findRule(signals);
  if (rule) return describeMatch(rule, signals);
  return facts.status === 'FAILED' ? describeUnknown(signals) : undefined;
}

function findRule(signals: Signals): FailureRule | undefined {
  const { status } = signals.facts;
  const rules = status === 'FAILED' ? FAILURE_RULES : status === 'SUCCEEDED' ? SUSPICIONS : BLOCKS;
  return rules.find(rule => rule.test(signals) !== undefined);
}

const SUSPICIONS = FAILURE_RULES.filter(rule => rule.class === 'suspect-success');
const BLOCKS = FAILURE_RULES.filter(rule => rule.id === '4');

function describeMatch(rule: FailureRule, signals: Signals): Failure {
  const evidence = rule.test(signals) ?? '';
  return {
    class: rule.class,
    evidence: `${evidence}${describeLosses(signals.facts.attempts)}`,
    advice: typeof rule.advice === 'string' ? rule.advice : rule.advice(evidence),
    retryable: rule.retryable,
  };
}

const SPOT_RULES = FAILURE_RULES.filter(rule => rule.class === 'spot-reclaim');

function wasLost(attempt: AttemptResult): boolean {
  const texts = [attempt.statusReason, attempt.reason].filter(text => text !== undefined);
  const facts: JobFacts = { jobId: '', status: 'FAILED', attempts: [] };
  return SPOT_RULES.some(rule => rule.test({ facts, last: attempt, texts, exitCode: undefined }) !== undefined);
}

function describeLosses(attempts: readonly AttemptResult[]): string {
  const lost = attempts.filter(wasLost).length;
  return lost > 0 && attempts.length > 1 ? ` (${lost} of ${attempts.length} attempts lost their instance)` : '';
}

function describeUnknown({ texts, exitCode, facts }: Signals): Failure {
  const said = texts.length > 0 ? texts.map(text => `"${text}"`).join(', ') : 'no reason';
  return {
    class: 'unknown',
    evidence: `${exitCode === undefined ? 'no exit code' : `exit code ${exitCode}`}, ${said}`,
    advice:
      facts.attempts.length === 0
        ? 'Batch recorded no attempt and no reason that the toolkit knows. Look at the job in the console, and at its log if it has one.'
        : 'Batch gave no reason that the toolkit knows. Look at the log and at the container instance of the last attempt.',
    retryable: false,
  };
}
