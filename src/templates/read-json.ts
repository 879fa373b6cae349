import { type Node, type ParseErrorCode, parseTree, printParseErrorCode, visit } from 'jsonc-parser';
import type { Problem } from '../errors.ts';
import type { JsonPath, JsonValue, Output, Rendered } from './model.ts';

const OPTIONS = { allowTrailingComma: true, disallowComments: false, allowEmptyContent: false };

/** Reads what a template wrote: JSON with comments and trailing commas. A syntax error is told where the template made it. */
export function readJson(output: Output, report: (problem: Problem) => void): JsonValue {
  let broken = false;
  const builder = createBuilder((key, offset) => {
    if (!broken) report({ message: `duplicate key ${JSON.stringify(key)}`, position: output.positionAt(offset) });
  });
  visit(
    output.text,
    {
      onObjectBegin: () => builder.open({}),
      onObjectProperty: builder.name,
      onObjectEnd: builder.close,
      onArrayBegin: () => builder.open([]),
      onArrayEnd: builder.close,
      onLiteralValue: builder.add,
      onError: (error, offset) => {
        // The rest follow from the first.
        if (!broken) report(describeError(error, offset, output));
        broken = true;
      },
    },
    OPTIONS,
  );
  return builder.result();
}

type Container = JsonValue[] | Record<string, JsonValue>;

/** Puts a value together from what a reader meets on its way. */
function createBuilder(onDuplicate: (key: string, offset: number) => void) {
  const root: JsonValue[] = [];
  const open: Container[] = [root];
  let key = '';
  const add = (value: JsonValue) => {
    const container = open.at(-1) ?? root;
    if (Array.isArray(container)) container.push(value);
    else if (key === '__proto__')
      Object.defineProperty(container, key, { value, enumerable: true, configurable: true, writable: true });
    else container[key] = value;
  };
  return {
    add,
    open: (container: Container) => {
      add(container);
      open.push(container);
    },
    close: () => {
      open.pop();
    },
    name: (name: string, offset: number) => {
      key = name;
      if (Object.hasOwn(open.at(-1) ?? root, name)) onDuplicate(name, offset);
    },
    result: (): JsonValue => root[0] ?? null,
  };
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

const EXPECTED: Readonly<Record<string, string>> = {
  InvalidSymbol: 'this is neither a value nor in double quotes',
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
};

function describeError(error: ParseErrorCode, offset: number, { text, positionAt }: Output): Problem {
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
