/** Bucket and key of a request, in path style and in virtual-host style, and the name of the operation. */
import type { IncomingMessage } from 'node:http';

export interface Address {
  readonly bucket: string;
  readonly key: string;
}

/** From the raw path: a URL object would resolve `..` and `.`, which are ordinary characters of a key. */
export function readAddress({ url = '/', headers }: IncomingMessage): Address {
  const path = url.replace(/^https?:\/\/[^/]*/, '').replace(/[?#].*$/s, '');
  const inHost = bucketInHost(headers.host ?? '');
  if (inHost !== undefined) return { bucket: inHost, key: decodePath(path.slice(1)) };
  const [, bucket = '', key = ''] = /^\/([^/]*)\/?(.*)$/s.exec(path) ?? [];
  return { bucket: decodePath(bucket), key: decodePath(key) };
}

/** `bucket.localhost`, `bucket.127.0.0.1`, `bucket.s3.localhost`, `bucket.s3.eu-west-1.amazonaws.com`; dots in the name allowed. */
function bucketInHost(host: string): string | undefined {
  const name = host.replace(/:\d+$/, '');
  const amazon = /^(?:(.+)\.)?s3(?:[.-][a-z0-9-]+)?\.amazonaws\.com(?:\.cn)?$/.exec(name);
  if (amazon) return amazon[1];
  const local = /^(.+)\.(?:localhost|127\.0\.0\.1)$/.exec(name)?.[1];
  const bucket = local?.replace(/(?:^|\.)s3(?:\.[a-z]{2}(?:-[a-z]+)+-\d)?$/, '');
  return bucket || undefined;
}

function decodePath(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}

const bucketReads: Readonly<Record<string, string>> = {
  location: 'GetBucketLocation',
  uploads: 'ListMultipartUploads',
  versioning: 'GetBucketVersioning',
};

/** Sub-resources that are not there; without this list they would be taken for plain objects and listings. */
const unknown = [
  'accelerate',
  'acl',
  'analytics',
  'attributes',
  'cors',
  'encryption',
  'intelligent-tiering',
  'inventory',
  'legal-hold',
  'lifecycle',
  'logging',
  'metrics',
  'notification',
  'object-lock',
  'ownershipControls',
  'policy',
  'policyStatus',
  'publicAccessBlock',
  'replication',
  'requestPayment',
  'restore',
  'retention',
  'select',
  'tagging',
  'torrent',
  'versions',
  'website',
];

/** The API's name; one that is not there is `Unknown:<sub-resource>`. */
export function nameOperation(
  { method = 'GET', headers }: IncomingMessage,
  address: Address,
  query: URLSearchParams,
): string {
  const missing = unknown.find(name => query.has(name));
  if (missing !== undefined) return `Unknown:${missing}`;
  if (address.bucket === '') return method === 'GET' ? 'ListBuckets' : `Unknown:${method}`;
  if (address.key === '') return nameBucketOperation(method, query);
  return nameObjectOperation(method, query, headers['x-amz-copy-source'] !== undefined);
}

function nameBucketOperation(method: string, query: URLSearchParams): string {
  const subresource = Object.keys(bucketReads).find(name => query.has(name));
  switch (method) {
    case 'GET':
      if (subresource) return bucketReads[subresource] ?? '';
      return query.get('list-type') === '2' ? 'ListObjectsV2' : 'ListObjects';
    case 'PUT':
      return subresource ? `Unknown:${subresource}` : 'CreateBucket';
    case 'HEAD':
      return 'HeadBucket';
    case 'DELETE':
      return 'DeleteBucket';
    default:
      return method === 'POST' && query.has('delete') ? 'DeleteObjects' : `Unknown:${method}`;
  }
}

function nameObjectOperation(method: string, query: URLSearchParams, copies: boolean): string {
  const ofUpload = query.has('uploadId');
  switch (method) {
    case 'GET':
      return ofUpload ? 'ListParts' : 'GetObject';
    case 'HEAD':
      return 'HeadObject';
    case 'PUT':
      if (ofUpload) return copies ? 'UploadPartCopy' : 'UploadPart';
      return copies ? 'CopyObject' : 'PutObject';
    case 'DELETE':
      return ofUpload ? 'AbortMultipartUpload' : 'DeleteObject';
    case 'POST':
      if (query.has('uploads')) return 'CreateMultipartUpload';
      return ofUpload ? 'CompleteMultipartUpload' : `Unknown:${method}`;
    default:
      return `Unknown:${method}`;
  }
}
