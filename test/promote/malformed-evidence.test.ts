/** Artifacts beside an image that are listed as evidence, and whose manifest nobody can make sense of. */
import { afterEach, beforeEach, expect, test } from '@jest/globals';
import { digestOf } from '../../src/image/digest.ts';
import { MEDIA_TYPES } from '../../src/image/media-types.ts';
import { readEvidence } from '../../src/promote/evidence.ts';
import { bodyOf, createOpened, openWorkshop, type Workshop } from '../image/workshop.ts';
import { useLocalAws } from '../local/fixtures/local.ts';

const local = useLocalAws();
const TYPE = 'application/vnd.in-toto+json';
const IMAGE = digestOf('an image');
const size = 2;
let workshop: Workshop;
beforeEach(() => {
  workshop = openWorkshop(local());
});
afterEach(() => workshop.close());

/** The registry's answers are made up: this one takes no such manifest, others do. */
test.each([
  ['layers that are no list', { layers: {} }, /layers: .*expected array/],
  ['a layer that is nothing', { layers: [null] }, /layers\.0: .*expected object/],
  ['a digest that is no text', { layers: [{ mediaType: TYPE, digest: { a: 1 }, size }] }, /layers\.0\.digest: /],
  [
    'a digest that is none',
    { layers: [{ mediaType: TYPE, digest: '../x', size }] },
    /layers\.0\.digest: must be a digest/,
  ],
  ['a size that is none', { layers: [{ mediaType: TYPE, digest: IMAGE, size: 'big' }] }, /layers\.0\.size: /],
  ['a subject that is text', { subject: 'it', layers: [] }, /subject: .*expected object/],
])('%s: it counts for nothing, and is told', async (_, members, reason) => {
  const repository = await createOpened(workshop, `malformed-${digestOf(JSON.stringify(members)).slice(7, 19)}`);
  const content = {
    schemaVersion: 2,
    mediaType: MEDIA_TYPES.ociManifest,
    artifactType: TYPE,
    subject: { digest: IMAGE },
  };
  const text = JSON.stringify({ ...content, ...members });
  const descriptor = {
    mediaType: MEDIA_TYPES.ociManifest,
    digest: digestOf(text),
    size: text.length,
    artifactType: TYPE,
  };
  workshop.intercept = ({ url }) => {
    if (url.includes('/referrers/')) return { body: bodyOf(JSON.stringify({ manifests: [descriptor] })) };
    return url.includes('/manifests/') ? { body: bodyOf(text) } : undefined;
  };
  const { proofs, wrong } = await readEvidence(repository, IMAGE);
  expect(proofs).toEqual([]);
  expect(wrong.map(each => each.reason)).toEqual([expect.stringMatching(/^its manifest is malformed: /)]);
  expect(wrong[0]?.reason).toMatch(reason);
});
