import type { CanonicalDefinition } from './canonical.ts';
import { isJsonList, isJsonObject, type Json } from './json.ts';
import { createMask } from './mask.ts';

const LINE_WIDTH = 100;
/** Unchanged lines shown before and after each change. */
const CONTEXT = 2;

/**
 * What changes from `live` to `wanted`: lines that begin with `-`, `+` or a space, as a patch has them; `  …` stands for equal lines
 * left out. Secrets are masked. Empty when they are equal.
 */
export function diffDefinitions(live: CanonicalDefinition, wanted: CanonicalDefinition): readonly string[] {
  const mask = createMask();
  const marked = markChanges(printLines(mask(live)), printLines(mask(wanted)));
  return marked.some(line => !line.startsWith(' ')) ? foldEqualLines(marked) : [];
}

/** JSON with one short object or list a line, so that an environment entry is one line of the diff. */
function printLines(value: Json, indent = '', name = ''): string[] {
  const flat = `${indent}${name}${printFlat(value)}`;
  if (!isJsonObject(value) && !isJsonList(value)) return [flat];
  const deep = Object.values(value).some(entry => typeof entry === 'object' && entry !== null);
  if (!deep && flat.length <= LINE_WIDTH && indent !== '') return [flat];
  const [open, close] = isJsonList(value) ? ['[', ']'] : ['{', '}'];
  return [`${indent}${name}${open}`, ...printEntries(value, `${indent}  `), `${indent}${close}`];
}

function printEntries(value: Json, indent: string): string[] {
  if (isJsonList(value)) return value.flatMap(entry => printLines(entry, indent));
  return isJsonObject(value)
    ? Object.entries(value).flatMap(([key, entry]) => printLines(entry ?? null, indent, `${JSON.stringify(key)}: `))
    : [];
}

function printFlat(value: Json): string {
  if (isJsonList(value)) return `[${value.map(printFlat).join(', ')}]`;
  if (!isJsonObject(value)) return JSON.stringify(value);
  const members = Object.entries(value).map(([key, entry]) => `${JSON.stringify(key)}: ${printFlat(entry ?? null)}`);
  return `{ ${members.join(', ')} }`;
}

/** Longest common subsequence; a definition is at most some hundred lines (24 KiB). */
function markChanges(before: readonly string[], after: readonly string[]): readonly string[] {
  const common = commonLengths(before, after);
  const lines: string[] = [];
  let i = 0;
  let j = 0;
  while (i < before.length || j < after.length) {
    if (i < before.length && before[i] === after[j]) {
      lines.push(` ${before[i++]}`);
      j++;
    } else if (j >= after.length || (i < before.length && at(common, i + 1, j) >= at(common, i, j + 1))) {
      lines.push(`-${before[i++]}`);
    } else {
      lines.push(`+${after[j++]}`);
    }
  }
  return lines;
}

function commonLengths(before: readonly string[], after: readonly string[]): readonly Uint16Array[] {
  const rows = Array.from({ length: before.length + 1 }, () => new Uint16Array(after.length + 1));
  for (let i = before.length - 1; i >= 0; i--) {
    for (let j = after.length - 1; j >= 0; j--) {
      const longer = Math.max(at(rows, i + 1, j), at(rows, i, j + 1));
      const row = rows[i];
      if (row) row[j] = before[i] === after[j] ? at(rows, i + 1, j + 1) + 1 : longer;
    }
  }
  return rows;
}

function at(rows: readonly Uint16Array[], i: number, j: number): number {
  return rows[i]?.[j] ?? 0;
}

function foldEqualLines(lines: readonly string[]): readonly string[] {
  const near = lines.map((_, index) => lines.slice(Math.max(0, index - CONTEXT), index + CONTEXT + 1).some(isChange));
  return lines.flatMap((line, index) => {
    if (near[index]) return [line];
    return index === 0 || near[index - 1] ? ['  …'] : [];
  });
}

function isChange(line: string): boolean {
  return !line.startsWith(' ');
}
