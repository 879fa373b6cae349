import { api, type DefinitionRule, IN_THE_WILD, type Level } from './rule.ts';
import type { ShapeFault } from './shape-faults.ts';

const SCHEMA = `the SDK's own schema of ${api('RegisterJobDefinition')}`;

/** What the shape alone tells: the SDK drops unknown members without a word, so a misspelt one would just vanish. */
export const SHAPE_RULES: readonly DefinitionRule[] = [
  shapeRule('unknown-member', 'error', 'A member that RegisterJobDefinition does not have, at any depth.'),
  shapeRule('member-case', 'error', 'A member that is right but for its upper and lower case letters.'),
  shapeRule('describe-only-member', 'error', 'A member that describe answers with and register refuses.', IN_THE_WILD),
  shapeRule('missing-member', 'error', 'A required member is absent.'),
  shapeRule('wrong-type', 'error', 'A value of another type than the member has.'),
  shapeRule('unknown-value', 'error', 'A value that is none of those the API names.'),
  shapeRule('null-member', 'warning', 'A member that is null: Batch never sees it.', IN_THE_WILD),
];

function shapeRule(name: ShapeFault['kind'], level: Level, description: string, source = SCHEMA): DefinitionRule {
  return {
    name,
    level,
    description,
    source,
    check: ({ shapeFaults }, report) => {
      for (const { kind, path, message } of shapeFaults) if (kind === name) report(path, message);
    },
  };
}
