import {
  isAlias,
  isMap,
  isScalar,
  isSeq,
  LineCounter,
  type Node,
  type Pair,
  parseDocument,
  visit,
  type YAMLMap,
} from 'yaml';
import type { Problem, SourcePosition } from '../errors.ts';

export type YamlPath = readonly (string | number)[];

/** A YAML file, read: its plain content, what is wrong with it as YAML, and where everything stands. */
export interface YamlSource {
  /** undefined when the YAML itself is broken. */
  readonly content: unknown;
  /** Broken YAML. */
  readonly problems: readonly Problem[];
  /** Scalars that YAML reads as something other than what was meant. */
  readonly traps: readonly Problem[];
  /** Of a scalar, itself; of a mapping or list, the key it belongs to; of what is not there, its nearest parent. */
  readonly positionOf: (path: YamlPath) => SourcePosition;
  readonly keyPositionOf: (path: YamlPath) => SourcePosition;
  /** Whether the file itself says something there. */
  readonly has: (path: YamlPath) => boolean;
  /** A scalar as it is written, without its quotes: `012345678901`. */
  readonly writtenAt: (path: YamlPath) => string | undefined;
}

/** Anchors, aliases and merge keys (`<<`) are understood. Never throws. */
export function readYaml(path: string, text: string): YamlSource {
  const lines = new LineCounter();
  const document = parseDocument(text, { lineCounter: lines, merge: true, prettyErrors: false });
  const at = (offset: number): SourcePosition => {
    const { line, col } = lines.linePos(offset);
    return { path, line: Math.max(line, 1), column: Math.max(col, 1) };
  };
  const root = document.contents;
  const problems: Problem[] = document.errors.map(error => ({
    message: error.code === 'DUPLICATE_KEY' ? `duplicate key ${keyAt(text, error.pos[0])}` : describeSyntaxError(error),
    position: at(error.pos[0]),
  }));
  const place = (wanted: YamlPath, ofKey: boolean) => at(locate(document, root, wanted, ofKey) ?? 0);
  return {
    content: problems.length > 0 ? undefined : toPlain(document),
    problems,
    traps: root === null ? [] : findTraps(root, at),
    positionOf: wanted => place(wanted, false),
    keyPositionOf: wanted => place(wanted, true),
    has: wanted => findNode(document, root, wanted) !== null,
    writtenAt: wanted => {
      const node = findNode(document, root, wanted);
      return isScalar(node) ? node.source : undefined;
    },
  };
}

type Document = ReturnType<typeof parseDocument>;

function toPlain(document: Document): unknown {
  return document.toJS({ maxAliasCount: 1000 });
}

function describeSyntaxError({ code, message }: { code: string; message: string }): string {
  if (code === 'MULTIPLE_DOCS') return 'there is more than one document in this file (---)';
  return `this is not valid YAML: ${message.charAt(0).toLowerCase()}${message.slice(1)}`;
}

function keyAt(text: string, offset: number): string {
  return `"${/^["']?([^"':\s]+)/.exec(text.slice(offset))?.[1] ?? ''}"`;
}

/** What YAML reads differently from what was meant, silently. */
function findTraps(root: Node, at: (offset: number) => SourcePosition): Problem[] {
  const problems: Problem[] = [];
  visit(root, {
    Scalar(key, node) {
      const position = at(node.range?.[0] ?? 0);
      if (key === 'key') {
        if (node.value === '__proto__') problems.push({ message: '"__proto__" cannot be a key', position });
        return;
      }
      const message = describeTrap(node.value, node.source ?? '');
      if (message !== undefined) problems.push({ message, position, remedy: `Write "${node.source}", in quotes.` });
    },
  });
  return problems;
}

function describeTrap(value: unknown, written: string): string | undefined {
  if (typeof value === 'bigint') return `YAML reads ${written} as a number`;
  if (typeof value !== 'number') return undefined;
  if (/^[-+]?0\d/.test(written)) return `YAML reads ${written} as the number ${value} and drops the leading zero`;
  if (!Number.isFinite(value)) return `${written} is not a number that JSON can hold`;
  if (Number.isInteger(value) && !Number.isSafeInteger(value))
    return `${written} is too large for a number and would be rounded`;
  return undefined;
}

function locate(document: Document, root: Node | null, path: YamlPath, ofKey: boolean): number | undefined {
  let node: Node | null = root;
  let offset = offsetOf(root);
  for (const [index, step] of path.entries()) {
    const child = childOf(document, node, step);
    if (child === undefined) return offset;
    const last = index === path.length - 1;
    const own = last && !ofKey && isScalar(child.value) && child.value.range?.[0] !== child.value.range?.[1];
    offset = (own ? offsetOf(child.value) : undefined) ?? offsetOf(child.key) ?? offsetOf(child.value) ?? offset;
    node = child.value;
  }
  return offset;
}

function findNode(document: Document, root: Node | null, path: YamlPath): Node | null {
  let node: Node | null = root;
  for (const step of path) node = childOf(document, node, step)?.value ?? null;
  return node;
}

interface Child {
  readonly key?: Node | undefined;
  readonly value: Node | null;
}

function childOf(document: Document, node: Node | null, step: string | number): Child | undefined {
  if (isAlias(node)) return childOf(document, node.resolve(document) ?? null, step);
  if (isSeq<Node>(node)) {
    const value = node.items[Number(step)];
    return value === undefined ? undefined : { value };
  }
  return isMap<Node, Node | null>(node) ? childOfMap(document, node, step) : undefined;
}

function childOfMap(document: Document, map: YAMLMap<Node, Node | null>, step: string | number): Child | undefined {
  const named = (name: string) => (pair: Pair<Node, Node | null>) =>
    isScalar(pair.key) && String(pair.key.value) === name;
  const pair = map.items.find(named(String(step)));
  if (pair !== undefined) return { key: pair.key, value: pair.value };
  // The library makes the key of a merge a symbol.
  const merged = map.items.find(({ key }) => isScalar(key) && key.source === '<<')?.value ?? null;
  const sources = isSeq<Node>(merged) ? merged.items : [merged];
  for (const source of sources) {
    const child = childOf(document, source, step);
    if (child !== undefined) return child;
  }
  return undefined;
}

function offsetOf(node: Node | null | undefined): number | undefined {
  return node?.range?.[0];
}
