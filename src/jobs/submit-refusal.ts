import { RemoteError } from '../errors.ts';
import { remedyFor } from './api-error.ts';
import type { SubmitRequest } from './plan-submit.ts';

const REGISTER_AGAIN = 'The revision was deregistered, or is of another region. Register again and test that revision.';

/** What Batch's own words of a refused SubmitJob mean for the user. `whenGone` is what to do when the revision is not ACTIVE. */
export function describeRefusal(
  { region, jobQueue, jobName, jobDefinitionArn }: SubmitRequest,
  error: unknown,
  whenGone = REGISTER_AGAIN,
): RemoteError {
  const said = error instanceof Error ? error.message : '';
  const isGone = /does not exist or is not in ACTIVE/i.test(said);
  const remedy = isGone ? whenGone : REFUSALS.find(([pattern]) => pattern.test(said))?.[1];
  const definition = jobDefinitionArn.split('/').at(-1);
  const doing = `submitting ${jobName} (${definition}) to ${jobQueue} in ${region}`;
  const failure = { doing, operation: 'SubmitJob', target: `${jobQueue} in ${region}` };
  return new RemoteError({ ...failure, remedy: remedy ?? remedyFor(error, 'SubmitJob') }, error);
}

const REFUSALS: readonly (readonly [RegExp, string])[] = [
  [
    /JobQueue .* not found/i,
    'Check jobQueues in the configuration: this account and region has no job queue of that name.',
  ],
  [
    /share ?identifier (must|is required)/i,
    'The job queue has a fair-share scheduling policy: write jobQueues as { PRIORITY: { name: QUEUE, shareIdentifier: SHARE } }.',
  ],
  [/share ?identifier/i, 'The job queue has no fair-share scheduling policy: write its name alone in jobQueues.'],
  [
    /schedulingPriority/i,
    'A job queue with a fair-share scheduling policy wants one: give jobQueues a schedulingPriority, or the definition.',
  ],
  [/capability/i, "The definition's platform (EC2 or FARGATE) is not that of the job queue's compute environments."],
];
