/**
 * What the file says of its own names. Works on the plain content, valid or not, so that these problems are told together with
 * the schema's.
 */
import type { Problem } from '../errors.ts';
import { suggestName } from '../nearest-name.ts';
import { type Content, mapping, texts } from './content.ts';
import { type Finding, findInTargets } from './finding.ts';
import { type Layer, listLayers } from './layers.ts';
import { findNamePlaceholders, findPlaceholderProblems } from './placeholder-problems.ts';
import { listPlainTargets } from './plain-target.ts';
import { findRunProblems } from './run-problems.ts';
import { describePath } from './schema-problems.ts';
import { findShareIdentifiers, findShareProblems } from './share-problems.ts';
import { findSmokeTestProblems } from './smoke-test-problems.ts';
import { findThresholdProblems } from './threshold-problems.ts';
import type { YamlPath, YamlSource } from './yaml-source.ts';

export function findReferenceProblems(source: YamlSource): Problem[] {
  const file = mapping(source.content);
  const layers = listLayers(file);
  const findings = [
    ...findEmpty(file),
    ...findUnknownNames(file, layers),
    ...findRepeats(file),
    ...layers.flatMap(layer => [
      ...findPlaceholderProblems(layer),
      ...findShareIdentifiers(layer),
      ...findForeignRoles(layer, file),
    ]),
    ...Object.entries(mapping(file['families'])).flatMap(([name, family]) =>
      findNamePlaceholders(name, mapping(family)),
    ),
    ...findInTargets(listPlainTargets(file), target => [
      ...findSmokeTestProblems(target, file, source),
      ...findRunProblems(target, source),
      ...findThresholdProblems(target, source),
      ...findShareProblems(target, source),
    ]),
  ];
  return findings.map(({ path, message, remedy }) => ({ message, remedy, position: source.positionOf(path) }));
}

function findEmpty(file: Content): Finding[] {
  const empty = (key: string) => typeof file[key] === 'object' && Object.keys(file[key] ?? { none: 0 }).length === 0;
  return ['families', 'tiers', 'environments']
    .filter(empty)
    .map(key => ({ path: [key], message: `${key} is empty: there is nothing to deploy` }));
}

function findUnknownNames(file: Content, layers: readonly Layer[]): Finding[] {
  const known = (key: string) => Object.keys(mapping(file[key]));
  const tiers = known('tiers');
  const mentions = layers.flatMap(({ path, content }) => {
    const one = (section: string, key: string, names: readonly string[]) => {
      const name = mapping(content[section])[key];
      return typeof name === 'string' ? [mention([...path, section, key], name, key, names)] : [];
    };
    return [
      ...one('smokeTest', 'tier', tiers),
      ...one('smokeTest', 'family', known('families')),
      ...one('runs', 'family', known('families')),
      ...(path.length === 0 ? [] : Object.keys(mapping(content['tiers']))).map(tier =>
        mention([...path, 'tiers', tier], tier, 'tier', tiers),
      ),
    ];
  });
  const families = Object.entries(mapping(file['families'])).flatMap(([name, family]) =>
    (['tiers', 'environments'] as const).flatMap(key =>
      texts(mapping(family)[key]).map((text, index) =>
        mention(['families', name, key, index], text, key.slice(0, -1), known(key)),
      ),
    ),
  );
  return [...mentions, ...families].flatMap(({ path, name, kind, names }) =>
    names.includes(name)
      ? []
      : [{ path, message: `${describePath(path)}: there is no ${kind} "${name}"`, remedy: suggestName(name, names) }],
  );
}

function mention(path: YamlPath, name: string, kind: string, names: readonly string[]) {
  return { path, name, kind, names };
}

function findRepeats(file: Content): Finding[] {
  const lists: (readonly [YamlPath, unknown])[] = [
    ...Object.entries(mapping(file['environments'])).map(
      ([name, own]) => [['environments', name, 'regions'], mapping(own)['regions']] as const,
    ),
    ...Object.entries(mapping(file['families'])).flatMap(([name, own]) =>
      ['tiers', 'environments'].map(key => [['families', name, key], mapping(own)[key]] as const),
    ),
  ];
  return lists.flatMap(([path, list]) =>
    texts(list).flatMap((text, index, all) =>
      all.indexOf(text) < index
        ? [{ path: [...path, index], message: `${describePath(path)} names "${text}" twice` }]
        : [],
    ),
  );
}

/** A role cannot be passed to another account: https://docs.aws.amazon.com/IAM/latest/UserGuide/id_roles_use_passrole.html */
function findForeignRoles({ path, content, environments }: Layer, file: Content): Finding[] {
  return ['executionRole', 'jobRole'].flatMap(key => {
    const role = content[key];
    const account = typeof role === 'string' ? /^arn:[^:]*:iam::(\d{12}):/.exec(role)?.[1] : undefined;
    if (account === undefined) return [];
    const foreign = environments.filter(name => {
      const own = mapping(mapping(file['environments'])[name])['account'];
      return typeof own === 'string' && own !== account;
    });
    if (foreign.length === 0) return [];
    const message = `${describePath([...path, key])} is a role of account ${account}, and ${foreign.join(', ')} ${foreign.length > 1 ? 'are other accounts' : 'is another account'}`;
    return [{ path: [...path, key], message, remedy: "Write the role's name alone." }];
  });
}
