import type { ListObjectsV2CommandOutput } from '@aws-sdk/client-s3';
import type { AwsPorts } from '../../ports.ts';
import { callManifest } from './call-manifest.ts';
import type { ManifestItem } from './lines.ts';

/**
 * Every object below a prefix is an entry: `id` is its key below the prefix without the extension; `key`, `uri`, `bytes` and
 * `lastModified` are fields. Throws RemoteError, ConfigurationError when there is no such bucket.
 */
export async function* listObjects(
  { bucket, prefix, region }: { readonly bucket: string; readonly prefix: string; readonly region: string },
  { aws, signal }: { readonly aws: Pick<AwsPorts, 's3'>; readonly signal?: AbortSignal | undefined },
): AsyncGenerator<readonly ManifestItem[]> {
  const target = `s3://${bucket}/${prefix}`;
  const s3 = await aws.s3(region);
  let at = 0;
  let token: string | undefined;
  do {
    const request = { Bucket: bucket, Prefix: prefix, ...(token && { ContinuationToken: token }) };
    const page: ListObjectsV2CommandOutput = await callManifest(
      { doing: `listing ${target}`, operation: 'ListObjectsV2', target },
      () => s3.listObjectsV2(request, signal ? { abortSignal: signal } : {}),
    );
    const objects = (page.Contents ?? []).filter(({ Key = '/' }) => !Key.endsWith('/'));
    yield objects.map(({ Key: key = '', Size: bytes, LastModified }) => {
      at += 1;
      const id = key.slice(prefix.length).replace(/\.[^./]*$/, '');
      return { at, value: { id, key, uri: `s3://${bucket}/${key}`, bytes, lastModified: LastModified?.toISOString() } };
    });
    token = page.NextContinuationToken;
  } while (token);
}
