/** A store below an S3 prefix, by conditional writes. https://docs.aws.amazon.com/AmazonS3/latest/userguide/conditional-writes.html */
import type { ListObjectsV2CommandOutput } from '@aws-sdk/client-s3';
import { ConfigurationError, errorCode, RemoteError } from '../../errors.ts';
import type { ObjectStorePort, StorePort } from '../../ports.ts';

/** Throws ConfigurationError when `uri` is not `s3://bucket` or `s3://bucket/prefix`; every call throws RemoteError. */
export function createObjectStore(uri: string, s3: () => Promise<ObjectStorePort>): StorePort {
  const [, Bucket, prefix = ''] = /^s3:\/\/([^/]+)(?:\/(.*?))?\/*$/s.exec(uri) ?? [];
  if (!Bucket) throw new ConfigurationError(`"${uri}" is not s3://bucket/prefix`);
  const keyOf = (key: string) => (prefix ? `${prefix}/${key}` : key);
  const call = async <Answer>(operation: string, key: string, make: (client: ObjectStorePort) => Promise<Answer>) => {
    try {
      return await make(await s3());
    } catch (error) {
      if (isExpected(error)) return undefined;
      throw describeError(operation, `s3://${Bucket}/${key}`, error);
    }
  };
  return {
    uri: prefix ? `s3://${Bucket}/${prefix}` : `s3://${Bucket}`,
    async read(key) {
      const Key = keyOf(key);
      return call('GetObject', Key, async client => {
        const { Body, ETag = '' } = await client.getObject({ Bucket, Key });
        return { bytes: Body ? await Body.transformToByteArray() : new Uint8Array(), version: ETag };
      });
    },
    async write(key, bytes, condition) {
      const Key = keyOf(key);
      const terms = condition === 'absent' ? { IfNoneMatch: '*' } : condition && { IfMatch: condition.version };
      const written = await call('PutObject', Key, client => client.putObject({ Bucket, Key, Body: bytes, ...terms }));
      return written?.ETag;
    },
    async *list(folder) {
      const Prefix = keyOf(folder);
      let token: string | undefined;
      do {
        const request = { Bucket, Prefix, Delimiter: '/', ...(token && { ContinuationToken: token }) };
        const page: ListObjectsV2CommandOutput | undefined = await call('ListObjectsV2', Prefix, client =>
          client.listObjectsV2(request),
        );
        for (const { Prefix: found = '' } of page?.CommonPrefixes ?? []) yield found.slice(Prefix.length);
        for (const { Key = '' } of page?.Contents ?? []) yield Key.slice(Prefix.length);
        token = page?.NextContinuationToken;
      } while (token);
    },
  };
}

/** Nothing there, or a condition that does not hold: 409 is a writer who came at the same moment. */
function isExpected(error: unknown): boolean {
  return ['NoSuchKey', 'NotFound', 'PreconditionFailed', 'ConditionalRequestConflict'].includes(errorCode(error) ?? '');
}

function describeError(operation: string, target: string, error: unknown): RemoteError {
  const denied = errorCode(error)?.startsWith('AccessDenied') || errorCode(error) === 'Forbidden';
  const remedy = denied
    ? 'The role needs s3:GetObject and s3:PutObject on the ledger’s objects, and s3:ListBucket on its bucket: without that S3 calls a missing object forbidden.'
    : errorCode(error) === 'NoSuchBucket'
      ? 'Create the bucket, or correct runs.ledger.'
      : undefined;
  return new RemoteError({ doing: `using the ledger ${target}`, operation, target, remedy }, error);
}
