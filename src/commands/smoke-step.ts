/** The smoke test as a step of a verb: on the revisions that were registered, and recorded where that is asked for. */
import type { Config, TargetConfig } from '../config/model.ts';
import { ConfigurationError } from '../errors.ts';
import type { SmokeTestResult } from '../jobs/model.ts';
import { LOCAL_PAUSES } from '../jobs/pace.ts';
import type { SmokeTestTarget } from '../jobs/plan-smoke-test.ts';
import type { FoundProof } from '../promote/model.ts';
import type { RecordRequest } from '../promote/record.ts';
import type { Ports } from './command.ts';
import { findLatestRevision, type RegisteredDefinition } from './registered-definitions.ts';

export interface SmokeStepRequest {
  readonly config: Config;
  /** Each with its smokeTest. */
  readonly targets: readonly TargetConfig[];
  /** The exact revisions; undefined: the newest ACTIVE ones. */
  readonly registered: readonly RegisteredDefinition[] | undefined;
  /** Made of the time when undefined. */
  readonly runId?: string | undefined;
}

/** Throws ConfigurationError, before anything is submitted, when a revision is missing. */
export async function runSmokeTests(
  { config, targets, registered, runId }: SmokeStepRequest,
  ports: Ports,
): Promise<SmokeTestResult> {
  const { smokeTest } = await import('../jobs/smoke-test.ts');
  const tested: SmokeTestTarget[] = await Promise.all(
    targets.map(async target => ({
      config: target,
      jobDefinitionArn: await findArn(config, target, registered, ports),
    })),
  );
  return await smokeTest(
    {
      targets: tested,
      runId: runId ?? newRunId(ports),
      consoleLinks: !ports.localAws,
      // A local AWS throttles nobody, and has every line of the log when a job has ended.
      ...(ports.localAws && { pauses: LOCAL_PAUSES, logGraceSeconds: 0, logCallsPerSecond: Number.POSITIVE_INFINITY }),
    },
    ports,
  );
}

export interface RecordedSmokeTests {
  readonly recorded: readonly FoundProof[];
  /** One sentence for each region whose proof could not be stored. */
  readonly failures: readonly string[];
  readonly outputs: Readonly<
    Record<'evidence' | 'predicate' | 'predicate-type' | 'subject-name' | 'subject-digest', string>
  >;
  readonly list: readonly {
    readonly environment: string;
    readonly region: string;
    readonly result: string;
    /** Of the image. */
    readonly digest: string;
    /** Digest of the artifact. */
    readonly evidence: string;
  }[];
}

/**
 * Records what was tested beside the images, and writes what `actions/attest` signs to a file: one predicate over all regions of one
 * image. Two images cannot be signed for with one statement, so then there is none, which is said.
 */
export async function recordSmokeTests(request: RecordRequest, ports: Ports): Promise<RecordedSmokeTests> {
  ports.notify({ type: 'step', title: 'Record the smoke test beside the image' });
  const { recordEvidence } = await import('../promote/record.ts');
  const { recorded, failures } = await recordEvidence(request, ports);
  const list = recorded.map(({ environment, region, result, digest, stored }) => {
    return { environment, region, result, digest, evidence: stored.manifest.digest };
  });
  return {
    recorded,
    failures: failures.map(
      ({ environment, region, error }) => `${environment} ${region}: the proof was not stored: ${error.message}`,
    ),
    outputs: { evidence: JSON.stringify(list), ...(await writePredicate(recorded, request.targets, ports)) },
    list,
  };
}

async function writePredicate(
  recorded: readonly FoundProof[],
  targets: readonly TargetConfig[],
  { temporaryFolder, writeText, notify, clock }: Ports,
): Promise<Omit<RecordedSmokeTests['outputs'], 'evidence'>> {
  const nothing = { predicate: '', 'predicate-type': '', 'subject-name': '', 'subject-digest': '' };
  const [first, ...others] = new Set(recorded.map(({ digest }) => digest));
  if (first === undefined) return nothing;
  if (others.length > 0) {
    const text = `${others.length + 1} different images were tested, so there is no one statement to sign. Test one environment at a time.`;
    notify({ type: 'message', level: 'notice', text });
    return nothing;
  }
  const { describePredicate, PREDICATE_TYPE } = await import('../promote/statement.ts');
  const path = `${temporaryFolder}/batchwright-test-result-${recorded[0]?.runId ?? clock.now()}.json`;
  await writeText(path, `${JSON.stringify(describePredicate(recorded), null, 2)}\n`);
  const { environment, region } = recorded[0] ?? {};
  const target = targets.find(each => each.environment === environment && each.region === region);
  return {
    predicate: path,
    'predicate-type': PREDICATE_TYPE,
    'subject-name': target ? `${target.registry}/${target.image.repository}` : '',
    'subject-digest': first,
  };
}

/** The revision that register has just made, or, when run by hand, the newest ACTIVE one. */
async function findArn(
  config: Config,
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
