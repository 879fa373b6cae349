import type { TargetConfig } from '../config/model.ts';
import { errorCode } from '../errors.ts';
import type { AwsPorts } from '../ports.ts';
import { digestOf } from './live-release.ts';
import { type EcrImage, locateImage } from './verify/image-place.ts';

/** Something that was asked for, or why it could not be found out. */
export type Known<Value> = Value | { readonly unknown: string };

export interface ImagePorts {
  readonly aws: Pick<AwsPorts, 'ecr'>;
  readonly signal?: AbortSignal | undefined;
}

/** In whose registry an image is looked for. */
export type ImageOwner = Pick<TargetConfig, 'registry'>;

/** Whether a target's own registry has an image, by its digest. Asks for each once, however many definitions run it. Never rejects. */
export type ImageLookup = (target: ImageOwner, image: string | undefined) => Promise<Known<boolean>>;

export function createImageLookup({ aws, signal }: ImagePorts): ImageLookup {
  const asked = new Map<string, Promise<Known<boolean>>>();
  return ({ registry }, image) => {
    if (image === undefined || digestOf(image) === undefined) return Promise.resolve({ unknown: 'no digest' });
    const place = image.startsWith(`${registry}/`) ? locateImage(image) : undefined;
    if (place === undefined) return Promise.resolve({ unknown: 'in another registry' });
    const ask = async ({ account, region, repository, id }: EcrImage): Promise<Known<boolean>> => {
      const ecr = await aws.ecr(region);
      const request = { registryId: account, repositoryName: repository, imageIds: [{ imageDigest: id }] };
      const { imageDetails = [] } = await ecr.describeImages(request, signal && { abortSignal: signal });
      return imageDetails.length > 0;
    };
    const found = asked.get(image) ?? ask(place).catch(asMissing);
    asked.set(image, found);
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
