import { guardAccount } from '../account.ts';
import type { TargetConfig } from '../config/model.ts';
import { ConfigurationError } from '../errors.ts';
import { flag, integer, text } from '../inputs.ts';
import { reportRecorded } from '../report/evidence.ts';
import { reportSmokeTest } from '../report/smoke-test.ts';
import { claimedSource } from './claimed-source.ts';
import { defineCommand } from './command.ts';
import { loadTargets, targetInputs } from './load.ts';
import { parseDefinitionsInput } from './registered-definitions.ts';

/** Outputs of a test that was not recorded. */
const NO_EVIDENCE = { evidence: '[]', predicate: '', 'predicate-type': '', 'subject-name': '', 'subject-digest': '' };

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
    record: flag,
  },
  run: async (inputs, ports) => {
    const { config, targets } = await loadTargets(inputs, ports);
    await guardAccount(targets, ports.aws, { abortSignal: ports.signal });
    const { runSmokeTests, recordSmokeTests } = await import('./smoke-step.ts');
    const registered = inputs.definitions ? parseDefinitionsInput(inputs.definitions) : undefined;
    const chosen = targets.map(target => withInputs(target, inputs));
    ports.notify({ type: 'step', title: 'Smoke test' });
    const result = await runSmokeTests({ config, targets: chosen, registered, runId: inputs['run-id'] }, ports);
    const evidence = inputs.record
      ? await recordSmokeTests(
          { runs: result.runs, targets: chosen, source: claimedSource(await ports.readSourceRevision()) },
          ports,
        )
      : undefined;
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
    const failures = [
      ...bad.map(run => `${run.environment} ${run.region} ${run.verdict}: ${run.reason ?? 'see above'}`),
      ...(evidence?.failures ?? []),
    ];
    return {
      exitCode: failures.length === 0 ? 0 : 1,
      failure: failures.length === 0 ? undefined : failures.join('\n'),
      outputs: {
        passed: String(result.passed),
        'failed-children': String(
          result.runs.flatMap(({ children }) => children).filter(({ failure }) => failure).length,
        ),
        runs: JSON.stringify(runs),
        ...(evidence?.outputs ?? NO_EVIDENCE),
      },
      report: [...reportSmokeTest(result), ...(evidence ? reportRecorded(evidence.recorded, evidence.failures) : [])],
      json: evidence ? { ...result, evidence: evidence.list } : result,
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
