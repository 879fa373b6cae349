import type { LintOverride } from '../../config/model.ts';
import { ConfigurationError, type Problem, type SourcePosition } from '../../errors.ts';
import { suggestName } from '../../nearest-name.ts';
import type { Definition, JsonPath, LintFinding } from '../model.ts';
import type { Level, LintRule } from './rule.ts';
import { LINT_RULES } from './rules.ts';
import { readSubject } from './subject.ts';

export type LintOverrides = Readonly<Record<string, LintOverride>>;

/**
 * Everything that the rules find, in the order of the definitions; needs no credentials and no network. `positionOf` says where the
 * configuration names a rule.
 *
 * Throws ConfigurationError when an override names a rule that does not exist.
 */
export function lintDefinitions(
  definitions: readonly Definition[],
  overrides: LintOverrides,
  positionOf: (path: readonly string[]) => SourcePosition | undefined = () => undefined,
): readonly LintFinding[] {
  refuseUnknownRules(overrides, positionOf);
  const active = LINT_RULES.flatMap(rule => {
    const level = overrides[rule.name]?.level ?? rule.level;
    return level === 'off' ? [] : [{ rule, level }];
  });
  const findings = new Map<Definition, LintFinding[]>(definitions.map(definition => [definition, []]));
  const tell = (level: Level, rule: LintRule, definition: Definition, path: JsonPath, message: string) =>
    findings.get(definition)?.push(findingOf(level, rule, definition, path, message));
  for (const definition of definitions) {
    const subject = readSubject(definition);
    for (const { rule, level } of active) {
      if ('check' in rule) rule.check(subject, (path, message) => tell(level, rule, definition, path, message));
    }
  }
  for (const { rule, level } of active) {
    if ('checkAll' in rule) rule.checkAll(definitions, (...finding) => tell(level, rule, ...finding));
  }
  return [...findings.values()].flat();
}

function findingOf(
  level: Level,
  { name }: LintRule,
  definition: Definition,
  path: JsonPath,
  message: string,
): LintFinding {
  const { name: definitionName, target, tier, positionOf } = definition;
  return { rule: name, level, message, definition: definitionName, target, tier, path, position: positionOf(path) };
}

function refuseUnknownRules(
  overrides: LintOverrides,
  positionOf: (path: readonly string[]) => SourcePosition | undefined,
): void {
  const known = new Set(LINT_RULES.map(({ name }) => name));
  const unknown = Object.keys(overrides).filter(name => !known.has(name));
  const problems = unknown.map(
    (name): Problem => ({
      message: `there is no lint rule "${name}"`,
      remedy: suggestName(name, known) ?? 'docs/lint-rules.md lists them all.',
      position: positionOf(['lint', name]),
    }),
  );
  if (problems.length > 0) throw new ConfigurationError(problems);
}
