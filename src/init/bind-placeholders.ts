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
    if (only === undefined || !isAlone(text)) return;
    const expression = expressionAt(place);
    if (expression !== undefined) expressions.set(only.name, expression);
  });
  const left = new Set<string>();
  const used = new Map<string, Placeholder>();
  const bound = mapTexts(request, (text, place) => {
    if (!MARK.test(text)) return text;
    const filled = fill(text, place, { expressions, left }, binding);
    // Whatever an image is made of, a deployment puts another one in its place.
    if (place.path.at(-1) !== 'image')
      for (const [expression, placeholder] of filled.used) used.set(expression, placeholder);
    return filled.value;
  });
  const given = [...used].flatMap(([expression, placeholder]) => giveValue(expression, placeholder, binding));
  // Of an object mapTexts makes an object.
  return { request: bound as ValueObject, given, left: [...left] };
}

interface Place {
  readonly path: Path;
  /** `type` of the resource requirement whose value it is. */
  readonly requirement: Value | undefined;
  /** Of the list that it is in. */
  readonly words: readonly string[];
}

type Used = readonly [expression: string, placeholder: Placeholder];

/** What stands in a text's place, and what of it the configuration must say. */
interface BoundText {
  readonly value: Filled | string;
  readonly used: readonly Used[];
}

function fill(
  text: string,
  place: Place,
  { expressions, left }: { readonly expressions: ReadonlyMap<string, string>; readonly left: Set<string> },
  binding: Binding,
): BoundText {
  const role = ROLE_MEMBERS[String(place.path.at(-1))];
  const used: Used[] = [];
  const parts = splitMarks(text).flatMap((piece): readonly Part[] => {
    if (typeof piece === 'string') return piece === '' ? [] : [piece];
    const placeholder = binding.placeholders[piece.index];
    if (placeholder === undefined) return [];
    if (isLeftToShell(placeholder, place)) {
      left.add(placeholder.written);
      return [placeholder.written];
    }
    const expression = expressions.get(placeholder.name) ?? expressionByName(placeholder.name);
    used.push([expression, placeholder]);
    return [{ expression }];
  });
  if (used.length === 0) return { value: parts.join(''), used };
  if (role === undefined) return { value: new Filled(joinTexts(parts), text.startsWith(RAW)), used };
  return fillRole(role, parts, used, binding);
}

/** A role's ARN in which every placeholder is known is that ARN; another is what the configuration says. */
function fillRole(role: string, parts: readonly Part[], used: readonly Used[], binding: Binding): BoundText {
  const known: Readonly<Record<string, string>> = { account: binding.account, partition: binding.partition };
  const values = new Map(
    used.map(([expression, { name, fallback }]) => [
      expression,
      known[expression] ?? binding.values.get(name) ?? fallback,
    ]),
  );
  const texts = parts.map(part => (typeof part === 'string' ? part : values.get(part.expression)));
  if (parts.length > 1 && !texts.includes(undefined)) return { value: texts.join(''), used: [] };
  const expression = `${role}Arn`;
  const unknown = used.filter(([own]) => values.get(own) === undefined);
  const all = [...unknown, ...used].map(([, placeholder]): Used => [expression, placeholder]);
  return { value: new Filled([{ expression }]), used: all.slice(0, 1) };
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
  const size = SIZES[expression];
  if (size !== undefined) {
    const amount = Number(value);
    const known = value !== undefined && Number.isFinite(amount);
    return [
      {
        setting: expression,
        value: known ? amount : size,
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
