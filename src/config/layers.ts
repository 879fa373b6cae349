/** The places of the plain file that may hold settings. */
import { type Content, mapping, texts } from './content.ts';
import type { YamlPath } from './yaml-source.ts';

/** A mapping of the file that may hold settings, where it is, and the environments it reaches. */
export interface Layer {
  readonly path: YamlPath;
  readonly content: Content;
  readonly environments: readonly string[];
  /** The names that are filled in there. */
  readonly placeholders: readonly string[];
}

const TARGET_NAMES = ['project', 'environment', 'region', 'account'];
export const DEFINITION_NAMES = [...TARGET_NAMES, 'family', 'tier'];

/** Every mapping that may hold `jobQueues`, roles and `smokeTest`. */
export function listLayers(file: Content): Layer[] {
  const environments = Object.keys(mapping(file['environments']));
  const below = (path: YamlPath, content: Content, reach: readonly string[]): Layer[] =>
    Object.entries(mapping(content['tiers'])).map(([tier, own]) => ({
      path: [...path, 'tiers', tier],
      content: mapping(own),
      environments: reach,
      placeholders: DEFINITION_NAMES,
    }));
  const families = Object.entries(mapping(file['families'])).map(([name, own]) => ({
    path: ['families', name],
    content: mapping(own),
    environments: mapping(own)['environments'] === undefined ? environments : texts(mapping(own)['environments']),
    placeholders: DEFINITION_NAMES,
  }));
  const targets = Object.entries(mapping(file['environments'])).flatMap(([name, environment]) =>
    withRegions(['environments', name], mapping(environment)).flatMap(({ path, content }) => [
      { path, content, environments: [name], placeholders: TARGET_NAMES },
      ...below(path, content, [name]),
    ]),
  );
  return [
    { path: [], content: file, environments, placeholders: TARGET_NAMES },
    ...below([], file, environments),
    ...families,
    ...targets,
  ];
}

function withRegions(path: YamlPath, environment: Content): { path: YamlPath; content: Content }[] {
  const regions = Object.entries(mapping(environment['regions'])).map(([region, own]) => ({
    path: [...path, 'regions', region],
    content: mapping(own),
  }));
  return [{ path, content: environment }, ...regions];
}

/** Every job queue that a layer names, with its path. */
export function listQueues({ path, content }: Layer): (readonly [YamlPath, unknown])[] {
  const below = (steps: YamlPath, queues: unknown) =>
    Object.entries(mapping(queues)).map(([priority, queue]) => [[...path, ...steps, priority], queue] as const);
  return [
    [[...path, 'jobQueue'], content['jobQueue']],
    ...below(['jobQueues'], content['jobQueues']),
    ...below(['runs', 'retry', 'onDemandQueues'], mapping(mapping(content['runs'])['retry'])['onDemandQueues']),
  ];
}
