/** Evidence as it stands beside an image: written, found again on every page, and told when it is wrong. */
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { digestOf } from '../../src/image/digest.ts';
import { MEDIA_TYPES } from '../../src/image/media-types.ts';
import { ensureBlob } from '../../src/image/registry/ensure-blob.ts';
import { putManifest, readManifest, type StoredManifest } from '../../src/image/registry/manifests.ts';
import { referrersTag } from '../../src/image/registry/referrers.ts';
import type { Repository } from '../../src/image/registry/repository.ts';
import { describeEvidence, readEvidence, writeEvidence } from '../../src/promote/evidence.ts';
import type { Proof } from '../../src/promote/model.ts';
import { bodyOf, createOpened, openWorkshop, type Workshop } from '../image/workshop.ts';
import { useLocalAws } from '../local/fixtures/local.ts';

const local = useLocalAws();
let workshop: Workshop;
let repository: Repository;
let image: StoredManifest;
let number = 0;
beforeEach(async () => {
  workshop = openWorkshop(local());
  repository = await createOpened(workshop, `evidence-${++number}`);
  image = await pushImage(repository);
});
afterEach(() => workshop.close());

async function put(where: Repository, body: object): Promise<StoredManifest> {
  const bytes = Buffer.from(JSON.stringify(body));
  const manifest = { digest: digestOf(bytes), mediaType: MEDIA_TYPES.ociManifest, bytes };
  await putManifest(where, manifest.digest, manifest);
  return manifest;
}

async function putBlob(where: Repository, text: string, mediaType: string) {
  const bytes = Buffer.from(text);
  await ensureBlob(where, { digest: digestOf(bytes), bytes });
  return { mediaType, digest: digestOf(bytes), size: bytes.length };
}

async function pushImage(where: Repository): Promise<StoredManifest> {
  const config = await putBlob(where, '{"os":"linux","architecture":"amd64"}', MEDIA_TYPES.ociConfig);
  return await put(where, { schemaVersion: 2, mediaType: MEDIA_TYPES.ociManifest, config, layers: [] });
}

const ended = Date.parse('2026-11-29T09:00:00Z');
const proofOf = (more: Partial<Proof> = {}): Proof => ({
  environment: 'test',
  region: 'eu-west-1',
  digest: image.digest,
  result: 'PASSED',
  jobDefinitionArn: 'arn:aws:batch:eu-west-1:111122223333:job-definition/models-small:7',
  contentHash: 'a'.repeat(64),
  jobId: 'job-1',
  verdict: 'passed',
  startedAt: ended - 1000,
  endedAt: ended,
  commit: 'c'.repeat(40),
  runUrl: 'https://github.com/models/models/actions/runs/1',
  passedTests: ['test eu-west-1 child 0 (101)'],
  failedTests: [],
  ...more,
});

const write = async (proof: Proof, where = repository) => {
  const evidence = describeEvidence(proof, image, where.address);
  await writeEvidence(where, image.digest, evidence);
  return evidence;
};
const read = (where = repository) => readEvidence(where, image.digest);

/** A repository of a registry from before the specification's 1.1: no referrers, no word of a subject. */
function withoutReferrers(where: Repository): Repository {
  const exchange: Repository['exchange'] = async request => {
    if (request.url.includes('/referrers/')) return { status: 404, headers: {}, url: request.url, body: bodyOf('{}') };
    const { headers, ...answer } = await where.exchange(request);
    const { 'oci-subject': _, ...others } = headers;
    return { ...answer, headers: others };
  };
  return { ...where, exchange };
}

