/** The real SDK clients behind the ports. Each module is loaded on first use: loading them all is most of an action's start. */
import type { AwsPorts } from '../../ports.ts';

/** A hung connection must not hang a workflow: `requestTimeout` alone only warns, so it is told to throw (and is then retried). */
const requestHandler = { connectionTimeout: 10_000, requestTimeout: 60_000, throwOnRequestTimeout: true };

export interface AwsOptions {
  /** Ends up in CloudTrail's userAgent, so that an account's owner can tell who called. */
  readonly version: string;
  /** Tries of each call that is safe to repeat; the SDK backs off between them. */
  readonly maxAttempts?: number;
  /** In place of those that the SDK's own chain finds. Asked before each call is signed. */
  readonly credentials?: CredentialProvider | undefined;
}

export interface Credentials {
  readonly accessKeyId: string;
  readonly secretAccessKey: string;
  readonly sessionToken: string;
}

/** `memoized` keeps the SDK from holding on to what it was given: the provider knows itself when it is too old. */
export type CredentialProvider = (() => Promise<Credentials>) & { readonly memoized: true };

/** Credentials unless given, endpoints and proxies come from the environment, by the SDK's own chain. */
export function createAws({ version, maxAttempts = 6, credentials }: AwsOptions): AwsPorts {
  const common = (region: string) => ({
    region,
    requestHandler,
    maxAttempts,
    ...(credentials && { credentials }),
    customUserAgent: [['batchwright', version]] as [string, string][],
  });
  return {
    batch: perRegion(async region => new (await import('@aws-sdk/client-batch')).Batch(common(region))),
    batchOnce: perRegion(
      async region => new (await import('@aws-sdk/client-batch')).Batch({ ...common(region), maxAttempts: 1 }),
    ),
    ecr: perRegion(async region => new (await import('@aws-sdk/client-ecr')).ECR(common(region))),
    logs: perRegion(
      async region => new (await import('@aws-sdk/client-cloudwatch-logs')).CloudWatchLogs(common(region)),
    ),
    s3: perRegion(async region => new (await import('@aws-sdk/client-s3')).S3(common(region))),
    sts: perRegion(async region => new (await import('@aws-sdk/client-sts')).STS(common(region))),
    iam: perRegion(async region => new (await import('@aws-sdk/client-iam')).IAM(common(region))),
    ec2: perRegion(async region => new (await import('@aws-sdk/client-ec2')).EC2(common(region))),
    pricing: perRegion(async region => new (await import('@aws-sdk/client-pricing')).Pricing(common(region))),
    sqs: perRegion(async region => {
      const { SQS } = await import('@aws-sdk/client-sqs');
      // By itself it would ask the host of the queue's URL, whatever endpoint the environment names.
      return new SQS({ ...common(region), useQueueUrlAsEndpoint: false });
    }),
    ssm: perRegion(async region => new (await import('@aws-sdk/client-ssm')).SSM(common(region))),
    secretsManager: perRegion(
      async region => new (await import('@aws-sdk/client-secrets-manager')).SecretsManager(common(region)),
    ),
  };
}

function perRegion<Client>(create: (region: string) => Promise<Client>): (region: string) => Promise<Client> {
  const clients = new Map<string, Promise<Client>>();
  return region => {
    const client = clients.get(region) ?? create(region);
    clients.set(region, client);
    return client;
  };
}
