/** What a build and push would do, found out without changing anything. */
import { ConfigurationError, type Problem } from '../errors.ts';
import { findDockerfile } from './docker/build.ts';
import { type DockerTool, probeDocker } from './docker/probe.ts';
import { describeMissing, type FoundRepository, findRepository } from './ecr-repository.ts';
import { LAYER_EXAMPLE } from './layer-example.ts';
import type { BuildPushRequest, ImagePorts, ImageTarget } from './model.ts';
import { createRegistries } from './registries.ts';
import { findManifest } from './registry/manifests.ts';
import type { Repository } from './registry/repository.ts';
import { requireLayer } from './require-layer.ts';
import { chooseTags, type ImageTags } from './tags.ts';

/** One repository; several environments may share it. */
export interface Destination {
  readonly targets: readonly ImageTarget[];
  /** Undefined: it is to be created. */
  readonly found: FoundRepository | undefined;
}

type Builder = { readonly kind: 'docker'; readonly tool: DockerTool } | { readonly kind: 'layer' };

export interface BuildPushPlan {
  readonly request: BuildPushRequest;
  readonly tags: ImageTags;
  /** In the order of the request; the first is pushed to. */
  readonly destinations: readonly Destination[];
  /** This commit's image, and which destination has it: nothing is built then. */
  readonly existing: { readonly digest: string; readonly destination: Destination } | undefined;
  /** Undefined when nothing is built. */
  readonly builder: Builder | undefined;
}

/** Opens a destination's repository; what ECR said of it must be known. */
export type OpenRepository = (target: ImageTarget, found: FoundRepository) => Repository;

/** Reads only. Throws ConfigurationError with every repository that is missing and may not be created, and for a builder that cannot be. */
export async function planBuildPush(
  request: BuildPushRequest,
  ports: ImagePorts,
  open: OpenRepository = createRegistries(request.image.repository, ports),
): Promise<BuildPushPlan> {
  const tags = chooseTags(request.source, request.image.extraTags, ports.clock.now());
  const destinations = await findDestinations(request, ports);
  const existing =
    request.force || tags.commit === undefined ? undefined : await findCommit(tags.commit, destinations, open);
  const builder = existing ? undefined : await chooseBuilder(request, ports);
  return { request, tags, destinations, existing, builder };
}

/** Throws ConfigurationError with every repository that is missing and may not be created. */
export async function findDestinations(
  request: Pick<BuildPushRequest, 'image' | 'targets'>,
  ports: ImagePorts,
): Promise<Destination[]> {
  const { image } = request;
  const groups = groupTargets(request.targets);
  const destinations = await Promise.all(
    groups.map(async targets => {
      const [target] = targets;
      return { targets, found: target && (await findRepository(image, target, ports)) };
    }),
  );
  if (destinations.length === 0) throw new ConfigurationError('No region was chosen to put the image into');
  const missing = image.createRepository ? [] : destinations.filter(({ found }) => !found);
  const problems: Problem[] = missing.flatMap(({ targets }) =>
    targets.slice(0, 1).map(target => describeMissing(image, target)),
  );
  if (problems.length > 0) throw new ConfigurationError(problems);
  return destinations;
}

/** Targets of one repository together. */
function groupTargets(targets: readonly ImageTarget[]): ImageTarget[][] {
  const groups = new Map<string, ImageTarget[]>();
  for (const target of targets) {
    const key = [target.account, target.region, target.registry].join(' ');
    groups.set(key, [...(groups.get(key) ?? []), target]);
  }
  return [...groups.values()];
}

/** The first region decides; when it lacks the image, another that has it serves, so that one commit stays one digest. */
async function findCommit(
  commit: string,
  destinations: readonly Destination[],
  open: OpenRepository,
): Promise<BuildPushPlan['existing']> {
  const digests = await Promise.all(
    destinations.map(async ({ targets: [target], found }) => {
      return target && found ? await findManifest(open(target, found), commit) : undefined;
    }),
  );
  const index = digests.findIndex(Boolean);
  const [digest, destination] = [digests[index], destinations[index]];
  return digest !== undefined && destination ? { digest, destination } : undefined;
}

/** `auto` takes Docker when a daemon answers and a Dockerfile is there. */
export async function chooseBuilder({ image }: Pick<BuildPushRequest, 'image'>, ports: ImagePorts): Promise<Builder> {
  const { builder, docker, layer } = image;
  if (builder === 'layer') requireLayer(layer);
  if (builder === 'docker' && !docker) throw unconfigured('docker', 'image.docker');
  if (!docker && !layer) throw unconfigured('auto', 'image.docker or image.layer');
  if (builder === 'layer' || !docker) return { kind: 'layer' };
  if (builder === 'docker' || !layer) await findDockerfile(docker, ports);
  else if (!(await hasDockerfile(docker, ports))) return { kind: 'layer' };
  const probed = await probeDocker(ports);
  if (probed.tool) return { kind: 'docker', tool: probed.tool };
  if (builder === 'auto' && layer) {
    ports.notify({ type: 'message', level: 'info', text: `building without Docker: ${probed.reason}` });
    return { kind: 'layer' };
  }
  throw new ConfigurationError({
    message: `The image cannot be built with Docker: ${probed.reason}`,
    remedy: `Install and start Docker, or build without, by ${LAYER_EXAMPLE}${builder === 'docker' ? ' and `builder: layer`' : ''}.`,
  });
}

async function hasDockerfile(
  docker: NonNullable<BuildPushRequest['image']['docker']>,
  ports: ImagePorts,
): Promise<boolean> {
  return await findDockerfile(docker, ports).then(
    () => true,
    () => false,
  );
}

function unconfigured(builder: string, member: string): ConfigurationError {
  return new ConfigurationError({
    message: `The builder "${builder}" needs ${member} in the configuration`,
    remedy: `Add ${member}, or choose another builder. Without Docker: ${LAYER_EXAMPLE}.`,
  });
}
