/** Whether an image is for the processors that run it: for another, the container dies with `exec format error`. */
import { describePlatform, type Platform } from '../../image/image-config.ts';
import { readObject, readText } from '../json.ts';
import type { Capacity } from './capacity.ts';
import type { Images } from './ecr-images.ts';
import { kindOf, usableEnvironments } from './fit.ts';
import { describeImage, type EcrImage, imagesOf } from './image-place.ts';
import { type Candidate, type Claim, type Fleet, ng, ok, skip, type Verdict } from './model.ts';

/** The names of Go, in which images are built, of what EC2 and ECS call otherwise. */
const ARCHITECTURES: Readonly<Record<string, string>> = {
  x86_64: 'amd64',
  X86_64: 'amd64',
  arm64: 'arm64',
  ARM64: 'arm64',
};

/** Only for images in ECR; of others, the check of the image says that it was not looked at. */
export function platformClaims({ candidates }: Fleet, capacity: Capacity, images: Images): readonly Claim[] {
  return candidates.flatMap(candidate =>
    imagesOf(candidate).flatMap(({ path, image, place }) => {
      if (!place) return [];
      const { target, name } = candidate.definition;
      const verify = () => judge(candidate, place, capacity, images);
      const subject = `${describeImage(image, target)} for ${name}`;
      return [{ check: 'platform', target, subject, needed: { candidate, path }, verify }];
    }),
  );
}

async function judge(candidate: Candidate, place: EcrImage, capacity: Capacity, images: Images): Promise<Verdict> {
  const found = await images.manifest(place);
  if ('verdict' in found)
    return skip(found.verdict.status === 'SKIP' ? 'its image could not be looked at' : 'its image was not found');
  if (!found.value) return skip('its image was not found');
  const built = await images.platforms(place, found.value);
  if ('verdict' in built) return built.verdict;
  const wanted = await wantedPlatforms(candidate, capacity);
  if ('status' in wanted) return wanted;
  const lacking = wanted.filter(({ os, architecture }) =>
    built.value.every(each => each.os !== os || each.architecture !== architecture),
  );
  if (lacking.length === 0) return ok();
  const shown = (platforms: readonly Platform[]) => platforms.map(describePlatform).join(', ') || 'no platform';
  return ng(
    `is built for ${shown(built.value)}, and would run on ${shown(lacking)}`,
    'Build it for that platform, or change `runtimePlatform` (Fargate) or the instance types (EC2).',
  );
}

async function wantedPlatforms(candidate: Candidate, capacity: Capacity): Promise<readonly Platform[] | Verdict> {
  const { subject } = candidate;
  if (subject.platform === 'FARGATE') return subject.tasks.map(({ members }) => runtimePlatform(members));
  const { config, target } = candidate.definition;
  const all = new Set<string>();
  for (const queue of new Set(Object.values(config.jobQueues))) {
    const found = await architecturesOf(queue, target.region, subject.platform, capacity);
    if ('status' in found) return found;
    for (const architecture of found) all.add(architecture);
  }
  if (all.size === 0) return skip('no instance type is known that would run it');
  return [...all].map(architecture => ({ os: 'linux', architecture }));
}

/** https://docs.aws.amazon.com/batch/latest/APIReference/API_RuntimePlatform.html, with its defaults. */
function runtimePlatform(members: Readonly<Record<string, unknown>>): Platform {
  const { cpuArchitecture, operatingSystemFamily } = readObject(members['runtimePlatform']);
  return {
    os: readText(operatingSystemFamily)?.startsWith('WINDOWS') ? 'windows' : 'linux',
    architecture: ARCHITECTURES[readText(cpuArchitecture) ?? 'X86_64'] ?? String(cpuArchitecture),
  };
}

/** Of every compute environment of the queue: any of them may get the job. */
async function architecturesOf(
  named: string,
  region: string,
  platform: string,
  capacity: Capacity,
): Promise<readonly string[] | Verdict> {
  const queue = await capacity.queue(region, named);
  if ('verdict' in queue) return skip('its job queue could not be looked at');
  if (!queue.value) return [];
  const environments = await usableEnvironments(region, queue.value, capacity);
  if ('status' in environments) return skip('the compute environments of its job queue could not be looked at');
  const found: string[] = [];
  for (const environment of environments.filter(each => kindOf(each) === platform)) {
    const types = await capacity.instanceTypes(region, environment);
    if ('verdict' in types)
      return types.verdict.status === 'SKIP' ? types.verdict : skip('its instance types are not known');
    const names = types.value.flatMap(({ ProcessorInfo }) => ProcessorInfo?.SupportedArchitectures ?? []);
    found.push(...names.flatMap(name => ARCHITECTURES[name] ?? []));
  }
  return found;
}
