/** Which permissions a verb needs, read off the calls that it makes to the local AWS. */
import type { SignedCaller } from '../../src/local/caller.ts';
import type { LocalAws } from '../../src/local/server.ts';

/** What S3's operations are called in policies, where that is not their own name. */
const S3_ACTIONS: Readonly<Record<string, string>> = {
  HeadObject: 'GetObject',
  HeadBucket: 'ListBucket',
  ListObjectsV2: 'ListBucket',
  CreateMultipartUpload: 'PutObject',
  UploadPart: 'PutObject',
  CompleteMultipartUpload: 'PutObject',
};
/** Of SQS too: a batch of deletions is authorized as one. */
const SQS_ACTIONS: Readonly<Record<string, string>> = { DeleteMessageBatch: 'DeleteMessage' };
const ACTIONS: Readonly<Record<string, Readonly<Record<string, string>>>> = { s3: S3_ACTIONS, sqs: SQS_ACTIONS };
/** Nobody needs a permission to ask who they are, or to show a token. https://docs.aws.amazon.com/STS/latest/APIReference/API_GetCallerIdentity.html */
const FREE = /^sts:(GetCallerIdentity|AssumeRoleWithWebIdentity)$/;

/** Undefined for what needs none. The registry's requests are known here by the call of ECR that they amount to. */
function actionOf({
  service,
  operation,
}: {
  readonly service: string;
  readonly operation: string;
}): string | undefined {
  if (service === 'registry') return /^[A-Z][a-z]/.test(operation) ? `ecr:${operation}` : undefined;
  const action = `${service}:${ACTIONS[service]?.[operation] ?? operation}`;
  return FREE.test(action) ? undefined : action;
}

export interface Recorder {
  /** Notes what is called until the work is done. */
  during<Result>(verb: string, work: () => Promise<Result>): Promise<Result>;
  /** In order of the alphabet; of calls to the resources of one account. */
  actionsOf(verb: string, account?: string): readonly string[];
}

export function recordActions(local: LocalAws): Recorder {
  /** Action and account, by verb. */
  const seen = new Map<string, Set<string>>();
  let current: Set<string> | undefined;
  const { take } = local.faults;
  local.faults.take = call => {
    // The server gives the whole caller along. Containers have sessions of their own, as on AWS; verbs have a user's keys here.
    const { account, sessionToken } = call as typeof call & Partial<SignedCaller>;
    const action = sessionToken ? undefined : actionOf(call);
    if (action) current?.add(`${action} ${account}`);
    return take(call);
  };
  return {
    async during(verb, work) {
      current = seen.get(verb) ?? new Set();
      seen.set(verb, current);
      try {
        return await work();
      } finally {
        current = undefined;
      }
    },
    actionsOf: (verb, account) => {
      const calls = [...(seen.get(verb) ?? [])].map(call => call.split(' '));
      return [...new Set(calls.flatMap(([action = '', of]) => (!account || of === account ? [action] : [])))].sort();
    },
  };
}
