/** Conditional reads and writes. https://docs.aws.amazon.com/AmazonS3/latest/userguide/conditional-requests.html */
import type { IncomingHttpHeaders } from 'node:http';
import { errors } from './errors.ts';
import { S3Error, type StoredObject } from './model.ts';

/** Checked in the same turn in which the object is put, so that of two writers with `If-None-Match: *` one wins. */
export function checkWriteConditions(
  headers: IncomingHttpHeaders,
  key: string,
  existing: StoredObject | undefined,
): void {
  const none = headers['if-none-match'];
  const match = headers['if-match'];
  if (none !== undefined && none !== '*') throw errors.notImplemented('If-None-Match');
  if (none === '*' && existing) throw errors.preconditionFailed('If-None-Match');
  if (match === undefined) return;
  if (!existing) throw errors.noSuchKey(key);
  if (!matches(match, existing)) throw errors.preconditionFailed('If-Match');
}

/** Throws PreconditionFailed (412) or NotModified (304). An ETag condition overrides the time condition beside it (RFC 9110, 13.2). */
export function checkReadConditions(headers: IncomingHttpHeaders, object: StoredObject): void {
  const { 'if-match': match, 'if-none-match': none } = headers;
  const unmodified = readTime(headers['if-unmodified-since']);
  const modified = readTime(headers['if-modified-since']);
  const changed = Math.floor(object.lastModified / 1000) * 1000;
  if (match !== undefined && !matches(match, object)) throw errors.preconditionFailed('If-Match');
  if (match === undefined && unmodified !== undefined && changed > unmodified) {
    throw errors.preconditionFailed('If-Unmodified-Since');
  }
  if (none !== undefined && matches(none, object)) throw notModified(object);
  if (none === undefined && modified !== undefined && changed <= modified) throw notModified(object);
}

/** The same four on the source of a copy, where there is no 304. */
export function checkCopyConditions(headers: IncomingHttpHeaders, source: StoredObject): void {
  const sourceHeaders: IncomingHttpHeaders = {};
  for (const name of ['if-match', 'if-none-match', 'if-modified-since', 'if-unmodified-since'] as const) {
    const value = headers[`x-amz-copy-source-${name}`];
    if (typeof value === 'string') sourceHeaders[name] = value;
  }
  try {
    checkReadConditions(sourceHeaders, source);
  } catch (error) {
    if (error instanceof S3Error && error.status === 304)
      throw errors.preconditionFailed('x-amz-copy-source-If-None-Match');
    throw error;
  }
}

function matches(header: string, { etag }: StoredObject): boolean {
  return header.split(',').some(given => {
    const wanted = given.trim().replace(/^W\//, '');
    return wanted === '*' || wanted.replace(/^"(.*)"$/, '$1') === etag;
  });
}

function readTime(header: string | undefined): number | undefined {
  const time = header === undefined ? Number.NaN : Date.parse(header);
  return Number.isNaN(time) ? undefined : time;
}

function notModified({ etag, lastModified }: StoredObject): S3Error {
  return new S3Error(
    'NotModified',
    'Not Modified',
    304,
    {},
    {
      etag: `"${etag}"`,
      'last-modified': new Date(lastModified).toUTCString(),
    },
  );
}
