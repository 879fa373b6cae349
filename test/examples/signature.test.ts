import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { expect, test } from '@jest/globals';
import { SignatureV4 } from '@smithy/signature-v4';
import fc from 'fast-check';
import { Sha256 } from './object-store.ts';
import { EXAMPLE } from './run-builder.ts';

interface Credentials {
  accessKeyId: string;
  secretAccessKey: string;
  sessionToken?: string | undefined;
}
interface Builder {
  signS3Request(request: {
    method: string;
    url: URL;
    body?: Buffer;
    region: string;
    credentials: Credentials;
    date: Date;
  }): Record<string, string>;
  objectUrl(uri: string, place: { endpoint?: string; region: string }): URL;
  readCredentials(environment: Record<string, string>): Promise<Credentials & { expires?: number }>;
}

// The builder is one plain JavaScript file, for images that hold nothing else; its types are these.
const builderPath: string = `${EXAMPLE}js/build-model.mjs`;
const { signS3Request, objectUrl, readCredentials } = (await import(builderPath)) as Builder;

const key = fc.array(fc.string({ unit: 'grapheme', minLength: 1, maxLength: 8 }), { minLength: 1, maxLength: 4 });

test("signs any key, body, region and credentials as the AWS SDK's own signer does", async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.record({
        key: key.map(parts => parts.map(part => part.replaceAll('/', '-')).join('/')),
        method: fc.constantFrom('GET', 'PUT', 'HEAD'),
        body: fc.option(fc.uint8Array({ maxLength: 64 }), { nil: undefined }),
        region: fc.constantFrom('eu-west-1', 'us-gov-west-1', 'cn-north-1'),
        date: fc.date({ min: new Date('2020-01-01'), max: new Date('2040-01-01'), noInvalidDate: true }),
        secretAccessKey: fc.string({ minLength: 1 }),
        sessionToken: fc.option(fc.constantFrom('token/with+signs=='), { nil: undefined }),
      }),
      async ({ key, method, body, region, date, secretAccessKey, sessionToken }) => {
        fc.pre(!key.split('/').some(part => part === '.' || part === '..'));
        const credentials: Credentials = {
          accessKeyId: 'AKID',
          secretAccessKey,
          ...(sessionToken && { sessionToken }),
        };
        const url = objectUrl(`s3://bucket/${key}`, { region });
        const ours = signS3Request({
          method,
          url,
          region,
          credentials,
          date,
          ...(body && { body: Buffer.from(body) }),
        });
        const signer = new SignatureV4({
          credentials: { accessKeyId: 'AKID', secretAccessKey, ...(sessionToken && { sessionToken }) },
          region,
          service: 's3',
          sha256: Sha256,
          uriEscapePath: false,
        });
        const { authorization, ...headers } = ours;
        const theirs = await signer.sign(
          {
            method,
            protocol: 'https:',
            hostname: url.host,
            path: url.pathname,
            query: {},
            headers: { host: url.host, ...headers },
            body: body ?? '',
          },
          { signingDate: date },
        );
        expect(authorization).toBe(theirs.headers['authorization']);
      },
    ),
  );
});

test.each([
  ['eu-west-1', undefined, 'https://s3.eu-west-1.amazonaws.com/b/a/c%20d.json'],
  ['cn-north-1', undefined, 'https://s3.cn-north-1.amazonaws.com.cn/b/a/c%20d.json'],
  ['eu-west-1', 'http://127.0.0.1:4566/', 'http://127.0.0.1:4566/b/a/c%20d.json'],
])('an object in %s at endpoint %s is at %s', (region, endpoint, expected) => {
  expect(String(objectUrl('s3://b/a/c d.json', { region, ...(endpoint && { endpoint }) }))).toBe(expected);
});

test('a URI without a key is refused', () => {
  expect(() => objectUrl('s3://bucket', { region: 'eu-west-1' })).toThrow('s3://bucket is not s3://bucket/key');
});

test("the job role's credentials come from the container's endpoint, with its token", async () => {
  const server = createServer((request, response) => {
    const role = { AccessKeyId: 'A', SecretAccessKey: 'S', Token: 'T', Expiration: '2030-01-01T00:00:00Z' };
    response.statusCode = request.headers.authorization === 'secret-token' ? 200 : 401;
    response.end(JSON.stringify(role));
  });
  await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve));
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/role`;
  try {
    const environment = { AWS_CONTAINER_CREDENTIALS_FULL_URI: url, AWS_CONTAINER_AUTHORIZATION_TOKEN: 'secret-token' };
    const expected = { accessKeyId: 'A', secretAccessKey: 'S', sessionToken: 'T', expires: Date.UTC(2030, 0, 1) };
    expect(await readCredentials(environment)).toEqual(expected);
    await expect(readCredentials({ AWS_CONTAINER_CREDENTIALS_FULL_URI: url })).rejects.toThrow('HTTP 401');
  } finally {
    await new Promise(resolve => server.close(resolve));
  }
});
