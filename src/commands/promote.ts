import { guardAccount } from '../account.ts';
import { ConfigurationError, RemoteError } from '../errors.ts';
import { flag, type InputValues, list, oneOf, text } from '../inputs.ts';
import { findNotBack, isTakenBack } from '../promote/came-back.ts';
import type { CarriedOut, RestoredDefinition } from '../promote/model.ts';
import { describeBack } from '../report/back.ts';
import { count } from '../report/format.ts';
import { describeUnmoved } from '../report/moved-tags.ts';
import { reportPlan } from '../report/plan.ts';
import { type PromotionStory, reportLive, reportPlannedPromotion, reportPromotion } from '../report/promote.ts';
import { renderMarkdown } from '../report/render-markdown.ts';
import { type CommandResult, defineCommand, type Ports } from './command.ts';
import type { PreparedPromotion } from './promote/prepare.ts';
import { listRegistered } from './registered-definitions.ts';

const inputs = {
  config: text,
  environment: text,
  from: text,
  region: list,
  tier: list,
  image: text,
  commit: text,
  version: text,
  override: text,
  attestation: oneOf('ignore', 'require'),
  'attestation-signer': text,
  release: text,
  'github-token': text,
  'dry-run': flag,
};
type Given = InputValues<typeof inputs>;

/** Gives another environment the digest that was proven, registers and proves it there, and goes all the way back when that fails. */
export const promoteCommand = defineCommand({
  name: 'promote',
  inputs,
  run: async (given, ports) => {
    const { choosePromotion } = await import('./promote/choose.ts');
    const choice = await choosePromotion(given, ports);
    await guardAccount(choice.targets, ports.aws, { abortSignal: ports.signal });
    const { proveImage } = await import('./promote/prove.ts');
    const proven = await proveImage(choice, given, await ports.readSourceRevision(), ports);
    const { preparePromotion } = await import('./promote/prepare.ts');
    const prepared = await preparePromotion(choice, proven, given, ports);
    if (given['dry-run']) return planned(prepared);
    const { carryOut } = await import('./promote/carry-out.ts');
    const done = await carryOut(prepared, ports);
    const story = storyOf(prepared, done);
    if (given.release && done.cause === undefined) await writeReleaseNotes(given.release, story, given, ports);
    return promoted(story);
  },
});

function storyOf({ choice, proven, version, promoted: definitions, settled }: PreparedPromotion, done: CarriedOut) {
  const { demanded, proven: isProven, wrong, override, commit, image } = proven;
  return {
    environment: choice.environment,
    from: choice.from,
    digest: image.manifest.digest,
    commit,
    version,
    decision: { demanded, proven: isProven },
    wrong,
    override,
    promoted: definitions,
    settled,
    ...done,
  } satisfies PromotionStory;
}

function outputsOf(story: Pick<PromotionStory, 'digest' | 'version' | 'decision'>) {
  return { digest: story.digest, version: story.version ?? '', proven: String(story.decision.proven) };
}

function planned(prepared: PreparedPromotion): CommandResult {
  const { choice, plan, settled, stamp, delivery } = prepared;
  const story = storyOf(prepared, { unrecorded: [] });
  const changed = plan.definitions.filter(({ action }) => action !== 'unchanged').length;
  const tested = choice.targets.filter(({ region, smokeTest }) => smokeTest && !settled.has(region)).length;
  const differs = changed > 0 || tested > 0;
  const what = `${count(changed, 'definition')} would be registered and ${count(tested, 'region')} of ${choice.environment} smoke tested`;
  return {
    exitCode: differs ? 2 : 0,
    failure: differs ? what : undefined,
    outputs: { ...outputsOf(story), definitions: '[]', 'rolled-back': 'false', 'not-rolled-back': '[]' },
    report: [...reportPlannedPromotion(story), ...reportPlan(plan, { id: stamp.planId ?? '', image: story.digest })],
    json: {
      digest: story.digest,
      version: story.version,
      proven: story.decision.proven,
      tags: [...delivery.tags.fixed, ...delivery.tags.moving],
      definitions: plan.definitions.map(({ definition: { target, tier, family, name }, action }) => {
        return { environment: target.environment, region: target.region, tier, family, name, action };
      }),
    },
  };
}

function promoted(story: PromotionStory): CommandResult {
  const definitions = listRegistered(story.registered?.definitions ?? []);
  const { restored = [], movedTags = [] } = story;
  const failures = [
    story.cause,
    ...story.unrecorded,
    ...describeUnmoved(movedTags),
    describeBack(story.environment, story),
  ].filter(each => each !== undefined);
  return {
    exitCode: failures.length > 0 ? 1 : 0,
    failure: failures.length > 0 ? failures.join('\n') : undefined,
    outputs: {
      ...outputsOf(story),
      definitions: JSON.stringify(definitions),
      'rolled-back': String(isTakenBack(story)),
      'not-rolled-back': JSON.stringify(findNotBack(restored).map(describeRestored)),
    },
    report: reportPromotion(story),
    json: {
      digest: story.digest,
      version: story.version,
      commit: story.commit,
      proven: story.decision.proven,
      override: story.override,
      definitions,
      smoke: story.smoke?.runs.map(({ environment, region, verdict, jobId, reason }) => {
        return { environment, region, verdict, jobId, reason };
      }),
      movedTags,
      failure: story.cause,
      restored: restored.map(describeRestored),
    },
  };
}

function describeRestored({ promoted: { planned, before }, outcome, live, unknown }: RestoredDefinition) {
  const { target, tier, name } = planned.definition;
  const { environment, region } = target;
  return { environment, region, tier, name, before, ...outcome, live, unknown };
}

/** What GitHub refuses never fails the step: the promotion itself was made. */
async function writeReleaseNotes(tag: string, story: PromotionStory, given: Given, ports: Ports): Promise<void> {
  const { github, notify } = ports;
  const warn = (why: string) =>
    notify({ type: 'message', level: 'warning', text: `The notes of release ${tag} were not written: ${why}` });
  const token = given['github-token'];
  if (!token) return warn('there is no token. Give `github-token: ${{ github.token }}` with `contents: write`.');
  notify({ type: 'secret', value: token });
  try {
    const marker = `<!-- batchwright: ${story.environment} -->`;
    const body = renderMarkdown(reportLive(story));
    const { url, how } = await github.upsertReleaseNotes({ token, tag, marker, body });
    notify({ type: 'message', level: 'info', text: `The notes of release ${tag} were ${how}: ${url}` });
  } catch (error) {
    // Our own mistake is not GitHub's.
    if (!(error instanceof RemoteError || error instanceof ConfigurationError)) throw error;
    warn(error.message);
  }
}
