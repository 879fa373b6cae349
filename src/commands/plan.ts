import { afterGuard, guardAccount } from '../account.ts';
import type { DefinitionConfig } from '../config/model.ts';
import type { LiveFleet } from '../definitions/live.ts';
import type { RegistrationPlan, Release } from '../definitions/model.ts';
import type { PlanFile } from '../definitions/parse-plan-file.ts';
import type { SourceRevision } from '../image/model.ts';
import { flag, type InputValues, text } from '../inputs.ts';
import { count } from '../report/format.ts';
import { reportPlan } from '../report/plan.ts';
import { claimedSource, tellUnclaimed } from './claimed-source.ts';
import { type CommandResult, defineCommand, type Ports } from './command.ts';
import { PLACEHOLDER_DIGEST, referenceOf } from './image-reference.ts';
import { type Chosen, definitionInputs, loadTargets, readLive } from './load.ts';
import { commentOnPullRequest } from './plan-comment.ts';
import { type RenderedRelease, renderRelease } from './render-release.ts';

/** In place of an image: each definition keeps the one that is live, so that only what else differs is shown. */
const LIVE = 'live';

const inputs = {
  ...definitionInputs,
  image: text,
  'plan-file': text,
  'fail-on-changes': flag,
  comment: flag,
  'github-token': text,
};

/** Compares everything in the configuration with what is live, in all regions at once, and changes nothing. */
export const planCommand = defineCommand({
  name: 'plan',
  inputs,
  run: async (given, ports) => {
    const chosen = await loadTargets(given, ports);
    const guarding = guardAccount(chosen.targets, ports.aws, { abortSignal: ports.signal });
    const reading = readLive(chosen, given.tier, ports);
    const rendering: Promise<Rendered> =
      given.image === LIVE
        ? renderLive(chosen, given, reading, ports)
        : renderRelease(chosen, given, 'nothing was compared', ports);
    const { definitions, digest, source, images } = await afterGuard(guarding, rendering, [reading]);

    ports.notify({ type: 'step', title: 'Compare with what is live' });
    const { planAgainst, toRegister } = await import('../definitions/plan.ts');
    const { createPlanFile } = await import('../definitions/plan-file.ts');
    const { retireAfter } = await import('../definitions/plan-retirement.ts');
    const fleet = await reading;
    const plan = planAgainst(definitions, fleet);
    await images?.require(toRegister(plan), 'Nothing was planned, since it could not be registered');
    const { commit, ref } = claimedSource(source) ?? {};
    const file = createPlanFile(plan, { image: digest, commit, ref });
    const path = given['plan-file'];
    if (path) {
      tellUnclaimed(source, `the plan ${file.id}`, ports);
      await writePlan(path, file, ports);
    }
    const retired = retireAfter(plan, fleet, ports.clock.now());
    const report = reportPlan(plan, file, retired);
    if (given.comment) await commentOnPullRequest({ chosen, report, token: given['github-token'], id: file.id }, ports);
    return { ...summarise(plan, file), report, ...failing(plan, given) };
  },
});

type Rendered = Omit<RenderedRelease, 'images'> & Partial<RenderedRelease>;

/** Without a look for the images: they are those that run already. */
async function renderLive(
  chosen: Chosen,
  { tier }: { readonly tier: readonly string[] },
  reading: Promise<LiveFleet>,
  ports: Ports,
): Promise<Rendered> {
  const { renderAndLint } = await import('./lint-step.ts');
  const source = await ports.readSourceRevision();
  const releaseOf = await releaseOfLive(await reading, source, ports);
  const definitions = await renderAndLint(chosen, { tiers: tier, releaseOf }, 'nothing was compared', ports);
  return { definitions, digest: LIVE, source };
}

async function releaseOfLive(
  fleet: LiveFleet,
  source: SourceRevision | undefined,
  { registryHost }: Ports,
): Promise<(config: DefinitionConfig) => Release> {
  const { liveRelease } = await import('../definitions/live-release.ts');
  return config => {
    const newest = fleet.get(config.region)?.get(config.jobDefinitionName)?.at(-1);
    const live = newest && liveRelease(newest, source);
    return live ?? { image: referenceOf(PLACEHOLDER_DIGEST, config, registryHost), source };
  };
}

async function writePlan(path: string, file: PlanFile, { writeText, notify }: Ports): Promise<void> {
  await writeText(path, `${JSON.stringify(file, null, 2)}\n`);
  const use = file.image === LIVE ? '' : ` Apply exactly it: batchwright register --plan ${path}`;
  notify({ type: 'message', level: 'info', text: `The plan ${file.id} is in ${path}.${use}` });
}

function summarise(plan: RegistrationPlan, file: PlanFile) {
  const number = (action: string) => plan.definitions.filter(planned => planned.action === action).length;
  const unchanged = number('unchanged');
  return {
    outputs: {
      'plan-id': file.id,
      differs: String(unchanged < plan.definitions.length),
      new: String(number('register-new')),
      changed: String(number('register-changed')),
      unchanged: String(unchanged),
    },
    json: file,
  };
}

function failing(
  { definitions }: RegistrationPlan,
  given: InputValues<typeof inputs>,
): Pick<CommandResult, 'exitCode' | 'failure'> {
  const differing = definitions.filter(({ action }) => action !== 'unchanged').length;
  if (differing === 0) return { exitCode: 0 };
  const what = given.image === LIVE ? 'what is live differs from this branch' : 'what is live differs from the plan';
  const failure = `${what} in ${count(differing, 'definition')}`;
  return { exitCode: 2, ...(given['fail-on-changes'] && { failure }) };
}
