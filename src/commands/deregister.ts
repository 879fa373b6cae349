import { guardAccount } from '../account.ts';
import { selectDefinitions } from '../config/select-targets.ts';
import { flag } from '../inputs.ts';
import { count } from '../report/format.ts';
import { reportDeregistered, reportRetirementPlan } from '../report/rollback.ts';
import { defineCommand } from './command.ts';
import { definitionInputs, loadTargets } from './load.ts';

/** Deregisters the revisions that `retention` lets go, and says of each what happened. */
export const deregisterCommand = defineCommand({
  name: 'deregister',
  inputs: { ...definitionInputs, 'dry-run': flag },
  run: async (inputs, ports) => {
    const { config, targets } = await loadTargets(inputs, ports);
    await guardAccount(targets, ports.aws, { abortSignal: ports.signal });
    const { planRetirement } = await import('../definitions/plan-retirement.ts');
    const { deregisterRevisions } = await import('../definitions/deregister-revisions.ts');
    const configs = targets.flatMap(target => selectDefinitions(config, target, inputs.tier));
    ports.notify({ type: 'step', title: 'Look for revisions that nobody needs' });
    const planned = await planRetirement(configs, ports);
    const revisions = planned.flatMap(({ config: { region }, retire }) =>
      retire.map(revision => ({ region, revision })),
    );
    const report = reportRetirementPlan(planned);
    const arns = revisions.map(({ revision }) => revision.arn);
    if (inputs['dry-run'] || revisions.length === 0) {
      const failure = revisions.length > 0 ? `${count(revisions.length, 'revision')} would be deregistered` : undefined;
      return {
        exitCode: failure ? 2 : 0,
        failure,
        outputs: { deregistered: '0', failed: '0' },
        report,
        json: arns.map(arn => ({ arn, status: 'planned' })),
      };
    }
    const outcomes = await deregisterRevisions(revisions, ports);
    const done = [...outcomes.values()].filter(({ status }) => status === 'deregistered').length;
    const bad = revisions.length - done;
    return {
      exitCode: bad > 0 ? 1 : 0,
      failure: bad > 0 ? `${bad} of ${revisions.length} revisions are still ACTIVE, see the report` : undefined,
      outputs: { deregistered: String(done), failed: String(bad) },
      report: [...report, ...reportDeregistered(outcomes)],
      json: [...outcomes].map(([{ revision }, outcome]) => ({
        arn: revision.arn,
        status: outcome.status,
        ...('error' in outcome && { error: outcome.error.message }),
      })),
    };
  },
});
