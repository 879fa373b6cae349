/** Reads members of a request as CloudWatch Logs does, with its messages. */
import { ServiceError } from '../model.ts';

export type Input = Readonly<Record<string, unknown>>;

export function invalidParameter(message: string): ServiceError {
  return new ServiceError('InvalidParameterException', message);
}

/** `1 validation error detected: Value 'x' at 'member' failed to satisfy constraint: Member must …`. */
export function invalidMember(member: string, value: string | number | undefined, constraint: string): ServiceError {
  const shown = value === undefined ? 'null' : `'${value}'`;
  return invalidParameter(
    `1 validation error detected: Value ${shown} at '${member}' failed to satisfy constraint: Member must ${constraint}`,
  );
}

export function notFound(what: 'log group' | 'log stream'): ServiceError {
  return new ServiceError('ResourceNotFoundException', `The specified ${what} does not exist.`);
}

export function alreadyExists(what: 'log group' | 'log stream'): ServiceError {
  return new ServiceError('ResourceAlreadyExistsException', `The specified ${what} already exists`);
}

const namePatterns = {
  logGroupName: /^[.\-_/#A-Za-z0-9]+$/,
  logStreamName: /^[^:*]*$/,
} as const;

const shownPatterns = { logGroupName: '[\\.\\-_/#A-Za-z0-9]+', logStreamName: '[^:*]*' } as const;

/** A name of 1 to 512 characters. */
export function readName(input: Input, member: keyof typeof namePatterns): string {
  const name = readText(input, member);
  if (name === undefined) throw invalidMember(member, undefined, 'not be null');
  if (name.length === 0) throw invalidMember(member, name, 'have length greater than or equal to 1');
  if (name.length > 512) throw invalidMember(member, name, 'have length less than or equal to 512');
  if (!namePatterns[member].test(name)) {
    throw invalidMember(member, name, `satisfy regular expression pattern: ${shownPatterns[member]}`);
  }
  return name;
}

/** The group by name or by ARN; the ARN without `:*`. */
export function readGroupName(input: Input): string {
  const identifier = readText(input, 'logGroupIdentifier');
  if (identifier === undefined) return readName(input, 'logGroupName');
  if (input['logGroupName'] !== undefined) {
    throw invalidParameter('LogGroup name and LogGroup ARN are mutually exclusive parameters.');
  }
  if (!/^[\w#+=/:,.@-]*$/.test(identifier)) {
    throw invalidMember('logGroupIdentifier', identifier, 'satisfy regular expression pattern: [\\w#+=/:,.@-]*');
  }
  return /^arn:[^:]+:logs:[^:]*:[^:]*:log-group:(.+)$/.exec(identifier)?.[1] ?? identifier;
}

export function readText(input: Input, member: string): string | undefined {
  const value = input[member];
  if (value === undefined || value === null) return undefined;
  if (typeof value !== 'string') throw serialization(member, 'a string');
  return value;
}

/** A whole number from 1 to `most`. */
export function readLimit(input: Input, most: number): number {
  const limit = readNumber(input, 'limit') ?? most;
  if (limit < 1) throw invalidMember('limit', limit, 'have value greater than or equal to 1');
  if (limit > most) throw invalidMember('limit', limit, `have value less than or equal to ${most}`);
  return limit;
}

export function readNumber(input: Input, member: string): number | undefined {
  const value = input[member];
  if (value === undefined || value === null) return undefined;
  if (typeof value !== 'number' || !Number.isFinite(value)) throw serialization(member, 'a number');
  return Math.trunc(value);
}

export function readList(input: Input, member: string): readonly unknown[] | undefined {
  const value = input[member];
  if (value === undefined || value === null) return undefined;
  if (!Array.isArray(value)) throw serialization(member, 'a list');
  return value;
}

export function serialization(member: string, expected: string): ServiceError {
  return new ServiceError('SerializationException', `${member} is not ${expected}`);
}
