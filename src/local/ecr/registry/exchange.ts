/** One request to a repository of the registry, and what answers it. */
import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Downloads } from '../downloads.ts';
import type { Dialect, Image, Repository } from '../model.ts';
import type { Registries } from '../registries.ts';
import type { Uploads } from '../uploads.ts';

export interface RegistryParts {
  readonly registries: Registries;
  readonly uploads: Uploads;
  readonly downloads: Downloads;
  readonly dialect: Dialect;
  /** Blob GETs are answered 307 with an address that needs, and bears, no credentials: as ECR sends clients to S3. */
  readonly redirectBlobs: boolean;
  /** Called for every image or tag that a push changed. */
  readonly onPushed: (repository: Repository, image: Image) => void;
}

export interface Exchange {
  readonly request: IncomingMessage;
  readonly response: ServerResponse;
  readonly url: URL;
  /** Whose token it is. */
  readonly account: string;
  readonly repository: Repository;
  /** The last part of the path: a tag, a digest or an upload id. */
  readonly reference: string;
}

/** Where clients reach this server: by the name under which they just did. */
export function originOf(request: IncomingMessage): string {
  return `http://${request.headers.host ?? 'localhost'}`;
}

/**
 * The same server under another name, as S3 is another host than ECR: clients drop their credentials on the way to another host,
 * and must. Only the two names of the loopback are known to lead here both; under any other name the origin stays.
 */
export function otherOriginOf(request: IncomingMessage): string {
  const url = new URL(originOf(request));
  if (url.hostname === '127.0.0.1') url.hostname = 'localhost';
  else if (url.hostname === 'localhost') url.hostname = '127.0.0.1';
  return url.origin;
}
