import { afterGuard, guardAccount } from '../account.ts';
import type { RegisterResult, RegistrationPlan } from '../definitions/model.ts';
import type { PlanFile } from '../definitions/parse-plan-file.ts';
import { ConfigurationError } from '../errors.ts';
import { flag, type InputValues, oneOf, text } from '../inputs.ts';
import { count } from '../report/format.ts';
import { reportPlan } from '../report/plan.ts';
import { reportRegister } from '../report/register.ts';
import { claimedSource, tellUnclaimed } from './claimed-source.ts';
import { type CommandResult, defineCommand, type Ports } from './command.ts';
import { definitionInputs, loadTargets, readLive } from './load.ts';
import { listRegistered } from './registered-definitions.ts';
import { renderRelease } from './render-release.ts';

/** Registers what changed, in every region at once; all or nothing unless told to keep. */
export const registerCommand = defineCommand({
  name: 'register',
  inputs: { ...definitionInputs, image: text, plan: text, 'on-failure': oneOf('undo', 'keep'), 'dry-run': flag },
  run: async (inputs, ports) => {
    const file = inputs.plan ? await readPlan(inputs.plan, inputs, ports) : undefined;
    const selection = file ? selectionOf(file, inputs.config) : inputs;
    const chosen = await loadTargets(selection, ports);
    const [first] = chosen.targets;
    if (first === undefined) throw new Error('no target chosen, which selectTargets should have refused');
    // All that is asked is asked at once, and rendered meanwhile; in the wrong account that is all that is done.
    const guarding = guardAccount(chosen.targets, ports.aws, { abortSignal: ports.signal });
    const readAt = ports.clock.now();
    const reading = readLive(chosen, selection.tier, ports);
    const rendering = renderRelease(chosen, selection, 'nothing was registered', ports);
    const { definitions, digest, source, images } = await afterGuard(guarding, rendering, [reading]);

    ports.notify({ type: 'step', title: 'Register job definitions' });
    const { planAgainst, toRegister, matchPlanFile, planId, applyRegistration } = await loadRegistration();
    const now = planAgainst(definitions, await reading);
    const plan = file ? matchPlanFile(file, now) : now;
    await images.require(toRegister(plan), 'Nothing was registered');
    const id = file?.id ?? planId(plan);
    if (inputs['dry-run']) return planned(plan, { id, image: digest });
    if (toRegister(plan).length > 0) tellUnclaimed(source, 'what is registered', ports);
    const { commit, ref, runUrl, version } = claimedSource(source) ?? {};
    const stamp = { commit, ref, runUrl, version, digest, planId: id };
    const options = { onFailure: inputs['on-failure'] ?? first.onFailure, stamp, readAt };
    const result = await applyRegistration(plan, options, ports);
    return registered(result);
  },
});

async function loadRegistration() {
  return {
    ...(await import('../definitions/plan.ts')),
    ...(await import('../definitions/plan-file.ts')),
    ...(await import('../definitions/register.ts')),
  };
}

/** What is applied stands in the plan alone, so nothing else may choose. Throws ConfigurationError. */
async function readPlan(
  path: string,
  inputs: InputValues<typeof definitionInputs> & { readonly image: string | undefined },
  { files }: Ports,
): Promise<PlanFile> {
  const others = (['environment', 'region', 'tier', 'image'] as const).filter(name => inputs[name]?.length);
  if (others.length > 0) {
    throw new ConfigurationError({
      message: `the plan ${path} says what is registered, so ${others.map(name => `"${name}"`).join(' and ')} cannot be given beside it`,
      remedy: 'Leave them out, or plan again with them.',
    });
  }
  const { parsePlanFile } = await import('../definitions/parse-plan-file.ts');
  return parsePlanFile(path, await files.readText(path));
}

function selectionOf({ definitions, image }: PlanFile, config: string | undefined) {
  const distinct = (member: 'environment' | 'region' | 'tier') => [...new Set(definitions.map(each => each[member]))];
  return { config, image, environment: distinct('environment'), region: distinct('region'), tier: distinct('tier') };
}

function planned(plan: RegistrationPlan, head: { id: string; image: string }): CommandResult {
  const changed = plan.definitions.filter(({ action }) => action !== 'unchanged').length;
  return {
    exitCode: changed > 0 ? 2 : 0,
    failure: changed > 0 ? `${count(changed, 'definition')} would be registered` : undefined,
    outputs: {
      changed: String(changed > 0),
      registered: '0',
      unchanged: String(plan.definitions.length - changed),
      failed: '0',
      definitions: '[]',
    },
    report: reportPlan(plan, head),
    json: plan.definitions.map(({ definition, action, diff, live }) => ({ ...nameOf(definition), action, diff, live })),
  };
}

function registered(result: RegisterResult): CommandResult {
  const number = (status: string) => result.definitions.filter(({ outcome }) => outcome.status === status).length;
  const definitions = listRegistered(result.definitions);
  return {
    exitCode: result.ok ? 0 : 1,
    failure: result.ok ? undefined : describeFailed(result),
    outputs: {
      changed: String(number('registered') + number('kept') > 0),
      registered: String(number('registered') + number('kept')),
      unchanged: String(number('unchanged')),
      failed: String(number('failed')),
      definitions: JSON.stringify(definitions),
    },
    report: reportRegister(result),
    json: { ok: result.ok, definitions },
  };
}

function describeFailed({ definitions }: RegisterResult): string {
  const errors = definitions.flatMap(({ outcome }) => (outcome.status === 'failed' ? [outcome.error.message] : []));
  return [...new Set(errors)].join('\n');
}

function nameOf({ target, tier, family, name }: RegistrationPlan['definitions'][number]['definition']) {
  return { environment: target.environment, region: target.region, tier, family, name };
}
