/** What a template need not have a variable for: the toolkit itself gives it. */
import { type Fact, sameValue } from './abstract-text.ts';
import type { Cell, TemplateNode, Value } from './model.ts';
import { isAmount, type Path, settingAt, type TierValues } from './resources.ts';
import { ROLE_MEMBERS, type RoleName, readRole } from './roles.ts';
import type { VariableBook } from './variables.ts';

/** One template in the making. */
export interface Run {
  readonly cells: readonly Cell[];
  readonly facts: readonly Fact[];
  readonly main: Path | undefined;
  readonly tiers: readonly TierValues[];
  readonly roles: Map<RoleName, readonly (string | undefined)[]>;
  readonly variables: VariableBook;
  readonly keepsImage: boolean;
  readonly oneRole: boolean;
  usesImage: boolean;
}

export interface Place {
  readonly path: Path;
  /** The structure of the API that the values are, or whose members they are. */
  readonly type: string | undefined;
  /** What a variable of this value is called. */
  readonly hint: string;
  readonly requirement?: Value | undefined;
}

/** What the toolkit itself gives to a template. */
export function knownNode(values: readonly Value[], { path, requirement }: Place, run: Run): TemplateNode | undefined {
  const member = path.at(-1);
  const each = (test: (value: Value, index: number) => boolean) => values.every(test);
  if (member === 'image' && !run.keepsImage && each((value, index) => sameValue(value, run.cells[index]?.image))) {
    run.usesImage = true;
    return textOf('image');
  }
  const role = ROLE_MEMBERS[String(member)];
  if (role !== undefined && chooseRole(role, values, run)) return textOf(`${role}Arn`);
  const setting = settingAt(path, requirement);
  if (setting === undefined || !isInMain(path, run)) return undefined;
  const mebibytes = member === 'memory';
  if (!each((value, index) => isAmount(value, run.tiers[index]?.[setting], mebibytes))) return undefined;
  if (setting === 'timeoutSeconds') return { kind: 'raw', expression: 'tier.timeoutSeconds' };
  const parts = [{ expression: `tier.${setting}` }, ...(mebibytes ? ['Mi'] : [])];
  return { kind: 'text', parts };
}

export function isInMain(path: Path, { main }: Run): boolean {
  if (path.length === 2 || path[0] === 'nodeProperties') return true;
  return main?.every((step, index) => path[index] === step) ?? false;
}

/** The first role of its kind is the configuration's; another one beside it stays in the template. */
export function chooseRole(role: RoleName, values: readonly (Value | undefined)[], run: Run): boolean {
  const names = values.map((value, index) => readRole(value, run.cells[index]));
  if (values.some((value, index) => value !== undefined && names[index] === undefined)) return false;
  if (run.oneRole && new Set(names).size > 1) return false;
  const before = run.roles.get(role);
  if (before === undefined) run.roles.set(role, names);
  return before === undefined || sameValue(before as readonly string[], names as readonly string[]);
}

export function textOf(expression: string): TemplateNode {
  return { kind: 'text', parts: [{ expression }] };
}
