/** Writes S3's answers. */
import type { ServiceError } from '../model.ts';
import { writeXmlDocument, type XmlValue } from '../xml.ts';
import { type Checksum, type S3Call, S3Error } from './model.ts';

const namespace = 'http://s3.amazonaws.com/doc/2006-03-01/';

export type Headers = Readonly<Record<string, string | number>>;

export function sendXml(call: S3Call, name: string, value: XmlValue, headers: Headers = {}): void {
  send(call, 200, { 'content-type': 'application/xml', ...headers }, writeXmlDocument(name, value, namespace));
}

export function sendEmpty(call: S3Call, status = 200, headers: Headers = {}): void {
  send(call, status, headers, '');
}

/** The rest of the request's body is read and thrown away, so that a client in the middle of sending gets to see the error. */
export function sendError(call: S3Call, error: ServiceError): void {
  const { request, response, requestId } = call;
  request.resume();
  if (response.headersSent) {
    response.destroy();
    return;
  }
  const { details, headers } = error instanceof S3Error ? error : { details: {}, headers: {} };
  const document = {
    Code: error.code,
    Message: error.message,
    ...details,
    RequestId: requestId,
    HostId: hostId(requestId),
  };
  const text = error.status === 304 ? '' : writeXmlDocument('Error', document);
  send(call, error.status, { 'content-type': 'application/xml', ...headers }, text);
}

/** Headers of every answer. */
export function identify(call: S3Call): Headers {
  return { 'x-amz-request-id': call.requestId, 'x-amz-id-2': hostId(call.requestId), server: 'AmazonS3' };
}

export function checksumHeaders(checksum: Checksum | undefined): Record<string, string> {
  if (!checksum) return {};
  return { [`x-amz-checksum-${checksum.algorithm}`]: checksum.value, 'x-amz-checksum-type': checksum.type };
}

/** `ChecksumCRC32` and the like, as elements. */
export function checksumElements(checksum: Checksum | undefined): Record<string, string> {
  if (!checksum) return {};
  return { [`Checksum${checksum.algorithm.toUpperCase()}`]: checksum.value, ChecksumType: checksum.type };
}

/** `2026-01-02T03:04:05.000Z`. */
export function xmlTime(milliseconds: number): string {
  return new Date(Math.floor(milliseconds / 1000) * 1000).toISOString();
}

function send(call: S3Call, status: number, headers: Headers, text: string): void {
  const { request, response } = call;
  const body = Buffer.from(text, 'utf8');
  const length = status === 204 || status === 304 ? {} : { 'content-length': body.length };
  response.writeHead(status, { ...identify(call), ...length, ...headers });
  response.end(request.method === 'HEAD' ? undefined : body);
}

function hostId(requestId: string): string {
  return Buffer.from(requestId).toString('base64');
}
