/** What Batch itself says, in the job's or the attempt's status reason. */
import { findBlockedReason } from './blocked-reason.ts';
import { type FailureRule, says } from './failure-rule.ts';

/** How the toolkit begins the reason of every job that it terminates. */
export const OUR_REASON = 'Batchwright: ';

const TIMED_OUT = /^Job attempt duration exceeded timeout/;
const TIME_LIMIT = /^Cancell?ed by JobStateTimeLimit action due to reason:\s*/i;
const SPOT_HOST = /^Host EC2\b/;

/** The job's own end: nothing that a container said can outrank these. */
export const JOB_RULES: readonly FailureRule[] = [
  {
    id: '1',
    class: 'cancelled',
    retryable: false,
    advice:
      'Somebody, or the toolkit, cancelled or terminated this job; the reason says who. Nothing is wrong with the job itself.',
    test: ({ facts, texts }) => {
      const ended = facts.isCancelled === true || facts.isTerminated === true;
      // Batch words its own endings; a flag beside one of those tells less than the words.
      const byBatch = texts.some(text => TIMED_OUT.test(text) || TIME_LIMIT.test(text));
      if (ended && !byBatch) return facts.statusReason ?? (facts.isCancelled ? 'isCancelled' : 'isTerminated');
      return texts.find(text => text.startsWith(OUR_REASON));
    },
  },
  {
    id: '2',
    class: 'timeout',
    retryable: false,
    advice:
      'The attempt ran longer than the timeout of the job definition; Batch never retries that. Raise timeoutSeconds of the tier, take a larger tier, or look at what is unusual about this input.',
    test: says(TIMED_OUT),
  },
  {
    id: '3',
    class: 'blocked',
    retryable: false,
    advice: evidence =>
      findBlockedReason(evidence.replace(TIME_LIMIT, ''))?.advice ??
      'The job waited in RUNNABLE longer than the job queue allows. Look at the job queue and its compute environments.',
    test: says(TIME_LIMIT),
  },
  {
    id: '4',
    class: 'blocked',
    retryable: false,
    advice: evidence => findBlockedReason(evidence)?.advice ?? '',
    test: ({ facts }) =>
      facts.status !== 'FAILED' && findBlockedReason(facts.statusReason) ? facts.statusReason : undefined,
  },
  {
    id: '5',
    class: 'spot-reclaim',
    retryable: true,
    advice:
      'AWS took the spot instance back. Retry on "Host EC2*" with more attempts, allow more instance types with SPOT_PRICE_CAPACITY_OPTIMIZED, or make the jobs shorter.',
    test: says(SPOT_HOST),
  },
  {
    id: '6',
    class: 'spot-reclaim',
    retryable: true,
    advice: 'AWS took the Fargate Spot capacity back. Add a retry rule for onStatusReason "Your Spot Task*".',
    test: says(/^Your Spot Task was interrupted/),
  },
];

/** What Batch says when neither the host nor the container said more. */
export const TASK_RULES: readonly FailureRule[] = [
  {
    id: '18',
    class: 'host',
    retryable: true,
    advice:
      'The container instance could not start the task and did not say why. Try again; if it stays, look at the instance and its ECS agent.',
    test: says(/^Task failed to start/),
  },
  {
    id: '19',
    class: 'array-parent',
    retryable: false,
    advice: 'At least one child failed. Read the children, not the parent.',
    test: says(/^Array Child Job failed/),
  },
  {
    id: '20',
    class: 'dependency',
    retryable: false,
    advice: 'A job that this one depends on failed, so this one never ran. Mend that one first.',
    test: says(/^Dependent Job failed/),
  },
  {
    id: '21',
    class: 'submit-bug',
    retryable: false,
    advice:
      "Batch accepted the job, but ECS takes at most 8,192 characters of overrides, with Batch's own variables among them. Put long inputs in an S3 object and pass its address.",
    test: says(/Container Overrides length must be at most/i),
  },
  {
    id: '22',
    class: 'config',
    retryable: false,
    advice: 'The job queue was deleted while the job waited. Submit to a queue that exists.',
    test: says(/^JobQueue deleted/i),
  },
  {
    id: '22 tags',
    class: 'config',
    retryable: false,
    advice:
      'With propagateTags, the tags of the job and of its definition together must not be more than 50. Remove some.',
    test: says(/\btags?\b.*\b50\b|\b50\b.*\btags?\b/i),
  },
];
