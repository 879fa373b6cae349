/** What a tier says of a definition: the resources of its main container, and the time one attempt may take. */

import { sameValue } from './abstract-text.ts';
import { type Cell, Filled, type Value, type ValueObject } from './model.ts';

export type TierSetting = 'vcpus' | 'memoryMiB' | 'gpus' | 'timeoutSeconds';
export const TIER_SETTINGS: readonly TierSetting[] = ['vcpus', 'memoryMiB', 'gpus', 'timeoutSeconds'];
export type TierValues = Readonly<Partial<Record<TierSetting, number | Filled>>>;

export type Path = readonly (string | number)[];

/** As the configuration's schema has it: least, most, whole. */
const LIMITS: Readonly<Record<TierSetting, readonly [number, number, boolean]>> = {
  vcpus: [0.25, Number.MAX_SAFE_INTEGER, false],
  memoryMiB: [4, 64_000_000, true],
  gpus: [1, 64, true],
  timeoutSeconds: [60, 31_536_000, true],
};
const REQUIREMENTS: Readonly<Record<string, TierSetting>> = { VCPU: 'vcpus', MEMORY: 'memoryMiB', GPU: 'gpus' };
/** https://docs.aws.amazon.com/batch/latest/APIReference/API_EksContainerResourceRequirements.html */
const EKS_RESOURCES: Readonly<Record<string, TierSetting>> = {
  cpu: 'vcpus',
  memory: 'memoryMiB',
  'nvidia.com/gpu': 'gpus',
};

export interface FoundContainer {
  readonly path: Path;
  readonly members: ValueObject;
}

/** Every container of a request, in the request's order; init containers of pods last. */
export function listContainers(request: ValueObject): readonly FoundContainer[] {
  const nodes = listAt(request, ['nodeProperties', 'nodeRangeProperties']);
  const roots: readonly FoundContainer[] = [{ path: [], members: request }, ...nodes];
  return roots.flatMap(root => [
    ...['containerProperties', 'container'].flatMap(name => below(root, [name])),
    ...listBelow(root, ['ecsProperties', 'taskProperties']).flatMap(task => listBelow(task, ['containers'])),
    ...['containers', 'initContainers'].flatMap(name => listBelow(root, ['eksProperties', 'podProperties', name])),
  ]);
}

/**
 * The container that does the work: of those that run the deployed image the one with most memory. Its resources are the tier's. All
 * nodes of a multi-node job count, since they are mostly alike.
 */
export function mainContainer({ request, image }: Pick<Cell, 'request' | 'image'>): FoundContainer | undefined {
  const containers = listContainers(request);
  const running = containers.filter(({ members }) => sameValue(members['image'], image));
  const candidates = running.length > 0 ? running : containers;
  const memoryOf = ({ members }: FoundContainer) => Number(readContainer(members).memoryMiB ?? 0) || 0;
  return candidates.reduce<FoundContainer | undefined>(
    (best, one) => (best === undefined || memoryOf(one) > memoryOf(best) ? one : best),
    undefined,
  );
}

/** What the configuration can say of a definition's size; what it cannot is left out, and stays in the template. */
export function readTier(request: ValueObject, main: Path | undefined): TierValues {
  const container = main === undefined ? undefined : listContainers(request).find(({ path }) => sameValue(path, main));
  const timeout = objectOf(request['timeout'])['attemptDurationSeconds'];
  return {
    ...(container && readContainer(container.members)),
    ...readSetting('timeoutSeconds', timeout),
  };
}

function readContainer(members: ValueObject): TierValues {
  const requirements = listOf(members['resourceRequirements']).map(objectOf);
  const limits = objectOf(objectOf(members['resources'])['limits']);
  const found = [
    ...requirements.map(({ type, value }) => readSetting(REQUIREMENTS[String(type)], value)),
    ...Object.entries(limits).map(([name, value]) => readSetting(EKS_RESOURCES[name], value, name === 'memory')),
  ];
  return Object.assign({}, ...found);
}

function readSetting(setting: TierSetting | undefined, value: Value | undefined, mebibytes = false): TierValues {
  if (setting === undefined || value === undefined) return {};
  if (value instanceof Filled) {
    const [only] = value.parts;
    return typeof only === 'object' && only.expression === `tier.${setting}` ? { [setting]: value } : {};
  }
  const text = mebibytes ? /^(\d+)Mi$/.exec(String(value))?.[1] : String(value);
  if (text === undefined || !/^\d+(\.\d+)?$/.test(text)) return {};
  const [least, most, whole] = LIMITS[setting];
  const amount = Number(text);
  return amount < least || amount > most || (whole && !Number.isInteger(amount)) ? {} : { [setting]: amount };
}

/** The setting whose value stands at this member, when the main container is what holds it. */
export function settingAt(path: Path, requirement: Value | undefined): TierSetting | undefined {
  const [name, owner, above] = [path.at(-1), path.at(-2), path.at(-3)];
  if (name === 'value' && path.at(-3) === 'resourceRequirements') return REQUIREMENTS[String(requirement)];
  if (name === 'attemptDurationSeconds' && owner === 'timeout' && path.length === 2) return 'timeoutSeconds';
  const isResource = (owner === 'limits' || owner === 'requests') && above === 'resources';
  return isResource ? EKS_RESOURCES[String(name)] : undefined;
}

/** Is `value` what the template writes for the tier's `amount`? */
export function isAmount(value: Value | undefined, amount: number | Filled | undefined, mebibytes: boolean): boolean {
  if (amount === undefined || value === undefined) return false;
  if (amount instanceof Filled) return value instanceof Filled && sameValue(value.parts, amount.parts);
  const text = mebibytes ? /^(\d+)Mi$/.exec(String(value))?.[1] : String(value);
  return typeof value !== 'object' && text !== undefined && text !== '' && Number(text) === amount;
}

function below({ path, members }: FoundContainer, steps: Path): readonly FoundContainer[] {
  const found = steps.reduce<Value | undefined>((value, step) => objectOf(value)[String(step)], members);
  return isObject(found) ? [{ path: [...path, ...steps], members: found }] : [];
}

function listBelow({ path, members }: FoundContainer, steps: Path): readonly FoundContainer[] {
  return listAt(members, steps).map(entry => ({ ...entry, path: [...path, ...entry.path] }));
}

function listAt(members: ValueObject, steps: Path): readonly FoundContainer[] {
  const found = steps.reduce<Value | undefined>((value, step) => objectOf(value)[String(step)], members);
  return listOf(found).map((entry, index) => ({ path: [...steps, index], members: objectOf(entry) }));
}

export function isObject(value: Value | undefined): value is ValueObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value) && !(value instanceof Filled);
}

export function isList(value: Value | undefined): value is readonly Value[] {
  return Array.isArray(value);
}

function objectOf(value: Value | undefined): ValueObject {
  return isObject(value) ? value : {};
}

function listOf(value: Value | undefined): readonly Value[] {
  return isList(value) ? value : [];
}
