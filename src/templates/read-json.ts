import { getNodeValue, type Node, type ParseError, parseTree, printParseErrorCode } from 'jsonc-parser';
import type { Problem } from '../errors.ts';
import type { JsonPath, JsonValue, Output, Rendered } from './model.ts';

const OPTIONS = { allowTrailingComma: true, disallowComments: false, allowEmptyContent: false };

/** Reads what a template wrote: JSON with comments and trailing commas. A syntax error is told where the template made it. */
export function readJson(output: Output, report: (problem: Problem) => void): JsonValue {
  const errors: ParseError[] = [];
  const tree = parseTree(output.text, errors, OPTIONS);
  const [first] = errors;
  // The rest follow from the first.
  if (first !== undefined) report(describeError(first, output));
  if (tree === undefined || first !== undefined) return null;
  return toValue(tree, output, report);
}

/** `Rendered.positionOf`; the output is parsed again at the first question, so that a thousand renderings keep no trees. */
export function createPositionOf({ text, positionAt }: Output): Rendered['positionOf'] {
  let tree: Node | undefined;
  return path => {
    tree ??= parseTree(text, [], OPTIONS);
    return positionAt((tree && findNearest(tree, path).offset) ?? 0);
  };
}

function findNearest(node: Node, path: JsonPath): Node {
  const [step, ...rest] = path;
  if (step === undefined) return node;
  const child =
    node.type === 'array'
      ? node.children?.[Number(step)]
      : node.children?.find(({ children }) => children?.[0]?.value === String(step))?.children?.[1];
  return child === undefined ? node : findNearest(child, rest);
}

function toValue(node: Node, output: Output, report: (problem: Problem) => void): JsonValue {
  if (node.type === 'array') return (node.children ?? []).map(child => toValue(child, output, report));
  if (node.type !== 'object') return getNodeValue(node);
  const entries = new Map<string, JsonValue>();
  for (const { children: [key, value] = [] } of node.children ?? []) {
    if (key === undefined || value === undefined) continue;
    if (entries.has(key.value)) {
      report({ message: `duplicate key ${JSON.stringify(key.value)}`, position: output.positionAt(key.offset) });
    }
    entries.set(key.value, toValue(value, output, report));
  }
  // Unlike assignment, this keeps a key named __proto__ a key.
  return Object.fromEntries(entries);
}

const EXPECTED: Readonly<Record<string, string>> = {
  InvalidNumberFormat: 'this is not a number',
  PropertyNameExpected: 'a key in double quotes is expected',
  ValueExpected: 'a value is expected',
  ColonExpected: 'a colon is expected',
  CommaExpected: 'a comma is expected',
  CloseBraceExpected: 'a closing } is expected',
  CloseBracketExpected: 'a closing ] is expected',
  EndOfFileExpected: 'nothing more is expected',
  UnexpectedEndOfComment: 'this comment does not end',
  UnexpectedEndOfString: 'this string does not end on its line',
  UnexpectedEndOfNumber: 'this number is not complete',
  InvalidUnicode: '\\u needs four hexadecimal digits',
  InvalidEscapeCharacter: 'JSON knows no such escape',
  InvalidCharacter: 'this character must be escaped',
  InvalidSymbol: 'this is neither a value nor in double quotes',
};

function describeError({ error, offset }: ParseError, { text, positionAt }: Output): Problem {
  const start = text.lastIndexOf('\n', Math.max(0, offset - 1)) + 1;
  const end = text.indexOf('\n', offset);
  const line = text.slice(start, end < 0 ? undefined : end).trim();
  const shown = line.length > 120 ? `${line.slice(0, 120)}…` : line;
  return {
    message: `the rendered text is not JSON: ${EXPECTED[printParseErrorCode(error)] ?? 'this cannot be read'}`,
    position: positionAt(Math.min(offset, Math.max(0, text.length - 1))),
    remedy: text.trim() === '' ? 'It is empty.' : `The rendered line is: ${shown}`,
  };
}
