import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { copyImage } from '../../src/image/copy.ts';
import { digestOf } from '../../src/image/digest.ts';
import { MEDIA_TYPES } from '../../src/image/media-types.ts';
import type { OpenedRepository } from '../../src/image/registries.ts';
import { hasBlob } from '../../src/image/registry/blobs.ts';
import { ensureBlob } from '../../src/image/registry/ensure-blob.ts';
import { findManifest, putManifest } from '../../src/image/registry/manifests.ts';
import { useLocalAws } from '../local/fixtures/local.ts';
import { noise } from './noise.ts';
import { createOpened, openWorkshop, type Workshop } from './workshop.ts';

const local = useLocalAws({ ecr: { redirectBlobs: true } });
let workshop: Workshop;
let source: OpenedRepository;
let targets: OpenedRepository[];
let count = 0;
const REGIONS = ['us-east-1', 'us-west-2', 'ap-south-1'];
beforeEach(async () => {
  workshop = openWorkshop(local());
  count += 1;
  source = await createOpened(workshop, `copied-${count}`);
  targets = await Promise.all(REGIONS.map(region => createOpened(workshop, `copied-${count}`, region)));
});
afterEach(() => workshop.close());

async function pushImage(tag: string, layers: readonly Buffer[]) {
  const config = Buffer.from(
    JSON.stringify({ os: 'linux', architecture: 'amd64', tag, rootfs: { type: 'layers', diff_ids: [] } }),
  );
  for (const bytes of [...layers, config]) await ensureBlob(source, { digest: digestOf(bytes), bytes });
  const bytes = Buffer.from(
    JSON.stringify({
      schemaVersion: 2,
      mediaType: MEDIA_TYPES.ociManifest,
      config: { mediaType: MEDIA_TYPES.ociConfig, size: config.length, digest: digestOf(config) },
      layers: layers.map(layer => ({ mediaType: MEDIA_TYPES.ociLayer, size: layer.length, digest: digestOf(layer) })),
    }),
  );
  const manifest = { digest: digestOf(bytes), mediaType: MEDIA_TYPES.ociManifest, bytes };
  await putManifest(source, tag, manifest);
  const size = layers.reduce((sum, layer) => sum + layer.length, config.length);
  return { ...manifest, size, layers: layers.map(layer => digestOf(layer)) };
}

const pathOf = (url: string): string => new URL(url).pathname;
/** Reads of blobs out of the source: what the others were fed from. */
const reads = (): number =>
  workshop.asked.filter(({ method, url }) => method === 'GET' && pathOf(url).startsWith(`/v2/${source.path}/blobs/`))
    .length;
const isFor = (region: string, url: string): boolean => pathOf(url).includes(`/${region}/`);

describe('copying an image', () => {
  test('reads each blob once for all regions, and keeps the digest', async () => {
    const image = await pushImage('v1', [noise(300_000, 'a'), noise(64, 'b')]);
    workshop.asked.length = 0;
    const outcomes = await copyImage(source, image.digest, targets);
    expect(outcomes.map(({ how, bytes, error }) => [how, bytes, error])).toEqual(
      REGIONS.map(() => ['copied', image.size, undefined]),
    );
    for (const target of targets) expect(await findManifest(target, image.digest)).toBe(image.digest);
    expect(reads()).toBe(3);
  });

  test('again sends nothing and reads nothing', async () => {
    const image = await pushImage('v1', [noise(320, 'a')]);
    await copyImage(source, image.digest, targets);
    workshop.asked.length = 0;
    const outcomes = await copyImage(source, image.digest, targets);
    expect(outcomes.map(({ how, bytes }) => [how, bytes])).toEqual(REGIONS.map(() => ['exists', 0]));
    expect(workshop.asked.map(({ method }) => method)).toEqual(['HEAD', 'HEAD', 'HEAD']);
  });

  test('sends only the blobs that a region lacks, and says how each came', async () => {
    const shared = noise(640, 'shared');
    await copyImage(source, (await pushImage('v1', [shared])).digest, targets.slice(0, 2));
    const second = await pushImage('v2', [shared, noise(320, 'new')]);
    workshop.events.length = 0;
    const outcomes = await copyImage(source, second.digest, targets);
    expect(outcomes.map(({ bytes }) => bytes)).toEqual([second.size - 640, second.size - 640, second.size]);
    expect(workshop.blobs().sort()).toEqual([...Array(7).fill('copied'), 'exists', 'exists']);
  });

  test('a blob that stands twice in the manifest is sent once', async () => {
    const layer = noise(320, 'twice');
    const image = await pushImage('v1', [layer, layer]);
    const [outcome] = await copyImage(source, image.digest, targets.slice(0, 1));
    expect(outcome?.bytes).toBe(image.size - 320);
  });

  test('an index comes with all its images', async () => {
    const images = [await pushImage('amd', [noise(320, 'a')]), await pushImage('arm', [noise(320, 'b')])];
    const bytes = Buffer.from(
      JSON.stringify({
        schemaVersion: 2,
        mediaType: MEDIA_TYPES.ociIndex,
        manifests: images.map(({ digest, mediaType, bytes: { length } }) => ({ digest, mediaType, size: length })),
      }),
    );
    const index = { digest: digestOf(bytes), mediaType: MEDIA_TYPES.ociIndex, bytes };
    await putManifest(source, 'both', index);
    const outcomes = await copyImage(source, index.digest, targets);
    expect(outcomes.map(({ error }) => error)).toEqual([undefined, undefined, undefined]);
    for (const target of targets) {
      for (const { digest } of [...images, index]) expect(await findManifest(target, digest)).toBe(digest);
    }
  });

  test('layers that live elsewhere are not copied', async () => {
    const layer = noise(320, 'real');
    const foreign = {
      mediaType: 'application/vnd.docker.image.rootfs.foreign.diff.tar.gzip',
      size: 9,
      digest: digestOf('x'),
      urls: ['https://x'],
    };
    const image = await pushImage('v1', [layer]);
    const content = JSON.parse(image.bytes.toString());
    content.layers.push(foreign);
    const bytes = Buffer.from(JSON.stringify(content));
    let served = false;
    workshop.intercept = ({ method, url }) => {
      if (method !== 'GET' || !pathOf(url).endsWith(digestOf(bytes))) return undefined;
      served = true;
      return {
        body: (async function* () {
          yield bytes;
        })(),
      };
    };
    await copyImage(source, digestOf(bytes), targets.slice(0, 1));
    expect(served).toBe(true);
    expect(workshop.asked.some(({ url }) => url.includes(foreign.digest))).toBe(false);
  });
});

