/** The project of the scenes: a configuration with everything that costs a permission, and what stands in its accounts. */
import { writeFileSync } from 'node:fs';
import { IAM } from '@aws-sdk/client-iam';
import { S3 } from '@aws-sdk/client-s3';
import { SecretsManager } from '@aws-sdk/client-secrets-manager';
import { SQS } from '@aws-sdk/client-sqs';
import { SSM } from '@aws-sdk/client-ssm';
import type { LocalAws } from '../../src/local/server.ts';
import { ACCOUNT, CONFIG, REGIONS, TEMPLATE } from '../cli/workspace.ts';
import { clientOptions } from '../local/fixtures/local.ts';

export const PRODUCTION = '210987654321';

/** ARN of the secret, by account and region. */
export type Secrets = Readonly<Record<string, string>>;

export const openS3 = (local: LocalAws, account: string, region?: string) =>
  new S3({ ...clientOptions(local, account, region), forcePathStyle: true });

/** What the verbs do not make themselves: buckets, queues of events, roles, secrets and parameters. */
export async function furnish(local: LocalAws): Promise<Secrets> {
  await openS3(local, ACCOUNT).createBucket({ Bucket: 'ledger' });
  const secrets: Record<string, string> = {};
  for (const [environment, account] of [['test', ACCOUNT] as const, ['production', PRODUCTION] as const]) {
    await createRoles(new IAM(clientOptions(local, account)));
    for (const region of REGIONS) {
      const options = clientOptions(local, account, region);
      await openS3(local, account, region).createBucket({ Bucket: `models-${environment}-${region}` });
      await new SQS(options).createQueue({ QueueName: 'batch-events' });
      const { ARN = '' } = await new SecretsManager(options).createSecret({ Name: 'db', SecretString: '{"user":"u"}' });
      await new SSM(options).putParameter({ Name: '/models/token', Value: 'v', Type: 'SecureString' });
      secrets[`${account} ${region}`] = ARN;
    }
  }
  return secrets;
}

async function createRoles(iam: IAM): Promise<void> {
  const tasks = { Effect: 'Allow', Principal: { Service: 'ecs-tasks.amazonaws.com' }, Action: 'sts:AssumeRole' };
  const AssumeRolePolicyDocument = JSON.stringify({ Statement: [tasks] });
  for (const RoleName of ['models-job', 'models-execution'])
    await iam.createRole({ RoleName, AssumeRolePolicyDocument });
}

interface Extras {
  readonly layer?: string;
  readonly runs?: string;
  /** Instead of the one job queue. */
  readonly queues?: string;
  readonly production?: boolean;
  readonly smokeSeconds?: number;
}

export function writeProject(
  secrets: Secrets,
  timeoutSeconds: number,
  {
    layer = '',
    runs: moreOfRuns = '',
    queues = 'jobQueue: models',
    production = false,
    smokeSeconds = 3600,
  }: Extras = {},
): void {
  const config = CONFIG.replace('timeoutSeconds: 600', `timeoutSeconds: ${timeoutSeconds}`)
    .replace('jobQueue: models', queues)
    .replace('layer: { ', `layer: { ${layer}`)
    .replace(
      'createRepository: {}',
      'createRepository: { imageTagMutability: MUTABLE, lifecyclePolicy: { rules: [] } }',
    )
    .replace(/environments:[\s\S]*/, '');
  const environments = [
    'environments:',
    ...environment('test', ACCOUNT, secrets, smokeSeconds),
    ...(production ? environment('production', PRODUCTION, secrets, smokeSeconds) : []),
  ];
  const rest = [
    `runs: { ${moreOfRuns}ledger: "s3://ledger/runs", retry: { classes: [application] } }`,
    'retention: { keep: 1 }',
    'jobRole: models-job',
    'executionRole: models-execution',
  ];
  writeFileSync('batchwright.yml', `${config}${[...environments, ...rest].join('\n')}\n`);
  const members =
    '"jobRoleArn": "{{jobRoleArn}}", "executionRoleArn": "{{executionRoleArn}}", "secrets": [' +
    '{ "name": "USER", "valueFrom": "{{variables.secret}}:user::" }, { "name": "TOKEN", "valueFrom": "/models/token" }],';
  // The group of the starters' templates: the policies have to allow it.
  const template = TEMPLATE.replace('"awslogs-create-group"', '"awslogs-group": "/aws/batch/{{project}}", $&');
  writeFileSync('job.json.hbs', template.replace('"image"', `${members}\n    "image"`));
}

function environment(name: string, account: string, secrets: Secrets, seconds: number): readonly string[] {
  const bucket = 'models-{environment}-{region}';
  return [
    `  ${name}:`,
    `    account: "${account}"`,
    '    regions:',
    ...REGIONS.map(region => `      ${region}: { variables: { secret: "${secrets[`${account} ${region}`]}" } }`),
    '    smokeTest:',
    `      { size: 2, deadlineSeconds: ${seconds}, idempotence: true, environment: { OUTPUT: "{run}", BUCKET: ` +
      `"${bucket}" }, expectObjects: ["s3://${bucket}/{run}/{index}.json"] }`,
  ];
}
