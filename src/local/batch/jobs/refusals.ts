/** Jobs that SubmitJob accepts and that fail before they run. */
import type { JobDefinitionRecord } from '../records.ts';
import { batchVariables } from '../scheduling/container-environment.ts';
import { type Job, WHOLE } from './job.ts';
import type { JobPlan } from './plan.ts';

/** A limit of ECS, on what Batch hands to RunTask: the command and variables of the job with Batch's own variables among them. */
const OVERRIDES_LIMIT = 8192;
const TAGS_LIMIT = 50;

export function refusalOf(
  job: Job,
  definition: JobDefinitionRecord,
  plan: JobPlan,
  environment: string,
): string | undefined {
  if (overridesLength(job, definition, plan, environment) > OVERRIDES_LIMIT) {
    return `Container Overrides length must be at most ${OVERRIDES_LIMIT}`;
  }
  return hasTooManyTags(job, definition) ? `Number of tags must be at most ${TAGS_LIMIT}` : undefined;
}

function overridesLength(job: Job, definition: JobDefinitionRecord, plan: JobPlan, environment: string): number {
  const { containerOverrides, ecsPropertiesOverride } = job.record.overrides;
  const written = JSON.stringify([definition.containerProperties?.command, definition.ecsProperties]) ?? '';
  const hasCommand = containerOverrides?.command || ecsPropertiesOverride || written.includes('Ref::');
  const own = Object.entries(batchVariables(job, job.isParent ? 0 : WHOLE, 1, environment));
  const overrides = plan.containers.map(container => ({
    name: container.name,
    ...(hasCommand ? { command: container.command } : {}),
    environment: [...(containerOverrides?.environment ?? []), ...own.map(([name, value]) => ({ name, value }))],
  }));
  return JSON.stringify({ containerOverrides: overrides }).length;
}

/** The definition's and the job's together, when they are to be put on the task. */
function hasTooManyTags({ record }: Job, definition: JobDefinitionRecord): boolean {
  if (!(record.overrides.propagateTags ?? definition.propagateTags)) return false;
  return Object.keys({ ...definition.tags, ...record.tags }).length > TAGS_LIMIT;
}
