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
  const common = async (region: string, attempts = maxAttempts) => ({
    region,
    requestHandler,
    maxAttempts: attempts,
    // With each client of its own: what one service fails with says nothing about another.
    retryStrategy: new (await import('./retry-strategy.ts')).LimitedRetryStrategy(attempts),
    ...(credentials && { credentials }),
    customUserAgent: [['batchwright', version]] as [string, string][],
  });
  return {
    batch: perRegion(async region => new (await import('@aws-sdk/client-batch')).Batch(await common(region))),
    batchOnce: perRegion(async region => new (await import('@aws-sdk/client-batch')).Batch(await common(region, 1))),
    ecr: perRegion(async region => new (await import('@aws-sdk/client-ecr')).ECR(await common(region))),
    logs: perRegion(
      async region => new (await import('@aws-sdk/client-cloudwatch-logs')).CloudWatchLogs(await common(region)),
    ),
    s3: perRegion(async region => new (await import('@aws-sdk/client-s3')).S3(await common(region))),
    sts: perRegion(async region => new (await import('@aws-sdk/client-sts')).STS(await common(region))),
    iam: perRegion(async region => new (await import('@aws-sdk/client-iam')).IAM(await common(region))),
    ec2: perRegion(async region => new (await import('@aws-sdk/client-ec2')).EC2(await common(region))),
    pricing: perRegion(async region => new (await import('@aws-sdk/client-pricing')).Pricing(await common(region))),
    sqs: perRegion(async region => {
      const { SQS } = await import('@aws-sdk/client-sqs');
      // By itself it would ask the host of the queue's URL, whatever endpoint the environment names.
      return new SQS({ ...(await common(region)), useQueueUrlAsEndpoint: false });
    }),
    ssm: perRegion(async region => new (await import('@aws-sdk/client-ssm')).SSM(await common(region))),
    secretsManager: perRegion(
      async region => new (await import('@aws-sdk/client-secrets-manager')).SecretsManager(await common(region)),
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
