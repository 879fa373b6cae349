/**
 * Where permissions hold: the resources of each statement. Which actions can be narrowed, and by which resources, says the Service
 * Authorization Reference of each service,
 * https://docs.aws.amazon.com/service-authorization/latest/reference/reference_policies_actions-resources-contextkeys.html
 */

/** Words in capitals are for the reader to replace. The names become the statements' Sids. */
export const PLACES = {
  /** Batch lists and describes, EC2 and the login to ECR cannot be narrowed. */
  Everywhere: { resources: ['*'] },
  JobDefinitions: { resources: ['arn:aws:batch:*:ACCOUNT:job-definition/JOB-DEFINITION*'] },
  Submissions: {
    resources: [
      'arn:aws:batch:*:ACCOUNT:job-definition/JOB-DEFINITION*',
      'arn:aws:batch:*:ACCOUNT:job-queue/JOB-QUEUE*',
    ],
  },
  /** Ids of jobs are random. */
  Jobs: { resources: ['arn:aws:batch:*:ACCOUNT:job/*'] },
  Repository: { resources: ['arn:aws:ecr:*:ACCOUNT:repository/REPOSITORY'] },
  SourceRepository: { resources: ['arn:aws:ecr:*:SOURCE-ACCOUNT:repository/REPOSITORY'] },
  RolesOfJobs: { resources: ['arn:aws:iam::ACCOUNT:role/JOB-ROLE', 'arn:aws:iam::ACCOUNT:role/EXECUTION-ROLE'] },
  PassedRoles: {
    resources: ['arn:aws:iam::ACCOUNT:role/JOB-ROLE', 'arn:aws:iam::ACCOUNT:role/EXECUTION-ROLE'],
    condition: { StringEquals: { 'iam:PassedToService': 'ecs-tasks.amazonaws.com' } },
  },
  LogGroups: { resources: ['arn:aws:logs:*:ACCOUNT:log-group:*'] },
  JobLogs: { resources: ['arn:aws:logs:*:ACCOUNT:log-group:LOG-GROUP:log-stream:*'] },
  Parameters: { resources: ['arn:aws:ssm:*:ACCOUNT:parameter/PARAMETER*'] },
  Secrets: { resources: ['arn:aws:secretsmanager:*:ACCOUNT:secret:SECRET*'] },
  Outputs: { resources: ['arn:aws:s3:::OUTPUT-BUCKET/*'] },
  OutputBucket: { resources: ['arn:aws:s3:::OUTPUT-BUCKET'] },
  Ledger: { resources: ['arn:aws:s3:::LEDGER-BUCKET/*'] },
  EventQueue: { resources: ['arn:aws:sqs:*:ACCOUNT:EVENT-QUEUE'] },
  LedgerBucket: { resources: ['arn:aws:s3:::LEDGER-BUCKET'] },
} as const satisfies Readonly<Record<string, Place>>;

interface Place {
  readonly resources: readonly string[];
  readonly condition?: Readonly<Record<string, Readonly<Record<string, string>>>>;
}

export type PlaceName = keyof typeof PLACES;
