/** Smoke tests that ended, recorded beside the images that they tested. */
import type { JobDefinition } from '@aws-sdk/client-batch';
import type { TargetConfig } from '../config/model.ts';
import { batchError } from '../definitions/batch-error.ts';
import { canonicalDefinition, contentHash } from '../definitions/canonical.ts';
import { digestOf as digestOfReference, imagesOf } from '../definitions/live-release.ts';
import { ConfigurationError, RemoteError } from '../errors.ts';
import type { ImagePorts, SourceRevision } from '../image/model.ts';
import { readManifest } from '../image/registry/manifests.ts';
import type { SmokeTestRun } from '../jobs/model.ts';
import { nameChild } from '../jobs/verdict.ts';
import type { AwsPorts } from '../ports.ts';
import { describeEvidence, writeEvidence } from './evidence.ts';
import type { FoundProof, Proof } from './model.ts';
import { createOpener, type OpenPlace } from './places.ts';

export type RecordPorts = Omit<ImagePorts, 'aws'> & { readonly aws: Pick<AwsPorts, 'ecr' | 'batch'> };

export interface RecordRequest {
  readonly runs: readonly SmokeTestRun[];
  readonly targets: readonly TargetConfig[];
  readonly source: Pick<SourceRevision, 'commit' | 'version' | 'runUrl'> | undefined;
  /** Why the image was promoted unproven. */
  readonly override?: string | undefined;
}

export interface RecordResult {
  readonly recorded: readonly FoundProof[];
  /** A proof that was not stored is none. */
  readonly failures: readonly { readonly region: string; readonly environment: string; readonly error: Error }[];
}

/** It may hold a program's last words. */
const LONGEST_REASON = 1000;
/** What never ran to a verdict says nothing of the image; and how it is told. */
const NOT_TESTED: Partial<Record<SmokeTestRun['verdict'], string>> = {
  cancelled: 'was cancelled',
  'not-submitted': 'was not submitted',
  undecided: 'could not be followed to its end',
};

/**
 * Writes a statement for every region whose smoke test came to a verdict, passed or not. The image is the one that the tested revision
 * names, whatever anybody says. One region's failure hinders no other; throws only when aborted.
 */
export async function recordEvidence(request: RecordRequest, ports: RecordPorts): Promise<RecordResult> {
  const tested = request.runs.filter(({ verdict }) => NOT_TESTED[verdict] === undefined);
  for (const { environment, region, verdict } of request.runs.filter(run => !tested.includes(run))) {
    const text = `${environment} ${region}: nothing is recorded, since the smoke test ${NOT_TESTED[verdict]}`;
    ports.notify({ type: 'message', level: 'warning', text });
  }
  const open = createOpener(ports);
  const outcomes = await Promise.all(
    tested.map(async run => {
      const { environment, region } = run;
      try {
        return { recorded: [await recordRun(run, request, open, ports)], failures: [] };
      } catch (error) {
        ports.signal?.throwIfAborted();
        const failed = error instanceof Error ? error : new Error(String(error));
        return { recorded: [], failures: [{ environment, region, error: failed }] };
      }
    }),
  );
  return {
    recorded: outcomes.flatMap(({ recorded }) => recorded),
    failures: outcomes.flatMap(({ failures }) => failures),
  };
}

async function recordRun(
  run: SmokeTestRun,
  { targets, source, override }: RecordRequest,
  open: OpenPlace,
  ports: RecordPorts,
): Promise<FoundProof> {
  const { environment, region } = run;
  const target = targets.find(each => each.environment === environment && each.region === region);
  if (!target) throw new Error(`${environment} ${region} was tested but is no target`);
  const described = await describeRevision(run, ports);
  const repository = open(target);
  const digest = readTestedDigest(described, repository.address, run);
  const image = await readManifest(repository, digest);
  if (!image) {
    throw new RemoteError(
      {
        doing: `recording the smoke test of ${environment} in ${region}`,
        operation: 'GET manifest',
        target: `${repository.name} in ${region}`,
        remedy: 'Push it again and test again: evidence stands beside its image.',
      },
      `the tested image ${digest} is no longer there`,
    );
  }
  const proof = describeProof(run, { described, digest, tier: target.smokeTest?.tier, source, override });
  const stored = describeEvidence(proof, image, repository.address);
  await writeEvidence(repository, digest, stored);
  const text = `${environment} ${region}: recorded ${proof.result} of ${digest} as ${stored.manifest.digest}`;
  ports.notify({ type: 'message', level: 'info', text });
  return { ...proof, stored };
}

async function describeRevision(
  { region, jobDefinitionArn }: SmokeTestRun,
  { aws, signal }: RecordPorts,
): Promise<JobDefinition> {
  const name = `${jobDefinitionArn.split('/').at(-1)} in ${region}`;
  try {
    const batch = await aws.batch(region);
    const options = signal ? { abortSignal: signal } : {};
    const { jobDefinitions = [] } = await batch.describeJobDefinitions({ jobDefinitions: [jobDefinitionArn] }, options);
    const [described] = jobDefinitions;
    if (described) return described;
  } catch (error) {
    throw batchError('DescribeJobDefinitions', name, error);
  }
  throw batchError('DescribeJobDefinitions', name, new Error('Batch does not know the revision that was tested'));
}

/** The one digest of the target's own repository that the revision runs. */
function readTestedDigest(described: JobDefinition, address: string, { environment, region }: SmokeTestRun): string {
  const own = imagesOf(described).filter(image => image.startsWith(`${address}@`) || image.startsWith(`${address}:`));
  const digests = new Set(own.flatMap(image => digestOfReference(image) ?? []));
  const [digest] = digests;
  if (digest !== undefined && digests.size === 1) return digest;
  const names = [...new Set(imagesOf(described))].join(', ') || 'no image';
  throw new ConfigurationError({
    message: `the smoke test of ${environment} in ${region} cannot be recorded: ${described.jobDefinitionName}:${described.revision} names ${names}, which is not one digest of ${address}`,
    remedy: 'Register definitions whose image is the digest that build-push gave.',
  });
}

function describeProof(
  run: SmokeTestRun,
  about: {
    readonly described: JobDefinition;
    readonly digest: string;
    readonly tier: string | undefined;
    readonly source: RecordRequest['source'];
    readonly override: string | undefined;
  },
): Proof {
  const { environment, region, jobDefinitionArn, jobId, jobName, jobQueue, runId, verdict, reason, children } = run;
  const nameTest = (child: (typeof children)[number]) => `${environment} ${region} ${nameChild(child)}`;
  const passed = verdict === 'passed';
  const good = children.filter(({ status, failure }) => status === 'SUCCEEDED' && !failure);
  const bad = children.filter(child => !good.includes(child));
  return {
    environment,
    region,
    digest: about.digest,
    result: passed ? 'PASSED' : 'FAILED',
    jobDefinitionArn,
    contentHash: contentHash(canonicalDefinition(about.described)),
    tier: about.tier,
    jobId,
    jobName,
    jobQueue,
    runId,
    verdict,
    reason: reason?.slice(0, LONGEST_REASON),
    startedAt: run.submittedAt,
    endedAt: run.endedAt ?? run.submittedAt ?? 0,
    commit: about.source?.commit,
    version: about.source?.version,
    runUrl: about.source?.runUrl,
    override: about.override,
    passedTests: good.map(nameTest),
    failedTests: bad.map(nameTest),
  };
}
