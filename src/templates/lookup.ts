/** Paths (`tier.memoryMiB`, `../name`, `@index`, `this`) looked up strictly: what is not there is reported, and never empty. */
import type { SourcePosition } from '../errors.ts';
import { suggestName } from '../nearest-name.ts';
import { type Expression, type Frame, type Run, UNKNOWN } from './model.ts';

type Path = Pick<hbs.AST.PathExpression, 'data' | 'depth' | 'parts' | 'original'>;

/**
 * A lenient look-up gives undefined for a missing name where the user chooses the names: below one of `openNames`, or in an item
 * of a loop. A name that the toolkit gives is never missing, so a missing one is a mistake even then.
 */
export function compilePath(path: Path, position: SourcePosition, lenient = false): Expression {
  return (frame, run) => {
    const start = findStart(path, frame, run);
    if (typeof start === 'string') return fail(run, position, start);
    let value = start.value;
    for (const [index, name] of start.parts.entries()) {
      const found = findMember(value, name);
      if (found.status === 'present') {
        value = found.value;
        continue;
      }
      if (value === UNKNOWN) return UNKNOWN;
      const open = start.open || (index > 0 && (run.lookups.openNames ?? []).includes(start.parts[0] ?? ''));
      if (lenient && open && found.status === 'missing') return undefined;
      return fail(run, position, ...describeMissing(path, start, index, value, run));
    }
    return value;
  };
}

interface Start {
  readonly value: unknown;
  /** Still to be looked up. */
  readonly parts: readonly string[];
  /** As written before `parts`: `../`, `@root.`, `item.` */
  readonly prefix: string;
  readonly open: boolean;
}

function findStart(path: Path, frame: Frame, run: Run): Start | string {
  const [first = '', ...rest] = path.parts;
  if (path.data) {
    if (first === 'root') return { value: run.root, parts: rest, prefix: '@root.', open: false };
    const loop = ascend(frame, path.depth)?.loop ?? {};
    if (!Object.hasOwn(loop, first)) return `"@${first}" is not defined here`;
    return { value: loop[first], parts: rest, prefix: `@${first}.`, open: true };
  }
  const scoped = /^(\.|this\b)/.test(path.original);
  if (path.depth === 0 && !scoped && Object.hasOwn(frame.named, first)) {
    return { value: frame.named[first], parts: rest, prefix: `${first}.`, open: true };
  }
  const above = ascend(frame, path.depth);
  if (above === undefined) return `"${path.original}" goes above the top of the context`;
  const prefix = '../'.repeat(path.depth);
  return { value: above.context, parts: path.parts, prefix, open: above.context !== run.root };
}

function ascend(frame: Frame, depth: number): Frame | undefined {
  let found: Frame | undefined = frame;
  for (let left = depth; left > 0; left -= 1) found = found?.parent;
  return found;
}

type Member = { readonly status: 'present'; readonly value: unknown } | { readonly status: 'missing' | 'impossible' };

/** Own members of mappings and lists only: nothing of a prototype is ever reached. */
function findMember(value: unknown, name: string): Member {
  if (typeof value !== 'object' || value === null) return { status: 'impossible' };
  if (!Object.hasOwn(value, name)) return { status: 'missing' };
  return { status: 'present', value: (value as Readonly<Record<string, unknown>>)[name] ?? null };
}

function describeMissing(
  path: Path,
  start: Start,
  index: number,
  owner: unknown,
  run: Run,
): [message: string, remedy?: string | undefined] {
  const { parts, prefix } = start;
  const name = parts[index] ?? '';
  const before = `${prefix}${parts.slice(0, index).join('.')}${index > 0 ? '.' : ''}`;
  const ownerName = before.replace(/[./]$/, '') || 'this';
  if (owner === null) return [`"${ownerName}" has no value (null), so "${path.original}" cannot be read`];
  const elsewhere = index === 0 ? findElsewhere(name, owner, run) : undefined;
  if (typeof owner !== 'object') return [`"${ownerName}" is ${describeKind(owner)}, so it has no "${name}"`, elsewhere];
  return [`"${path.original}" is not defined`, elsewhere ?? suggestName(name, Object.keys(owner), before)];
}

/** Where the very name is, when it is not here: above a loop, or among the variables. */
function findElsewhere(name: string, owner: unknown, run: Run): string | undefined {
  if (owner !== run.root && Object.hasOwn(run.root, name)) return `From here it is "@root.${name}".`;
  const open = (run.lookups.openNames ?? []).find(group => Object.hasOwn(Object(run.root[group]), name));
  return open && `Did you mean "${owner === run.root ? '' : '@root.'}${open}.${name}"?`;
}

function describeKind(value: unknown): string {
  return typeof value === 'string' ? 'text' : `a ${typeof value}`;
}

function fail(run: Run, position: SourcePosition, message: string, remedy?: string): typeof UNKNOWN {
  run.report({ message, position, remedy });
  return UNKNOWN;
}
