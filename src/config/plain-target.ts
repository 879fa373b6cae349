/**
 * What the plain file means for one target, so that wrong names are found although something else in the file is wrong too. What
 * cannot be merged, since a layer has it in another shape, is undefined: the schema tells of that.
 */
import { type Content, isMapping, mapping, text, texts } from './content.ts';
import { layQueues } from './lay-queues.ts';
import { mergeDeep } from './merge.ts';
import type { Target } from './model.ts';

export interface PlainTarget extends Pick<Target, 'environment' | 'region'> {
  /** For placeholders. */
  readonly names: Readonly<Record<string, string>>;
  /** By priority; in whatever shape each of them is. */
  readonly jobQueues: Content | undefined;
  readonly runs: Content | undefined;
  readonly smokeTest: Content | undefined;
  /** By name, with what differs here. */
  readonly tiers: Content;
  /** The tiers of each family that goes to this environment, in the order of the file. */
  readonly families: ReadonlyMap<string, readonly string[]>;
}

export function listPlainTargets(file: Content): readonly PlainTarget[] {
  return Object.entries(mapping(file['environments'])).flatMap(([environment, content]) => {
    const own = mapping(content);
    const { regions } = own;
    const names = isMapping(regions) ? Object.keys(regions) : texts(regions);
    return names.map(region => mergeTarget(file, environment, region, [file, own, mapping(mapping(regions)[region])]));
  });
}

function mergeTarget(file: Content, environment: string, region: string, layers: readonly Content[]): PlainTarget {
  const known = { project: text(file['project']), environment, region, account: text(layers[1]?.['account']) };
  const all = Object.keys(mapping(file['tiers']));
  const families = Object.entries(mapping(file['families'])).flatMap(([name, content]) => {
    const { tiers, environments } = mapping(content);
    if (environments !== undefined && !texts(environments).includes(environment)) return [];
    return [[name, tiers === undefined ? all : texts(tiers)] as const];
  });
  return {
    environment,
    region,
    names: Object.fromEntries(Object.entries(known).flatMap(([name, value]) => (value ? [[name, value]] : []))),
    jobQueues: mergeQueues(layers),
    runs: mergeSection(layers, 'runs'),
    smokeTest: mergeSection(layers, 'smokeTest'),
    tiers: layers.map(layer => mapping(layer['tiers'])).reduce(mergeDeep),
    families: new Map(families),
  };
}

/** `false` takes away what the layers before it say. */
function mergeSection(layers: readonly Content[], key: string): Content | undefined {
  const said = layers.map(layer => layer[key]).filter(value => value !== undefined);
  const left = said.slice(said.lastIndexOf(false) + 1);
  return left.length > 0 && left.every(isMapping) ? left.reduce(mergeDeep) : undefined;
}

function mergeQueues(layers: readonly Content[]): Content | undefined {
  const readable = layers.every(({ jobQueues }) => jobQueues === undefined || isMapping(jobQueues));
  if (!readable) return undefined;
  return layers.reduce<Content>(
    (below, { jobQueues, jobQueue }) =>
      layQueues(below, { jobQueues: isMapping(jobQueues) ? jobQueues : undefined, jobQueue }),
    {},
  );
}
