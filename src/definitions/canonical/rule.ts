import type { Json, JsonObject } from '../json.ts';

/** One thing that Batch changes between register and describe, and how both sides are brought to one form. */
export interface CanonicalRule {
  /** Structures of the API whose member it is, as the SDK names them. */
  readonly shapes: readonly string[];
  readonly member: string;
  readonly kind: 'default' | 'drop' | 'order' | 'case' | 'number' | 'moved';
  /** The member's canonical value; undefined leaves it out. The value's own members are canonical already. */
  readonly change: (value: Json, owner: JsonObject) => Json | undefined;
  /** One sentence: what Batch does. */
  readonly why: string;
  readonly source: string;
}

export const API = 'https://docs.aws.amazon.com/batch/latest/APIReference/API_';
export const TERRAFORM =
  'terraform-provider-aws, internal/service/batch (container_properties.go, ecs_properties.go and job_definition_test.go, run on AWS)';
/** Answers of DescribeJobDefinitions that people keep as files, 13 of them read. */
export const RECORDED = 'DescribeJobDefinitions answers kept in public repositories';
