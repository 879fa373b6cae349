/**
 * Conditions of policies.
 * https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_condition_operators.html
 */
import { matchesPattern } from '../policy-pattern.ts';
import { isRecord } from './json.ts';
import { asTexts, type Statement } from './policy-document.ts';

/** Context keys in lower case, each with its values. */
export type RequestContext = Readonly<Record<string, readonly string[]>>;

/** Whether a statement's conditions are met. `doubt`: what an operator that is not known here comes to. An Allow does not hold then, a Deny does. */
export function holds({ Condition: conditions = {} }: Statement, context: RequestContext, doubt: boolean): boolean {
  if (!isRecord(conditions)) return false;
  return Object.entries(conditions).every(([operator, keys]) =>
    Object.entries(isRecord(keys) ? keys : {}).every(
      ([key, wanted]) => compare(operator, asTexts(wanted), context[key.toLowerCase()]) ?? doubt,
    ),
  );
}

type Comparison = (wanted: string, actual: string) => boolean;

const equal: Comparison = (wanted, actual) => wanted === actual;
const equalInAnyCase: Comparison = (wanted, actual) => wanted.toLowerCase() === actual.toLowerCase();

const comparisons: Readonly<Record<string, { readonly same: Comparison; readonly negated: boolean }>> = {
  stringequals: { same: equal, negated: false },
  stringnotequals: { same: equal, negated: true },
  stringequalsignorecase: { same: equalInAnyCase, negated: false },
  stringnotequalsignorecase: { same: equalInAnyCase, negated: true },
  stringlike: { same: matchesPattern, negated: false },
  stringnotlike: { same: matchesPattern, negated: true },
  arnequals: { same: matchesPattern, negated: false },
  arnlike: { same: matchesPattern, negated: false },
  bool: { same: equalInAnyCase, negated: false },
};

/** Undefined when the operator is not known here. */
function compare(
  operator: string,
  wanted: readonly string[],
  actual: readonly string[] | undefined,
): boolean | undefined {
  const [, set, name = '', ifExists] = /^(?:(ForAnyValue|ForAllValues):)?(\w+?)(IfExists)?$/i.exec(operator) ?? [];
  if (name.toLowerCase() === 'null') return wanted.some(each => (each.toLowerCase() === 'true') === !actual);
  const comparison = comparisons[name.toLowerCase()];
  if (!comparison) return undefined;
  // A key that is not there: only what wants a difference is content, and what need not be there.
  if (!actual) return comparison.negated || ifExists !== undefined || set?.toLowerCase() === 'forallvalues';
  const matches = (value: string) => wanted.some(each => comparison.same(each, value)) !== comparison.negated;
  return set?.toLowerCase() === 'forallvalues' ? actual.every(matches) : actual.some(matches);
}
