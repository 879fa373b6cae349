/** Whether a failed attempt is tried again. https://docs.aws.amazon.com/batch/latest/userguide/job_retries.html */
import type { EvaluateOnExit } from '@aws-sdk/client-batch';
import type { Attempt } from '../records.ts';

/** The first rule whose conditions are all met decides; none: RETRY. Attempts are counted whatever the rule says. */
export function isRetried(attempt: Attempt, made: number, allowed: number, rules: readonly EvaluateOnExit[]): boolean {
  if (made >= allowed) return false;
  const rule = rules.find(each => ruleMatches(each, attempt));
  return rule?.action?.toUpperCase() !== 'EXIT';
}

function ruleMatches(rule: EvaluateOnExit, attempt: Attempt): boolean {
  return (
    matches(rule.onExitCode, attempt.exitCode?.toString()) &&
    matches(rule.onReason, attempt.reason) &&
    matches(rule.onStatusReason, attempt.statusReason)
  );
}

/** A pattern is exact, or a beginning with `*` after it. `*` alone also matches a value that is not there. */
function matches(pattern: string | undefined, value = ''): boolean {
  if (pattern === undefined) return true;
  return pattern.endsWith('*') ? value.startsWith(pattern.slice(0, -1)) : value === pattern;
}
