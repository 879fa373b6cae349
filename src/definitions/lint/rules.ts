import { ARN_RULES } from './arn-rules.ts';
import { FAMILY_RULES } from './family-rules.ts';
import { IMAGE_RULES } from './image-rules.ts';
import { LIMIT_RULES } from './limit-rules.ts';
import { PLATFORM_RULES } from './platform-rules.ts';
import { FLEET_RULES, PRACTICE_RULES } from './practice-rules.ts';
import { RESOURCE_RULES } from './resource-rules.ts';
import { RETRY_RULES } from './retry-rules.ts';
import type { LintRule } from './rule.ts';
import { SHAPE_RULES } from './shape-rules.ts';
import { TASK_RULES } from './task-rules.ts';
import { TEXT_RULES } from './text-rules.ts';

/** Every rule, in the order in which it is documented (docs/lint-rules.md is written from this table). */
export const LINT_RULES: readonly LintRule[] = [
  ...SHAPE_RULES,
  ...FAMILY_RULES,
  ...TASK_RULES,
  ...LIMIT_RULES,
  ...RESOURCE_RULES,
  ...PLATFORM_RULES,
  ...RETRY_RULES,
  ...IMAGE_RULES,
  ...ARN_RULES,
  ...TEXT_RULES,
  ...PRACTICE_RULES,
  ...FLEET_RULES,
];
