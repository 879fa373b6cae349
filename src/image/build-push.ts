/** Builds the image once and puts it, by digest, into every region. */
import { ConfigurationError, RemoteError } from '../errors.ts';
import { copyImage } from './copy.ts';
import { buildWithDocker } from './docker/build.ts';
import { createRepository, type FoundRepository } from './ecr-repository.ts';
import { requireEverywhere } from './everywhere.ts';
import { buildLayer } from './layer.ts';
import type { BuildPushRequest, BuildPushResult, ImagePorts, ImageTarget, PushedImage } from './model.ts';
import { type BuildPushPlan, type Destination, planBuildPush } from './plan.ts';
import { createRegistries, type OpenedRepository } from './registries.ts';
import { findManifest, readManifest, type StoredManifest } from './registry/manifests.ts';
import { requireLayer } from './require-layer.ts';
import { tagImage } from './tag-image.ts';

/** A destination whose repository is there. */
interface Place {
  readonly targets: readonly ImageTarget[];
  readonly found: FoundRepository;
  readonly repository: OpenedRepository;
}

interface Outcome {
  readonly place: Place;
  readonly how: PushedImage['how'];
  readonly bytes: number | undefined;
  readonly error?: unknown;
}

/**
 * Nothing is built when this commit's image is in one of the regions already: it is only copied to those that lack it.
 *
 * Throws ConfigurationError for what the user can mend (a missing repository, a failed step of the Dockerfile, a tag that cannot
 * move) and RemoteError otherwise; when only some regions have the image in the end, the error says which. Running it again
 * continues: blobs, images and tags that are there are not sent again.
 */
export async function buildPush(request: BuildPushRequest, ports: ImagePorts): Promise<BuildPushResult> {
  const open = createRegistries(request.image.repository, ports);
  const plan = await planBuildPush(request, ports, open);
  const places = await Promise.all(plan.destinations.map(destination => settle(destination, plan, ports, open)));
  const { source, manifest, bytes } = await provide(plan, places, ports);
  const how = plan.existing ? 'exists' : 'pushed';
  const first = await tagPlace({ place: source, how, bytes }, manifest, plan);
  if (first.error !== undefined) throw first.error;
  const others = places.filter(place => place !== source);
  if (others.length > 0)
    ports.notify({ type: 'step', title: `Putting ${request.image.repository} into ${describeRegions(others)}` });
  const copied = await copyToOthers(source, manifest, others, plan);
  const outcomes = places
    .map(place => [first, ...copied].find(each => each.place === place))
    .filter(each => each !== undefined);
  requireEverywhere(
    outcomes.map(
      ({
        place: {
          repository: { region },
        },
        error,
      }) => ({ region, error }),
    ),
    `${request.image.repository}@${manifest.digest}`,
  );
  return {
    digest: manifest.digest,
    builder: plan.builder?.kind ?? 'none',
    skipped: plan.existing !== undefined,
    tags: [...plan.tags.fixed, ...movable(plan, source)],
    images: describeImages(request, outcomes, manifest.digest),
  };
}

async function settle(
  { targets, found }: Destination,
  { request }: BuildPushPlan,
  ports: ImagePorts,
  open: ReturnType<typeof createRegistries>,
): Promise<Place> {
  const [target] = targets;
  if (!target) throw new ConfigurationError('No region was chosen to put the image into');
  const there = found ?? (await createRepository(request.image, target, ports));
  return { targets, found: there, repository: open(target, there) };
}

/** The image in one place: this commit's own, or built into the first. */
async function provide(
  plan: BuildPushPlan,
  places: readonly Place[],
  ports: ImagePorts,
): Promise<{ source: Place; manifest: StoredManifest; bytes: number | undefined }> {
  const { existing } = plan;
  const source = places[existing ? plan.destinations.indexOf(existing.destination) : 0];
  if (!source) throw new ConfigurationError('No region was chosen to put the image into');
  if (!existing) return { source, ...(await build(plan, source, ports)) };
  const manifest = await readManifest(source.repository, existing.digest);
  if (!manifest) throw new RemoteError(failureOf(source, 'Reading'), `${existing.digest} has gone`);
  const text = `the image of ${plan.request.source.commit} is there already (${existing.digest}): nothing is built`;
  ports.notify({ type: 'message', level: 'info', text });
  return { source, manifest, bytes: 0 };
}

