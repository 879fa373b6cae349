/** Lifecycle policies: what is a valid one, and which images it expires. Pure. */

import { isRecord } from '../json.ts';
import { invalidParameter } from './errors.ts';
import type { Image } from './model.ts';
import { matchesWildcard } from './mutability.ts';

export interface LifecycleRule {
  readonly rulePriority: number;
  readonly selection: {
    readonly tagStatus: 'tagged' | 'untagged' | 'any';
    readonly tagPrefixList?: readonly string[] | undefined;
    readonly tagPatternList?: readonly string[] | undefined;
    readonly countType: 'imageCountMoreThan' | 'sinceImagePushed';
    readonly countNumber: number;
  };
}

export interface Expiry {
  readonly image: Image;
  readonly rulePriority: number;
}

const DAY_MS = 24 * 60 * 60 * 1000;

/** Rules by priority. Throws InvalidParameterException with what the policy's schema has against the text. */
export function parseLifecyclePolicy(text: string): LifecycleRule[] {
  const policy = parseJson(text);
  if (!isRecord(policy)) throw invalidPolicy('Could not map policyString into LifecyclePolicy.');
  const rules = policy['rules'];
  if (!Array.isArray(rules)) throw invalidPolicy('object has missing required properties (["rules"])');
  return rules.map(readRule).sort((one, other) => one.rulePriority - other.rulePriority);
}

/**
 * The images that go, oldest push first. Every rule counts among all images it selects; an image is expired by the first rule
 * whose selection it fits, or stays; an image that a list names stays as long as the list.
 * https://docs.aws.amazon.com/AmazonECR/latest/userguide/LifecyclePolicies.html
 */
export function planExpiry(rules: readonly LifecycleRule[], images: readonly Image[], now: number): Expiry[] {
  const sorted = [...images].sort((one, other) => one.pushedAt - other.pushedAt || one.sequence - other.sequence);
  const decided = new Map<string, number | undefined>();
  for (const rule of rules) {
    const selected = sorted.filter(image => isSelected(rule.selection, image));
    const expiring = new Set(findExpiring(rule.selection, selected, now));
    for (const image of selected) {
      if (!decided.has(image.digest)) decided.set(image.digest, expiring.has(image) ? rule.rulePriority : undefined);
    }
  }
  const goes = (image: Image) => decided.get(image.digest) !== undefined;
  const kept = new Set(sorted.filter(image => !goes(image)).flatMap(image => image.manifests));
  return sorted.flatMap(image => {
    const rulePriority = decided.get(image.digest);
    return rulePriority === undefined || kept.has(image.digest) ? [] : [{ image, rulePriority }];
  });
}

function findExpiring(
  selection: LifecycleRule['selection'],
  oldestFirst: readonly Image[],
  now: number,
): readonly Image[] {
  const { countType, countNumber } = selection;
  if (countType === 'imageCountMoreThan') return oldestFirst.slice(0, Math.max(0, oldestFirst.length - countNumber));
  return oldestFirst.filter(({ pushedAt }) => now - pushedAt > countNumber * DAY_MS);
}

/** With several prefixes or patterns, an image fits when each of them has a tag that fits. */
function isSelected(
  { tagStatus, tagPrefixList, tagPatternList }: LifecycleRule['selection'],
  { tags }: Image,
): boolean {
  if (tagStatus === 'any') return true;
  if (tagStatus === 'untagged') return tags.length === 0;
  const patterns = [...(tagPrefixList ?? []).map(prefix => `${prefix}*`), ...(tagPatternList ?? [])];
  return tags.length > 0 && patterns.every(pattern => tags.some(tag => matchesWildcard(pattern, tag)));
}

function readRule(rule: unknown): LifecycleRule {
  if (!isRecord(rule)) {
    throw invalidPolicy(
      `instance type (${jsonType(rule)}) does not match any allowed primitive type (allowed: ["object"])`,
    );
  }
  checkMembers(rule, ['action', 'rulePriority', 'selection'], ['description']);
  readAction(rule['action']);
  return { rulePriority: readCount(rule['rulePriority']), selection: readSelection(rule['selection']) };
}

function readAction(action: unknown): void {
  if (!isRecord(action))
    throw invalidPolicy(
      `instance type (${jsonType(action)}) does not match any allowed primitive type (allowed: ["object"])`,
    );
  checkMembers(action, ['type'], []);
  readEnum(action['type'], ['expire']);
}

function readSelection(selection: unknown): LifecycleRule['selection'] {
  if (!isRecord(selection)) {
    throw invalidPolicy(
      `instance type (${jsonType(selection)}) does not match any allowed primitive type (allowed: ["object"])`,
    );
  }
  checkMembers(selection, ['countNumber', 'countType', 'tagStatus'], ['countUnit', 'tagPatternList', 'tagPrefixList']);
  const tagStatus = readEnum(selection['tagStatus'], ['any', 'tagged', 'untagged'] as const);
  const countType = selection['countType'];
  if (countType !== 'imageCountMoreThan' && countType !== 'sinceImagePushed') {
    throw invalidPolicy('instance failed to match exactly one schema (matched 0 out of 2)');
  }
  if (selection['countUnit'] !== undefined) readEnum(selection['countUnit'], ['days']);
  else if (countType === 'sinceImagePushed')
    throw invalidPolicy('object has missing required properties (["countUnit"])');
  const [tagPrefixList, tagPatternList] = [
    readTexts(selection['tagPrefixList']),
    readTexts(selection['tagPatternList']),
  ];
  if (tagStatus === 'tagged' && !tagPrefixList && !tagPatternList) {
    throw invalidPolicy('tagPrefixList or tagPatternList is required when tagStatus is tagged');
  }
  return { tagStatus, tagPrefixList, tagPatternList, countType, countNumber: readCount(selection['countNumber']) };
}

function checkMembers(value: Record<string, unknown>, needed: readonly string[], allowed: readonly string[]): void {
  const missing = needed.filter(name => value[name] === undefined);
  if (missing.length > 0) throw invalidPolicy(`object has missing required properties (${JSON.stringify(missing)})`);
  const unknown = Object.keys(value).filter(name => !needed.includes(name) && !allowed.includes(name));
  if (unknown.length > 0) {
    throw invalidPolicy(
      `object instance has properties which are not allowed by the schema: (${JSON.stringify(unknown)})`,
    );
  }
}

function readEnum<Choice extends string>(value: unknown, choices: readonly Choice[]): Choice {
  const choice = choices.find(candidate => candidate === value);
  if (choice === undefined)
    throw invalidPolicy(
      `instance value (${String(value)}) not found in enum :(possible values: ${JSON.stringify(choices)})`,
    );
  return choice;
}

function readCount(value: unknown): number {
  if (typeof value !== 'number' || !Number.isInteger(value)) {
    throw invalidPolicy(
      `instance type (${jsonType(value)}) does not match any allowed primitive type (allowed: ["integer"])`,
    );
  }
  if (value < 1)
    throw invalidPolicy(`numeric instance is lower than the required minimum (minimum: 1, found: ${value})`);
  return value;
}

function readTexts(value: unknown): string[] | undefined {
  if (!Array.isArray(value)) return undefined;
  const texts = value.filter(text => typeof text === 'string' && text !== '');
  return texts.length > 0 ? texts : undefined;
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

function jsonType(value: unknown): string {
  if (value === null || value === undefined) return 'null';
  return Array.isArray(value) ? 'array' : typeof value;
}

function invalidPolicy(failure: string): Error {
  return invalidParameter('LifecyclePolicyText', `Lifecycle policy validation failure: ${failure}`);
}
