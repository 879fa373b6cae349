import { suggestName } from '../nearest-name.ts';
import { compileExpression, compileOptions, nameOf } from './compile-expression.ts';
import type { StatementCompilation } from './compile-statement.ts';
import { isTruthy } from './helpers.ts';
import { type Expression, type Frame, type JsonValue, type Run, type Statement, UNKNOWN } from './model.ts';
import { positionOfNode } from './source.ts';

/** What a block is made of. */
interface Block {
  readonly subject: Expression;
  readonly options: (frame: Frame, run: Run) => Record<string, unknown>;
  readonly main: Statement;
  readonly otherwise: Statement;
  /** `as |item index|` */
  readonly names: readonly string[];
  /** What is wrong with the subject, told at the block. */
  readonly report: (run: Run, message: string) => void;
}

type CompileProgram = (program: hbs.AST.Program | undefined, compilation: StatementCompilation) => Statement;

const BLOCKS: Readonly<Record<string, (block: Block) => Statement>> = {
  if: block => chooseBlock(block, true),
  unless: block => chooseBlock(block, false),
  each: loopBlock,
  with: enterBlock,
};

export function compileBlock(
  node: hbs.AST.BlockStatement,
  compilation: StatementCompilation,
  compileProgram: CompileProgram,
): Statement {
  const name = nameOf(node);
  const create = Object.hasOwn(BLOCKS, name) ? BLOCKS[name] : undefined;
  const position = positionOfNode(compilation.source, node);
  const [subject] = node.params;
  const main = compileProgram(node.program, compilation);
  const otherwise = compileProgram(node.inverse, compilation);
  const options = compileOptions(node.hash, compilation);
  if (create === undefined || subject === undefined || node.params.length > 1) {
    const message = create ? `#${name} takes one value, not ${node.params.length}` : `there is no block "#${name}"`;
    const remedy = create ? undefined : (suggestName(name, Object.keys(BLOCKS)) ?? 'Use #if, #unless, #each or #with.');
    compilation.report({ message, position, remedy });
    return () => {};
  }
  return create({
    subject: compileExpression(subject, compilation),
    options,
    main,
    otherwise,
    names: node.program?.blockParams ?? [],
    report: (run, message) => run.report({ message, position }),
  });
}

function chooseBlock({ subject, options, main, otherwise }: Block, wanted: boolean): Statement {
  return (frame, run) => {
    const value = subject(frame, run);
    if (value === UNKNOWN) return;
    const truthy = isTruthy(value) || (value === 0 && options(frame, run)['includeZero'] === true);
    (truthy === wanted ? main : otherwise)(frame, run);
  };
}

function enterBlock({ subject, main, otherwise, names }: Block): Statement {
  return (frame, run) => {
    const value = subject(frame, run);
    if (value === UNKNOWN) return;
    if (isTruthy(value)) main(enter(frame, value, { named: name(names, [value]) }), run);
    else otherwise(frame, run);
  };
}

function loopBlock({ subject, main, otherwise, names, report }: Block): Statement {
  return (frame, run) => {
    const value = subject(frame, run);
    if (value === UNKNOWN) return;
    if (value !== null && typeof value !== 'object') {
      report(run, `#each needs a list or a mapping, not ${JSON.stringify(value)}`);
      return;
    }
    const entries: [string | number, unknown][] = Array.isArray(value)
      ? [...value.entries()]
      : Object.entries(value ?? {});
    if (entries.length === 0) otherwise(frame, run);
    for (const [index, [key, item]] of entries.entries()) {
      const loop = { index, key, first: index === 0, last: index === entries.length - 1 };
      main(enter(frame, item, { loop, named: name(names, [item, key]) }), run);
    }
  };
}

function enter(
  parent: Frame,
  context: unknown,
  {
    loop = parent.loop,
    named,
  }: { loop?: Readonly<Record<string, JsonValue>>; named: Readonly<Record<string, unknown>> },
): Frame {
  return { context, parent, loop, named: { ...parent.named, ...named } };
}

function name(names: readonly string[], values: readonly unknown[]): Record<string, unknown> {
  return Object.fromEntries(names.map((own, index) => [own, values[index] ?? null]));
}
