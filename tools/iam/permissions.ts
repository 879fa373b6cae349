/**
 * The permissions that each verb needs: the one table behind docs/iam.md. test/iam/policies.test.ts records the calls that each verb
 * makes and holds the table to them, so that nothing is missing and nothing is too much.
 */
import type { PlaceName } from './places.ts';

export interface Grant {
  readonly actions: readonly string[];
  readonly on: PlaceName;
  /** Why AWS asks for it although no call of that name is made: the local AWS cannot show it. */
  readonly unseen?: string;
}

export interface VerbPermissions {
  /** As on a command line; `+flag` is what a flag adds. */
  readonly verb: string;
  /** What it does, as far as permissions go. */
  readonly about: string;
  readonly grants: readonly Grant[];
  /** It is other verbs behind another door: recorded there. */
  readonly isOthers?: boolean;
}

const describeDefinitions: Grant = { on: 'Everywhere', actions: ['batch:DescribeJobDefinitions'] };
const listJobs: Grant = { on: 'Everywhere', actions: ['batch:ListJobs'] };
/** Of every job queue: a revision may be used by jobs that the configuration does not know of. */
const listAllJobs: Grant = { on: 'Everywhere', actions: ['batch:DescribeJobQueues', 'batch:ListJobs'] };
const describeImages: Grant = { on: 'Repository', actions: ['ecr:DescribeImages'] };
const login: Grant = { on: 'Everywhere', actions: ['ecr:GetAuthorizationToken'] };
const push: Grant = {
  on: 'Repository',
  actions: [
    'ecr:BatchCheckLayerAvailability',
    'ecr:BatchGetImage',
    'ecr:CompleteLayerUpload',
    'ecr:InitiateLayerUpload',
    'ecr:PutImage',
    'ecr:UploadLayerPart',
  ],
};
const register: Grant = {
  on: 'JobDefinitions',
  actions: ['batch:DeregisterJobDefinition', 'batch:RegisterJobDefinition'],
};
const passRoles: Grant = {
  on: 'PassedRoles',
  actions: ['iam:PassRole'],
  unseen: 'Whoever registers a job definition hands its roles to ECS; there is no call of that name.',
};
const tagOnRegister: Grant = {
  on: 'JobDefinitions',
  actions: ['batch:TagResource'],
  unseen: 'RegisterJobDefinition with tags is authorized as TagResource too.',
};
const submit: Grant = { on: 'Submissions', actions: ['batch:SubmitJob'] };
const watchJobs: Grant = { on: 'Everywhere', actions: ['batch:DescribeJobs', 'batch:ListJobs'] };
const terminate: Grant = { on: 'Jobs', actions: ['batch:TerminateJob'] };
const readLogs: Grant = { on: 'JobLogs', actions: ['logs:GetLogEvents'] };
const readLedger: Grant = { on: 'Ledger', actions: ['s3:GetObject'] };
const writeLedger: Grant = { on: 'Ledger', actions: ['s3:PutObject'] };
const listLedger: Grant = { on: 'LedgerBucket', actions: ['s3:ListBucket'] };
/** Only where `runs.events` names a queue. */
const readEvents: Grant = { on: 'EventQueue', actions: ['sqs:DeleteMessage', 'sqs:ReceiveMessage'] };
/** What runs are pinned to. */
const readPins: readonly Grant[] = [readLedger, listLedger];
/** https://docs.aws.amazon.com/AmazonS3/latest/API/API_GetObject.html#API_GetObject_RequestSyntax, "Permissions". */
const NOT_FOUND =
  'Without it S3 answers 403 and not 404 for an object that is not there, and absence could not be told.';
const missLedger: Grant = { ...listLedger, unseen: NOT_FOUND };
const missOutputs: Grant = { on: 'OutputBucket', actions: ['s3:ListBucket'], unseen: NOT_FOUND };

const drive: readonly Grant[] = [
  describeDefinitions,
  submit,
  watchJobs,
  terminate,
  readLogs,
  readEvents,
  readLedger,
  writeLedger,
];

/** The price list and spot prices of all are the same thing: neither has resources. */
const lookUpPrices: Grant = {
  on: 'Everywhere',
  actions: [
    'batch:DescribeComputeEnvironments',
    'batch:DescribeJobQueues',
    'ec2:DescribeInstanceTypes',
    'ec2:DescribeSpotPriceHistory',
    'pricing:GetProducts',
  ],
};
const PRICES =
  'Only `runs.prices: fargate` (GetProducts) and `spot` (both of EC2) need those actions, and the two that describe job queues and compute environments.';

