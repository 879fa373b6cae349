/**
 * Smoke tests as in-toto statements: https://github.com/in-toto/attestation/blob/main/spec/v1/statement.md with the predicate
 * https://github.com/in-toto/attestation/blob/main/spec/predicates/test-result.md. Its `configuration` is the revision that was tested,
 * one resource descriptor a region, whose annotations say how the test went.
 */
import { z } from 'zod';
import { isDigest } from '../image/digest.ts';
import type { Proof } from './model.ts';

export const STATEMENT_TYPE = 'https://in-toto.io/Statement/v1';
export const PREDICATE_TYPE = 'https://in-toto.io/attestation/test-result/v0.1';

const optional = z.optional(z.string());
const time = z.iso.datetime();
const annotations = z.object({
  environment: z.string().min(1),
  region: z.string().min(1),
  verdict: z.string().min(1),
  reason: optional,
  tier: optional,
  jobId: optional,
  jobName: optional,
  jobQueue: optional,
  runId: optional,
  startedAt: z.optional(time),
  endedAt: time,
  commit: optional,
  version: optional,
  override: optional,
});
const descriptor = z.object({
  uri: z.string().regex(/^arn:[\w-]+:batch:.+:job-definition\/.+:\d+$/, 'must be the ARN of a job definition revision'),
  digest: z.optional(z.object({ sha256: optional })),
  annotations,
});
// Members that are not known here are left alone, as the specification's parsing rules have it.
const predicate = z.object({
  result: z.enum(['PASSED', 'WARNED', 'FAILED']),
  configuration: z.array(descriptor).min(1),
  url: optional,
  passedTests: z.optional(z.array(z.string())),
  failedTests: z.optional(z.array(z.string())),
});
const statement = z.object({
  _type: z.literal(STATEMENT_TYPE),
  subject: z.array(z.object({ name: optional, digest: z.record(z.string(), z.string()) })).min(1),
  predicateType: z.literal(PREDICATE_TYPE),
  predicate,
});

/** A statement that is not about an image's smoke test, or not what it should be. `message` says what is wrong. */
export class StatementError extends Error {
  override readonly name = 'StatementError';
}

/** The statement of proofs of one digest. `name` is the repository's address. */
export function describeStatement(proofs: readonly Proof[], digest: string, name: string): string {
  const [algorithm = '', encoded = ''] = digest.split(':');
  const body = {
    _type: STATEMENT_TYPE,
    subject: [{ name, digest: { [algorithm]: encoded } }],
    predicateType: PREDICATE_TYPE,
    predicate: describePredicate(proofs),
  };
  return JSON.stringify(body);
}

/** The predicate alone, which is what `actions/attest` wants: it writes the statement around it itself. */
export function describePredicate(proofs: readonly Proof[]): object {
  return {
    result: proofs.every(({ result }) => result === 'PASSED') ? 'PASSED' : 'FAILED',
    configuration: proofs.map(describeConfiguration),
    url: proofs.find(({ runUrl }) => runUrl)?.runUrl,
    passedTests: proofs.flatMap(({ passedTests }) => passedTests),
    failedTests: proofs.flatMap(({ failedTests }) => failedTests),
  };
}

function describeConfiguration(proof: Proof): object {
  const { environment, region, verdict, reason, tier, jobId, jobName, jobQueue, runId, commit, version } = proof;
  return {
    name: `${proof.jobDefinitionArn.split('/').at(-1)} in ${region}`,
    uri: proof.jobDefinitionArn,
    digest: proof.contentHash === undefined ? undefined : { sha256: proof.contentHash },
    annotations: {
      environment,
      region,
      verdict,
      reason,
      tier,
      jobId,
      jobName,
      jobQueue,
      runId,
      startedAt: proof.startedAt === undefined ? undefined : new Date(proof.startedAt).toISOString(),
      endedAt: new Date(proof.endedAt).toISOString(),
      commit,
      version,
      override: proof.override,
    },
  };
}

/**
 * The proofs in a statement's text; undefined when it is a statement of another kind, which is nobody's fault. Throws StatementError when
 * it is no statement, is not about `digest`, or contradicts itself.
 */
export function parseStatement(text: string, digest: string): readonly Proof[] | undefined {
  const body = parseJson(text);
  const { _type, predicateType } = Object(body) as { _type?: unknown; predicateType?: unknown };
  if (_type === STATEMENT_TYPE && typeof predicateType === 'string' && predicateType !== PREDICATE_TYPE) {
    return undefined;
  }
  const parsed = statement.safeParse(body);
  if (!parsed.success) {
    const [issue] = parsed.error.issues;
    throw new StatementError(`${issue?.path.join('.') || 'the statement'}: ${issue?.message}`);
  }
  const about = parsed.data.subject.map(subject => `sha256:${subject.digest['sha256']}`);
  if (!isDigest(digest) || !about.includes(digest)) throw new StatementError(`it is about ${about.join(', ')}`);
  return proofsOf(parsed.data.predicate, digest);
}

function proofsOf(found: z.infer<typeof predicate>, digest: string): readonly Proof[] {
  const passed = found.configuration.every(each => each.annotations.verdict === 'passed');
  if (passed !== (found.result === 'PASSED')) {
    const verdicts = found.configuration.map(each => each.annotations.verdict).join(', ');
    throw new StatementError(`its result is ${found.result}, but its verdicts are ${verdicts}`);
  }
  return found.configuration.map(each => {
    const { startedAt, endedAt, ...said } = each.annotations;
    return {
      ...said,
      digest,
      result: said.verdict === 'passed' ? 'PASSED' : 'FAILED',
      jobDefinitionArn: each.uri,
      contentHash: each.digest?.sha256,
      startedAt: startedAt === undefined ? undefined : Date.parse(startedAt),
      endedAt: Date.parse(endedAt),
      runUrl: found.url,
      passedTests: found.passedTests ?? [],
      failedTests: found.failedTests ?? [],
    };
  });
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    throw new StatementError('it is not JSON');
  }
}
