import { parse } from 'handlebars/dist/cjs/handlebars/compiler/base.js';
import { ConfigurationError, type SourcePosition } from '../errors.ts';
import type { Source } from './model.ts';

/** Handlebars' syntax tree. Throws ConfigurationError at the place where the syntax breaks. */
export function parseTemplate(source: Source): hbs.AST.Program {
  try {
    return parse(source.text);
  } catch (error) {
    throw new ConfigurationError(describeParseError(error, source));
  }
}

/** The parser throws plain errors with a drawing (`Parse error on line 3:\n…\n---^\nExpecting …, got …`) or with a line and column. */
function describeParseError(error: unknown, source: Source) {
  const { message = '', lineNumber, column } = error as { message?: string; lineNumber?: number; column?: number };
  const drawn = /^Parse error on line (\d+):\n(.*)\n(-*)\^\n(?:Expecting .*, got '(\w+)')?/.exec(message);
  if (drawn === null) {
    const said = message.replace(/ - \d+:\d+$/, '');
    return {
      message: `this is not a template: ${said}`,
      position: { path: source.path, line: lineNumber ?? 1, column: (column ?? 0) + 1 },
    };
  }
  const [, line = '1', excerpt = '', dashes = '', token = ''] = drawn;
  const what = TOKENS[token] ?? 'this cannot be read here';
  return {
    message: `this is not a template: ${what}`,
    position: locate(source, Number(line), excerpt.slice(0, dashes.length), token),
  };
}

const TOKENS: Readonly<Record<string, string>> = {
  EOF: 'a {{#block}} is still open at the end of the file',
  OPEN_ENDBLOCK: 'nothing is open that this could close',
  INVERSE: '{{else}} stands outside a block',
  OPEN_INVERSE_CHAIN: '{{else}} stands outside a block',
  CLOSE: 'something is missing before }}',
  INVALID: 'a character is missing or too much',
  EQUALS: 'a name is missing before =',
  CLOSE_SEXPR: 'something is missing before )',
};

/** The drawing holds the text before the error without its newlines: the longest end of it that is on the line tells the column. */
function locate(source: Source, line: number, before: string, token: string): SourcePosition {
  if (token === 'EOF') return source.positionAt(source.text.trimEnd().length);
  const start = source.offsetAt(line, 0);
  const text = source.text.slice(start).split('\n', 1)[0] ?? '';
  for (let length = before.length; length > 0; length -= 1) {
    const found = text.indexOf(before.slice(-length));
    if (found >= 0) return { path: source.path, line, column: found + length + 1 };
  }
  return { path: source.path, line, column: 1 };
}
