/** Files that are JSON only once something has been filled in: what is to be filled in, and the JSON around it. */

import type { Problem, SourcePosition } from '../errors.ts';
import { isComment, type JsonState, scan } from '../templates/json-state.ts';
import { createSource } from '../templates/source.ts';

export interface Placeholder {
  /** `RAM` of `${RAM}`, `image.tag` of `{{ .Values.image.tag }}`. */
  readonly name: string;
  /** As it stands in the file. */
  readonly written: string;
  readonly fallback?: string | undefined;
  readonly position: SourcePosition;
}

export interface ScannedFile {
  /** JSON, with a mark for each placeholder. */
  readonly text: string;
  readonly placeholders: readonly Placeholder[];
  readonly problems: readonly Problem[];
}

/** Private use characters: a mark is `QUOTED 3 END` inside a string, `"RAW 3 END"` for one that stood outside. */
export const QUOTED = '\uE000';
export const RAW = '\uE002';
export const END = '\uE001';

interface Found {
  readonly length: number;
  readonly name?: string | undefined;
  readonly fallback?: string | undefined;
  /** Why it cannot be imported. */
  readonly trouble?: string | undefined;
}

/** Never throws. Text in comments stays as it is. */
export function scanPlaceholders(path: string, text: string): ScannedFile {
  const source = createSource({ path, text });
  const placeholders: Placeholder[] = [];
  const problems: Problem[] = [];
  let output = '';
  let state: JsonState = 'outside';
  for (let at = 0; at < text.length; ) {
    const found = isComment(state) || state === 'escape' ? undefined : findAt(text, at);
    if (found === undefined) {
      state = scan(state, text.charAt(at));
      output += text.charAt(at);
      at += 1;
      continue;
    }
    const written = text.slice(at, at + found.length);
    const position = source.positionAt(at);
    if (found.trouble !== undefined)
      problems.push({ message: `${written.split('\n')[0]} ${found.trouble}`, position, remedy: RENDER_FIRST });
    if (found.name !== undefined) {
      const isInside = state === 'string';
      const mark = `${isInside ? QUOTED : RAW}${placeholders.length}${END}`;
      output += isInside ? mark : `"${mark}"`;
      placeholders.push({ name: found.name, written, fallback: found.fallback, position });
    }
    at += found.length;
  }
  return { text: output, placeholders, problems };
}

const RENDER_FIRST = 'Let your own tool render the file, and import the result; with several, name them all.';

function findAt(text: string, at: number): Found | undefined {
  if (!STARTS.has(text.charAt(at))) return undefined;
  for (const [pattern, read] of SYNTAXES) {
    pattern.lastIndex = at;
    const match = pattern.exec(text);
    const found = match && read(match);
    if (found) return { ...found, length: match[0].length };
  }
  return undefined;
}

const STARTS = new Set('{$%@_<#');

type Reader = (match: RegExpExecArray) => Omit<Found, 'length'> | undefined;

const named: Reader = ([, name, fallback]) => ({ name, fallback });

/** What is found in the wild (docs/import.md), the longest first. Lower-case words between signs are more often text than placeholders. */
const SYNTAXES: readonly (readonly [RegExp, Reader])[] = [
  [/\{%-?[\s\S]*?-?%\}/y, () => ({ trouble: 'decides what is in the file' })],
  [/\{#[\s\S]*?#\}/y, () => ({})],
  [/\$\{\{\s*([\w.-]+)\s*\}\}/y, ([, path = '']) => ({ name: shortName(path) })],
  [/\{\{\{?-?\s*([\s\S]*?)\s*-?\}?\}\}/y, ([, inner = '']) => readMustache(inner)],
  // envsubst, shell, Terraform and CloudFormation.
  [
    /\$\{([A-Za-z_]\w*(?:(?:\.|::)\w+)*)(?::?[-=]([^}]*))?\}/y,
    ([, path = '', fallback]) => ({ name: shortName(path), fallback }),
  ],
  [/\$([A-Z_][A-Z0-9_]+)\b/y, named],
  [/%([A-Z_][A-Z0-9_]+)%/y, named],
  [/@([A-Z_][A-Z0-9_]+)@/y, named],
  [/__([A-Z][A-Z0-9]*(?:_[A-Z0-9]+)*)__/y, named],
  [/<([A-Z][A-Z0-9_ -]+|your[-_ ][a-z0-9_ -]+)>/y, named],
  [/#\{([A-Za-z]\w*)\}#?/y, named],
];

function readMustache(inner: string): Omit<Found, 'length'> {
  if (inner.startsWith('!')) return {};
  if (/^([#/^>]|(else|if|range|end|with|block|define|template|include)\b)/.test(inner))
    return { trouble: 'decides what is in the file' };
  // Go templates, as batchkoi's and ecspresso's: {{ must_env "X" }}, {{ env `X` `default` }}.
  const [, fromEnvironment, byDefault] =
    /^(?:must_env|required-env|env)\s+["'`](\w+)["'`](?:\s+["'`]([^"'`]*)["'`])?$/.exec(inner) ?? [];
  if (fromEnvironment !== undefined) return { name: fromEnvironment, fallback: byDefault };
  const [path = '', ...filters] = inner.split(/\s*\|\s*/);
  const unknown = filters.find(
    filter => !/^(tojson|to_json|toJson|json|int|string|trim|quote|default\b.*|d\(.*)$/.test(filter),
  );
  if (!/^\.?[A-Za-z_][\w.-]*$/.test(path) || unknown !== undefined) return { trouble: 'is more than a name' };
  const fallback = filters
    .map(filter => /^(?:default|d)\s*\(?\s*["']?([^"')]*)["']?\s*\)?$/.exec(filter)?.[1])
    .find(Boolean);
  return { name: shortName(path), fallback };
}

/** Without where it comes from. */
function shortName(path: string): string {
  return path.replace(/^\./, '').replace(/^(Values|Env|var|vars|env|local|inputs|matrix|secrets|github)\./, '');
}
