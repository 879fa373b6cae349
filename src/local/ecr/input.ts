/** Reads the input of an ECR call; what breaks a rule of the API's model is an InvalidParameterException that names it. */
import { isRecord } from '../json.ts';
import { invalidParameter } from './errors.ts';
import { isDigest, isRepositoryName, REPOSITORY_NAME } from './names.ts';

export type Input = Record<string, unknown>;

export function readString(
  input: Input,
  name: string,
  length: { min?: number; max?: number } = {},
): string | undefined {
  const value = input[name] ?? undefined;
  if (value === undefined) return undefined;
  if (typeof value !== 'string') throw invalidParameter(name, 'must be a string');
  const { min = 0, max = Number.POSITIVE_INFINITY } = length;
  if (value.length < min) throw invalidParameter(name, `Member must have length greater than or equal to ${min}`);
  if (value.length > max) throw invalidParameter(name, `Member must have length less than or equal to ${max}`);
  return value;
}

export function requireString(input: Input, name: string, length: { min?: number; max?: number } = {}): string {
  return required(readString(input, name, length), name);
}

export function readBoolean(input: Input, name: string): boolean | undefined {
  const value = input[name] ?? undefined;
  if (value !== undefined && typeof value !== 'boolean') throw invalidParameter(name, 'must be a boolean');
  return value;
}

export function readInteger(input: Input, name: string, range: { min: number; max: number }): number | undefined {
  const value = input[name] ?? undefined;
  if (value === undefined) return undefined;
  if (typeof value !== 'number' || !Number.isInteger(value)) throw invalidParameter(name, 'must be an integer');
  if (value < range.min) throw invalidParameter(name, `Member must have value greater than or equal to ${range.min}`);
  if (value > range.max) throw invalidParameter(name, `Member must have value less than or equal to ${range.max}`);
  return value;
}

export function requireInteger(input: Input, name: string, range: { min: number; max: number }): number {
  return required(readInteger(input, name, range), name);
}

export function readChoice<Choice extends string>(
  input: Input,
  name: string,
  choices: readonly Choice[],
): Choice | undefined {
  const value = readString(input, name);
  if (value === undefined) return undefined;
  const choice = choices.find(candidate => candidate === value);
  if (choice === undefined) throw invalidParameter(name, `Member must satisfy enum value set: [${choices.join(', ')}]`);
  return choice;
}

export function readRecord(input: Input, name: string): Input | undefined {
  const value = input[name] ?? undefined;
  if (value !== undefined && !isRecord(value)) throw invalidParameter(name, 'must be a structure');
  return value;
}

export function requireRecord(input: Input, name: string): Input {
  return required(readRecord(input, name), name);
}

/** Every element goes through `read`, which gets the element and its own name: `imageIds[3]`. */
export function readList<Item>(
  input: Input,
  name: string,
  count: { min: number; max: number },
  read: (item: unknown, name: string) => Item,
): Item[] | undefined {
  const value = input[name] ?? undefined;
  if (value === undefined) return undefined;
  if (!Array.isArray(value)) throw invalidParameter(name, 'must be a list');
  if (value.length < count.min)
    throw invalidParameter(name, `Member must have length greater than or equal to ${count.min}`);
  if (value.length > count.max)
    throw invalidParameter(name, `Member must have length less than or equal to ${count.max}`);
  return value.map((item, index) => read(item, `${name}[${index}]`));
}

export function requireList<Item>(
  input: Input,
  name: string,
  count: { min: number; max: number },
  read: (item: unknown, name: string) => Item,
): Item[] {
  return required(readList(input, name, count, read), name);
}

export function asString(item: unknown, name: string): string {
  if (typeof item !== 'string') throw invalidParameter(name, 'must be a string');
  return item;
}

export function asRecord(item: unknown, name: string): Input {
  if (!isRecord(item)) throw invalidParameter(name, 'must be a structure');
  return item;
}

export function required<Value>(value: Value | undefined, name: string): Value {
  if (value === undefined) throw invalidParameter(name, 'Member must not be null');
  return value;
}

export function requireRepositoryName(input: Input): string {
  return checkRepositoryName(requireString(input, 'repositoryName'), 'repositoryName');
}

export function checkRepositoryName(name: string, parameter: string): string {
  if (!isRepositoryName(name))
    throw invalidParameter(parameter, `must satisfy regular expression '${REPOSITORY_NAME}'`);
  return name;
}

export interface ImageId {
  readonly imageDigest?: string | undefined;
  readonly imageTag?: string | undefined;
}

export function asImageId(item: unknown, name: string): ImageId {
  const record = asRecord(item, name);
  return {
    imageDigest: readString(record, 'imageDigest'),
    imageTag: readString(record, 'imageTag', { min: 1, max: 300 }),
  };
}

/** For calls that refuse an image id as a whole instead of listing it as a failure. */
export function requireImageId(item: unknown, name: string): ImageId {
  const id = asImageId(item, name);
  if (id.imageDigest === undefined && id.imageTag === undefined) {
    throw invalidParameter(name, 'both tag and digest cannot be null');
  }
  if (id.imageDigest !== undefined && !isDigest(id.imageDigest)) {
    throw invalidParameter(`${name}.imageDigest`, "must satisfy regular expression '[a-zA-Z0-9-_+.]+:[a-fA-F0-9]+'");
  }
  return id;
}

/** Leaves out members that are undefined, as the wire form does. */
export function omitUndefined<Shape extends object>(shape: Shape): Shape {
  return Object.fromEntries(Object.entries(shape).filter(([, value]) => value !== undefined)) as Shape;
}

/** A timestamp on the wire: seconds with a fraction. */
export function seconds(milliseconds: number): number {
  return milliseconds / 1000;
}