async function build(
  plan: BuildPushPlan,
  place: Place,
  ports: ImagePorts,
): Promise<{ manifest: StoredManifest; bytes: number | undefined }> {
  const { request, builder } = plan;
  const { image, source, createdSeconds } = request;
  ports.notify({
    type: 'step',
    title: `Building ${image.repository}${builder?.kind === 'docker' ? ' with Docker' : ''}`,
  });
  if (builder?.kind === 'docker' && image.docker) {
    const { username, password } = await place.repository.authorization.token();
    const login = { host: place.repository.location.host, username, password };
    const tag = await choosePushTag(plan, place, ports);
    const docker = { config: image.docker, tool: builder.tool, source, createdSeconds, tag, login };
    const { manifest, sent } = await buildWithDocker(docker, place.repository, ports);
    return { manifest, bytes: sent };
  }
  const { manifest, sent } = await buildLayer(
    { config: requireLayer(image.layer), source, createdSeconds },
    place.repository,
    ports.files,
  );
  return { manifest, bytes: sent };
}

/** Docker can push nothing but tags. One that is taken and cannot move would be refused, even for the same image. */
async function choosePushTag(plan: BuildPushPlan, { found, repository }: Place, ports: ImagePorts): Promise<string> {
  const { source } = plan.request;
  const [tag] = plan.tags.fixed;
  if (tag !== undefined && (found.canMove(tag) || (await findManifest(repository, tag)) === undefined)) return tag;
  return `rebuild-${source.commit.slice(0, 12)}-${ports.clock.now()}`;
}

async function copyToOthers(
  source: Place,
  manifest: StoredManifest,
  others: readonly Place[],
  plan: BuildPushPlan,
): Promise<Outcome[]> {
  const repositories = others.map(({ repository }) => repository);
  const outcomes = await copyImage(source.repository, manifest.digest, repositories);
  return await Promise.all(
    others.map(async (place, index): Promise<Outcome> => {
      const { how = 'exists', bytes = 0, error } = outcomes[index] ?? {};
      const outcome = { place, how, bytes, error };
      return error === undefined ? await tagPlace(outcome, manifest, plan) : outcome;
    }),
  );
}

/** Last of all, so that a tag never stands for half an image. */
async function tagPlace(outcome: Outcome, manifest: StoredManifest, plan: BuildPushPlan): Promise<Outcome> {
  const { place } = outcome;
  const { ports } = place.repository;
  try {
    for (const tag of plan.tags.fixed) await tagImage(place.repository, manifest, tag, place.found.canMove(tag));
    for (const tag of movable(plan, place)) await tagImage(place.repository, manifest, tag, true);
    const fast = plan.tags.moving.filter(tag => !place.found.canMove(tag));
    const text = `tags of ${place.repository.address} cannot move, so it is not tagged ${fast.join(', ')}`;
    if (fast.length > 0) ports.notify({ type: 'message', level: 'info', text });
    return outcome;
  } catch (error) {
    ports.signal?.throwIfAborted();
    return { ...outcome, error };
  }
}

function movable({ tags }: BuildPushPlan, { found }: Place): string[] {
  return tags.moving.filter(tag => found.canMove(tag));
}

function describeImages(request: BuildPushRequest, outcomes: readonly Outcome[], digest: string): PushedImage[] {
  return request.targets.flatMap(target => {
    const outcome = outcomes.find(({ place }) => place.targets.includes(target));
    if (!outcome) return [];
    const { environment, region } = target;
    const { how, bytes, place } = outcome;
    return [{ environment, region, reference: `${place.repository.address}@${digest}`, how, bytes }];
  });
}

function describeRegions(places: readonly Place[]): string {
  return places.map(({ repository }) => repository.region).join(', ');
}

function failureOf({ repository: { name, region } }: Place, doing: string) {
  const target = `${name} in ${region}`;
  return { doing: `${doing} ${target}`, operation: 'GET manifest', target };
}
