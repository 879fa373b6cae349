/** The entries of this child of a Batchwright run: `for (const entry of await readEntries()) …`. Needs @aws-sdk/client-s3. */
import { S3 } from '@aws-sdk/client-s3';

export async function readEntries(environment = process.env, s3 = new S3()) {
  const [, Bucket, Key] = /^s3:\/\/([^/]+)\/(.+)$/.exec(environment.BATCHWRIGHT_ENTRIES);
  const [stride, pack] = [Number(environment.BATCHWRIGHT_STRIDE), Number(environment.BATCHWRIGHT_PACK ?? 1)];
  const first = Number(environment.AWS_BATCH_JOB_ARRAY_INDEX ?? 0) * pack * stride;
  const Range = `bytes=${first}-${first + pack * stride - 1}`;
  const { Body } = await s3.getObject({ Bucket, Key, Range });
  return (await Body.transformToString())
    .trimEnd()
    .split('\n')
    .map(line => JSON.parse(line));
}
