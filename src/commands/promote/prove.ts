/** The image that is promoted, and whether it was proven: told region by region, and refused without proof or override. */
import { ConfigurationError } from '../../errors.ts';
import type { SourceRevision } from '../../image/model.ts';
import { verifyAttestations } from '../../promote/attestation.ts';
import { decideProof } from '../../promote/decide.ts';
import type { Evidence, FoundProof, Proof, ProofDecision } from '../../promote/model.ts';
import { createOpener } from '../../promote/places.ts';
import { collectEvidence, type FoundImage, findImage } from '../../promote/source.ts';
import type { Ports } from '../command.ts';
import { parseImageInput } from '../image-reference.ts';
import type { Choice } from './choose.ts';

export interface ProveRequest {
  readonly image: string | undefined;
  readonly commit: string | undefined;
  readonly override: string | undefined;
  readonly attestation: 'ignore' | 'require' | undefined;
  readonly 'attestation-signer': string | undefined;
  readonly 'github-token': string | undefined;
}

export interface ProvenImage extends Evidence, ProofDecision {
  readonly image: FoundImage;
  /** Of which it was built; undefined when nobody knows. */
  readonly commit: string | undefined;
  /** Why it goes on without proof; undefined where there is proof. */
  readonly override: string | undefined;
}

/** Throws ConfigurationError that names every region without proof and what to do; nothing has been changed. */
export async function proveImage(
  { config, sources, targets, from }: Choice,
  given: ProveRequest,
  source: SourceRevision | undefined,
  ports: Ports,
): Promise<ProvenImage> {
  const account = targets[0]?.account ?? '';
  const open = createOpener(ports);
  ports.notify({ type: 'step', title: `Look for the image in ${from}` });
  const commit = given.commit ?? source?.commit;
  const wanted = given.image ? { digest: parseImageInput(given.image) } : { commit: requireCommit(commit) };
  const image = await findImage(wanted, sources, account, open);
  const { digest } = image.manifest;
  say(ports, `${image.repository.address}@${digest}${'commit' in wanted ? ` is the image of ${wanted.commit}` : ''}`);

  ports.notify({ type: 'step', title: `Look for its proof: the smoke test in ${from}` });
  const evidence = await collectEvidence(digest, { config, targets: sources, account }, open);
  tellWrong(evidence, ports);
  const signed = given.attestation === 'require' ? await readSigned(image, given, source, ports) : undefined;
  const decision = decideProof(sources, evidence.proofs, signed?.proofs);
  for (const each of decision.demanded) say(ports, describeDemanded(each));
  const missing = describeMissing(decision, signed?.refusal);
  const built = 'commit' in wanted ? wanted.commit : commitOf(evidence.proofs);
  const found = { ...evidence, ...decision, image, commit: built };
  if (missing.length === 0) return { ...found, override: undefined };
  if (given.override === undefined) throw unproven(missing, from, built ?? digest);
  const text = `Going on without proof, because: ${given.override}. ${missing.join('; ')}`;
  ports.notify({ type: 'message', level: 'warning', text });
  return { ...found, proven: false, override: given.override };
}

/** What looks like evidence and is none is never passed over in silence. */
export function tellWrong({ wrong }: Evidence, { notify }: Pick<Ports, 'notify'>): void {
  for (const { where, digest, reason } of wrong) {
    const text = `${digest} beside the image (${where}) is no evidence and counts for nothing: ${reason}`;
    notify({ type: 'message', level: 'warning', text });
  }
}

function requireCommit(commit: string | undefined): string {
  if (commit !== undefined) return commit;
  throw new ConfigurationError({
    message: 'no image was given, and without a commit none can be looked up',
    remedy: 'Check the repository out first (actions/checkout), or give `commit` or `image`.',
  });
}

/** What the proofs agree on. */
function commitOf(proofs: readonly FoundProof[]): string | undefined {
  const commits = new Set(proofs.flatMap(({ commit }) => commit ?? []));
  return commits.size === 1 ? [...commits][0] : undefined;
}

/** With an override a refusal is one more thing that is missing; without, it ends here. */
async function readSigned(
  image: FoundImage,
  given: ProveRequest,
  source: SourceRevision | undefined,
  ports: Ports,
): Promise<{ readonly proofs: readonly Proof[]; readonly refusal?: string }> {
  const token = given['github-token'];
  const repositoryUrl = source?.repositoryUrl;
  if (!token || !repositoryUrl) {
    throw new ConfigurationError({
      message: `\`attestation: require\` needs ${token ? 'a GitHub repository, and this is none' : '`github-token`'}`,
      remedy: 'Give `github-token: ${{ github.token }}` with `permissions: attestations: read`, in a workflow.',
    });
  }
  ports.notify({ type: 'secret', value: token });
  const { repository, manifest } = image;
  const signer = given['attestation-signer'];
  const request = { image: repository, digest: manifest.digest, repositoryUrl, signer, token };
  try {
    return { proofs: await verifyAttestations(request, ports) };
  } catch (error) {
    ports.signal.throwIfAborted();
    if (given.override === undefined || !(error instanceof Error)) throw error;
    return { proofs: [], refusal: error.message };
  }
}

function describeDemanded({ environment, region, status, proof, reason }: ProofDecision['demanded'][number]): string {
  const place = `${environment} ${region}`;
  if (status !== 'proven' || !proof) return `${place}: not proven, ${reason}`;
  const { jobDefinitionArn, jobId, endedAt } = proof;
  return `${place}: proven at ${new Date(endedAt).toISOString()} by job ${jobId} on ${jobDefinitionArn.split('/').at(-1)}`;
}

function describeMissing({ demanded }: ProofDecision, refusal: string | undefined): readonly string[] {
  const missing = demanded.flatMap(({ environment, region, status, reason }) =>
    status === 'proven' ? [] : [`${environment} in ${region} has no proof: ${reason}`],
  );
  return refusal === undefined ? missing : [...missing, refusal];
}

function unproven(missing: readonly string[], from: string, subject: string): ConfigurationError {
  return new ConfigurationError([
    ...missing.map(message => ({ message })),
    {
      message: `${subject} is not promoted, and nothing was changed`,
      remedy: `Run the deploy workflow for this commit: it tests in ${from} and records that (smoke-test with \`record\`). Or promote without proof with \`override\` and a reason, which is recorded.`,
    },
  ]);
}

function say({ notify }: Ports, text: string): void {
  notify({ type: 'message', level: 'info', text });
}