describe('evidence', () => {
  test('is an in-toto test result whose subject is the image, and is read back as it was written', async () => {
    const proof = proofOf();
    const { manifest } = await write(proof);
    const { proofs, wrong } = await read();
    expect(wrong).toEqual([]);
    expect(proofs).toEqual([{ ...proof, stored: expect.anything() }]);
    expect(JSON.parse(Buffer.from(manifest.bytes).toString())).toMatchObject({
      artifactType: 'application/vnd.in-toto+json',
      subject: { digest: image.digest, size: image.bytes.length, mediaType: MEDIA_TYPES.ociManifest },
      config: { mediaType: 'application/vnd.oci.empty.v1+json', size: 2 },
    });
    expect(JSON.parse(Buffer.from(proofs[0]?.stored.statement ?? []).toString())).toEqual({
      _type: 'https://in-toto.io/Statement/v1',
      subject: [{ name: repository.address, digest: { sha256: image.digest.slice('sha256:'.length) } }],
      predicateType: 'https://in-toto.io/attestation/test-result/v0.1',
      predicate: {
        result: 'PASSED',
        configuration: [
          {
            name: 'models-small:7 in eu-west-1',
            uri: 'arn:aws:batch:eu-west-1:111122223333:job-definition/models-small:7',
            digest: { sha256: 'a'.repeat(64) },
            annotations: {
              environment: 'test',
              region: 'eu-west-1',
              verdict: 'passed',
              jobId: 'job-1',
              startedAt: '2026-11-29T08:59:59.000Z',
              endedAt: '2026-11-29T09:00:00.000Z',
              commit: 'c'.repeat(40),
            },
          },
        ],
        url: 'https://github.com/models/models/actions/runs/1',
        passedTests: ['test eu-west-1 child 0 (101)'],
        failedTests: [],
      },
    });
  });

  test('ECR-23 is found on page two, once for each writing, and writing it again stores nothing new', async () => {
    for (let second = 0; second < 52; second++) await write(proofOf({ endedAt: ended + second * 1000 }));
    await write(proofOf());
    workshop.asked.length = 0;
    const { proofs } = await read();
    expect(proofs).toHaveLength(52);
    expect(Math.max(...proofs.map(({ endedAt }) => endedAt))).toBe(ended + 51_000);
    expect(workshop.asked.filter(({ url }) => url.includes('/referrers/'))).toHaveLength(2);
  });

  test('goes into the index under the referrers tag where the registry has no referrers, and comes out of it', async () => {
    const old = withoutReferrers(repository);
    expect(await read(old)).toEqual({ proofs: [], wrong: [] });
    const first = await write(proofOf(), old);
    await write(proofOf({ region: 'us-east-1' }), old);
    await write(proofOf(), old);
    expect((await read(old)).proofs.map(({ region }) => region).sort()).toEqual(['eu-west-1', 'us-east-1']);
    const index = await readManifest(repository, referrersTag(image.digest));
    expect(index?.mediaType).toBe(MEDIA_TYPES.ociIndex);
    const { manifests } = JSON.parse(Buffer.from(index?.bytes ?? []).toString()) as { manifests: unknown[] };
    expect(manifests).toHaveLength(2);
    expect(manifests[0]).toMatchObject({
      digest: first.manifest.digest,
      artifactType: 'application/vnd.in-toto+json',
      annotations: { 'batchwright/region': 'eu-west-1' },
    });
  });

  test('of another kind is nobody’s fault; what pretends to be evidence is told with what is wrong', async () => {
    const type = 'application/vnd.in-toto+json';
    const config = await putBlob(repository, '{}', MEDIA_TYPES.ociEmpty);
    const subject = { mediaType: image.mediaType, digest: image.digest, size: image.bytes.length };
    const base = { schemaVersion: 2, mediaType: MEDIA_TYPES.ociManifest, artifactType: type, config, subject };
    const store = async (statement: object | string) => {
      const text = typeof statement === 'string' ? statement : JSON.stringify(statement);
      await put(repository, { ...base, layers: [await putBlob(repository, text, type)] });
    };
    const good = JSON.parse(Buffer.from((await write(proofOf())).statement).toString()) as Record<string, unknown>;
    await store({ ...good, predicateType: 'https://slsa.dev/provenance/v1', predicate: {} });
    expect((await read()).wrong).toEqual([]);

    await store('not json');
    await store({ ...good, subject: [{ digest: { sha256: 'f'.repeat(64) } }] });
    const predicate = good['predicate'] as { result: string; configuration: { annotations: object }[] };
    await store({ ...good, predicate: { ...predicate, result: 'FAILED' } });
    const [first] = predicate.configuration;
    await store({
      ...good,
      predicate: {
        ...predicate,
        configuration: [{ ...first, annotations: { ...first?.annotations, endedAt: 'today' } }],
      },
    });
    await store({ ...good, predicate: { ...predicate, configuration: [] } });
    await put(repository, { ...base, layers: [config, config] });
    const { proofs, wrong } = await read();
    expect(proofs).toHaveLength(1);
    expect(wrong.map(({ reason }) => reason).sort()).toEqual([
      'it does not hold one in-toto statement',
      `it is about sha256:${'f'.repeat(64)}`,
      'it is not JSON',
      'its result is FAILED, but its verdicts are passed',
      'predicate.configuration.0.annotations.endedAt: Invalid ISO datetime',
      'predicate.configuration: Too small: expected array to have >=1 items',
    ]);
    expect(wrong[0]?.where).toBe(`${repository.name} in eu-west-1`);
  });

  test('whose bytes are not what its digest says counts for nothing; a registry that refuses is an error', async () => {
    const { statement } = await write(proofOf());
    const blob = digestOf(statement);
    workshop.intercept = ({ url }) => (url.endsWith(`/blobs/${blob}`) ? { body: bodyOf('{}') } : undefined);
    const { proofs, wrong } = await read();
    expect(proofs).toEqual([]);
    expect(wrong.map(({ reason }) => reason)).toEqual([expect.stringMatching(/^the blob sha256:\S+ came as sha256:/)]);
    workshop.intercept = ({ url }) => (url.includes('/referrers/') ? { status: 403, body: bodyOf('') } : undefined);
    await expect(read()).rejects.toThrow(/listing what refers to sha256:.* \(evidence-\d+ in eu-west-1\): 403/);
  });

  test.each<[string, (asked: { url: string; artifact: string; blob: string }) => object | undefined, RegExp]>([
    [
      'an artifact that is gone',
      ({ url, artifact }) => (url.endsWith(`/manifests/${artifact}`) ? { status: 404 } : undefined),
      /^it is listed, but not there$/,
    ],
    [
      'a statement that is gone',
      ({ url, blob }) =>
        url.endsWith(`/blobs/${blob}`)
          ? { status: 404, body: bodyOf('{"errors":[{"code":"BLOB_UNKNOWN","message":"blob unknown"}]}') }
          : undefined,
      /^its statement is gone from the registry$/,
    ],
  ])('%s is told, and is no proof', async (_, intercept, reason) => {
    const { manifest, statement } = await write(proofOf());
    const asked = { artifact: manifest.digest, blob: digestOf(statement) };
    workshop.intercept = ({ url }) => intercept({ url, ...asked });
    const { proofs, wrong } = await read();
    expect(proofs).toEqual([]);
    expect(wrong).toEqual([
      { where: `${repository.name} in eu-west-1`, digest: manifest.digest, reason: expect.stringMatching(reason) },
    ]);
  });

  test('a registry that refuses the statement alone is an error, and no missing proof', async () => {
    const { statement } = await write(proofOf());
    workshop.intercept = ({ url }) =>
      url.endsWith(`/blobs/${digestOf(statement)}`) ? { status: 403, body: bodyOf('') } : undefined;
    await expect(read()).rejects.toThrow(/403/);
  });

  /** Artifacts that the registry lists and that do not hold what the list says. */
  test.each<[string, (good: Record<string, unknown>) => object, RegExp]>([
    [
      'of another type',
      good => ({ ...good, artifactType: 'application/spdx+json' }),
      /^it is of type application\/spdx\+json, though it was listed as application\/vnd\.in-toto\+json$/,
    ],
    ['without a type', ({ artifactType: _artifactType, ...good }) => good, /^it is of type undefined,/],
    [
      'about another image',
      good => ({ ...good, subject: { digest: `sha256:${'f'.repeat(64)}` } }),
      /^its subject is sha256:f{64}, though it was listed for sha256:/,
    ],
    ['about nothing', ({ subject: _subject, ...good }) => good, /^its subject is undefined,/],
    ['without a statement', ({ layers: _layers, ...good }) => good, /^it does not hold one in-toto statement$/],
    [
      'whose statement is longer than any',
      good => ({ ...good, layers: [{ ...(good['layers'] as object[])[0], size: 4_194_305 }] }),
      /^its statement has 4194305 bytes$/,
    ],
    [
      'whose statement is shorter than it says',
      good => ({ ...good, layers: [{ ...(good['layers'] as object[])[0], size: 4_000 }] }),
      /^it has \d+ bytes, not 4000$/,
    ],
  ])('an artifact %s is told with what is wrong', async (_, change, reason) => {
    const { manifest } = await write(proofOf());
    const bytes = Buffer.from(
      JSON.stringify(change(JSON.parse(Buffer.from(manifest.bytes).toString()) as Record<string, unknown>)),
    );
    const digest = digestOf(bytes);
    const listed = {
      manifests: [
        { digest, mediaType: manifest.mediaType, size: bytes.length, artifactType: 'application/vnd.in-toto+json' },
      ],
    };
    workshop.intercept = ({ url }) => {
      if (url.includes('/referrers/')) return { body: bodyOf(JSON.stringify(listed)) };
      return url.endsWith(`/manifests/${digest}`)
        ? { headers: { 'content-type': manifest.mediaType }, body: bodyOf(bytes) }
        : undefined;
    };
    expect((await read()).wrong.map(each => each.reason)).toEqual([expect.stringMatching(reason)]);
  });

  test('a registry whose pages lead in a circle is given up', async () => {
    const page = { headers: { link: '<?again>; rel="next"' }, body: bodyOf() };
    workshop.intercept = ({ url }) =>
      url.includes('/referrers/') ? { ...page, body: bodyOf('{"manifests":[]}') } : undefined;
    await expect(read()).rejects.toThrow('come to no end');
  });
});
