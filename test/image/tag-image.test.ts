import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { digestOf } from '../../src/image/digest.ts';
import { MEDIA_TYPES } from '../../src/image/media-types.ts';
import type { OpenedRepository } from '../../src/image/registries.ts';
import { ensureBlob } from '../../src/image/registry/ensure-blob.ts';
import { findManifest, type StoredManifest } from '../../src/image/registry/manifests.ts';
import { tagImage } from '../../src/image/tag-image.ts';
import { useLocalAws } from '../local/fixtures/local.ts';
import { bodyOf, createOpened, openWorkshop, type Workshop } from './workshop.ts';

const local = useLocalAws();
let workshop: Workshop;
let count = 0;
beforeEach(() => {
  workshop = openWorkshop(local());
  count += 1;
});
afterEach(() => workshop.close());

const open = async (imageTagMutability: 'MUTABLE' | 'IMMUTABLE' = 'MUTABLE'): Promise<OpenedRepository> =>
  await createOpened(workshop, `tags-${count}`, 'eu-west-1', { imageTagMutability });

async function makeManifest(into: OpenedRepository, name: string): Promise<StoredManifest> {
  const config = Buffer.from(
    JSON.stringify({ os: 'linux', architecture: 'amd64', name, rootfs: { type: 'layers', diff_ids: [] } }),
  );
  await ensureBlob(into, { digest: digestOf(config), bytes: config });
  const descriptor = { mediaType: MEDIA_TYPES.ociConfig, size: config.length, digest: digestOf(config) };
  const content = { schemaVersion: 2, mediaType: MEDIA_TYPES.ociManifest, config: descriptor, layers: [] };
  const bytes = Buffer.from(JSON.stringify(content));
  return { digest: digestOf(bytes), mediaType: MEDIA_TYPES.ociManifest, bytes };
}

const puts = (): number =>
  workshop.asked.filter(({ method, url }) => method === 'PUT' && url.includes('/manifests/')).length;

describe('a tag', () => {
  test('is put on a new image, and moved to another where it can be', async () => {
    const repository = await open();
    for (const name of ['one', 'two']) {
      const manifest = await makeManifest(repository, name);
      await tagImage(repository, manifest, 'v1', true);
      expect(await findManifest(repository, 'v1')).toBe(manifest.digest);
    }
  });

  test('that is on the image already is left alone, also where it cannot move', async () => {
    const repository = await open('IMMUTABLE');
    const manifest = await makeManifest(repository, 'one');
    await tagImage(repository, manifest, 'v1', false);
    await tagImage(repository, manifest, 'v1', false);
    expect(puts()).toBe(1);
  });

  test('that cannot move and is on another image is refused, with both digests and a way out', async () => {
    const repository = await open('IMMUTABLE');
    const [one, two] = [await makeManifest(repository, 'one'), await makeManifest(repository, 'two')];
    await tagImage(repository, one, 'v1', false);
    await expect(tagImage(repository, two, 'v1', false)).rejects.toMatchObject({
      name: 'ConfigurationError',
      problems: [
        {
          message: `The tag v1 of tags-${count} in eu-west-1 cannot be moved: it is on ${one.digest}, and this image is ${two.digest}`,
          remedy: expect.stringContaining('a new commit, a new version'),
        },
      ],
    });
    expect(puts()).toBe(1);
  });

  test('that turns out not to move, though it was thought to, is refused in the same words', async () => {
    const repository = await open('IMMUTABLE');
    const [one, two] = [await makeManifest(repository, 'one'), await makeManifest(repository, 'two')];
    await tagImage(repository, one, 'v1', true);
    await expect(tagImage(repository, two, 'v1', true)).rejects.toThrow(
      `it is on ${one.digest}, and this image is ${two.digest}`,
    );
  });

  test('that somebody else put on the same image meanwhile is a success', async () => {
    const repository = await open('IMMUTABLE');
    const manifest = await makeManifest(repository, 'one');
    let first = true;
    workshop.intercept = ({ method, url }) => {
      if (method !== 'HEAD' || !url.includes('/manifests/') || !first) return undefined;
      first = false;
      return { status: 404 };
    };
    await tagImage(repository, manifest, 'v1', false);
    first = true;
    // ECR refuses even the same image, where real mutability is meant.
    workshop.intercept = ({ method, url }) => {
      if (method === 'HEAD' && url.includes('/manifests/') && first) {
        first = false;
        return { status: 404 };
      }
      if (method !== 'PUT') return undefined;
      const message =
        "The image tag 'v1' already exists and cannot be overwritten because the repository is immutable.";
      return { status: 400, body: bodyOf(JSON.stringify({ errors: [{ code: 'TAG_INVALID', message }] })) };
    };
    await expect(tagImage(repository, manifest, 'v1', false)).resolves.toBeUndefined();
  });

  test('that is refused for another reason says that reason', async () => {
    const repository = await open();
    const manifest = await makeManifest(repository, 'one');
    workshop.intercept = ({ method }) =>
      method === 'PUT'
        ? { status: 403, body: bodyOf('{"errors":[{"code":"DENIED","message":"no ecr:PutImage"}]}') }
        : undefined;
    await expect(tagImage(repository, manifest, 'v1', true)).rejects.toMatchObject({
      name: 'RemoteError',
      code: 'DENIED',
    });
  });
});
