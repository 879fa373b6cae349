/** What is live, read as something to import. */
import { canonicalDefinition, knownPart } from '../definitions/canonical.ts';
import { isJsonList, isJsonObject, type Json, type JsonObject } from '../definitions/json.ts';
import {
  type LiveDefinition,
  type RegistrationPorts,
  readAllByName,
  readFleet,
  withLimiter,
} from '../definitions/live.ts';
import { imagesOf } from '../definitions/live-release.ts';
import { ROOT_SHAPE, structureOf } from '../definitions/shape/member.ts';
import { ConfigurationError, type Problem } from '../errors.ts';
import { moveDeprecated } from './deprecated.ts';
import type { Imported, Value, ValueObject } from './model.ts';

/** A job definition by name, by name and revision, or by ARN. */
export interface LiveName {
  readonly name: string;
  /** The newest ACTIVE one, unless given. */
  readonly revision?: number | undefined;
  /** Every region that was named, unless given. */
  readonly region?: string | undefined;
}

/** https://docs.aws.amazon.com/batch/latest/userguide/security_iam_service-with-iam.html */
const ARN = /^arn:[^:]+:batch:([^:]+):\d{12}:job-definition\/([\w-]+)(?::(\d+))?$/;

/** `NAME`, `NAME:revision` or an ARN. Throws ConfigurationError for anything else. */
export function parseLiveName(given: string): LiveName {
  const [, region, arnName, arnRevision] = ARN.exec(given) ?? [];
  const [, plainName, plainRevision] = /^([A-Za-z0-9][\w-]{0,127})(?::(\d+))?$/.exec(given) ?? [];
  const [name, revision] = [arnName ?? plainName, arnRevision ?? plainRevision];
  if (name !== undefined) return { name, revision: revision === undefined ? undefined : Number(revision), region };
  throw new ConfigurationError({
    message: `"${given}" is no job definition`,
    remedy: 'Give a name, a name with its revision (cues-small:4), or an ARN.',
  });
}

/**
 * One definition for each name and region that has it. Throws ConfigurationError with every name that no region has, RemoteError when
 * a region cannot be read.
 */
export async function readLive(
  names: readonly LiveName[],
  regions: readonly string[],
  ports: RegistrationPorts,
): Promise<readonly Imported[]> {
  const wanted = names.flatMap(one =>
    (one.region === undefined ? regions : [one.region]).map(region => ({ ...one, region })),
  );
  if (wanted.length === 0 || wanted.some(({ region }) => region === undefined)) {
    throw new ConfigurationError({
      message: 'the region of what is live is not known',
      remedy: 'Give --region, once for each, or ARNs.',
    });
  }
  const fleet = await readFleet(wanted, ports);
  const found = await Promise.all(
    wanted.map(async ({ name, revision, region }) => {
      const active = fleet.get(region)?.get(name) ?? [];
      const live =
        revision === undefined ? active.at(-1) : await findRevision({ name, region, revision }, active, ports);
      return live && readDefinition(live, active.at(-1), region, ports);
    }),
  );
  const problems = names.flatMap((one, index): Problem[] => {
    const own = wanted.flatMap((place, at) =>
      place.name === one.name && place.revision === one.revision ? [found[at]] : [],
    );
    if (own.some(imported => imported !== undefined) || names.indexOf(one) < index) return [];
    const where = [...new Set(wanted.filter(({ name }) => name === one.name).map(({ region }) => region))].join(', ');
    const what = one.revision === undefined ? 'has no ACTIVE revision' : `has no revision ${one.revision}`;
    return [
      {
        message: `${one.name} ${what} in ${where}`,
        remedy:
          'Look for it with `aws batch describe-job-definitions --status ACTIVE`, and in which account these credentials are.',
      },
    ];
  });
  if (problems.length > 0) throw new ConfigurationError(problems);
  return found.filter(imported => imported !== undefined);
}

async function findRevision(
  { name, region, revision }: { readonly name: string; readonly region: string; readonly revision: number },
  active: readonly LiveDefinition[],
  ports: RegistrationPorts,
): Promise<LiveDefinition | undefined> {
  const known = active.find(one => one.revision === revision);
  return known ?? (await readAllByName(region, name, withLimiter(ports))).find(one => one.revision === revision);
}

function readDefinition(
  live: LiveDefinition,
  newest: LiveDefinition | undefined,
  region: string,
  { notify }: RegistrationPorts,
): Imported {
  const { described, name, revision, arn } = live;
  const origin = `${name}:${revision} in ${region}`;
  if (newest && newest.revision !== revision) {
    const text = `${origin} is not the newest, which is ${newest.revision}: a plan will show the difference.`;
    notify({ type: 'message', level: 'warning', text });
  }
  const [, partition = 'aws', , , account = ''] = arn.split(':');
  const { request, unknown } = requestOf(described);
  if (unknown) {
    const text = `${origin} has members that this version does not know; they were left out, and a plan will show them.`;
    notify({ type: 'message', level: 'warning', text });
  }
  if (moveDeprecated(described as unknown as ValueObject).changed) {
    const text = `${origin} has the deprecated vcpus or memory; they became resourceRequirements, which Batch takes for the same.`;
    notify({ type: 'message', level: 'notice', text });
  }
  return {
    origin,
    name,
    region,
    account,
    partition,
    request,
    image: imagesOf(described)[0],
    given: [],
    live: described,
  };
}

/** The canonical form, in the API's own order: what Batch fills in and what others add is gone. */
export function requestOf(described: LiveDefinition['described']): {
  readonly request: ValueObject;
  readonly unknown: boolean;
} {
  const canonical = canonicalDefinition(described);
  const known = knownPart(canonical);
  const { jobDefinitionName: _, ...request } = orderMembers(known, ROOT_SHAPE);
  return { request, unknown: JSON.stringify(known) !== JSON.stringify(canonical) };
}

/** Read before the rest, whatever the API's order. */
const FIRST = ['type', 'name', 'image'];

function orderMembers(value: JsonObject, type: string): ValueObject {
  const structure = structureOf(type);
  const names = new Set([
    ...FIRST.filter(name => structure?.has(name)),
    ...(structure?.keys() ?? []),
    ...Object.keys(value),
  ]);
  return Object.fromEntries(
    [...names].flatMap(name => {
      const member = structure?.get(name);
      const own = value[name];
      return own === undefined ? [] : [[name, orderValue(own, member?.many === 'map' ? undefined : member?.type)]];
    }),
  );
}

function orderValue(value: Json, type: string | undefined): Value {
  if (isJsonList(value)) return value.map(entry => orderValue(entry, type));
  if (isJsonObject(value)) return orderMembers(value, type ?? '');
  return value;
}
