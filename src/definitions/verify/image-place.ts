/** Which images definitions run, and where ECR has them. */
import type { Target } from '../../config/model.ts';
import { describeDigest, isDigest } from '../../image/digest.ts';
import { parseReference } from '../../image/reference.ts';
import { isLoopback, parseEcrHost } from '../../image/registry-location.ts';
import { readText } from '../json.ts';
import type { Candidate } from './model.ts';

/** One image in one repository of ECR. */
export interface EcrImage {
  readonly account: string;
  readonly region: string;
  readonly repository: string;
  /** Digest or tag. */
  readonly id: string;
}

/** Where ECR has it; undefined for an image of any other registry, or no image reference. */
export function locateImage(text: string): EcrImage | undefined {
  const { host, repository, digest, tag } = parse(text) ?? {};
  if (host === undefined || repository === undefined) return undefined;
  const id = digest ?? tag ?? 'latest';
  const registry = parseEcrHost(host);
  if (registry) return { account: registry.account, region: registry.region, repository, id };
  // The local AWS has the registry of each account and region under a path.
  const [, account, region, name] = /^(\d{12})\/([a-z0-9-]+)\/(.+)$/.exec(repository) ?? [];
  return isLoopback(host) && account && region && name ? { account, region, repository: name, id } : undefined;
}

function parse(text: string) {
  try {
    return parseReference(text);
  } catch {
    return undefined;
  }
}

/** Images of each definition, once each: `[path of the container, image]`. */
export function imagesOf({ subject }: Candidate) {
  return subject.containers.flatMap(({ path, members }) => {
    const image = readText(members['image']);
    return image === undefined ? [] : [{ path: [...path, 'image'], image, place: locateImage(image) }];
  });
}

/** `models@sha256:0123456789ab…`: short, and the same in every region; another account's or region's registry is named. */
export function describeImage(image: string, { account, region }: Target): string {
  const place = locateImage(image);
  if (place === undefined) return image;
  const { repository, id } = place;
  const away = place.account === account && place.region === region ? '' : ` of ${place.account} in ${place.region}`;
  return `${isDigest(id) ? `${repository}@${describeDigest(id)}` : `${repository}:${id}`}${away}`;
}
