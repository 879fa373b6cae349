import { isAlias, isMap, isScalar, isSeq, LineCounter, type Node, type Pair, parseDocument, type YAMLMap } from 'yaml';
import type { Problem, SourcePosition } from '../errors.ts';
import { findTraps, findYamlProblems, type YamlDocument } from './yaml-problems.ts';

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
  const document = parseDocument(text, { lineCounter: lines, merge: true, prettyErrors: false, logLevel: 'error' });
  const at = (offset: number): SourcePosition => {
    const { line, col } = lines.linePos(offset);
    return { path, line: Math.max(line, 1), column: Math.max(col, 1) };
  };
  const root = document.contents;
  const problems = findYamlProblems(document, text, at);
  const content =
    problems.length > 0 ? undefined : toPlain(document, message => problems.push({ message, position: at(0) }));
  const place = (wanted: YamlPath, ofKey: boolean) => at(locate(document, root, wanted, ofKey) ?? 0);
  return {
    content,
    problems,
    traps: findTraps(document, at),
    positionOf: wanted => place(wanted, false),
    keyPositionOf: wanted => place(wanted, true),
    has: wanted => findNode(document, root, wanted) !== null,
    writtenAt: wanted => {
      const node = findNode(document, root, wanted);
      return isScalar(node) ? node.source : undefined;
    },
  };
}

function toPlain(document: YamlDocument, report: (message: string) => void): unknown {
  try {
    return document.toJS({ maxAliasCount: MOST_ALIASES });
  } catch (error) {
    // The library's only way to say that aliases of aliases of aliases would fill the memory.
    if (!(error instanceof ReferenceError)) throw error;
    report('the aliases of this file stand for more than it can hold');
    return undefined;
  }
}

/** More than any real file uses one anchor. */
const MOST_ALIASES = 1000;

function locate(document: YamlDocument, root: Node | null, path: YamlPath, ofKey: boolean): number | undefined {
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

function findNode(document: YamlDocument, root: Node | null, path: YamlPath): Node | null {
  let node: Node | null = root;
  for (const step of path) node = childOf(document, node, step)?.value ?? null;
  return node;
}

interface Child {
  readonly key?: Node | undefined;
  readonly value: Node | null;
}

function childOf(document: YamlDocument, node: Node | null, step: string | number): Child | undefined {
  if (isAlias(node)) return childOf(document, node.resolve(document) ?? null, step);
  if (isSeq<Node>(node)) {
    const value = node.items[Number(step)];
    return value === undefined ? undefined : { value };
  }
  return isMap<Node, Node | null>(node) ? childOfMap(document, node, step) : undefined;
}

function childOfMap(document: YamlDocument, map: YAMLMap<Node, Node | null>, step: string | number): Child | undefined {
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
