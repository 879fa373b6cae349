/** How the registry answers: the error form of the distribution API, and ECR's own errors in it. */
import type { ServerResponse } from 'node:http';
import { ServiceError } from '../../model.ts';
import type { Dialect } from '../model.ts';

/** An error of the distribution API: `NAME_UNKNOWN`, `BLOB_UNKNOWN` … */
export class RegistryError extends Error {
  override readonly name = 'RegistryError';
  readonly status: number;
  readonly code: string;
  readonly headers: Readonly<Record<string, string>>;
  constructor(status: number, code: string, message: string, headers: Readonly<Record<string, string>> = {}) {
    super(message);
    this.status = status;
    this.code = code;
    this.headers = headers;
  }
}

export function send(
  response: ServerResponse,
  status: number,
  headers: Readonly<Record<string, string | number>> = {},
  body?: Uint8Array | string,
): void {
  const bytes = body === undefined ? undefined : Buffer.from(body);
  response.writeHead(status, {
    'docker-distribution-api-version': 'registry/2.0',
    'content-length': bytes?.length ?? 0,
    ...headers,
  });
  response.end(bytes);
}

export function sendJson(
  response: ServerResponse,
  status: number,
  body: unknown,
  headers: Readonly<Record<string, string>> = {},
): void {
  send(response, status, { 'content-type': 'application/json; charset=utf-8', ...headers }, JSON.stringify(body));
}

export function sendError(response: ServerResponse, error: RegistryError): void {
  sendJson(response, error.status, { errors: [{ code: error.code, message: error.message }] }, error.headers);
}

/** ECR's errors by the status and code under which docker sees them. */
const TRANSLATIONS: Readonly<Record<string, readonly [status: number, code: string]>> = {
  RepositoryNotFoundException: [404, 'NAME_UNKNOWN'],
  AccessDeniedException: [403, 'DENIED'],
  ImageNotFoundException: [404, 'MANIFEST_UNKNOWN'],
  ImageTagAlreadyExistsException: [400, 'TAG_INVALID'],
  ImageDigestDoesNotMatchException: [400, 'DIGEST_INVALID'],
  LayersNotFoundException: [404, 'BLOB_UPLOAD_UNKNOWN'],
  ReferencedImagesNotFoundException: [404, 'MANIFEST_BLOB_UNKNOWN'],
  UploadNotFoundException: [404, 'BLOB_UPLOAD_UNKNOWN'],
  InvalidLayerException: [400, 'DIGEST_INVALID'],
  InvalidLayerPartException: [416, 'BLOB_UPLOAD_INVALID'],
  LayerPartTooSmallException: [400, 'SIZE_INVALID'],
  InvalidParameterException: [405, 'UNSUPPORTED'],
};

/** Where the specification asks for something else than ECR gives. */
const OCI_TRANSLATIONS: typeof TRANSLATIONS = {
  LayersNotFoundException: [404, 'MANIFEST_BLOB_UNKNOWN'],
  InvalidParameterException: [400, 'MANIFEST_INVALID'],
};

/** Undefined for an error that is not an answer but a fault of ours. */
export function translateError(error: unknown, dialect: Dialect): RegistryError | undefined {
  if (error instanceof RegistryError) return error;
  if (!(error instanceof ServiceError)) return undefined;
  const [status, code] = (dialect === 'oci' ? OCI_TRANSLATIONS[error.code] : undefined) ??
    TRANSLATIONS[error.code] ?? [error.status, 'UNKNOWN'];
  return new RegistryError(status, code, error.message);
}
