import type { Problem } from '../errors.ts';
import { suggestName } from '../nearest-name.ts';
import { HELPERS, type Helper, HelperProblem } from './helpers.ts';
import { compilePath } from './lookup.ts';
import { type Expression, type Source, UNKNOWN } from './model.ts';
import { positionOfNode } from './source.ts';

/** The file being compiled, and where its mistakes go. */
export interface Compilation {
  readonly source: Source;
  readonly report: (problem: Problem) => void;
}

/** `lenient`: see `compilePath`. */
export function compileExpression(node: hbs.AST.Expression, compilation: Compilation, lenient = false): Expression {
  if (isPath(node)) return compilePath(node, positionOfNode(compilation.source, node), lenient);
  if (isSubExpression(node)) return compileCall(node, compilation);
  const value = 'value' in node ? node.value : null;
  return () => value ?? null;
}

/** A helper with its arguments: `{{lower name}}` or `(lower name)`. */
export function compileCall(
  node: hbs.AST.SubExpression | hbs.AST.MustacheStatement,
  compilation: Compilation,
): Expression {
  const name = nameOf(node);
  const helper = Object.hasOwn(HELPERS, name) ? HELPERS[name] : undefined;
  const position = positionOfNode(compilation.source, node);
  if (helper === undefined) {
    compilation.report({
      message: `there is no helper "${name}"`,
      position,
      remedy: suggestName(name, Object.keys(HELPERS)),
    });
    return () => UNKNOWN;
  }
  checkCall(name, helper, node, compilation);
  // The last one has nothing after it to fall back on.
  const isLenient = (index: number) => name === 'default' && index < node.params.length - 1;
  const given = node.params.map((param, index) => compileExpression(param, compilation, isLenient(index)));
  const options = compileOptions(node.hash, compilation);
  return (frame, run) => {
    const args = given.map(expression => expression(frame, run));
    const named = options(frame, run);
    if (args.includes(UNKNOWN) || Object.values(named).includes(UNKNOWN)) return UNKNOWN;
    try {
      return helper.apply({ arguments: args, options: named, run });
    } catch (error) {
      if (!(error instanceof HelperProblem)) throw error;
      run.report({ message: describeHelperProblem(name, error), position });
      return UNKNOWN;
    }
  };
}

function describeHelperProblem(name: string, { message }: HelperProblem): string {
  return /^(needs|found)/.test(message) ? `${name} ${message}` : message;
}

export function compileOptions(hash: hbs.AST.Hash | undefined, compilation: Compilation) {
  const pairs = (hash?.pairs ?? []).map(({ key, value }) => [key, compileExpression(value, compilation)] as const);
  return (...[frame, run]: Parameters<Expression>): Record<string, unknown> =>
    Object.fromEntries(pairs.map(([key, expression]) => [key, expression(frame, run)]));
}

function checkCall(
  name: string,
  helper: Helper,
  { params, hash, loc }: Pick<hbs.AST.SubExpression, 'params' | 'hash' | 'loc'>,
  { source, report }: Compilation,
): void {
  const [least, most] = helper.takes;
  if (params.length < least || params.length > most) {
    const count = least === most ? `${least}` : most >= 1000 ? `at least ${least}` : `${least} or ${most}`;
    report({
      message: `${name} takes ${count} ${count === '1' ? 'argument' : 'arguments'}, not ${params.length}`,
      position: positionOfNode(source, { loc }),
      remedy: `Write {{${helper.usage}}}.`,
    });
  }
  for (const pair of hash?.pairs ?? []) {
    if (helper.options?.includes(pair.key)) continue;
    const remedy = suggestName(pair.key, helper.options ?? []);
    report({ message: `${name} knows no option "${pair.key}"`, position: positionOfNode(source, pair), remedy });
  }
}

export function nameOf({ path }: { readonly path: hbs.AST.Expression }): string {
  return isPath(path) ? path.original : 'original' in path ? String(path.original) : '';
}

export function isPath(node: hbs.AST.Expression): node is hbs.AST.PathExpression {
  return node.type === 'PathExpression';
}

function isSubExpression(node: hbs.AST.Expression): node is hbs.AST.SubExpression {
  return node.type === 'SubExpression';
}
