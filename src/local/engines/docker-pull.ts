/** Brings images to the daemon, each at most once at a time. */
import { createLineSplitter } from '../../lines.ts';
import { type DockerApi, DockerError } from './docker-api.ts';

/** How the daemon logs in to the local registry: Basic, user `AWS`, as on ECR. */
export interface RegistryLogin {
  /** `127.0.0.1:4566`; asked for at each pull, since it is known only once the server listens. */
  readonly host: () => string;
  readonly password: (account: string) => string;
}

/** Brings an image for an account. Rejects with Docker's own message when it cannot be had. */
export type Pull = (reference: string, account: string) => Promise<void>;

export function createPuller(docker: DockerApi, login: RegistryLogin | undefined): Pull {
  const pending = new Map<string, Promise<void>>();
  return (reference, account) => {
    const key = `${account} ${reference}`;
    const known = pending.get(key);
    if (known) return known;
    const work = bring(docker, reference, login && { host: login.host(), password: login.password(account) });
    pending.set(key, work);
    return work.finally(() => pending.delete(key));
  };
}

/** A digest cannot change, so what the daemon has is right; a tag is asked for each time, as ECS does. */
async function bring(
  docker: DockerApi,
  reference: string,
  login: { host: string; password: string } | undefined,
): Promise<void> {
  if (reference.includes('@sha256:') && (await isThere(docker, reference))) return;
  const [repository, tag] = splitReference(reference);
  const query = new URLSearchParams({ fromImage: repository, tag });
  const headers = login && repository.startsWith(`${login.host}/`) ? authorization(login) : undefined;
  const progress = await docker.stream('POST', `/images/create?${query.toString()}`, { headers });
  let failure: string | undefined;
  const lines = createLineSplitter(line => {
    failure ??= errorIn(line);
  });
  for await (const chunk of progress) lines.write(chunk);
  lines.end();
  if (failure !== undefined) throw new Error(failure);
}

async function isThere(docker: DockerApi, reference: string): Promise<boolean> {
  try {
    await docker.call('GET', `/images/${encodeURIComponent(reference)}/json`);
    return true;
  } catch (error) {
    if (error instanceof DockerError && error.status === 404) return false;
    throw error;
  }
}

/** `host:5000/name@sha256:…` and `host:5000/name:tag`; no tag means `latest`, not all of them. */
export function splitReference(reference: string): [string, string] {
  const at = reference.indexOf('@');
  if (at >= 0) return [reference.slice(0, at), reference.slice(at + 1)];
  const colon = reference.indexOf(':', reference.lastIndexOf('/') + 1);
  return colon < 0 ? [reference, 'latest'] : [reference.slice(0, colon), reference.slice(colon + 1)];
}

function authorization({ host, password }: { host: string; password: string }): Record<string, string> {
  const identity = { username: 'AWS', password, serveraddress: host };
  // The daemon takes a text without its padding for no login at all, and Node's base64url has none.
  const encoded = Buffer.from(JSON.stringify(identity)).toString('base64');
  return { 'x-registry-auth': encoded.replaceAll('+', '-').replaceAll('/', '_') };
}

/** The daemon answers 200 before it pulls, so a failure comes as a line of the progress. */
function errorIn(line: string): string | undefined {
  if (!line.trim()) return undefined;
  const progress: unknown = JSON.parse(line);
  if (typeof progress !== 'object' || progress === null || !('error' in progress)) return undefined;
  return String(progress.error);
}
