/** A bucket for a test file, and S3 clients of other accounts and regions. */

import { type IncomingHttpHeaders, request } from 'node:http';
import { type BucketLocationConstraint, S3, type S3ClientConfig } from '@aws-sdk/client-s3';
import { beforeAll } from '@jest/globals';
import type { LocalAws } from '../../../src/local/server.ts';
import { clientOptions } from '../fixtures/local.ts';

export function clientOf(local: LocalAws, account?: string, region?: string, options: S3ClientConfig = {}): S3 {
  return new S3({ ...clientOptions(local, account, region), forcePathStyle: true, ...options });
}

export function useBucket(local: () => LocalAws, name = 'bucket'): () => S3 {
  beforeAll(async () => {
    const LocationConstraint: BucketLocationConstraint = 'eu-west-1';
    await clientOf(local()).createBucket({ Bucket: name, CreateBucketConfiguration: { LocationConstraint } });
  });
  let client: S3 | undefined;
  return () => {
    client ??= clientOf(local());
    return client;
  };
}

export const authorization =
  'AWS4-HMAC-SHA256 Credential=111122223333/20260101/eu-west-1/s3/aws4_request, SignedHeaders=host, Signature=0';

export interface RawAnswer {
  readonly status: number;
  readonly headers: IncomingHttpHeaders;
  readonly text: string;
}

/** A request exactly as written: `fetch` and the SDK would tidy up paths, hosts and bodies. */
export function rawRequest(
  local: LocalAws,
  method: string,
  path: string,
  headers: Record<string, string> = {},
  body: string | Buffer | readonly (string | Buffer)[] = '',
): Promise<RawAnswer> {
  const options = { host: '127.0.0.1', port: local.port, method, path, headers: { authorization, ...headers } };
  return new Promise((resolve, reject) => {
    const sending = request(options, response => {
      const chunks: Buffer[] = [];
      response.on('data', (chunk: Buffer) => chunks.push(chunk));
      response.on('error', reject);
      response.on('end', () => {
        resolve({
          status: response.statusCode ?? 0,
          headers: response.headers,
          text: Buffer.concat(chunks).toString(),
        });
      });
    });
    sending.on('error', reject);
    for (const part of Array.isArray(body) ? body : [body]) sending.write(part);
    sending.end();
  });
}
