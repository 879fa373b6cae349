import { guardAccount } from '../account.ts';
import { selectDefinitions } from '../config/select-targets.ts';
import { commonDigest } from '../definitions/live-release.ts';
import { ConfigurationError } from '../errors.ts';
import { flag, oneOf, text } from '../inputs.ts';
import { count } from '../report/format.ts';
import { reportRegister } from '../report/register.ts';
import { reportDeregistered, reportRollbackPlan } from '../report/rollback.ts';
import { type CommandResult, defineCommand } from './command.ts';
import { definitionInputs, loadTargets } from './load.ts';

/** Makes older content live again, in all regions of one environment or in none. */
export const rollbackCommand = defineCommand({
  name: 'rollback',
  inputs: { ...definitionInputs, to: text, how: oneOf('register', 'deregister'), 'dry-run': flag },
  run: async (inputs, ports) => {
    const { config, targets } = await loadTargets(inputs, ports);
    const environments = [...new Set(targets.map(({ environment }) => environment))];
    const [environment, second] = environments;
    if (environment === undefined || second !== undefined) {
      throw new ConfigurationError({
        message: `a rollback is of one environment, and there are ${environments.join(', ')}`,
        remedy: `Say which with ${ports.nameInput('environment')}.`,
      });
    }
    await guardAccount(targets, ports.aws, { abortSignal: ports.signal });
    const { parseRollbackTarget } = await import('../definitions/choose-revision.ts');
    const { planRollback } = await import('../definitions/plan-rollback.ts');
    const target = parseRollbackTarget(inputs.to ?? 'previous');
    const configs = targets.flatMap(each =>
      selectDefinitions(config, each, inputs.tier).map(definition => ({ ...definition, registry: each.registry })),
    );
    ports.notify({ type: 'step', title: `Look for what ${environment} can go back to` });
    const planned = await planRollback(configs, target, ports);
    const moved = planned.filter(({ planned: { action } }) => action !== 'unchanged');
    const plan = reportRollbackPlan(planned, inputs.how ?? 'register');
    const outputs = {
      changed: String(moved.length > 0),
      digest: commonDigest(planned.map(({ source }) => source.described)) ?? '',
    };
    const json = planned.map(({ config: { region, tier, jobDefinitionName }, live, source }) => ({
      environment,
      region,
      tier: tier.name,
      name: jobDefinitionName,
      live: live.revision,
      to: source.revision,
    }));
    if (inputs['dry-run'] || moved.length === 0) {
      const failure = moved.length > 0 ? `${count(moved.length, 'definition')} would be rolled back` : undefined;
      return { exitCode: failure ? 2 : 0, failure, outputs: { ...outputs, definitions: '[]' }, report: plan, json };
    }
    ports.notify({ type: 'step', title: `Roll ${environment} back` });
    if (inputs.how === 'deregister') return { ...(await deregisterNewer(planned)), json };
    const { applyRegistration } = await import('../definitions/register.ts');
    const { planId } = await import('../definitions/plan-file.ts');
    const registration = { definitions: planned.map(each => each.planned) };
    const runUrl = (await ports.readSourceRevision())?.runUrl;
    const stamp = { runUrl, planId: planId(registration) };
    const result = await applyRegistration(registration, { onFailure: 'undo', stamp }, ports);
    const definitions = result.definitions.map(({ definition, outcome }) => ({
      environment,
      region: definition.target.region,
      tier: definition.tier,
      family: definition.family,
      name: definition.name,
      status: outcome.status,
      ...('arn' in outcome && { arn: outcome.arn, revision: outcome.revision }),
    }));
    const errors = result.definitions.flatMap(({ outcome }) =>
      outcome.status === 'failed' ? [outcome.error.message] : [],
    );
    return {
      exitCode: result.ok ? 0 : 1,
      failure: result.ok ? undefined : [...new Set(errors)].join('\n'),
      outputs: { ...outputs, definitions: JSON.stringify(definitions) },
      report: [
        ...plan,
        ...reportRegister({ ...result, definitions: result.definitions.map(one => ({ ...one, diff: [] })) }),
      ],
      json: { ok: result.ok, definitions },
    };

    async function deregisterNewer(all: typeof planned): Promise<Omit<CommandResult, 'json'>> {
      const { deregisterRevisions } = await import('../definitions/deregister-revisions.ts');
      const { requireUnused } = await import('../definitions/require-unused.ts');
      const revisions = all.flatMap(({ config: { region }, newer }) => newer.map(revision => ({ region, revision })));
      await requireUnused(all, ports);
      const outcomes = await deregisterRevisions(revisions, ports);
      const bad = [...outcomes.values()].filter(({ status }) => status !== 'deregistered');
      return {
        exitCode: bad.length > 0 ? 1 : 0,
        failure:
          bad.length > 0
            ? `${bad.length} of ${revisions.length} revisions are still ACTIVE, see the report`
            : undefined,
        outputs: { ...outputs, definitions: '[]' },
        report: [...plan, ...reportDeregistered(outcomes)],
      };
    }
  },
});
