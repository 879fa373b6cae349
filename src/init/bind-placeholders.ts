/** What each placeholder of a file becomes: something that the toolkit knows, or a variable of the configuration. */
import type { Json } from '../definitions/json.ts';
import { isShellScript } from '../definitions/lint/text-rules.ts';
import { Filled, type Given, type Part, type Value, type ValueObject } from './model.ts';
import { isList, isObject, settingAt } from './resources.ts';
import { ROLE_MEMBERS } from './roles.ts';
import { END, type Placeholder, QUOTED, RAW } from './scan-placeholders.ts';
import { variableName } from './variables.ts';

export interface BoundRequest {
  readonly request: ValueObject;
  readonly given: readonly Given[];
  /** Those that were left to a shell, as they stand in the file. */
  readonly left: readonly string[];
}

export interface Binding {
  readonly placeholders: readonly Placeholder[];
  /** Values of placeholders, by name, where they were given. */
  readonly values: ReadonlyMap<string, string>;
  /** Of the file's own account, for the roles in it. */
  readonly account: string;
  readonly partition: string;
}

type Path = readonly (string | number)[];
const MARK = new RegExp(`([${QUOTED}${RAW}])(\\d+)${END}`);

/** `request` holds the marks of `scanPlaceholders`. */
export function bindPlaceholders(request: ValueObject, binding: Binding): BoundRequest {
  const expressions = new Map<string, string>();
  visitTexts(request, (text, place) => {
    const [only] = placeholdersOf(text, binding);
    const expression = only && expressionAt(place);
    if (expression !== undefined && isAlone(text)) expressions.set(only?.name ?? '', expression);
  });
  const left = new Set<string>();
  const used = new Map<string, Placeholder>();
  const bound = mapTexts(request, (text, place) => {
    if (!MARK.test(text)) return text;
    const filled = fill(text, place, { expressions, left }, binding);
    // Whatever an image is made of, a deployment puts another one in its place.
    if (place.path.at(-1) === 'image' || typeof filled === 'string') return filled;
    for (const [index, part] of filled.parts.entries()) {
      if (typeof part === 'object')
        used.set(
          part.expression,
          placeholdersOf(text, binding)[countBefore(filled.parts, index)] ?? unknownPlaceholder,
        );
    }
    return filled;
  });
  const given = [...used].flatMap(([expression, placeholder]) => giveValue(expression, placeholder, binding));
  return { request: isObject(bound) ? bound : {}, given, left: [...left] };
}

const unknownPlaceholder: Placeholder = {
  name: 'VALUE',
  written: 'a placeholder',
  position: { path: '', line: 1, column: 1 },
};

function countBefore(parts: readonly Part[], index: number): number {
  return parts.slice(0, index).filter(part => typeof part === 'object').length;
}

interface Place {
  readonly path: Path;
  /** `type` of the resource requirement whose value it is. */
  readonly requirement: Value | undefined;
  /** Of the list that it is in. */
  readonly words: readonly string[];
}

function fill(
  text: string,
  place: Place,
  { expressions, left }: { readonly expressions: ReadonlyMap<string, string>; readonly left: Set<string> },
  binding: Binding,
): Filled | string {
  const role = ROLE_MEMBERS[String(place.path.at(-1))];
  const parts = splitMarks(text).flatMap((piece): readonly Part[] => {
    if (typeof piece === 'string') return piece === '' ? [] : [piece];
    const placeholder = binding.placeholders[piece.index];
    if (placeholder === undefined) return [];
    if (isLeftToShell(placeholder, place)) {
      left.add(placeholder.written);
      return [placeholder.written];
    }
    return [{ expression: expressions.get(placeholder.name) ?? expressionByName(placeholder.name) }];
  });
  if (parts.every(part => typeof part === 'string')) return parts.join('');
  if (role === undefined) return new Filled(joinTexts(parts), text.startsWith(RAW));
  const known: Readonly<Record<string, string>> = { account: binding.account, partition: binding.partition };
  const isNamed = parts.every(part => typeof part === 'string' || part.expression in known);
  if (!isNamed) return new Filled([{ expression: `${role}Arn` }]);
  return parts.map(part => (typeof part === 'string' ? part : known[part.expression])).join('');
}

/** `${X:-…}` and `$X` in a script are the shell's; another syntax is not. */
function isLeftToShell({ written }: Placeholder, { words, path }: Place): boolean {
  const index = path.at(-1);
  return (
    written.startsWith('$') && !written.startsWith('${{') && typeof index === 'number' && isShellScript(words, index)
  );
}

/** What a place is for says more than the placeholder's name. */
function expressionAt({ path, requirement }: Place): string | undefined {
  const member = String(path.at(-1));
  const role = ROLE_MEMBERS[member];
  if (role !== undefined) return `${role}Arn`;
  const setting = settingAt(path, requirement);
  if (setting !== undefined) return `tier.${setting}`;
  return member === 'awslogs-region' ? 'region' : undefined;
}

