/** The roles that jobs run with, and what lets another account read a repository. No verb has them, so nothing records them. */
import { describeSourceStatement } from '../../src/promote/source-policy.ts';

const TASKS_TRUST = {
  Version: '2012-10-17',
  Statement: [
    {
      Effect: 'Allow',
      Principal: { Service: 'ecs-tasks.amazonaws.com' },
      Action: 'sts:AssumeRole',
      Condition: { StringEquals: { 'aws:SourceAccount': 'ACCOUNT' } },
    },
  ],
};

export const JOB_ROLES = [
  {
    name: 'The execution role',
    about:
      'With it ECS pulls the image, reads secrets and writes the log before and while a container runs. `logs:CreateLogGroup` is for definitions with `awslogs-create-group`. https://docs.aws.amazon.com/batch/latest/userguide/execution-IAM-role.html',
    trustPolicy: TASKS_TRUST,
    policy: {
      Version: '2012-10-17',
      Statement: [
        { Effect: 'Allow', Action: ['ecr:GetAuthorizationToken'], Resource: '*' },
        {
          Effect: 'Allow',
          Action: ['ecr:BatchCheckLayerAvailability', 'ecr:BatchGetImage', 'ecr:GetDownloadUrlForLayer'],
          Resource: 'arn:aws:ecr:*:ACCOUNT:repository/REPOSITORY',
        },
        {
          Effect: 'Allow',
          Action: ['logs:CreateLogGroup', 'logs:CreateLogStream', 'logs:PutLogEvents'],
          Resource: 'arn:aws:logs:*:ACCOUNT:log-group:LOG-GROUP*',
        },
        { Effect: 'Allow', Action: ['ssm:GetParameters'], Resource: 'arn:aws:ssm:*:ACCOUNT:parameter/PARAMETER*' },
        {
          Effect: 'Allow',
          Action: ['secretsmanager:GetSecretValue'],
          Resource: 'arn:aws:secretsmanager:*:ACCOUNT:secret:SECRET*',
        },
      ],
    },
  },
  {
    name: 'The job role',
    about:
      'With it the program in the container calls AWS: it reads its entries from the ledger and writes its model. What else yours does comes on top.',
    trustPolicy: TASKS_TRUST,
    policy: {
      Version: '2012-10-17',
      Statement: [
        { Effect: 'Allow', Action: ['s3:GetObject'], Resource: 'arn:aws:s3:::LEDGER-BUCKET/*' },
        { Effect: 'Allow', Action: ['s3:GetObject', 's3:PutObject'], Resource: 'arn:aws:s3:::OUTPUT-BUCKET/*' },
      ],
    },
  },
] as const;

/** `ROLE` is that of the environment that is promoted to. */
export const SOURCE_REPOSITORY_POLICY = {
  Version: '2012-10-17',
  Statement: [describeSourceStatement('arn:aws:iam::ACCOUNT:role/ROLE')],
};
