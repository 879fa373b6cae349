/**
 * Reads a request by the shape that the SDK carries at run time: members of the wrong type and missing required members are
 * refused, members that the API does not know are ignored, as REST-JSON services do. null counts as absent.
 */
import type { SubmitJobRequest$ } from '@aws-sdk/client-batch';
import { NormalizedSchema } from '@smithy/core/schema';
import { serializationError, validationError } from './errors.ts';

/** The run-time shape of a structure, as the SDK exports it: `SubmitJobRequest$`. */
export type StructureShape = typeof SubmitJobRequest$;

/** What a request is once it has been read: the members that the API requires are there, at any depth. */
export type Checked<Shape> = Shape extends readonly (infer Item)[]
  ? Checked<Item>[]
  : Shape extends object
    ? {
        [Name in keyof Shape]: object extends Pick<Shape, Name>
          ? Checked<Shape[Name]>
          : Checked<NonNullable<Shape[Name]>>;
      }
    : Shape;

/** Only these numbers may have a fraction; all other numbers of the Batch API are integers. */
const FRACTIONAL = new Set(['weightFactor']);

/** Throws SerializationException for a wrong type, ClientException naming every required member that is missing. */
export function readRequest<Request>(schema: StructureShape, input: unknown): Request {
  const missing: string[] = [];
  const request = readStructure(NormalizedSchema.of(schema), input, '', missing);
  if (missing.length) throw validationError(missing.map(describeMissing));
  // The walk has just proved that every member has the type that the schema gives it.
  return request as Request;
}

function readStructure(schema: NormalizedSchema, value: unknown, path: string, missing: string[]): object {
  if (Array.isArray(value)) throw serializationError('Unexpected list element');
  if (!isRecord(value)) throw serializationError('Expected object or null');
  const required = requiredMembers(schema);
  const result: Record<string, unknown> = {};
  for (const [name, member] of schema.structIterator()) {
    const given = value[name];
    const where = path ? `${path}.${name}` : name;
    if (given === undefined || given === null) {
      if (required.has(name)) missing.push(where);
    } else result[name] = readValue(member, given, where, missing);
  }
  return result;
}

function readValue(schema: NormalizedSchema, value: unknown, path: string, missing: string[]): unknown {
  if (schema.isStructSchema()) return readStructure(schema, value, path, missing);
  if (schema.isListSchema()) return readList(schema, value, path, missing);
  if (schema.isMapSchema()) return readMap(schema, value, path, missing);
  return readScalar(schema, value);
}

function readList(schema: NormalizedSchema, value: unknown, path: string, missing: string[]): unknown[] {
  if (!Array.isArray(value)) throw serializationError('Expected list or null');
  return value.flatMap((item, index) =>
    item === null ? [] : [readValue(schema.getValueSchema(), item, `${path}.${index + 1}.member`, missing)],
  );
}

function readMap(schema: NormalizedSchema, value: unknown, path: string, missing: string[]): object {
  if (!isRecord(value)) throw serializationError('Expected map or null');
  const items = Object.entries(value).filter(([, item]) => item !== null);
  return Object.fromEntries(
    items.map(([key, item]) => [key, readValue(schema.getValueSchema(), item, `${path}.${key}`, missing)]),
  );
}

function readScalar(schema: NormalizedSchema, value: unknown): unknown {
  if (typeof value === 'object') {
    throw serializationError(
      `Start of ${Array.isArray(value) ? 'list' : 'structure or map'} found where not expected.`,
    );
  }
  if (schema.isNumericSchema()) return readNumber(schema, value);
  if (schema.isBooleanSchema() && typeof value !== 'boolean') throw wrongType(value, 'Boolean');
  if (schema.isStringSchema() && typeof value !== 'string') throw wrongType(value, 'String');
  return value;
}

function readNumber(schema: NormalizedSchema, value: unknown): unknown {
  const kind = FRACTIONAL.has(schema.getMemberName()) ? 'Float' : 'Integer';
  if (typeof value !== 'number') throw wrongType(value, kind);
  if (kind === 'Integer' && !Number.isInteger(value))
    throw serializationError(`DECIMAL_VALUE can not be converted to an ${kind}`);
  return value;
}

function wrongType(value: unknown, wanted: string) {
  const found =
    typeof value === 'boolean' ? `${String(value).toUpperCase()}_VALUE` : `${typeof value}_VALUE`.toUpperCase();
  return serializationError(`${found} can not be converted to ${wanted === 'Integer' ? 'an' : 'a'} ${wanted}`);
}

const requiredBySchema = new WeakMap<object, ReadonlySet<string>>();

/** The first `requiredCount` members of a structure are the required ones. */
function requiredMembers(schema: NormalizedSchema): ReadonlySet<string> {
  const structure = schema.getSchema();
  if (!Array.isArray(structure)) return new Set();
  const known = requiredBySchema.get(structure);
  if (known) return known;
  const [, , , , names, , count] = structure as unknown as StructureShape;
  const required = new Set(names.slice(0, count ?? 0));
  requiredBySchema.set(structure, required);
  return required;
}

function describeMissing(path: string): string {
  return `Value null at '${path}' failed to satisfy constraint: Member must not be null`;
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
