/** Everything of a promotion that changes nothing: what is rendered, what is live, what would be registered where. */
import { readFleet } from '../../definitions/live.ts';
import type { Definition, DeploymentStamp, RegistrationPlan } from '../../definitions/model.ts';
import { planAgainst } from '../../definitions/plan.ts';
import { planId } from '../../definitions/plan-file.ts';
import type { SourceRevision } from '../../image/model.ts';
import { type Destination, findDestinations } from '../../image/plan.ts';
import { releaseTags } from '../../image/tags.ts';
import type { DeliveryRequest } from '../../promote/deliver.ts';
import type { FoundProof, PromotedDefinition } from '../../promote/model.ts';
import { createOpener } from '../../promote/places.ts';
import { planPromotion } from '../../promote/plan.ts';
import { collectEvidence } from '../../promote/source.ts';
import { claimedSource, tellUnclaimed } from '../claimed-source.ts';
import type { Ports } from '../command.ts';
import { releaseOfCommit } from '../image-reference.ts';
import { renderAndLint } from '../lint-step.ts';
import { namesOf } from '../load.ts';
import type { Choice } from './choose.ts';
import { type ProvenImage, tellWrong } from './prove.ts';

export interface PreparedPromotion {
  readonly choice: Choice;
  readonly proven: ProvenImage;
  readonly version: string | undefined;
  readonly source: SourceRevision | undefined;
  readonly definitions: readonly Definition[];
  readonly delivery: DeliveryRequest;
  readonly plan: RegistrationPlan;
  readonly promoted: readonly PromotedDefinition[];
  readonly settled: ReadonlyMap<string, FoundProof>;
  readonly stamp: DeploymentStamp;
}

/** Throws ConfigurationError for templates that lint refuses and for repositories that are missing and may not be made. */
export async function preparePromotion(
  choice: Choice,
  proven: ProvenImage,
  given: {
    readonly tier: readonly string[];
    readonly version: string | undefined;
    readonly attestation: 'ignore' | 'require' | undefined;
  },
  ports: Ports,
): Promise<PreparedPromotion> {
  const { environment, targets } = choice;
  const { digest } = proven.image.manifest;
  const source = await readReleased(proven, given.version, ports);
  const releaseOf = releaseOfCommit(digest, source, ports.registryHost);
  const definitions = await renderAndLint(choice, { tiers: given.tier, releaseOf }, 'nothing was promoted', ports);

  ports.notify({ type: 'step', title: `Compare with what is live in ${environment}` });
  const image = proven.image.repository.name;
  const [fleet, destinations] = await Promise.all([
    readFleet(namesOf(choice, given.tier), ports),
    findDestinations({ image: imageOf(choice), targets }, ports),
  ]);
  const places = {
    config: choice.config,
    targets: existing(choice, destinations),
    account: targets[0]?.account ?? '',
  };
  const own = await collectEvidence(digest, places, createOpener(ports));
  tellWrong(own, ports);
  const registration = planAgainst(definitions, fleet);
  const planned = planPromotion({ plan: registration, fleet, digest, proofs: own.proofs });
  const promoted = planned.promoted.map(each => withRegistry(each, choice));
  // Nobody signed for what stands there, and where signatures are asked for that is no reason not to test.
  const settled = given.attestation === 'require' ? new Map<string, FoundProof>() : planned.settled;
  const plan = { definitions: promoted.map(each => each.planned) };
  const changed = plan.definitions.filter(({ action }) => action !== 'unchanged').length;
  const text = `${image}: ${changed} of ${plan.definitions.length} definitions are to be registered`;
  ports.notify({ type: 'message', level: 'info', text });
  if (changed > 0) tellUnclaimed(source, 'what is registered', ports);
  const { version } = source ?? {};
  const { ref, runUrl, commit } = claimedSource(source) ?? {};
  const stamp = { commit, ref, runUrl, version, digest, planId: planId(plan), override: proven.override };
  const delivery = {
    image: imageOf(choice),
    source: proven.image,
    destinations,
    tags: tagsOf(proven.commit, version),
    proofs: proven.demanded.flatMap(({ proof }) => proof ?? []),
  };
  return { choice, proven, version, source, definitions, delivery, plan, promoted, settled, stamp };
}

/** The revision that is released: of the image, where that is known, and not of what happens to be checked out. */
async function readReleased(
  { commit }: ProvenImage,
  given: string | undefined,
  ports: Ports,
): Promise<SourceRevision | undefined> {
  const source = await ports.readSourceRevision();
  const version = given?.replace(/^v/, '') ?? source?.version;
  if (commit === undefined) return source && { ...source, version };
  if (source && source.commit !== commit) {
    const text = `The image is of commit ${commit}; the templates are those of ${source.commit}, which is checked out.`;
    ports.notify({ type: 'message', level: 'warning', text });
  }
  return { ...source, commit, version };
}

function imageOf({ targets }: Choice) {
  const [first] = targets;
  if (first === undefined) throw new Error('no target chosen, which selectTargets should have refused');
  return first.image;
}

/** Rendering leaves it out; the way back needs it to see whether the image of a revision is still there. */
function withRegistry(promoted: PromotedDefinition, { targets }: Choice): PromotedDefinition {
  const { registry } = targets.find(({ region }) => region === promoted.config.region) ?? {};
  return { ...promoted, config: { ...promoted.config, registry } };
}

/** Targets whose repository is there: what is not has no evidence. */
function existing({ targets }: Choice, destinations: readonly Destination[]) {
  const found = new Set(destinations.flatMap(each => (each.found ? each.targets : [])));
  return targets.filter(target => found.has(target));
}

/** Only the commit's and the release's: a branch's tag is where its last build is. */
function tagsOf(commit: string | undefined, version: string | undefined): DeliveryRequest['tags'] {
  const { fixed, moving } = releaseTags(version);
  return { fixed: [...(commit === undefined ? [] : [commit]), ...fixed], moving };
}
