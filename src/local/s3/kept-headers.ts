/** What is kept with an object beside its bytes. */
import type { IncomingHttpHeaders } from 'node:http';
import type { KeptHeaders } from './model.ts';

const kept = [
  'cache-control',
  'content-disposition',
  'content-encoding',
  'content-language',
  'content-type',
  'expires',
  'x-amz-storage-class',
  'x-amz-website-redirect-location',
];

export function readKeptHeaders(headers: IncomingHttpHeaders): KeptHeaders {
  const found: Record<string, string> = {};
  for (const [name, value] of Object.entries(headers)) {
    if (typeof value !== 'string' || !(kept.includes(name) || name.startsWith('x-amz-meta-'))) continue;
    // aws-chunked tells how the body was sent, not what it is.
    const text = name === 'content-encoding' ? withoutChunked(value) : value;
    if (text !== '') found[name] = text;
  }
  return { 'content-type': 'binary/octet-stream', ...found };
}

function withoutChunked(value: string): string {
  const encodings = value.split(',').map(encoding => encoding.trim());
  return encodings.filter(encoding => encoding !== 'aws-chunked').join(',');
}

/** As they go out: the standard storage class is not named. */
export function writeKeptHeaders(headers: KeptHeaders): KeptHeaders {
  const { 'x-amz-storage-class': storageClass, ...rest } = headers;
  return storageClass === undefined || storageClass === 'STANDARD'
    ? rest
    : { ...rest, 'x-amz-storage-class': storageClass };
}
