/** Statements beside the image: an artifact of one blob whose subject is the image, in the image's own repository. */
import { z } from 'zod';
import { RemoteError } from '../errors.ts';
import type { ToolkitEvent } from '../events.ts';
import { BLOBS_AT_ONCE, mapBounded } from '../image/bounded.ts';
import { digestOf, isDigest } from '../image/digest.ts';
import { MEDIA_TYPES } from '../image/media-types.ts';
import { readBlob } from '../image/registry/blobs.ts';
import { ensureBlob } from '../image/registry/ensure-blob.ts';
import { DigestMismatch } from '../image/registry/failure.ts';
import { type Descriptor, readManifest, type StoredManifest } from '../image/registry/manifests.ts';
import { listReferrers, putReferrer } from '../image/registry/referrers.ts';
import type { Repository } from '../image/registry/repository.ts';
import type { Evidence, FoundProof, Proof, StoredEvidence, WrongEvidence } from './model.ts';
import { describeStatement, PREDICATE_TYPE, parseStatement, StatementError } from './statement.ts';

/** https://github.com/in-toto/attestation/blob/main/spec/v1/envelope.md names it for statements. */
const ARTIFACT_TYPE = 'application/vnd.in-toto+json';
const EMPTY = Buffer.from('{}');
/** A statement of ten thousand children has less. */
const LONGEST_STATEMENT = 4_194_304;

/** The artifact of one proof, which depends on nothing else: the same proof has the same digest everywhere. */
export function describeEvidence(proof: Proof, image: StoredManifest, name: string): StoredEvidence {
  const statement = Buffer.from(describeStatement([proof], image.digest, name));
  const body = {
    schemaVersion: 2,
    mediaType: MEDIA_TYPES.ociManifest,
    artifactType: ARTIFACT_TYPE,
    config: { mediaType: MEDIA_TYPES.ociEmpty, digest: digestOf(EMPTY), size: EMPTY.length, data: 'e30=' },
    layers: [{ mediaType: ARTIFACT_TYPE, digest: digestOf(statement), size: statement.length }],
    subject: { mediaType: image.mediaType, digest: image.digest, size: image.bytes.length },
    annotations: {
      'org.opencontainers.image.created': new Date(proof.endedAt).toISOString(),
      'in-toto.io/predicate-type': PREDICATE_TYPE,
      'batchwright/environment': proof.environment,
      'batchwright/region': proof.region,
      'batchwright/result': proof.result,
    },
  };
  const bytes = Buffer.from(JSON.stringify(body));
  return { manifest: { digest: digestOf(bytes), mediaType: MEDIA_TYPES.ociManifest, bytes }, statement };
}

/** Puts it where its subject is. What is there already is not sent again. Throws RemoteError. */
export async function writeEvidence(
  repository: Repository,
  subject: string,
  { manifest, statement }: StoredEvidence,
): Promise<void> {
  const quiet = withoutBlobs(repository);
  await ensureBlob(quiet, { digest: digestOf(EMPTY), bytes: EMPTY });
  await ensureBlob(quiet, { digest: digestOf(statement), bytes: statement });
  await putReferrer(repository, subject, manifest);
}

/** A statement is two small blobs, and how each came there is nobody's concern: that it is there is told at the end. */
function withoutBlobs(repository: Repository): Repository {
  const { notify } = repository.ports;
  const ports = { ...repository.ports, notify: (event: ToolkitEvent) => event.type !== 'blob' && notify(event) };
  return { ...repository, ports };
}

/**
 * Everything that was recorded of `digest` in one repository, and what looks like it and is wrong. Throws RemoteError when the
 * repository cannot be read.
 */
export async function readEvidence(repository: Repository, digest: string): Promise<Evidence> {
  const referrers = await listReferrers(repository, digest, ARTIFACT_TYPE);
  const where = `${repository.name} in ${repository.region}`;
  const read = await mapBounded(referrers, BLOBS_AT_ONCE, async (referrer): Promise<Evidence> => {
    try {
      return { proofs: await readProofs(repository, referrer.digest, digest), wrong: [] };
    } catch (error) {
      return {
        proofs: [],
        wrong: [{ where, digest: referrer.digest, reason: reasonOf(error) } satisfies WrongEvidence],
      };
    }
  });
  return { proofs: read.flatMap(({ proofs }) => proofs), wrong: read.flatMap(({ wrong }) => wrong) };
}

/** Of evidence that is wrong; what the registry refuses is thrown on. */
function reasonOf(error: unknown): string {
  if (error instanceof StatementError) return error.message;
  if (error instanceof RemoteError && error.cause instanceof DigestMismatch) return error.cause.message;
  if (error instanceof RemoteError && error.code === 'BLOB_UNKNOWN') return 'its statement is gone from the registry';
  throw error;
}

async function readProofs(repository: Repository, artifact: string, digest: string): Promise<readonly FoundProof[]> {
  const manifest = await readManifest(repository, artifact);
  if (!manifest) throw new StatementError('it is listed, but not there');
  const blob = parseArtifact(manifest, digest);
  const statement = await readBlob(repository, blob);
  if (statement.length !== blob.size) throw new StatementError(`it has ${statement.length} bytes, not ${blob.size}`);
  const proofs = parseStatement(Buffer.from(statement).toString('utf8'), digest);
  if (proofs === undefined) {
    const text = `${artifact} in ${repository.address} states something else than a test result`;
    repository.ports.notify({ type: 'message', level: 'debug', text });
  }
  return (proofs ?? []).map(proof => ({ ...proof, stored: { manifest, statement } }));
}

/** Written by anybody who may push here. Members that are not known here are left alone. */
const artifact = z.object({
  artifactType: z.optional(z.unknown()),
  subject: z.optional(z.object({ digest: z.optional(z.unknown()) })),
  layers: z.optional(
    z.array(
      z.object({
        mediaType: z.string(),
        digest: z.string().refine(isDigest, 'must be a digest'),
        size: z.int().nonnegative(),
      }),
    ),
  ),
});

/** Where the statement is. Throws StatementError. */
function parseArtifact({ bytes, mediaType }: StoredManifest, digest: string): Descriptor {
  // A manifest is JSON for certain: its media type was read from it.
  const parsed = artifact.safeParse(JSON.parse(Buffer.from(bytes).toString('utf8')));
  if (!parsed.success) {
    const [issue] = parsed.error.issues;
    throw new StatementError(`its manifest is malformed: ${issue?.path.join('.')}: ${issue?.message}`);
  }
  const { artifactType, subject, layers = [] } = parsed.data;
  if (mediaType !== MEDIA_TYPES.ociManifest || artifactType !== ARTIFACT_TYPE) {
    throw new StatementError(`it is of type ${String(artifactType)}, though it was listed as ${ARTIFACT_TYPE}`);
  }
  if (subject?.digest !== digest) {
    throw new StatementError(`its subject is ${String(subject?.digest)}, though it was listed for ${digest}`);
  }
  const [blob, ...more] = layers;
  if (!blob || more.length > 0 || blob.mediaType !== ARTIFACT_TYPE) {
    throw new StatementError('it does not hold one in-toto statement');
  }
  if (blob.size > LONGEST_STATEMENT) throw new StatementError(`its statement has ${blob.size} bytes`);
  return blob;
}
