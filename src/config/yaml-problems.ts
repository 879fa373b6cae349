import { isAlias, isCollection, isNode, type ParsedNode, type parseDocument, visit } from 'yaml';
import type { Problem, SourcePosition } from '../errors.ts';

export type YamlDocument = ReturnType<typeof parseDocument<ParsedNode>>;
type PositionAt = (offset: number) => SourcePosition;

/** Everything that keeps the file from being read at all. */
export function findYamlProblems(document: YamlDocument, text: string, at: PositionAt): Problem[] {
  const broken = document.errors.map(error => ({
    message: error.code === 'DUPLICATE_KEY' ? `duplicate key ${keyAt(text, error.pos[0])}` : describeSyntaxError(error),
    position: at(error.pos[0]),
  }));
  const found: Problem[] = [];
  visit(document, (key, node, path) => {
    const message = isNode(node) ? describeOddNode(node, { isKey: key === 'key', path, document }) : undefined;
    if (isNode(node) && message !== undefined) found.push({ message, position: at(node.range?.[0] ?? 0) });
  });
  return [...broken, ...found];
}

interface Surroundings {
  readonly isKey: boolean;
  readonly path: readonly unknown[];
  readonly document: YamlDocument;
}

/** YAML that JSON has no equal of. */
function describeOddNode(node: unknown, { isKey, path, document }: Surroundings): string | undefined {
  if (isAlias(node)) {
    const target = node.resolve(document);
    if (target === undefined) return `there is no anchor &${node.source} above this alias`;
    return path.includes(target) ? `*${node.source} stands inside what it stands for` : undefined;
  }
  if (isCollection(node) && isKey) return 'a list or a mapping cannot be a key';
  const { tag } = node as { tag?: string };
  return tag === undefined || PLAIN_TAGS.has(tag) ? undefined : `values of the type ${tag} cannot be used here`;
}

const PLAIN_TAGS = new Set(
  ['str', 'int', 'float', 'bool', 'null', 'map', 'seq', 'merge'].map(name => `tag:yaml.org,2002:${name}`),
);

function describeSyntaxError({ code, message }: { code: string; message: string }): string {
  if (code === 'MULTIPLE_DOCS') return 'there is more than one document in this file (---)';
  return `this is not valid YAML: ${message.charAt(0).toLowerCase()}${message.slice(1)}`;
}

function keyAt(text: string, offset: number): string {
  return `"${/^["']?([^"':\s]+)/.exec(text.slice(offset))?.[1] ?? ''}"`;
}

/** What YAML reads differently from what was meant, silently. */
export function findTraps(document: YamlDocument, at: PositionAt): Problem[] {
  const problems: Problem[] = [];
  visit(document, {
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
  if (value instanceof Date) return `YAML reads ${written} as a date`;
  if (typeof value !== 'number') return undefined;
  if (/^[-+]?0\d/.test(written)) return `YAML reads ${written} as the number ${value} and drops the leading zero`;
  if (!Number.isFinite(value)) return `${written} is not a number that JSON can hold`;
  if (Number.isInteger(value) && !Number.isSafeInteger(value)) {
    return `${written} is too large for a number and would be rounded`;
  }
  return undefined;
}
