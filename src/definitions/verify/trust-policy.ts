/** Whether a role lets a service take it. https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_principal.html */
import { matchesPattern } from '../../policy-pattern.ts';
import { isJsonObject, type Json, type JsonObject, readList, readObject } from '../json.ts';

/** `conditional`: only under a condition that cannot be looked at from here. */
export type Trust = 'trusted' | 'refused' | { readonly conditional: string };

export interface Trusted {
  /** `ecs-tasks.amazonaws.com`. */
  readonly service: string;
  /** Of the jobs that will take the role, for conditions against the confused deputy. */
  readonly account: string;
  readonly region: string;
}

/** Throws SyntaxError when the document is no JSON. */
export function readTrust(document: string, trusted: Trusted): Trust {
  const policy: unknown = JSON.parse(document);
  const { Statement: given } = readObject(policy);
  const statements = asList(given)
    .filter(isJsonObject)
    .filter(statement => concerns(statement, trusted.service));
  const effects = statements.map(statement => ({
    allows: statement['Effect'] === 'Allow',
    holds: conditionsHold(readObject(statement['Condition']), trusted),
  }));
  if (effects.some(({ allows, holds }) => !allows && holds === true)) return 'refused';
  const doubt = effects.find(({ allows, holds }) => !allows && typeof holds === 'string')?.holds;
  const allowed = effects.filter(({ allows }) => allows);
  if (allowed.some(({ holds }) => holds === true))
    return typeof doubt === 'string' ? { conditional: doubt } : 'trusted';
  const unsure = allowed.find(({ holds }) => typeof holds === 'string')?.holds;
  return typeof unsure === 'string' ? { conditional: unsure } : 'refused';
}

/** Is it about this service taking the role? One text or a list of them, in every place. */
function concerns({ Principal: principal, Action: action, NotAction: except }: JsonObject, service: string): boolean {
  const services = principal === '*' ? ['*'] : texts(readObject(principal)['Service']);
  const takes =
    action === undefined ? except !== undefined && !texts(except).some(isAssumeRole) : texts(action).some(isAssumeRole);
  return takes && services.some(name => name === '*' || name === service);
}

function isAssumeRole(action: string): boolean {
  return matchesPattern(action.toLowerCase(), 'sts:assumerole');
}

/** True, false, or the name of the first key that cannot be looked at from here. */
function conditionsHold(conditions: JsonObject, trusted: Trusted): boolean | string {
  const keys = Object.entries(conditions).flatMap(([operator, members]) =>
    Object.entries(readObject(members)).map(([key, values]) => ({ operator, key, values: texts(values) })),
  );
  const held = keys.map(({ operator, key, values }) => holds(operator, key.toLowerCase(), values, trusted) ?? key);
  if (held.includes(false)) return false;
  return held.find(each => typeof each === 'string') ?? true;
}

/** Undefined when it cannot be told. */
function holds(
  operator: string,
  key: string,
  values: readonly string[],
  { account, region }: Trusted,
): boolean | undefined {
  if (!/^(String|Arn)(Equals|Like)(IfExists)?$/.test(operator)) return undefined;
  if (key === 'aws:sourceaccount') return values.some(value => matchesPattern(value, account));
  if (key !== 'aws:sourcearn') return undefined;
  return values.some(value => {
    const [, , service = '', where = '', who = ''] = value.split(':');
    return (
      value === '*' || (matchesPattern(service, 'ecs') && matchesPattern(where, region) && matchesPattern(who, account))
    );
  });
}

function texts(value: Json | undefined): readonly string[] {
  return asList(value).filter(each => typeof each === 'string');
}

function asList(value: Json | undefined): readonly Json[] {
  return value === undefined ? [] : Array.isArray(value) ? readList(value) : [value];
}
