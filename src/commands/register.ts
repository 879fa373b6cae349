import { guardAccount } from '../account.ts';
import type { RegisterResult, RegistrationPlan } from '../definitions/model.ts';
import { ConfigurationError } from '../errors.ts';
import { flag, oneOf, text } from '../inputs.ts';
import { count } from '../report/format.ts';
import { reportPlan } from '../report/plan.ts';
import { reportRegister } from '../report/register.ts';
import { type CommandResult, defineCommand } from './command.ts';
import { findCommitDigest, parseImageInput, releaseOfCommit } from './image-reference.ts';
import { definitionInputs, loadDefinitions, loadTargets } from './load.ts';

/** Registers what changed, in every region at once; all or nothing unless told to keep. */
export const registerCommand = defineCommand({
  name: 'register',
  inputs: { ...definitionInputs, image: text, 'on-failure': oneOf('undo', 'keep'), 'dry-run': flag },
  run: async (inputs, ports) => {
    const chosen = await loadTargets(inputs, ports);
    const [first] = chosen.targets;
    if (first === undefined) throw new Error('no target chosen, which selectTargets should have refused');
    await guardAccount(chosen.targets, ports.aws, { abortSignal: ports.signal });
    // Loaded only now, so that a step in the wrong account fails at once.
    const { countLevels, lintStep } = await import('./lint-step.ts');
    const { planRegistration } = await import('../definitions/plan.ts');
    const { applyRegistration } = await import('../definitions/register.ts');
    const source = await ports.readSourceRevision();
    const digest = inputs.image
      ? parseImageInput(inputs.image)
      : await findCommitDigest(requireCommit(source?.commit), first, ports);

    ports.notify({ type: 'step', title: 'Render and lint' });
    const definitions = await loadDefinitions(
      chosen,
      { tiers: inputs.tier, releaseOf: releaseOfCommit(digest, source, ports.registryHost) },
      ports,
    );
    const { errors } = countLevels(lintStep(definitions, chosen.config, ports.notify));
    if (errors > 0)
      throw new ConfigurationError(
        `lint found ${count(errors, 'error')} in ${count(definitions.length, 'definition')} (above); nothing was registered`,
      );

    ports.notify({ type: 'step', title: 'Register job definitions' });
    const plan = await planRegistration(definitions, ports);
    if (inputs['dry-run']) return planned(plan);
    const stamp = { commit: source?.commit, ref: source?.ref, runUrl: source?.runUrl, digest };
    const result = await applyRegistration(plan, { onFailure: inputs['on-failure'] ?? first.onFailure, stamp }, ports);
    return registered(result);
  },
});

function requireCommit(commit: string | undefined): string {
  if (commit) return commit;
  throw new ConfigurationError({
    message: 'no image was given, and without a commit none can be looked up',
    remedy: "Give `image`: build-push's `digest` output.",
  });
}

function planned(plan: RegistrationPlan): CommandResult {
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
    report: reportPlan(plan),
    json: plan.definitions.map(({ definition, action, diff, live }) => ({ ...nameOf(definition), action, diff, live })),
  };
}

function registered(result: RegisterResult): CommandResult {
  const number = (status: string) => result.definitions.filter(({ outcome }) => outcome.status === status).length;
  const definitions = result.definitions.map(({ definition, outcome }) => ({
    ...nameOf(definition),
    status: outcome.status,
    ...('arn' in outcome && { arn: outcome.arn, revision: outcome.revision }),
    ...('error' in outcome && { error: outcome.error.message }),
    ...('reason' in outcome && { reason: outcome.reason }),
  }));
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
