/** Whether a role's trust policy lets a web identity take it. */
import { isRecord } from '../json.ts';
import { holds, type RequestContext } from '../policy-conditions.ts';
import { asTexts, namesAction, readStatements, type Statement } from '../policy-document.ts';

export interface TrustRequest {
  /** ARN of the OIDC provider. */
  readonly provider: string;
  /** With keys such as `token.actions.githubusercontent.com:sub`. */
  readonly context: RequestContext;
}

const ACTION = 'sts:AssumeRoleWithWebIdentity';

/** One statement that allows it and none that denies it. */
export function isTrusted(policyText: string, request: TrustRequest): boolean {
  const matching = readStatements(policyText).filter(statement => concerns(statement, request.provider));
  const holding = (effect: string) =>
    matching.some(statement => statement['Effect'] === effect && holds(statement, request.context, effect === 'Deny'));
  return holding('Allow') && !holding('Deny');
}

function concerns(statement: Statement, provider: string): boolean {
  const { Principal: principal, Action: action, NotAction: except } = statement;
  const acts =
    action === undefined ? except !== undefined && !namesAction(except, ACTION) : namesAction(action, ACTION);
  const principals = isRecord(principal) ? asTexts(principal['Federated']) : asTexts(principal);
  return acts && principals.some(name => name === '*' || name === provider);
}
