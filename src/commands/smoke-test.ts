import { guardAccount } from '../account.ts';
import type { TargetConfig } from '../config/model.ts';
import { ConfigurationError } from '../errors.ts';
import { flag, integer, text } from '../inputs.ts';
import type { SmokeTestTarget } from '../jobs/plan-smoke-test.ts';
import { reportSmokeTest } from '../report/smoke-test.ts';
import { defineCommand, type Ports } from './command.ts';
import { loadTargets, targetInputs } from './load.ts';
import { findLatestRevision, parseDefinitionsInput, type RegisteredDefinition } from './registered-definitions.ts';

/** Submits a small array job on the exact revision in every region and says, per child, how it ended and why. */
export const smokeTestCommand = defineCommand({
  name: 'smoke-test',
  inputs: {
    ...targetInputs,
    tier: text,
    definitions: text,
    size: integer(1, 10_000),
    'deadline-seconds': integer(1, 86_400),
    'run-id': text,
    'skip-idempotence': flag,
  },
  run: async (inputs, ports) => {
    const { config, targets } = await loadTargets(inputs, ports);
    await guardAccount(targets, ports.aws, { abortSignal: ports.signal });
    const { smokeTest } = await import('../jobs/smoke-test.ts');
    const registered = inputs.definitions ? parseDefinitionsInput(inputs.definitions) : undefined;
    const chosen = targets.map(target => withInputs(target, inputs));
    ports.notify({ type: 'step', title: 'Smoke test' });
    const tested: SmokeTestTarget[] = await Promise.all(
      chosen.map(async target => ({
        config: target,
        jobDefinitionArn: await findArn(config, target, registered, ports),
      })),
    );
    const result = await smokeTest(
      {
        targets: tested,
        runId: inputs['run-id'] ?? newRunId(ports),
        consoleLinks: !ports.localAws,
        pauses: ports.localAws ? LOCAL_PAUSES : undefined,
      },
      ports,
    );
    const runs = result.runs.map(({ environment, region, verdict, jobId, jobDefinitionArn, runId, reason }) => ({
      environment,
      region,
      verdict,
      jobId,
      jobDefinitionArn,
      runId,
      reason,
    }));
    const bad = result.runs.filter(({ verdict }) => verdict !== 'passed');
    return {
      exitCode: result.passed ? 0 : 1,
      failure: result.passed
        ? undefined
        : bad.map(run => `${run.environment} ${run.region} ${run.verdict}: ${run.reason ?? 'see above'}`).join('\n'),
      outputs: {
        passed: String(result.passed),
        'failed-children': String(
          result.runs.flatMap(({ children }) => children).filter(({ failure }) => failure).length,
        ),
        runs: JSON.stringify(runs),
      },
      report: reportSmokeTest(result),
      json: result,
    };
  },
});

function withInputs(
  target: TargetConfig,
  inputs: {
    readonly tier: string | undefined;
    readonly size: number | undefined;
    readonly 'deadline-seconds': number | undefined;
    readonly 'skip-idempotence': boolean;
  },
): TargetConfig {
  const { smokeTest } = target;
  if (!smokeTest) {
    throw new ConfigurationError({
      message: `environment "${target.environment}" has no smokeTest in the configuration`,
      remedy: 'Add a `smokeTest` section: which tier, which priority, how many children.',
    });
  }
  return {
    ...target,
    smokeTest: {
      ...smokeTest,
      ...(inputs.tier && { tier: inputs.tier }),
      ...(inputs.size && { size: inputs.size }),
      ...(inputs['deadline-seconds'] && { deadlineSeconds: inputs['deadline-seconds'] }),
      ...(inputs['skip-idempotence'] && { idempotence: false }),
    },
  };
}

/** Nobody throttles reads there. */
const LOCAL_PAUSES = { firstMilliseconds: 200, longestMilliseconds: 1000 };

/** The revision that register has just made, or, when run by hand, the newest ACTIVE one. */
async function findArn(
  config: Awaited<ReturnType<typeof loadTargets>>['config'],
  target: TargetConfig,
  registered: readonly RegisteredDefinition[] | undefined,
  ports: Ports,
): Promise<string> {
  const { family, tier } = target.smokeTest ?? {};
  const definition = config
    .resolveDefinitions(target)
    .find(one => one.family.name === family && one.tier.name === tier);
  if (!definition)
    throw new ConfigurationError(
      `smokeTest names family "${family}" in tier "${tier}", which ${target.environment} does not have`,
    );
  if (!registered) return findLatestRevision(definition.jobDefinitionName, target.region, ports);
  const match = registered.find(
    one =>
      one.environment === target.environment &&
      one.region === target.region &&
      one.name === definition.jobDefinitionName,
  );
  if (match?.arn) return match.arn;
  throw new ConfigurationError({
    message: `input "definitions" holds no revision of ${definition.jobDefinitionName} in ${target.environment} ${target.region}`,
    remedy:
      "Give register's `definitions` output of the same environments and regions, and let that step succeed first.",
  });
}

/** Sortable, and unlike any other run's: the second plus six random characters. */
function newRunId({ clock }: Ports): string {
  const time = new Date(clock.now())
    .toISOString()
    .replace(/[-:]|\..*$/g, '')
    .toLowerCase();
  return `smoke-${time}-${globalThis.crypto.randomUUID().slice(0, 6)}`;
}
