/** Checks that registering and submitting share. */
import type { EvaluateOnExit, JobTimeout, KeyValuePair, RetryStrategy } from '@aws-sdk/client-batch';
import { type Refuse, validationError } from '../errors.ts';

export function checkRetryStrategy({ attempts, evaluateOnExit }: RetryStrategy, refuse: Refuse): void {
  if (attempts === undefined) refuse('RetryAttempts must be provided with retry strategy.');
  if (attempts < 1 || attempts > 10) refuse('RetryAttempts must be between 1 and 10.');
  if ((evaluateOnExit ?? []).length > 5) refuse('EvaluateOnExit can have at most 5 conditions');
  for (const rule of evaluateOnExit ?? []) checkRule(rule, refuse);
}

function checkRule({ action, onExitCode, onReason, onStatusReason }: EvaluateOnExit, refuse: Refuse): void {
  if (!/^(retry|exit)$/i.test(action ?? '')) refuse(`Action must be RETRY or EXIT, got ${String(action)}`);
  if (onExitCode === undefined && onReason === undefined && onStatusReason === undefined) {
    refuse('EvaluateOnExit should contain at least one of onExitCode, onReason or onStatusReason');
  }
  for (const pattern of [onExitCode, onReason, onStatusReason]) {
    if (pattern && pattern.length > 512) refuse('Evaluate on exit condition cannot exceed 512 characters.');
  }
  const allowed =
    /^\d*\*?$/.test(onExitCode ?? '') && [onReason, onStatusReason].every(each => /^[\w.:\s]*\*?$/.test(each ?? ''));
  if (!allowed) refuse('Evaluate on exit condition contains restricted characters.');
}

export function checkTimeout({ attemptDurationSeconds }: JobTimeout, refuse: Refuse): void {
  if (attemptDurationSeconds !== undefined && attemptDurationSeconds < 60) {
    refuse('Job attempt duration must be at least 60 seconds');
  }
}

/** Names that begin with AWS_BATCH are Batch's own. */
export function checkVariables(variables: readonly KeyValuePair[] | undefined, refuse: Refuse): void {
  for (const { name } of variables ?? []) {
    if (!name) refuse('Environment variable name is required.');
    if (name.startsWith('AWS_BATCH')) refuse(`Environment variable names must not start with AWS_BATCH, got ${name}`);
  }
}

/** 1 to 50, keys to 128 characters, values to 256; what the request's model says, so in its words. */
export function checkTags(tags: Readonly<Record<string, string>> | undefined): void {
  const entries = Object.entries(tags ?? {});
  const wrong = [
    ...(entries.length > 50 ? ['Member must have length less than or equal to 50'] : []),
    ...entries.flatMap(([key, value]) => [
      ...(key.length > 128 || !key
        ? [
            'Map keys must satisfy constraint: [Member must have length less than or equal to 128, Member must have length greater than or equal to 1]',
          ]
        : []),
      ...(value.length > 256
        ? ['Map value must satisfy constraint: [Member must have length less than or equal to 256]']
        : []),
    ]),
  ];
  if (wrong.length) throw validationError(wrong.map(text => `Value at 'tags' failed to satisfy constraint: ${text}`));
}
