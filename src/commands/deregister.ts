import { guardAccount } from '../account.ts';
import type { Config, TargetConfig } from '../config/model.ts';
import { selectDefinitions } from '../config/select-targets.ts';
import { ConfigurationError } from '../errors.ts';
import { flag, integer } from '../inputs.ts';
import { count } from '../report/format.ts';
import { reportDeregistered, reportImages, reportRetirementPlan } from '../report/rollback.ts';
import { defineCommand, type Ports } from './command.ts';
import { definitionInputs, loadTargets } from './load.ts';
import { readPinned } from './runs/pinned.ts';

/** Deregisters the revisions that `retention` lets go, and says of each what happened. */
export const deregisterCommand = defineCommand({
  name: 'deregister',
  inputs: { ...definitionInputs, images: flag, 'images-older-than-days': integer(1, 36_500), 'dry-run': flag },
  run: async (inputs, ports) => {
    const { config, targets } = await loadTargets(inputs, ports);
    await guardAccount(targets, ports.aws, { abortSignal: ports.signal });
    const { planRetirement } = await import('../definitions/plan-retirement.ts');
    const { deregisterRevisions } = await import('../definitions/deregister-revisions.ts');
    const configs = targets.flatMap(target => selectDefinitions(config, target, inputs.tier));
    ports.notify({ type: 'step', title: 'Look for revisions that nobody needs' });
    const planned = await planRetirement(configs, asked => readPinned(asked, config, ports), ports);
    const revisions = planned.flatMap(({ config: { region }, retire }) =>
      retire.map(revision => ({ region, revision })),
    );
    const report = reportRetirementPlan(planned);
    if (inputs['dry-run']) {
      const images = inputs.images ? await planImages(config, targets, inputs['images-older-than-days'], ports) : [];
      const going = images.reduce((sum, { digests }) => sum + digests.length, 0);
      const what = [
        ...(revisions.length > 0 ? [count(revisions.length, 'revision')] : []),
        ...(going > 0 ? [`${count(going, 'image')} of today, and those of these revisions,`] : []),
      ];
      const failure = what.length > 0 ? `${what.join(' and ')} would be removed` : undefined;
      return {
        exitCode: failure ? 2 : 0,
        failure,
        outputs: { deregistered: '0', 'removed-images': '0', failed: '0' },
        report: [...report, ...reportImages(images, [])],
        json: { revisions: revisions.map(({ revision }) => ({ arn: revision.arn, status: 'planned' })), images },
      };
    }
    const outcomes = await deregisterRevisions(revisions, ports);
    const done = [...outcomes.values()].filter(({ status }) => status === 'deregistered').length;
    const bad = revisions.length - done;
    // What the revisions that have just gone named is looked at with them gone.
    const images = inputs.images
      ? await retireImages(config, targets, inputs['images-older-than-days'], ports)
      : { planned: [], failures: [] };
    const going = images.planned.reduce((sum, { digests }) => sum + digests.length, 0);
    const failures = [
      ...(bad > 0 ? [`${bad} of ${revisions.length} revisions are still ACTIVE, see the report`] : []),
      ...(images.failures.length > 0
        ? [`${images.failures.length} of ${going} images are still in ECR, see the report`]
        : []),
    ];
    return {
      exitCode: failures.length > 0 ? 1 : 0,
      failure: failures.length > 0 ? failures.join('\n') : undefined,
      outputs: {
        deregistered: String(done),
        'removed-images': String(going - images.failures.length),
        failed: String(bad + images.failures.length),
      },
      report: [...report, ...reportDeregistered(outcomes), ...reportImages(images.planned, images.failures)],
      json: {
        revisions: [...outcomes].map(([{ revision }, outcome]) => ({
          arn: revision.arn,
          status: outcome.status,
          ...('error' in outcome && { error: outcome.error.message }),
        })),
        images: images.planned,
        failures: images.failures,
      },
    };
  },
});

/** Long enough that what was built but is not registered yet stays. */
const IMAGE_DAYS = 7;

async function planImages(config: Config, chosen: readonly TargetConfig[], days: number | undefined, ports: Ports) {
  const { planImageRetirement } = await import('../definitions/retire-images.ts');
  const all = config.targets.map(target => {
    const resolved = config.resolveTarget(target);
    return { ...resolved, registry: resolved.registry ?? ports.registryHost(target) };
  });
  return planImageRetirement({ targets: all, account: accountOf(chosen), days: days ?? IMAGE_DAYS }, ports);
}

async function retireImages(config: Config, chosen: readonly TargetConfig[], days: number | undefined, ports: Ports) {
  ports.notify({ type: 'step', title: 'Look for images that nothing ACTIVE names' });
  const { removeImages } = await import('../definitions/retire-images.ts');
  const planned = await planImages(config, chosen, days, ports);
  return { planned, failures: await removeImages(planned, accountOf(chosen), ports) };
}

/** The guard has seen to it that all are of one account. */
function accountOf([first]: readonly TargetConfig[]): string {
  if (first) return first.account;
  throw new ConfigurationError('no target is chosen');
}
