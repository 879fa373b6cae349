import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { digestOf } from '../../../src/image/digest.ts';
import { buildWithDocker, type DockerRequest } from '../../../src/image/docker/build.ts';
import { MEDIA_TYPES } from '../../../src/image/media-types.ts';
import type { OpenedRepository } from '../../../src/image/registries.ts';
import { ensureBlob } from '../../../src/image/registry/ensure-blob.ts';
import { putManifest, type StoredManifest } from '../../../src/image/registry/manifests.ts';
import { useLocalAws } from '../../local/fixtures/local.ts';
import { useTemporaryFolders } from '../../local/fixtures/temporary-folder.ts';
import { COMMIT, createOpened, dockerBuildConfig, openWorkshop, type Workshop, writeTree } from '../workshop.ts';

const local = useLocalAws();
const makeFolder = useTemporaryFolders();
let workshop: Workshop;
let repository: OpenedRepository;
let folder: string;
let removed: boolean;
let commands: string[][];
let count = 0;
/** What a program does, by its first word after `docker`. */
let docker: (args: readonly string[], say: (line: string) => void) => Promise<number | undefined>;
beforeEach(async () => {
  workshop = openWorkshop(local());
  count += 1;
  repository = await createOpened(workshop, `docker-${count}`);
  folder = writeTree(makeFolder(), { Dockerfile: 'FROM scratch\nCOPY a /a\n' });
  [removed, commands] = [false, []];
  workshop.command = async (_, args, options = {}) => {
    commands.push([...args]);
    const lines: string[] = [];
    const exitCode = await docker(args, line => {
      lines.push(line);
      options.onLine?.(line, 'stdout');
    });
    return { exitCode: exitCode ?? 0, stdout: lines.join('\n'), stderr: '' };
  };
});
afterEach(() => workshop.close());

async function store(tag: string, index = false): Promise<StoredManifest> {
  const config = Buffer.from(
    JSON.stringify({ os: 'linux', architecture: 'amd64', rootfs: { type: 'layers', diff_ids: [] } }),
  );
  await ensureBlob(repository, { digest: digestOf(config), bytes: config });
  const descriptor = { mediaType: MEDIA_TYPES.ociConfig, size: config.length, digest: digestOf(config) };
  const put = async (content: { mediaType: string }, reference: string) => {
    const bytes = Buffer.from(JSON.stringify({ schemaVersion: 2, ...content }));
    const manifest = { digest: digestOf(bytes), mediaType: content.mediaType, bytes };
    await putManifest(repository, reference, manifest);
    return manifest;
  };
  const image = await put(
    { mediaType: MEDIA_TYPES.ociManifest, config: descriptor, layers: [] } as { mediaType: string },
    tag,
  );
  if (!index) return image;
  const manifests = [{ mediaType: image.mediaType, size: image.bytes.length, digest: image.digest }];
  return await put({ mediaType: MEDIA_TYPES.ociIndex, manifests } as { mediaType: string }, tag);
}

async function build(more: Partial<DockerRequest> = {}, config: Partial<DockerRequest['config']> = {}) {
  const request: DockerRequest = {
    config: dockerBuildConfig(folder, { dockerfile: `${folder}/Dockerfile`, ...config }),
    tool: { builder: 'buildx', driver: 'docker' },
    source: { commit: COMMIT },
    tag: 'v1',
    login: { host: 'h', username: 'AWS', password: 'p' },
    ...more,
  };
  const remove = async () => {
    removed = true;
  };
  const dockerConfig = { create: async () => ({ path: folder, remove }) };
  return await buildWithDocker(request, repository, { ...workshop.ports, dockerConfig });
}

const container = { builder: 'buildx', driver: 'docker-container' } as const;
const writeMetadata = (digest: string) =>
  writeTree(folder, { 'batchwright-build.json': JSON.stringify({ 'containerimage.digest': digest }) });

