/**
 * A few objects behind the S3 API over HTTP, for the example's builder. Every request must be signed as the AWS SDK's own signer
 * signs it, or it is refused; so the builder's own Signature Version 4 is checked on the wire.
 */
import { createHash, createHmac } from 'node:crypto';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { SignatureV4 } from '@smithy/signature-v4';

export const CREDENTIALS = { accessKeyId: 'AKIDEXAMPLE', secretAccessKey: 'wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY' };
export const REGION = 'eu-west-1';

/** The hash that the SDK's signer wants, over node:crypto. */
export class Sha256 {
  readonly #hash;
  constructor(secret?: string | ArrayBuffer | ArrayBufferView) {
    const key = typeof secret === 'string' ? secret : secret && Buffer.from(secret as Uint8Array);
    this.#hash = key === undefined ? createHash('sha256') : createHmac('sha256', key);
  }
  update(chunk: string | ArrayBuffer | ArrayBufferView): void {
    this.#hash.update(typeof chunk === 'string' ? chunk : Buffer.from(chunk as Uint8Array));
  }
  async digest(): Promise<Uint8Array> {
    return this.#hash.digest();
  }
  reset(): void {}
}

export interface ObjectStore {
  readonly endpoint: string;
  /** `bucket/key` → content. */
  readonly objects: Map<string, string>;
  /** `bucket/key` → when it was written, for those that are not new. */
  readonly written: Map<string, Date>;
  /** `METHOD bucket/key`, in order. */
  readonly requests: string[];
  /** Answers for the next requests, in order, instead of the real ones: a status, or `reset` to cut the connection. */
  readonly faults: (number | 'reset')[];
  close(): Promise<void>;
}

export async function startObjectStore(): Promise<ObjectStore> {
  const objects = new Map<string, string>();
  const written = new Map<string, Date>();
  const requests: string[] = [];
  const faults: (number | 'reset')[] = [];
  const server = createServer((request, response) => {
    void readBody(request).then(body => answer({ objects, written, requests, faults }, request, body, response));
  });
  await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  const close = () => new Promise<void>(resolve => server.close(() => resolve()));
  return { endpoint: `http://127.0.0.1:${port}`, objects, written, requests, faults, close };
}

async function readBody(request: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(chunk as Buffer);
  return Buffer.concat(chunks).toString('utf8');
}

async function answer(
  store: Omit<ObjectStore, 'endpoint' | 'close'>,
  request: IncomingMessage,
  body: string,
  response: ServerResponse,
): Promise<void> {
  const key = decodeURIComponent(new URL(request.url ?? '', 'http://s3').pathname.slice(1));
  store.requests.push(`${request.method} ${key}`);
  const fault = store.faults.shift();
  if (fault === 'reset') {
    request.socket.destroy();
    return;
  }
  if (fault !== undefined) return refuse(response, fault, 'SlowDown', 'Please reduce your request rate.');
  if (!(await isSignedLikeTheSdk(request, body))) {
    return refuse(response, 403, 'SignatureDoesNotMatch', 'The request signature we calculated does not match.');
  }
  if (request.method === 'PUT') {
    store.objects.set(key, body);
    response.end();
    return;
  }
  const found = store.objects.get(key);
  if (found === undefined) return refuse(response, 404, 'NoSuchKey', 'The specified key does not exist.');
  response.setHeader('last-modified', (store.written.get(key) ?? new Date()).toUTCString());
  const [, first, last] = /^bytes=(\d+)-(\d+)$/.exec(request.headers.range ?? '') ?? [];
  if (first !== undefined) {
    response.statusCode = 206;
    response.end(Buffer.from(found).subarray(Number(first), Number(last) + 1));
    return;
  }
  response.setHeader('content-length', Buffer.byteLength(found));
  response.end(request.method === 'HEAD' ? undefined : found);
}

function refuse(response: ServerResponse, status: number, code: string, message: string): void {
  response.writeHead(status, { 'content-type': 'application/xml' });
  response.end(`<?xml version="1.0"?><Error><Code>${code}</Code><Message>${message}</Message></Error>`);
}

async function isSignedLikeTheSdk(request: IncomingMessage, body: string): Promise<boolean> {
  const authorization = request.headers.authorization ?? '';
  const names = (/SignedHeaders=([^,]+)/.exec(authorization)?.[1] ?? '').split(';');
  const headers = Object.fromEntries(names.map(name => [name, String(request.headers[name])]));
  const [, year, month, day, hour, minute, second] =
    /^(\d{4})(\d\d)(\d\d)T(\d\d)(\d\d)(\d\d)Z$/.exec(headers['x-amz-date'] ?? '') ?? [];
  const signer = new SignatureV4({
    credentials: CREDENTIALS,
    region: REGION,
    service: 's3',
    sha256: Sha256,
    uriEscapePath: false,
  });
  const url = new URL(request.url ?? '', 'http://s3');
  const signed = await signer.sign(
    {
      method: request.method ?? '',
      protocol: 'http:',
      hostname: '127.0.0.1',
      path: url.pathname,
      query: Object.fromEntries(url.searchParams),
      headers,
      body,
    },
    {
      signingDate: new Date(`${year}-${month}-${day}T${hour}:${minute}:${second}Z`),
      signableHeaders: new Set(names),
    },
  );
  return signed.headers['authorization'] === authorization;
}