describe('a region that fails', () => {
  test('does not keep the others from getting the image', async () => {
    const image = await pushImage('v1', [noise(320, 'a'), noise(640, 'b')]);
    workshop.intercept = ({ method, url }) =>
      method === 'POST' && isFor('us-west-2', url) ? { status: 403 } : undefined;
    const outcomes = await copyImage(source, image.digest, targets);
    expect(outcomes.map(({ how }) => how)).toEqual(['copied', 'exists', 'copied']);
    expect(outcomes.map(({ error }) => error === undefined)).toEqual([true, false, true]);
    expect(String(outcomes[1]?.error)).toContain(`(copied-${count} in us-west-2): 403`);
    expect(await findManifest(targets[2] ?? source, image.digest)).toBe(image.digest);
  });

  test.each([
    ['answers 503 to a layer', { status: 503 }],
    ['hangs up', undefined],
  ])('for once, as it %s, gets its blob alone', async (_, answer) => {
    const image = await pushImage('v1', [noise(300_000, 'a')]);
    let failures = 1;
    workshop.intercept = ({ method, url }) => {
      if (method !== 'PATCH' || !isFor('us-west-2', url) || failures-- <= 0) return undefined;
      if (answer) return answer;
      throw Object.assign(new Error('socket hang up'), { code: 'ECONNRESET' });
    };
    workshop.asked.length = 0;
    const outcomes = await copyImage(source, image.digest, targets);
    expect(outcomes.map(({ how, bytes, error }) => [how, bytes, error])).toEqual(
      REGIONS.map(() => ['copied', image.size, undefined]),
    );
    expect(reads()).toBe(3);
    expect(await hasBlob(targets[1] ?? source, image.layers[0] ?? '')).toBe(true);
  });

  test('before it read anything of a large layer does not hold the others up', async () => {
    const image = await pushImage('v1', [noise(5 * 1024 * 1024, 'large')]);
    workshop.intercept = ({ method, url }) =>
      method === 'POST' && isFor('us-west-2', url) ? { status: 403 } : undefined;
    // Nobody is dropped for being slow here: that takes time, and none passes.
    Object.assign(workshop.ports, { clock: { now: () => 0, sleep: () => new Promise(() => {}) } });
    const outcomes = await copyImage(source, image.digest, targets);
    expect(outcomes.map(({ error }) => error === undefined)).toEqual([true, false, true]);
  });

  test('is not asked anything more', async () => {
    const image = await pushImage('v1', [noise(320, 'a')]);
    workshop.intercept = ({ method, url }) =>
      method === 'HEAD' && pathOf(url).includes('/blobs/') && isFor('us-east-1', url) ? { status: 400 } : undefined;
    workshop.asked.length = 0;
    const outcomes = await copyImage(source, image.digest, targets);
    expect(outcomes[0]?.error).toBeDefined();
    expect(workshop.asked.filter(({ url }) => isFor('us-east-1', url)).every(({ method }) => method === 'HEAD')).toBe(
      true,
    );
  });
});

describe('a source that fails', () => {
  test('for once is read again', async () => {
    const image = await pushImage('v1', [noise(320, 'a')]);
    let failures = 1;
    workshop.intercept = ({ method, url }) =>
      method === 'GET' && pathOf(url).startsWith(`/v2/${source.path}/blobs/`) && failures-- > 0
        ? { status: 500 }
        : undefined;
    const outcomes = await copyImage(source, image.digest, targets);
    expect(outcomes.map(({ error }) => error)).toEqual([undefined, undefined, undefined]);
  });

  test('for good fails all, and says that it was the source', async () => {
    const image = await pushImage('v1', [noise(320, 'a')]);
    workshop.intercept = ({ method, url }) =>
      method === 'GET' && pathOf(url).startsWith(`/v2/${source.path}/blobs/`) ? { status: 403 } : undefined;
    const outcomes = await copyImage(source, image.digest, targets);
    for (const { error } of outcomes) expect(String(error)).toContain(`reading it from ${source.address}: 403`);
  });

  test('without the image fails all', async () => {
    const outcomes = await copyImage(source, digestOf('nothing'), targets);
    for (const { error } of outcomes) expect(String(error)).toContain('it is not there');
  });
});

test('an abort ends everything with its reason', async () => {
  const controller = new AbortController();
  const stopped = openWorkshop(local(), { signal: controller.signal });
  const image = await pushImage('v1', [noise(320, 'a')]);
  const from = await createOpened(stopped, `stopped-${count}`);
  stopped.intercept = () => {
    controller.abort(new Error('cancelled by SIGTERM'));
    return undefined;
  };
  await expect(copyImage(from, image.digest, targets)).rejects.toThrow('cancelled by SIGTERM');
  stopped.close();
});