describe('docker', () => {
  test('builds with the labels of the source, pushes, and the digest is what it said', async () => {
    let expected: StoredManifest | undefined;
    docker = async ([verb], say) => {
      if (verb !== 'push') {
        say('#1 building\r');
        return undefined;
      }
      expected = await store('v1');
      say(`v1: digest: ${expected.digest} size: 1`);
      return undefined;
    };
    expect(await build()).toEqual({ manifest: expected, sent: 0 });
    expect(commands[0]).toContain(`org.opencontainers.image.revision=${COMMIT}`);
    expect(commands[1]).toEqual(['push', `${repository.address}:v1`]);
    expect(workshop.events).toContainEqual({ type: 'output', text: '#1 building' });
    expect(removed).toBe(true);
  });

  test('that says no digest, or one that the registry has not, gives what the tag stands for', async () => {
    let expected: StoredManifest | undefined;
    docker = async ([verb], say) => {
      if (verb === 'push') expected = await store('v1');
      say(`v1: digest: ${digestOf('the configuration')} size: 1`);
      return undefined;
    };
    expect((await build()).manifest.digest).toBe(expected?.digest);
  });

  test('with a builder of its own pushes at once and tells the digest in a file; the bytes are not known', async () => {
    let expected: StoredManifest | undefined;
    docker = async () => {
      expected = await store('v1', true);
      writeMetadata(expected.digest);
      await store('v1');
      return undefined;
    };
    expect(await build({ tool: container })).toEqual({ manifest: expected, sent: undefined });
    expect(commands).toHaveLength(1);
  });

  test.each([
    ['no file', () => undefined],
    ['a file without a digest', () => writeMetadata('none')],
  ])('with a builder of its own and %s gives what the tag stands for', async (_, write) => {
    let expected: StoredManifest | undefined;
    docker = async () => {
      expected = await store('v1');
      write();
      return undefined;
    };
    expect((await build({ tool: container })).manifest.digest).toBe(expected?.digest);
  });

  test('that pushed nothing after all is an error', async () => {
    docker = async () => undefined;
    await expect(build()).rejects.toThrow(/^Pushing .*:v1: the registry does not have it/);
    expect(removed).toBe(true);
  });

  test('an index that was pushed is not measured', async () => {
    docker = async ([verb]) => {
      if (verb === 'push') await store('v1', true);
      return undefined;
    };
    expect((await build()).sent).toBeUndefined();
  });

  test('a step that fails is shown at its line; no credentials are left', async () => {
    docker = async (_, say) => {
      say(' > [1/1] COPY a /a:');
      say('ERROR: failed to solve: "/a" not found');
      return 1;
    };
    await expect(build()).rejects.toThrow(`${folder}/Dockerfile:2:1: The build failed at "COPY a /a"`);
    expect(removed).toBe(true);
  });

  test('a push that fails says what docker said', async () => {
    docker = async ([verb], say) => {
      if (verb !== 'push') return 0;
      say('Preparing');
      say('denied: no ecr:PutImage');
      return 1;
    };
    await expect(build()).rejects.toMatchObject({
      name: 'RemoteError',
      operation: 'docker push',
      message: expect.stringMatching(/^Pushing .*: exit code 1: Preparing\ndenied: no ecr:PutImage/),
    });
  });

  test('what it cannot do is warned of', async () => {
    docker = async ([verb]) => {
      if (verb === 'push') await store('v1');
      return undefined;
    };
    await build({ tool: { builder: 'legacy', driver: 'docker' } });
    expect(workshop.events).toContainEqual({
      type: 'message',
      level: 'warning',
      text: expect.stringContaining('the old builder') as unknown as string,
    });
  });

  test('finds the Dockerfile below its context too, and names both places when it is in neither', async () => {
    docker = async ([verb]) => {
      if (verb === 'push') await store('v1');
      return undefined;
    };
    await build({}, { dockerfile: 'Dockerfile', context: `${folder}/` });
    expect(commands[0]).toContain(`--file=${folder}/Dockerfile`);
    await expect(build({}, { dockerfile: 'none' })).rejects.toThrow(`There is no Dockerfile at none or ${folder}/none`);
  });

  test('an abort ends it with its reason, and no credentials are left', async () => {
    docker = async () => {
      throw new Error('cancelled by SIGINT');
    };
    await expect(build()).rejects.toThrow('cancelled by SIGINT');
    expect(removed).toBe(true);
  });
});
