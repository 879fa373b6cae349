/** Why a job stays RUNNABLE. https://docs.aws.amazon.com/batch/latest/userguide/job_stuck_in_runnable.html */

interface BlockedReason {
  readonly code: string;
  /** `wait`: capacity may come. `never`: nothing changes unless somebody changes something. */
  readonly outlook: 'wait' | 'never';
  readonly advice: string;
}

/** Only the job at the head of a queue gets one. The longer code stands before its prefix. */
const BLOCKED_REASONS: readonly BlockedReason[] = [
  {
    code: 'CAPACITY:INSUFFICIENT_INSTANCE_CAPACITY',
    outlook: 'wait',
    advice:
      'AWS has no capacity for the instance types of the compute environment just now. Allow more instance types and availability zones, or add an on-demand compute environment to the job queue.',
  },
  {
    code: 'CAPACITY',
    outlook: 'wait',
    advice: 'The compute environment is waiting for capacity. Wait, or allow more instance types.',
  },
  {
    code: 'MISCONFIGURATION:COMPUTE_ENVIRONMENT_MAX_RESOURCE',
    outlook: 'never',
    advice:
      'The job asks for more vCPUs than the compute environment may ever have. Raise its maxvCpus, or take a smaller tier.',
  },
  {
    code: 'MISCONFIGURATION:JOB_RESOURCE_REQUIREMENT',
    outlook: 'never',
    advice:
      'No instance type of the compute environments has the vCPUs, memory or GPUs that the job asks for. Lower the tier (an "8 GiB" instance offers about 7,985 MiB), or allow larger instance types.',
  },
  {
    code: 'MISCONFIGURATION:EC2_INSTANCE_CONFIGURATION_UNSUPPORTED',
    outlook: 'never',
    advice:
      'The compute environment has an instance type or AMI configuration that EC2 refuses. Correct the compute environment.',
  },
  {
    code: 'MISCONFIGURATION:SERVICE_ROLE_PERMISSIONS',
    outlook: 'never',
    advice: "Batch's own service role may not start instances. Correct the service role of the compute environment.",
  },
  {
    code: 'MISCONFIGURATION',
    outlook: 'never',
    advice: 'The compute environment or the job is misconfigured; the reason says which.',
  },
  {
    code: 'ACTION_REQUIRED',
    outlook: 'never',
    advice:
      'Every compute environment of the job queue is INVALID. Open the compute environment: its own status reason says what is wrong.',
  },
  {
    code: 'UNDETERMINED',
    outlook: 'wait',
    advice:
      'Batch does not know why. Look for an EC2 vCPU quota, a subnet without a route to ECS, or a missing instance profile on the compute environment.',
  },
];

/** What the status reason of a waiting job means; undefined when it is no blocked reason. */
export function findBlockedReason(statusReason: string | undefined): BlockedReason | undefined {
  return BLOCKED_REASONS.find(({ code }) => statusReason === code || /^[\s:-]/.test(remainder(statusReason, code)));
}

function remainder(text: string | undefined, code: string): string {
  return text?.startsWith(code) ? text.slice(code.length) : '';
}

/** For a job that stayed RUNNABLE without any reason. */
export const NO_REASON_ADVICE =
  'Batch gave no reason for the wait. Usual causes: other jobs are ahead in the queue, the compute environment is DISABLED or at its maxvCpus, an EC2 vCPU quota, a subnet without a route to ECS and ECR, a missing instance profile, or a memory requirement just above what an instance offers.';
