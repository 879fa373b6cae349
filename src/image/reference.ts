/** Image references: `host[:port]/repository[:tag][@digest]`. https://github.com/distribution/reference */
import { ConfigurationError } from '../errors.ts';
import { isDigest } from './digest.ts';

export interface ImageReference {
  /** With its port: `docker.io`, `127.0.0.1:4566`. */
  readonly host: string;
  /** May have slashes; of Docker Hub's own images with `library/`. */
  readonly repository: string;
  readonly tag?: string | undefined;
  /** When given, the tag is only for people to read. */
  readonly digest?: string | undefined;
}

const REPOSITORY = /^[a-z0-9]+(?:(?:\.|_|__|-+)[a-z0-9]+)*(?:\/[a-z0-9]+(?:(?:\.|_|__|-+)[a-z0-9]+)*)*$/;
const TAG = /^[A-Za-z0-9_][A-Za-z0-9_.-]{0,127}$/;

export function isTag(text: string): boolean {
  return TAG.test(text);
}

/** Reads a reference as Docker does: what has no host is Docker Hub's. Throws ConfigurationError naming the part that is wrong. */
export function parseReference(text: string): ImageReference {
  const [named = '', digest, ...more] = text.split('@');
  if (more.length > 0) throw invalid(text, 'it has more than one "@"');
  if (digest !== undefined && !isDigest(digest)) {
    throw invalid(text, `"${digest}" is not a digest (sha256: and 64 hexadecimal digits)`);
  }
  const colon = named.indexOf(':', named.lastIndexOf('/') + 1);
  const tag = colon < 0 ? undefined : named.slice(colon + 1);
  if (tag !== undefined && !isTag(tag)) throw invalid(text, `"${tag}" is not a tag`);
  const { host, repository } = splitHost(colon < 0 ? named : named.slice(0, colon));
  if (!REPOSITORY.test(repository)) {
    throw invalid(
      text,
      /[A-Z]/.test(repository) ? 'a repository has no capitals' : `"${repository}" is not a repository`,
    );
  }
  return { host, repository, tag, digest };
}

/** The first part is a host when it looks like one: with a dot, with a port, or `localhost`. */
function splitHost(name: string): { host: string; repository: string } {
  const slash = name.indexOf('/');
  const first = name.slice(0, Math.max(slash, 0));
  if (slash > 0 && (/[.:]/.test(first) || first === 'localhost')) {
    return withLibrary(first === 'index.docker.io' ? 'docker.io' : first, name.slice(slash + 1));
  }
  return withLibrary('docker.io', name);
}

function withLibrary(host: string, repository: string): { host: string; repository: string } {
  const official = host === 'docker.io' && repository !== '' && !repository.includes('/');
  return { host, repository: official ? `library/${repository}` : repository };
}

/** The whole reference, nothing left to a default: it parses to the same again. */
export function describeReference({ host, repository, tag, digest }: ImageReference): string {
  return `${host}/${repository}${tag === undefined ? '' : `:${tag}`}${digest === undefined ? '' : `@${digest}`}`;
}

function invalid(text: string, reason: string): ConfigurationError {
  return new ConfigurationError({
    message: `"${text}" is not an image reference: ${reason}`,
    remedy: 'Write [host/]repository[:tag][@sha256:digest].',
  });
}
