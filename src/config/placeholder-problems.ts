/** `{name}` where nothing of that name is known, which would stay as it is. */
import { suggestName } from '../nearest-name.ts';
import { type Content, mapping, texts } from './content.ts';
import type { Finding } from './finding.ts';
import { DEFINITION_NAMES, type Layer, listQueues } from './layers.ts';
import { mistakenPlaceholders, unknownPlaceholders } from './placeholders.ts';
import { describePath } from './schema-problems.ts';
import type { YamlPath } from './yaml-source.ts';

const CHILD_NAMES = ['index', 'entry', 'run', 'tier'];
/** Known when the jobs are submitted, all at once. */
const SMOKE_TEST_NAMES = ['run', 'tier', 'entries'];
const RUN_NAMES = ['run'];

/** A text, where it stands, and the placeholders that are known there. */
type Mentioned = readonly [path: YamlPath, text: unknown, known: readonly string[]];

export function findPlaceholderProblems(layer: Layer): Finding[] {
  const { path, content, placeholders } = layer;
  const strings: Mentioned[] = [
    ...['executionRole', 'jobRole', 'registry'].map(key => [[...path, key], content[key], placeholders] as const),
    ...listQueues(layer).flatMap(([at, queue]): Mentioned[] =>
      typeof queue === 'string'
        ? [[at, queue, placeholders]]
        : ['name', 'shareIdentifier'].map(key => [[...at, key], mapping(queue)[key], placeholders]),
    ),
    ...texts(mapping(content['smokeTest'])['expectObjects']).map(
      (text, index) =>
        [[...path, 'smokeTest', 'expectObjects', index], text, [...placeholders, ...CHILD_NAMES]] as const,
    ),
    ...['ledger', 'entries', 'events'].map(
      key => [[...path, 'runs', key], mapping(content['runs'])[key], placeholders] as const,
    ),
  ];
  return [
    ...strings.flatMap(([at, text, known]) =>
      typeof text === 'string' ? describeUnknown(at, unknownPlaceholders(text, known), known) : [],
    ),
    ...[
      ...listValues([...path, 'smokeTest'], content['smokeTest'], [...placeholders, ...SMOKE_TEST_NAMES]),
      ...listValues([...path, 'runs'], content['runs'], [...placeholders, ...RUN_NAMES]),
    ].flatMap(([at, text, known]) =>
      typeof text === 'string' ? describeUnknown(at, mistakenPlaceholders(text, known, DEFINITION_NAMES), known) : [],
    ),
  ];
}

/** What goes into jobs as it is, but for the placeholders. */
function listValues(path: YamlPath, section: unknown, known: readonly string[]): Mentioned[] {
  const { command, ...settings } = mapping(section);
  return [
    ...['parameters', 'environment'].flatMap(key =>
      Object.entries(mapping(settings[key])).map(([name, text]): Mentioned => [[...path, key, name], text, known]),
    ),
    ...(Array.isArray(command) ? command : []).map(
      (text, index): Mentioned => [[...path, 'command', index], text, known],
    ),
  ];
}

export function findNamePlaceholders(family: string, { jobDefinitionName }: Content): Finding[] {
  const path = ['families', family, 'jobDefinitionName'];
  return typeof jobDefinitionName === 'string'
    ? describeUnknown(path, unknownPlaceholders(jobDefinitionName, DEFINITION_NAMES), DEFINITION_NAMES)
    : [];
}

function describeUnknown(path: YamlPath, unknown: readonly string[], known: readonly string[]): Finding[] {
  return unknown.map(name => ({
    path,
    message: `${describePath(path)}: {${name}} is not known here`,
    remedy: suggestName(name, known),
  }));
}
