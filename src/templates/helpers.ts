import { createHash } from 'node:crypto';
import type { Run } from './model.ts';

/** One use of a helper. */
export interface Call {
  readonly arguments: readonly unknown[];
  readonly options: Readonly<Record<string, unknown>>;
  readonly run: Run;
}

export interface Helper {
  /** Least and most arguments. */
  readonly takes: readonly [least: number, most: number];
  /** Names it knows after `=`. */
  readonly options?: readonly string[];
  /** As the documentation and messages show it. */
  readonly usage: string;
  /** Throws HelperProblem for what the template's author can mend. */
  readonly apply: (call: Call) => unknown;
}

/** What is wrong with the arguments of a helper, to be told at its place in the template. */
export class HelperProblem extends Error {
  override readonly name = 'HelperProblem';
}

const MANY = 1000;

export const HELPERS: Readonly<Record<string, Helper>> = {
  env: {
    takes: [1, 2],
    usage: 'env "NAME" ["fallback"]',
    apply: call => readEnvironment(call) ?? call.arguments[1] ?? null,
  },
  'required-env': { takes: [1, 1], usage: 'required-env "NAME"', apply: requireEnvironment },
  default: {
    takes: [2, MANY],
    usage: 'default value fallback',
    apply: call => call.arguments.find(value => value !== null && value !== undefined) ?? null,
  },
  json: { takes: [1, 1], usage: 'json value', apply: call => JSON.stringify(call.arguments[0]) },
  lower: { takes: [1, 1], usage: 'lower text', apply: call => textAt(call, 0).toLowerCase() },
  upper: { takes: [1, 1], usage: 'upper text', apply: call => textAt(call, 0).toUpperCase() },
  concat: {
    takes: [1, MANY],
    usage: 'concat text text …',
    apply: call => call.arguments.map((_, index) => textAt(call, index)).join(''),
  },
  join: { takes: [1, 2], usage: 'join list ["separator"]', apply: joinList },
  eq: { takes: [2, 2], usage: 'eq one other', apply: ({ arguments: [one, other] }) => isEqual(one, other) },
  ne: { takes: [2, 2], usage: 'ne one other', apply: ({ arguments: [one, other] }) => !isEqual(one, other) },
  and: {
    takes: [1, MANY],
    usage: 'and value value …',
    apply: call => call.arguments.find(value => !isTruthy(value)) ?? call.arguments.at(-1),
  },
  or: {
    takes: [1, MANY],
    usage: 'or value value …',
    apply: call => call.arguments.find(isTruthy) ?? call.arguments.at(-1),
  },
  not: { takes: [1, 1], usage: 'not value', apply: call => !isTruthy(call.arguments[0]) },
  lookup: { takes: [2, 2], usage: 'lookup mapping "name"', apply: lookUp },
  base64: {
    takes: [1, 1],
    usage: 'base64 text',
    apply: call => Buffer.from(textAt(call, 0), 'utf8').toString('base64'),
  },
  hash: {
    takes: [1, 1],
    usage: 'hash text',
    apply: call => createHash('sha256').update(textAt(call, 0), 'utf8').digest('hex'),
  },
  'role-arn': {
    takes: [1, 1],
    usage: 'role-arn "name"',
    apply: call => buildArn(call, { service: 'iam', region: '', prefix: 'role/' }),
  },
  'secret-arn': { takes: [1, 1], options: ['key'], usage: 'secret-arn "name" [key="JSON key"]', apply: buildSecretArn },
  'parameter-arn': {
    takes: [1, 1],
    usage: 'parameter-arn "/path"',
    apply: call => buildArn(call, { service: 'ssm', prefix: 'parameter/' }),
  },
};

/** As Handlebars' `#if` has it: false, null, "", 0 and an empty list are not. */
export function isTruthy(value: unknown): boolean {
  return Array.isArray(value) ? value.length > 0 : Boolean(value);
}

function readEnvironment(call: Call): string | undefined {
  const name = textAt(call, 0);
  call.run.lookedUp.add(name);
  const { environmentVariables } = call.run.lookups;
  return Object.hasOwn(environmentVariables, name) ? environmentVariables[name] : undefined;
}

function requireEnvironment(call: Call): string {
  const value = readEnvironment(call);
  if (value === undefined) throw new HelperProblem(`the environment variable ${textAt(call, 0)} is not set`);
  if (value === '') throw new HelperProblem(`the environment variable ${textAt(call, 0)} is empty`);
  return value;
}

function joinList({ arguments: [list, separator = ','] }: Call): string {
  if (!Array.isArray(list)) throw new HelperProblem(`needs a list, not ${describeValue(list)}`);
  return list.map(item => toText(item, 'in the list')).join(toText(separator, 'as the separator'));
}

function lookUp({ arguments: [owner, key] }: Call): unknown {
  const name = toText(key, 'as the name');
  if (typeof owner !== 'object' || owner === null)
    throw new HelperProblem(`needs a mapping or list, not ${describeValue(owner)}`);
  if (Object.hasOwn(owner, name)) return (owner as Readonly<Record<string, unknown>>)[name] ?? null;
  throw new HelperProblem(`found no "${name}"; there is ${Object.keys(owner).join(', ') || 'nothing'}`);
}

function buildSecretArn(call: Call): string {
  const arn = buildArn(call, { service: 'secretsmanager', prefix: 'secret:' });
  const { key } = call.options;
  return key === undefined ? arn : `${arn}:${toText(key, 'as key')}::`;
}

/** https://docs.aws.amazon.com/IAM/latest/UserGuide/reference-arns.html */
function buildArn(
  call: Call,
  { service, region, prefix }: { service: string; region?: string; prefix: string },
): string {
  const name = textAt(call, 0).replace(/^\//, '');
  if (name === '' || name.startsWith('arn:'))
    throw new HelperProblem(`needs a name, not ${JSON.stringify(textAt(call, 0))}`);
  const from = (key: string) => toText(call.run.root[key], `as ${key}`);
  return `arn:${from('partition')}:${service}:${region ?? from('region')}:${from('account')}:${prefix}${name}`;
}

function textAt(call: Call, index: number): string {
  return toText(call.arguments[index], call.arguments.length > 1 ? `as argument ${index + 1}` : '');
}

function toText(value: unknown, where: string): string {
  if (typeof value === 'string') return value;
  if (typeof value === 'number' || typeof value === 'boolean') return String(value);
  throw new HelperProblem(`needs text ${where}`.trimEnd().concat(`, not ${describeValue(value)}`));
}

function describeValue(value: unknown): string {
  if (value === null || value === undefined) return 'null';
  if (Array.isArray(value)) return 'a list';
  return typeof value === 'object' ? 'a mapping' : JSON.stringify(value);
}

function isEqual(one: unknown, other: unknown): boolean {
  return one === other || (typeof one === 'object' && JSON.stringify(one) === JSON.stringify(other));
}
