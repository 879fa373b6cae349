/**
 * Whether a role's trust policy lets a web identity take it.
 * https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_condition_operators.html
 */
import { matchesPattern } from '../../policy-pattern.ts';
import { isRecord } from '../json.ts';
import { asTexts, namesAction, readStatements, type Statement } from '../policy-document.ts';

export interface TrustRequest {
  /** ARN of the OIDC provider. */
  readonly provider: string;
  /** Context keys in lower case (`token.actions.githubusercontent.com:sub`), each with its values. */
  readonly context: Readonly<Record<string, readonly string[]>>;
}

const ACTION = 'sts:AssumeRoleWithWebIdentity';

/** One statement that allows it and none that denies it. */
export function isTrusted(policyText: string, request: TrustRequest): boolean {
  const matching = readStatements(policyText).filter(statement => concerns(statement, request.provider));
  const holding = (effect: string) =>
    matching.some(statement => statement['Effect'] === effect && holds(statement, request, effect === 'Deny'));
  return holding('Allow') && !holding('Deny');
}

function concerns(statement: Statement, provider: string): boolean {
  const { Principal: principal, Action: action, NotAction: except } = statement;
  const acts =
    action === undefined ? except !== undefined && !namesAction(except, ACTION) : namesAction(action, ACTION);
  const principals = isRecord(principal) ? asTexts(principal['Federated']) : asTexts(principal);
  return acts && principals.some(name => name === '*' || name === provider);
}

/** `doubt`: what an operator that is not known here comes to. An Allow does not hold then, a Deny does. */
function holds({ Condition: conditions = {} }: Statement, { context }: TrustRequest, doubt: boolean): boolean {
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
