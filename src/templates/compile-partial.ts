import { ConfigurationError } from '../errors.ts';
import { suggestName } from '../nearest-name.ts';
import { compileExpression, compileOptions, isPath } from './compile-expression.ts';
import type { StatementCompilation } from './compile-statement.ts';
import { type Frame, type Statement, UNKNOWN } from './model.ts';
import { positionOfNode } from './source.ts';

/** More than anybody nests by hand: a partial that deep includes itself. */
const DEEPEST = 50;

export function compilePartial(node: hbs.AST.PartialStatement, compilation: StatementCompilation): Statement {
  const { source, report, partials } = compilation;
  const position = positionOfNode(source, node);
  const name = isPath(node.name)
    ? node.name.original
    : 'original' in node.name
      ? String(node.name.original)
      : undefined;
  if (name === undefined) {
    report({ message: 'the name of a partial must be written out', position });
    return () => {};
  }
  const found = findPartial(name, compilation);
  if (found === undefined) {
    const remedy = suggestName(name, partials.names) ?? 'Set partials in the configuration to the folder it is in.';
    report({ message: `there is no partial "${name}"`, position, remedy });
    return () => {};
  }
  const subject = node.params[0] && compileExpression(node.params[0], compilation);
  const options = compileOptions(node.hash, compilation);
  return (frame, run) => {
    if (run.includes.length >= DEEPEST) {
      // Nothing else that was found matters beside this, and going on could double at every level.
      throw new ConfigurationError({ message: `the partial "${name}" includes itself without end`, position });
    }
    const inner = enterPartial(frame, subject ? subject(frame, run) : undefined, options(frame, run));
    if (inner === undefined) return;
    run.includes.push({ name, position });
    found(inner, run);
    run.includes.pop();
  };
}

function findPartial(name: string, { partials, report }: StatementCompilation): Statement | undefined {
  try {
    return partials.find(name);
  } catch (error) {
    if (!(error instanceof ConfigurationError)) throw error;
    error.problems.forEach(report);
    return () => {};
  }
}

/** The partial sees what stands around it, or the value it was given; names given with `=` come on top, as `name` alone. */
function enterPartial(frame: Frame, given: unknown, options: Readonly<Record<string, unknown>>): Frame | undefined {
  if (given === UNKNOWN || Object.values(options).includes(UNKNOWN)) return undefined;
  const named = { ...frame.named, ...options };
  return given === undefined ? { ...frame, named } : { context: given, parent: frame, loop: frame.loop, named };
}