const smokeTest: readonly Grant[] = [
  describeDefinitions,
  submit,
  watchJobs,
  terminate,
  readLogs,
  { on: 'Outputs', actions: ['s3:GetObject'] },
];

const verify: readonly Grant[] = [
  {
    on: 'Everywhere',
    actions: [
      'batch:DescribeComputeEnvironments',
      'batch:DescribeJobDefinitions',
      'batch:DescribeJobQueues',
      'ec2:DescribeInstanceTypes',
    ],
  },
  { on: 'Repository', actions: ['ecr:BatchGetImage', 'ecr:GetDownloadUrlForLayer'] },
  { on: 'RolesOfJobs', actions: ['iam:GetRole'] },
  { on: 'LogGroups', actions: ['logs:DescribeLogGroups'] },
  { on: 'OutputBucket', actions: ['s3:ListBucket'] },
  listLedger,
  { on: 'EventQueue', actions: ['sqs:GetQueueAttributes'] },
  { on: 'Secrets', actions: ['secretsmanager:DescribeSecret', 'secretsmanager:GetSecretValue'] },
  { on: 'Parameters', actions: ['ssm:GetParameters'] },
];

const createRepository: Grant = {
  on: 'Repository',
  actions: ['ecr:CreateRepository', 'ecr:DescribeRepositories', 'ecr:PutLifecyclePolicy'],
};

export const VERBS: readonly VerbPermissions[] = [
  {
    verb: 'build-push',
    about: 'Creates the repository only where `image.createRepository` is set; leave those two actions away otherwise.',
    grants: [
      login,
      push,
      createRepository,
      { on: 'Repository', actions: ['ecr:GetDownloadUrlForLayer'] },
      {
        on: 'Repository',
        actions: ['ecr:TagResource'],
        unseen: 'CreateRepository with `image.createRepository.tags` is authorized as TagResource too.',
      },
    ],
  },
  { verb: 'plan', about: 'Changes nothing.', grants: [describeDefinitions, describeImages] },
  {
    verb: 'register',
    about: 'Deregisters only what it has just registered, when another region fails.',
    grants: [
      describeDefinitions,
      listAllJobs,
      register,
      { on: 'JobDefinitions', actions: ['batch:TagResource'] },
      passRoles,
      describeImages,
    ],
  },
  {
    verb: 'verify',
    about:
      'Changes nothing. Whatever it may not read is SKIP, with the action to grant. It reads secrets and parameters to see that they, and the keys asked of them, are there, and shows none. Only where `runs` is configured does it look for the ledger’s bucket, and for the queue of `runs.events`.',
    grants: [...verify, describeImages],
  },
  {
    verb: 'smoke-test',
    about: 'Reads back what the jobs wrote (`expectObjects`); the jobs themselves write it with their own role.',
    grants: [...smokeTest, missOutputs],
  },
  {
    verb: 'smoke-test +record',
    about: 'With `record`, the result goes beside the image.',
    grants: [...smokeTest, missOutputs, login, push],
  },
  {
    verb: 'promote',
    about:
      'With the credentials of the environment that is promoted to. Reads the image and its proof where they are, and does here what build-push, register, verify, smoke-test and rollback do.',
    grants: [
      login,
      { on: 'SourceRepository', actions: ['ecr:BatchGetImage', 'ecr:GetDownloadUrlForLayer'] },
      push,
      createRepository,
      ...verify,
      ...smokeTest,
      listAllJobs,
      register,
      tagOnRegister,
      passRoles,
      describeImages,
    ],
  },
  {
    verb: 'rollback',
    about: 'Registers older content forward, or deregisters what is newer.',
    grants: [describeDefinitions, listAllJobs, register, tagOnRegister, passRoles, describeImages],
  },
  {
    verb: 'deregister',
    about:
      'Deregisters what `retention` lets go, no job uses and no run is pinned to. Only where `runs` is configured does it read the ledger.',
    grants: [
      describeDefinitions,
      listAllJobs,
      ...readPins,
      { on: 'JobDefinitions', actions: ['batch:DeregisterJobDefinition'] },
    ],
  },
  {
    verb: 'deregister +images',
    about: 'With `images`, removes the images that nothing ACTIVE names.',
    grants: [
      describeDefinitions,
      listAllJobs,
      ...readPins,
      { on: 'JobDefinitions', actions: ['batch:DeregisterJobDefinition'] },
      { on: 'Repository', actions: ['ecr:BatchDeleteImage', 'ecr:BatchGetImage', 'ecr:DescribeImages'] },
    ],
  },
  {
    verb: 'run',
    about:
      'All of submit, watch and retry. The manifest is read from the ledger’s bucket here; allow GetObject and ListBucket where yours is. ' +
      PRICES,
    grants: [...drive, lookUpPrices, listLedger],
  },
  {
    verb: 'submit',
    about: `Looks for a job by its name when the answer to its submission was lost. ${PRICES}`,
    grants: [describeDefinitions, lookUpPrices, listJobs, submit, readLedger, writeLedger, listLedger],
  },
  {
    verb: 'watch',
    about: 'Terminates jobs at the run’s deadline or budget alone.',
    grants: [watchJobs, terminate, readLogs, readEvents, readLedger, writeLedger, missLedger],
  },
  {
    verb: 'retry',
    about: 'Submits what failed again, and watches it.',
    grants: [...drive, missLedger],
  },
  {
    verb: 'stop',
    about: 'Terminates every job of a run, and says in the ledger that it was stopped.',
    grants: [terminate, readLedger, writeLedger, missLedger],
  },
  {
    verb: 'status',
    about: 'Changes nothing.',
    grants: [describeDefinitions, listAllJobs, describeImages],
  },
  { verb: 'drift', about: 'Changes nothing.', grants: [describeDefinitions] },
  {
    verb: 'serve',
    about: 'Drives and shows runs for others: all of `run`, `stop` and `runs`.',
    isOthers: true,
    grants: [...drive, lookUpPrices, listLedger],
  },
  { verb: 'init', about: 'With `from-live`, reads what is registered.', grants: [describeDefinitions] },
  { verb: 'runs list', about: 'Changes nothing.', grants: [readLedger, listLedger] },
  { verb: 'runs show', about: 'Changes nothing.', grants: [readLedger, missLedger] },
  { verb: 'runs find', about: 'Changes nothing.', grants: [readLedger, listLedger] },
  { verb: 'runs compare', about: 'Changes nothing.', grants: [readLedger, listLedger] },
];

