import { compileBlock } from './blocks.ts';
import { type Compilation, compileCall, compileExpression, isPath, nameOf } from './compile-expression.ts';
import { compilePartial } from './compile-partial.ts';
import { HELPERS } from './helpers.ts';
import { type Content, type Expression, type Misfit, type Partials, type Statement, UNKNOWN } from './model.ts';
import { positionOfNode } from './source.ts';

/** What is being compiled, and the partials that it may name. */
export interface StatementCompilation extends Compilation {
  readonly partials: Partials;
}

/** A list of statements as one. Mistakes are reported, and whatever has one does nothing. */
export function compileProgram(program: hbs.AST.Program | undefined, compilation: StatementCompilation): Statement {
  const statements = (program?.body ?? []).map(node => compileStatement(node, compilation));
  return (frame, run) => {
    for (const statement of statements) statement(frame, run);
  };
}

function compileStatement(node: hbs.AST.Statement, compilation: StatementCompilation): Statement {
  if (isContent(node)) return compileContent(node, compilation);
  if (isMustache(node)) return compileMustache(node, compilation);
  if (isBlock(node)) return compileBlock(node, compilation, compileProgram);
  if (isPartial(node)) return compilePartial(node, compilation);
  if (node.type === 'CommentStatement') return () => {};
  compilation.report({
    message: `${REFUSED[node.type] ?? node.type} cannot be used here`,
    position: positionOfNode(compilation.source, node),
    remedy: 'Use {{> name key=value}}.',
  });
  return () => {};
}

const REFUSED: Readonly<Record<string, string>> = {
  Decorator: '{{* …}}',
  DecoratorBlock: '{{#* …}}',
  PartialBlockStatement: '{{#> …}}',
};

function compileContent(
  { value, original, loc }: hbs.AST.ContentStatement,
  { source }: StatementCompilation,
): Statement {
  // Whitespace around a block that stands alone on its line was cut off; what is left starts where its first character stands.
  const cut = Math.max(0, String(original).indexOf(value));
  const offset = source.offsetAt(loc.start.line, loc.start.column) + cut;
  const content: Content = { text: value, source, offset, ends: new Map() };
  return (_, { writer }) => writer.writeContent(content);
}

function compileMustache(node: hbs.AST.MustacheStatement, compilation: StatementCompilation): Statement {
  const position = positionOfNode(compilation.source, node);
  const written = sliceNode(node, compilation);
  if (!node.escaped) {
    compilation.report({
      message: `${written} would be written without being escaped`,
      position,
      remedy: 'Write {{json value}} for a JSON value, or {{value}}.',
    });
    return () => {};
  }
  const isCall = node.params.length > 0 || (node.hash?.pairs ?? []).length > 0;
  const isJson = isCall && nameOf(node) === 'json';
  const expression = isJson
    ? compileJson(node, compilation)
    : isCall
      ? compileCall(node, compilation)
      : compileValue(node, compilation);
  return (frame, run) => {
    if (run.writer.inComment) return;
    const value = expression(frame, run);
    if (value === UNKNOWN) return;
    const misfit = run.writer[isJson ? 'writeJson' : 'writeValue'](value, position);
    if (misfit !== undefined)
      run.report({ ...MISFITS[misfit], message: `${written} ${MISFITS[misfit].message}`, position });
  };
}

/** `{{json value}}` hands the value itself to the writer; as an argument, `(json value)` is text. */
function compileJson(node: hbs.AST.MustacheStatement, compilation: StatementCompilation): Expression {
  const call = compileCall(node, compilation);
  const [value] = node.params;
  return node.params.length === 1 && value ? compileExpression(value, compilation) : call;
}

const MISFITS: Readonly<Record<Misfit, { message: string; remedy: string }>> = {
  null: {
    message: 'has no value (null) and stands inside a string',
    remedy: 'Give it a value, write {{default value "…"}}, or put {{#if}} around it.',
  },
  list: {
    message: 'is a list and stands inside a string',
    remedy: 'Write {{json value}} for its JSON text, or {{join list ","}}.',
  },
  mapping: { message: 'is a mapping and stands inside a string', remedy: 'Write {{json value}} for its JSON text.' },
  escape: {
    message: 'cannot stand right after a backslash',
    remedy: 'Handlebars takes one of two backslashes before {{ away: write three for one in the output.',
  },
};

/** `{{name}}` alone is a value, never a helper: helpers take arguments. */
function compileValue(node: hbs.AST.MustacheStatement, compilation: StatementCompilation) {
  const name = nameOf(node);
  if (!isPath(node.path) || (Object.hasOwn(HELPERS, name) && HELPERS[name])) {
    const usage = HELPERS[name]?.usage;
    compilation.report({
      message: usage ? `${name} is a helper and needs an argument` : `${sliceNode(node, compilation)} is not a name`,
      position: positionOfNode(compilation.source, node),
      remedy: usage ? `Write {{${usage}}}.` : 'Write the text itself.',
    });
    return () => UNKNOWN;
  }
  return compileExpression(node.path, compilation);
}

function sliceNode({ loc }: hbs.AST.Node, { source }: StatementCompilation): string {
  return source.text.slice(
    source.offsetAt(loc.start.line, loc.start.column),
    source.offsetAt(loc.end.line, loc.end.column),
  );
}

function isContent(node: hbs.AST.Statement): node is hbs.AST.ContentStatement {
  return node.type === 'ContentStatement';
}
function isMustache(node: hbs.AST.Statement): node is hbs.AST.MustacheStatement {
  return node.type === 'MustacheStatement';
}
function isBlock(node: hbs.AST.Statement): node is hbs.AST.BlockStatement {
  return node.type === 'BlockStatement';
}
function isPartial(node: hbs.AST.Statement): node is hbs.AST.PartialStatement {
  return node.type === 'PartialStatement';
}
