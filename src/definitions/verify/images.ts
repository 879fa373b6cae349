import { describeDigest } from '../../image/digest.ts';
import { describePlatform } from '../../image/image-config.ts';
import type { Descriptor } from '../../image/registry/manifests.ts';
import type { Images } from './ecr-images.ts';
import { describeImage, type EcrImage, imagesOf } from './image-place.ts';
import { type Claim, type Fleet, ng, ok, skip, type Verdict } from './model.ts';

/** An image must be in ECR, with every part of it. */
export function imageClaims({ candidates }: Fleet, images: Images): readonly Claim[] {
  return candidates.flatMap(candidate =>
    imagesOf(candidate).map(({ path, image, place }) => ({
      check: 'image',
      target: candidate.definition.target,
      subject: describeImage(image, candidate.definition.target),
      needed: { candidate, path },
      verify: () => judge(place, candidate.definition.target.region, images),
    })),
  );
}

async function judge(place: EcrImage | undefined, region: string, images: Images): Promise<Verdict> {
  if (!place) return skip('is not in ECR, and other registries are not looked at');
  const answer = await images.manifest(place);
  if ('verdict' in answer) return answer.verdict;
  if (!answer.value) return ng('is not in ECR', 'Run build-push for this region, or give an image that is there.');
  const missing = await images.missing(place, answer.value);
  if ('verdict' in missing) return missing.verdict;
  const [first] = missing.value;
  if (first) return ng(`is an index whose part ${describePart(first)} is not in ECR`, 'Run build-push again.');
  return ok(place.region === region ? undefined : 'is pulled from another region');
}

function describePart({ digest, platform }: Descriptor): string {
  return `${platform ? `for ${describePlatform(platform)} ` : ''}${describeDigest(digest)}`;
}