const KNOWN_NAMES: readonly (readonly [RegExp, string])[] = [
  [/^(AWS_)?(DEFAULT_)?REGION(_NAME)?$/, 'region'],
  [/^(AWS_)?ACCOUNT(_?ID|_?NUMBER)?$/, 'account'],
  [/^(AWS_)?PARTITION$/, 'partition'],
  [/^(ENV|ENVIRONMENT|STAGE|DEPLOY_ENV)(_NAME)?$/, 'environment'],
  [/^(GIT_|CI_)?(COMMIT|SHA)(_SHA)?$|^(GITHUB|GIT_COMMIT)_SHA$|^GIT_COMMIT$/, 'default commit "unknown"'],
];

function expressionByName(name: string): string {
  const spelt = name
    .replaceAll(/([a-z0-9])([A-Z])/g, '$1_$2')
    .toUpperCase()
    .replaceAll(/[^A-Z0-9]+/g, '_');
  return KNOWN_NAMES.find(([pattern]) => pattern.test(spelt))?.[1] ?? `variables.${variableName(name)}`;
}

const SIZES: Readonly<Record<string, number>> = {
  'tier.vcpus': 1,
  'tier.memoryMiB': 2048,
  'tier.gpus': 1,
  'tier.timeoutSeconds': 3600,
};

/** What the configuration says for an expression: the value, or something that stands in for it and cannot be overlooked. */
function giveValue(
  expression: string,
  { name, written, fallback, position }: Placeholder,
  { values }: Binding,
): readonly Given[] {
  const value = values.get(name) ?? fallback;
  const note = value === undefined ? `stands for ${written} in ${position.path}:${position.line}` : undefined;
  if (expression in SIZES) {
    const amount = Number(value);
    const known = value !== undefined && Number.isFinite(amount);
    return [
      {
        setting: expression,
        value: known ? amount : (SIZES[expression] ?? 1),
        note: known ? undefined : (note ?? `is no number in ${position.path}`),
      },
    ];
  }
  if (expression.endsWith('RoleArn')) {
    return [{ setting: expression.replace(/Arn$/, ''), value: value ?? 'CHANGE-ME', note }];
  }
  if (!expression.startsWith('variables.')) return [];
  return [{ setting: expression, value: value === undefined ? standIn(name) : readValue(value), note }];
}

/** Lint takes it for the placeholder that it is, so nothing can be registered with it. */
function standIn(name: string): string {
  const spelt = name
    .toUpperCase()
    .replaceAll(/[^A-Z0-9]+/g, '_')
    .replace(/^[^A-Z]+/, '');
  return `<${spelt.length > 1 ? spelt : `VALUE_${spelt}`}>`;
}

/** A list or a number is given as JSON has it; everything else is text. */
function readValue(text: string): Json {
  try {
    return JSON.parse(text) as Json;
  } catch {
    return text;
  }
}

function splitMarks(text: string): readonly (string | { readonly index: number })[] {
  const pieces = text.split(new RegExp(`[${QUOTED}${RAW}](\\d+)${END}`));
  return pieces.map((piece, at) => (at % 2 === 0 ? piece : { index: Number(piece) }));
}

function placeholdersOf(text: string, { placeholders }: Binding): readonly Placeholder[] {
  return splitMarks(text).flatMap(piece => (typeof piece === 'string' ? [] : (placeholders[piece.index] ?? [])));
}

function isAlone(text: string): boolean {
  return splitMarks(text).every(piece => typeof piece === 'object' || piece === '');
}

function joinTexts(parts: readonly Part[]): readonly Part[] {
  const joined: Part[] = [];
  for (const part of parts) {
    const last = joined.at(-1);
    if (typeof part === 'string' && typeof last === 'string') joined.splice(-1, 1, last + part);
    else joined.push(part);
  }
  return joined;
}

function visitTexts(value: Value, visit: (text: string, place: Place) => void): void {
  mapTexts(value, (text, place) => {
    visit(text, place);
    return text;
  });
}

function mapTexts(
  value: Value,
  change: (text: string, place: Place) => Value,
  place: Place = { path: [], requirement: undefined, words: [] },
): Value {
  if (typeof value === 'string') return change(value, place);
  if (isList(value)) {
    const words = value.map(entry => (typeof entry === 'string' ? entry : ''));
    return value.map((entry, index) => mapTexts(entry, change, { ...place, path: [...place.path, index], words }));
  }
  if (!isObject(value)) return value;
  const entries = Object.entries(value).map(([name, entry]) => {
    const below = { path: [...place.path, name], requirement: value['type'], words: [] };
    return [name, mapTexts(entry, change, below)] as const;
  });
  return Object.fromEntries(entries);
}
