/** Where an image is kept, of what a definition names. */

import type { Target } from '../config/model.ts';
import { ConfigurationError } from '../errors.ts';
import { parseReference } from '../image/reference.ts';
import { type Cell, Filled } from './model.ts';

export interface ImagePlace {
  readonly repository: string;
  /** The registry's host with `{account}` and `{region}`; undefined for the target's own registry. */
  readonly registry: string | undefined;
}

/** https://docs.aws.amazon.com/AmazonECR/latest/userguide/Registries.html; the second is the dual-stack endpoint. */
const ECR = /^\d{12}\.dkr[.-]ecr\.[a-z0-9-]+\.(amazonaws\.com(\.cn)?|on\.aws)$/;
/** As the configuration's schema takes it. */
const REPOSITORY = /^[a-z0-9]+([._/-]+[a-z0-9]+)*$/;

/** Undefined for an image that is in no registry of ECR, and for one that a file does not tell. */
export function placeOfImage(
  cell: Pick<Cell, 'image' | 'environment' | 'region' | 'account' | 'partition'>,
  registryHost: (target: Target) => string,
): ImagePlace | undefined {
  const { image, account, region } = cell;
  if (image instanceof Filled) return placeOfParts(image);
  if (typeof image !== 'string') return undefined;
  const own = registryHost(cell);
  // The local AWS keeps account and region in the path, which no reference knows to be part of the host.
  if (image.startsWith(`${own}/`)) {
    const repository = image.slice(own.length + 1).split(/[:@]/)[0] ?? '';
    return REPOSITORY.test(repository) ? { repository, registry: undefined } : undefined;
  }
  const reference = readReference(image);
  if (reference === undefined || !ECR.test(reference.host) || !REPOSITORY.test(reference.repository)) return undefined;
  const host = reference.host.replaceAll(account, '{account}').replaceAll(region, '{region}');
  return { repository: reference.repository, registry: host };
}

function readReference(image: string) {
  try {
    return parseReference(image);
  } catch (error) {
    if (error instanceof ConfigurationError) return undefined;
    throw error;
  }
}

/** `<account>.dkr.ecr.<region>.amazonaws.com/models:<tag>` with whatever placeholders. */
function placeOfParts({ parts }: Filled): ImagePlace | undefined {
  const text = parts.map(part => (typeof part === 'string' ? part : '{}')).join('');
  const repository = /\.dkr\.ecr\.[^/]*\/([a-z0-9._/-]+)(?=[:@]|$)/.exec(text)?.[1];
  return repository !== undefined && REPOSITORY.test(repository) ? { repository, registry: undefined } : undefined;
}
