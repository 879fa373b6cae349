/** Reading policy documents, as far as this AWS looks at any: statements, and whom and what they name. */

import { matchesPattern } from '../policy-pattern.ts';
import { isRecord } from './json.ts';

export type Statement = Readonly<Record<string, unknown>>;

/** Throws a SyntaxError for text that is not JSON. */
export function readStatements(policyText: string): Statement[] {
  const policy: unknown = JSON.parse(policyText);
  if (!isRecord(policy)) return [];
  const statement = policy['Statement'];
  return (Array.isArray(statement) ? statement : [statement]).filter(isRecord);
}

/** Whether one of the actions that a member names is this one, whatever the case; patterns with `*` and `?` are understood. */
export function namesAction(patterns: unknown, action: string): boolean {
  return asTexts(patterns).some(pattern => matchesPattern(pattern.toLowerCase(), action.toLowerCase()));
}

/** One text or a list of them, as policies have it in every place; anything else is left out. */
export function asTexts(value: unknown): string[] {
  return (Array.isArray(value) ? value : [value]).filter(text => typeof text === 'string');
}
