import type { DefinitionConfig } from '../config/model.ts';
import { errorCode } from '../errors.ts';
import type { AwsPorts } from '../ports.ts';
import { digestOf } from './live-release.ts';

/** Something that was asked for, or why it could not be found out. */
export type Known<Value> = Value | { readonly unknown: string };

export interface ImagePorts {
  readonly aws: Pick<AwsPorts, 'ecr'>;
  readonly signal?: AbortSignal | undefined;
}

/** Asks for each digest of each repository once, however many definitions run it. */
export function createImageLookup({ aws, signal }: ImagePorts) {
  const asked = new Map<string, Promise<Known<boolean>>>();
  return (config: DefinitionConfig, image: string | undefined): Promise<Known<boolean>> => {
    const digest = image === undefined ? undefined : digestOf(image);
    if (image === undefined || digest === undefined) return Promise.resolve({ unknown: 'no digest' });
    const { region, account, registry } = config;
    const prefix = `${registry}/`;
    if (!image.startsWith(prefix)) return Promise.resolve({ unknown: 'in another registry' });
    const repositoryName = image.slice(prefix.length).replace(/[:@].*$/, '');
    const key = `${region}/${repositoryName}@${digest}`;
    const ask = async (): Promise<Known<boolean>> => {
      const ecr = await aws.ecr(region);
      const request = { registryId: account, repositoryName, imageIds: [{ imageDigest: digest }] };
      const { imageDetails = [] } = await ecr.describeImages(request, signal && { abortSignal: signal });
      return imageDetails.length > 0;
    };
    const found = asked.get(key) ?? ask().catch(asMissing);
    asked.set(key, found);
    return found;
  };
}

function asMissing(error: unknown): Known<boolean> {
  if (/^(ImageNotFoundException|RepositoryNotFoundException)$/.test(errorCode(error) ?? '')) return false;
  return asUnknown('ecr:DescribeImages')(error);
}

export function asUnknown(action: string) {
  return (error: unknown): { readonly unknown: string } => {
    const code = errorCode(error) ?? 'no answer';
    return { unknown: /AccessDenied/.test(code) ? `needs ${action}` : `${action}: ${code}` };
  };
}