/** Verbs that ask AWS for nothing that needs a permission. */
export const FREE_VERBS = ['assume-role', 'config', 'deployment', 'lint', 'render', 'local', 'simulate'] as const;

export interface RolePolicy {
  readonly name: string;
  readonly about: string;
  /** The variable that holds its ARN: of the GitHub environment, or for read-only of the repository. None for people alone. */
  readonly variable?: string;
  /** Of our workflows, `deploy.yml deploy`. A test holds the verbs to the actions that they use. */
  readonly jobs: readonly string[];
  readonly verbs: readonly string[];
  /** What the verbs' permissions are enough for. */
  readonly also?: readonly string[];
}

/** Policies for a role that runs a whole workflow. */
export const ROLES: readonly RolePolicy[] = [
  {
    name: 'deploy',
    about: 'deploy.yml and rollback.yml: from the commit to the proven environment, and back; and nightly.yml’s drift.',
    variable: 'BATCHWRIGHT_ROLE',
    jobs: ['deploy.yml deploy', 'rollback.yml rollback', 'nightly.yml drift'],
    verbs: ['build-push', 'plan', 'register', 'verify', 'smoke-test +record', 'rollback'],
    also: ['drift', 'status'],
  },
  {
    name: 'promote',
    about: 'release.yml and rollback.yml, for the environment that is promoted to; and nightly.yml’s drift.',
    variable: 'BATCHWRIGHT_ROLE',
    jobs: ['release.yml promote', 'rollback.yml rollback', 'nightly.yml drift'],
    verbs: ['promote', 'rollback', 'plan'],
    also: ['drift', 'status'],
  },
  {
    name: 'run',
    about: 'nightly.yml: the daily run. It registers nothing, and whoever deploys reads and writes no ledger.',
    variable: 'BATCHWRIGHT_RUN_ROLE',
    jobs: ['nightly.yml run', 'nightly.yml go-on'],
    verbs: ['run'],
    also: ['submit', 'watch', 'retry', 'stop', 'serve', 'runs list', 'runs show', 'runs find', 'runs compare'],
  },
  {
    name: 'clean-up',
    about:
      'A workflow of your own that deregisters what `retention` lets go, and removes its images. No other role can remove an image.',
    jobs: [],
    verbs: ['deregister +images'],
    also: ['deregister'],
  },
  {
    name: 'read-only',
    about:
      'Plans on pull requests, and people who look. Without `verify`, which has to read secrets to see what is in them: a pull request runs its own code.',
    variable: 'BATCHWRIGHT_PLAN_ROLE',
    jobs: ['pull-request.yml plan'],
    verbs: ['plan', 'status', 'drift', 'runs find'],
    also: ['runs list', 'runs show', 'runs compare'],
  },
];
