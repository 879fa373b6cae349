/** What S3 keeps, and what a handler gets. */
import type { IncomingMessage, ServerResponse } from 'node:http';
import { ServiceError, type StreamContext } from '../model.ts';

export interface Bucket {
  readonly name: string;
  readonly owner: string;
  readonly region: string;
  readonly creationTime: number;
}

/** One file of an object; an object has one, or one for each part it was uploaded in. */
export interface Piece {
  readonly file: string;
  readonly bytes: number;
}

export interface Checksum {
  readonly algorithm: ChecksumAlgorithm;
  /** Base64; of a composite one with `-<parts>` after it. */
  readonly value: string;
  readonly type: 'FULL_OBJECT' | 'COMPOSITE';
}

export type ChecksumAlgorithm = 'crc32' | 'crc32c' | 'crc64nvme' | 'sha1' | 'sha256';

/** Headers that are kept with an object and given back, by their lower-case names; user metadata among them. */
export type KeptHeaders = Readonly<Record<string, string>>;

export interface StoredObject {
  /** Without quotes. */
  readonly etag: string;
  readonly bytes: number;
  readonly lastModified: number;
  readonly headers: KeptHeaders;
  readonly checksum?: Checksum | undefined;
  readonly pieces: readonly Piece[];
  /** The multipart upload it came from. */
  readonly uploadId?: string | undefined;
}

export interface Upload {
  readonly id: string;
  readonly bucket: string;
  readonly key: string;
  readonly initiated: number;
  readonly headers: KeptHeaders;
  readonly checksumAlgorithm?: ChecksumAlgorithm | undefined;
  readonly checksumType?: Checksum['type'] | undefined;
}

export interface Part extends Piece {
  readonly number: number;
  readonly etag: string;
  readonly lastModified: number;
  readonly checksum?: Checksum | undefined;
}

/** One request, with its bucket and key taken out of the path or the host. */
export interface S3Call extends StreamContext {
  readonly request: IncomingMessage;
  readonly response: ServerResponse;
  readonly operation: string;
  readonly bucket: string;
  readonly key: string;
  readonly query: URLSearchParams;
}

/** An error with the elements that S3 puts beside code and message. */
export class S3Error extends ServiceError {
  readonly details: Readonly<Record<string, string>>;
  readonly headers: Readonly<Record<string, string>>;
  constructor(
    code: string,
    message: string,
    status: number,
    details: Readonly<Record<string, string>> = {},
    headers: Readonly<Record<string, string>> = {},
  ) {
    super(code, message, status);
    this.details = details;
    this.headers = headers;
  }
}
