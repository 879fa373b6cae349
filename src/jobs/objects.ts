/** The objects that a job must have written. */
import { createHash } from 'node:crypto';
import { ConfigurationError, errorCode, RemoteError } from '../errors.ts';
import type { AwsPorts } from '../ports.ts';
import { callRemote } from './api-error.ts';
import type { ChildResult } from './model.ts';

export type FoundObject = ChildResult['objects'][number];

export interface ObjectPorts {
  readonly aws: Pick<AwsPorts, 's3'>;
  readonly signal?: AbortSignal | undefined;
}

/** S3's clock and Batch's may differ a little, and Last-Modified has whole seconds. Milliseconds. */
const SKEW = 60_000;

/** `s3://bucket/key`. Throws ConfigurationError. */
export function parseObjectUri(uri: string): { readonly Bucket: string; readonly Key: string } {
  const [, Bucket, Key] = /^s3:\/\/([^/]+)\/(.+)$/s.exec(uri) ?? [];
  if (!Bucket || !Key) throw new ConfigurationError(`"${uri}" is not s3://bucket/key`);
  return { Bucket, Key };
}

/**
 * Is the object there, and no older than the job? One that stood there before proves nothing about this run, and is `stale`.
 * Throws RemoteError; a 403 is one, since S3 answers it for a missing object too when s3:ListBucket is not granted.
 */
export async function findObject(
  uri: string,
  region: string,
  writtenAfter: number | undefined,
  { aws, signal }: ObjectPorts,
): Promise<FoundObject> {
  const failure = { doing: `looking for ${uri} from ${region}`, operation: 'HeadObject', target: uri };
  try {
    const head = await callRemote(failure, async () =>
      (await aws.s3(region)).headObject(parseObjectUri(uri), signal ? { abortSignal: signal } : {}),
    );
    const written = head.LastModified?.getTime();
    const stale = writtenAfter !== undefined && written !== undefined && written < writtenAfter - SKEW;
    return { uri, found: !stale, ...(stale && { stale }), bytes: head.ContentLength, etag: head.ETag };
  } catch (error) {
    if (error instanceof RemoteError && isAbsent(error.cause)) return { uri, found: false };
    throw error;
  }
}

function isAbsent(error: unknown): boolean {
  return ['NotFound', 'NoSuchKey', 'NoSuchBucket'].includes(errorCode(error) ?? '');
}

/** SHA-256 of an object's content, hexadecimal. An ETag alone is not content: it depends on how the object was sent. Throws RemoteError. */
export async function hashObject(uri: string, region: string, { aws, signal }: ObjectPorts): Promise<string> {
  const failure = { doing: `reading ${uri} from ${region}`, operation: 'GetObject', target: uri };
  return callRemote(failure, async () => {
    const { Body } = await (await aws.s3(region)).getObject(parseObjectUri(uri), signal ? { abortSignal: signal } : {});
    const hash = createHash('sha256');
    if (Body) for await (const chunk of Body.transformToWebStream()) hash.update(chunk);
    return hash.digest('hex');
  });
}
