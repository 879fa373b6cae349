/** Keys, names and ARNs of repositories. */
import type { Registry, Repository } from './model.ts';

type RepositoryName = Registry & { readonly name: string };

/** `<account>/<region>/<name>`: the repository's path on the local registry, and its key in every table. */
export function repositoryKey({ account, region, name }: RepositoryName): string {
  return `${account}/${region}/${name}`;
}

/** The inverse; undefined for a path that does not begin with an account and a region. */
export function parseRepositoryKey(path: string): RepositoryName | undefined {
  const match = /^(\d{12})\/([a-z]{2,}(?:-[a-z]+)+-\d+)\/(.+)$/.exec(path);
  if (!match) return undefined;
  const [, account = '', region = '', name = ''] = match;
  return { account, region, name };
}

export function repositoryArn({ account, region, name }: RepositoryName): string {
  return `arn:${partition(region)}:ecr:${region}:${account}:repository/${name}`;
}

export function parseRepositoryArn(arn: string): RepositoryName | undefined {
  const match = /^arn:aws[a-z-]*:ecr:([a-z0-9-]+):(\d{12}):repository\/(.+)$/.exec(arn);
  if (!match) return undefined;
  const [, region = '', account = '', name = ''] = match;
  return { account, region, name };
}

export function repositoryUri(repository: Repository, endpoint: string): string {
  return `${new URL(endpoint).host}/${repositoryKey(repository)}`;
}

export function partition(region: string): string {
  if (region.startsWith('cn-')) return 'aws-cn';
  return region.startsWith('us-gov-') ? 'aws-us-gov' : 'aws';
}

/** The model's pattern of a repository name, 2 to 256 characters. */
export const REPOSITORY_NAME = String.raw`[a-z0-9]+((\.|_|__|-+)[a-z0-9]+)*(\/[a-z0-9]+((\.|_|__|-+)[a-z0-9]+)*)*`;

export function isRepositoryName(name: string): boolean {
  return name.length >= 2 && name.length <= 256 && new RegExp(`^${REPOSITORY_NAME}$`).test(name);
}

/** What Docker and the OCI specification allow as a tag; ECR takes 1 to 300 characters of the same alphabet. */
export function isTag(tag: string): boolean {
  return /^[a-zA-Z0-9_][a-zA-Z0-9._-]{0,299}$/.test(tag);
}

/** ECR knows sha256 alone; the OCI specification also has sha512, which the registry takes when it speaks that dialect. */
export function isDigest(text: string): boolean {
  return /^(?:sha256:[0-9a-f]{64}|sha512:[0-9a-f]{128})$/.test(text);
}

export type Algorithm = 'sha256' | 'sha512';

export function algorithmOf(digest: string): Algorithm {
  return digest.startsWith('sha512:') ? 'sha512' : 'sha256';
}
