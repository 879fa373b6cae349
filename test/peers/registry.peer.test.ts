/** The programs that teams use against ECR, against the local one. */

import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect } from '@jest/globals';
import { type EcrServer, startEcr } from '../local/ecr/ecr-server.ts';
import { digestOf, makeImage, openRegistry, readPassword } from '../local/ecr/registry-client.ts';
import { findGoTool, findTool, peerTest, runTool } from './tools.ts';

const docker = findTool('docker', ['version']);
const skopeo = findTool('skopeo');
const aws = findTool('aws');
const crane = findGoTool('crane', 'github.com/google/go-containerregistry/cmd/crane', 'v0.22.1');
const conformance = findGoTool(
  'conformance',
  'github.com/opencontainers/distribution-spec/conformance',
  'v0.0.0-20260831232431-97274622c111',
);

const account = '111122223333';
let server: EcrServer;
let folder: string;
let prefix: string;
/** So that nobody's real credentials are used or changed. */
let environment: Record<string, string>;
beforeAll(async () => {
  server = await startEcr();
  folder = mkdtempSync(join(tmpdir(), 'registry-peer-'));
  prefix = `${server.host}/${account}/eu-west-1`;
  environment = {
    DOCKER_CONFIG: join(folder, 'docker'),
    HOME: folder,
    AWS_ENDPOINT_URL: server.url,
    AWS_ACCESS_KEY_ID: account,
    AWS_SECRET_ACCESS_KEY: 'local',
    AWS_DEFAULT_REGION: 'eu-west-1',
    AWS_EC2_METADATA_DISABLED: 'true',
  };
});
afterAll(async () => {
  await server.stop();
  rmSync(folder, { recursive: true, force: true });
  expect(server.faults).toEqual([]);
});

/** The real HOME goes to programs that keep a build or version cache there. */
const awsCli = async (...args: string[]) => {
  const { HOME: _, ...rest } = environment;
  const ran = await runTool(aws, ['--endpoint-url', server.url, '--output', 'json', ...args], { environment: rest });
  expect(`${ran.exitCode} ${ran.exitCode === 0 ? '' : ran.output}`).toBe('0 ');
  return ran.stdout.trim() === '' ? {} : JSON.parse(ran.stdout);
};

const ok = async (...[tool, args, options]: Parameters<typeof runTool>) => {
  const ran = await runTool(tool, args, { environment, ...options });
  expect(`${ran.exitCode} ${ran.exitCode === 0 ? '' : ran.output}`).toBe('0 ');
  return ran.stdout;
};

describe('docker', () => {
  const local = `batchwright-peer-${process.pid}`;
  const run = async (...args: string[]) => await ok(docker, args);
  const fails = async (...args: string[]) => {
    const ran = await runTool(docker, args, { environment });
    expect(ran.exitCode).not.toBe(0);
    return ran.output;
  };
  const importImage = async (content: string) => {
    writeFileSync(join(folder, 'hello'), content);
    const tar = execFileSync('tar', ['-C', folder, '-c', 'hello']);
    writeFileSync(join(folder, 'image.tar'), tar);
    await run('import', join(folder, 'image.tar'), `${local}:latest`);
  };

  peerTest([docker], 'ECR-6 ECR-13 ECR-25 login, push, pull, and what docker says when ECR refuses', async () => {
    const ecr = server.client();
    await ecr.createRepository({ repositoryName: 'docker/app', imageTagMutability: 'IMMUTABLE' });
    const [name, unknown] = [`${prefix}/docker/app`, `${prefix}/nothere`];
    let digest: string | undefined;
    try {
      await importImage('one');
      await run('tag', `${local}:latest`, `${name}:v1`);
      expect(await fails('push', `${name}:v1`)).toContain('no basic auth credentials');
      await ok(docker, ['login', '-u', 'AWS', '--password-stdin', server.host], {
        environment,
        input: await readPassword(ecr),
      });
      digest = /digest: (sha256:[0-9a-f]{64})/.exec(await run('push', `${name}:v1`))?.[1];
      const { imageDetails } = await ecr.describeImages({ repositoryName: 'docker/app' });
      expect(imageDetails?.map(({ imageDigest, imageTags }) => [imageDigest, imageTags])).toEqual([[digest, ['v1']]]);

      await run('push', `${name}:v1`);
      await run('rmi', `${name}:v1`, `${local}:latest`);
      expect(await run('pull', `${name}:v1`)).toContain(`Digest: ${digest}`);
      await run('pull', `${name}@${digest}`);
      expect(await fails('pull', `${name}:v2`)).toContain('manifest unknown: Requested image not found');

      await importImage('two');
      await run('tag', `${local}:latest`, `${name}:v1`);
      expect(await fails('push', `${name}:v1`)).toContain(
        "tag invalid: The image tag 'v1' already exists in the 'docker/app' repository and cannot be overwritten because the repository is immutable.",
      );
      await run('tag', `${local}:latest`, `${unknown}:v1`);
      expect(await fails('push', `${unknown}:v1`)).toContain(
        `name unknown: The repository with name 'nothere' does not exist in the registry with id '${account}'`,
      );
      await ok(docker, ['login', '-u', 'AWS', '--password-stdin', server.host], {
        environment,
        input: await readPassword(server.client('444455556666')),
      });
      expect(await fails('pull', `${name}:v1`)).toContain(
        'denied: User: arn:aws:iam::444455556666:root is not authorized to perform: ecr:BatchGetImage',
      );
      server.time.now += 12 * 3_600_000;
      expect(await fails('push', `${name}:v1`)).toContain(
        'denied: Your authorization token has expired. Reauthenticate and try again.',
      );
    } finally {
      // A pull by digest leaves a reference of its own, which no tag leads to.
      const pulled = digest === undefined ? [] : [`${name}@${digest}`];
      await runTool(docker, ['rmi', '-f', ...pulled, `${name}:v1`, `${unknown}:v1`, `${local}:latest`], {
        environment,
      });
    }
  });

  peerTest([docker], 'ECR-21 pulls through redirects', async () => {
    const redirecting = await startEcr({ redirectBlobs: true });
    const name = `${redirecting.host}/${account}/eu-west-1/app`;
    try {
      await redirecting.client().createRepository({ repositoryName: 'app' });
      await ok(docker, ['login', '-u', 'AWS', '--password-stdin', redirecting.host], {
        environment,
        input: await readPassword(redirecting.client()),
      });
      await importImage('redirected');
      await run('tag', `${local}:latest`, `${name}:v1`);
      await run('push', `${name}:v1`);
      await run('rmi', `${name}:v1`, `${local}:latest`);
      await run('pull', `${name}:v1`);
    } finally {
      await runTool(docker, ['rmi', '-f', `${name}:v1`, `${local}:latest`], { environment });
      await redirecting.stop();
    }
  });
});

describe('skopeo', () => {
  peerTest([skopeo], 'ECR-1 ECR-24 copies by digest into another region, inspects, deletes', async () => {
    const [ecr, far] = [server.client(), server.client(account, 'us-east-1')];
    for (const client of [ecr, far]) await client.createRepository({ repositoryName: 'skopeo' });
    const image = makeImage(['one', 'two'], { docker: true });
    await (await openRegistry(server, 'skopeo')).pushImage('v1', image);
    const creds = `AWS:${await readPassword(ecr)}`;
    const [from, to] = [`docker://${prefix}/skopeo:v1`, `docker://${server.host}/${account}/us-east-1/skopeo:v1`];
    const flags = ['--src-creds', creds, '--dest-creds', creds, '--src-tls-verify=false', '--dest-tls-verify=false'];
    await ok(skopeo, ['copy', '--insecure-policy', '--preserve-digests', ...flags, from, to]);
    const { imageDetails } = await far.describeImages({ repositoryName: 'skopeo' });
    expect(imageDetails?.map(({ imageDigest, imageTags }) => [imageDigest, imageTags])).toEqual([
      [image.digest, ['v1']],
    ]);
    const inspected = JSON.parse(await ok(skopeo, ['inspect', '--tls-verify=false', '--creds', creds, to]));
    expect(inspected).toMatchObject({
      Digest: image.digest,
      RepoTags: ['v1'],
      Layers: [digestOf('one'), digestOf('two')],
    });
    await ok(skopeo, ['delete', '--tls-verify=false', '--creds', creds, to]);
    expect((await far.listImages({ repositoryName: 'skopeo' })).imageIds).toEqual([]);
  });
});

describe('the AWS CLI', () => {
  peerTest(
    [aws],
    'ECR-2 ECR-12 ECR-14 reads what it is answered: a tour from create-repository to delete-repository',
    async () => {
      const ecr = (...args: string[]) => awsCli('ecr', ...args);
      const created = await ecr('create-repository', '--repository-name', 'cli', '--tags', 'Key=team,Value=cues');
      expect(created.repository.repositoryUri).toBe(`${prefix}/cli`);
      const login = await runTool(aws, ['--endpoint-url', server.url, 'ecr', 'get-login-password'], {
        environment: { ...environment, HOME: process.env['HOME'] ?? folder },
      });
      const authorization = `Basic ${Buffer.from(`AWS:${login.stdout.trim()}`).toString('base64')}`;
      expect((await fetch(`${server.url}/v2/`, { headers: { authorization } })).status).toBe(200);

      const image = makeImage(['from the cli']);
      for (const [index, blob] of image.blobs.entries()) {
        writeFileSync(join(folder, `blob-${index}`), blob);
        const { uploadId } = await ecr('initiate-layer-upload', '--repository-name', 'cli');
        const upload = ['--repository-name', 'cli', '--upload-id', uploadId];
        const range = ['--part-first-byte', '0', '--part-last-byte', String(Buffer.byteLength(blob) - 1)];
        await ecr(
          'upload-layer-part',
          ...upload,
          ...range,
          '--layer-part-blob',
          `fileb://${join(folder, `blob-${index}`)}`,
        );
        await ecr('complete-layer-upload', ...upload, '--layer-digests', digestOf(blob));
      }
      const put = await ecr(
        'put-image',
        '--repository-name',
        'cli',
        '--image-tag',
        'v1',
        '--image-manifest',
        image.manifest,
      );
      expect(put.image.imageId).toEqual({ imageDigest: image.digest, imageTag: 'v1' });
      const again = await runTool(
        aws,
        [
          '--endpoint-url',
          server.url,
          'ecr',
          'put-image',
          '--repository-name',
          'cli',
          '--image-tag',
          'v1',
          '--image-manifest',
          image.manifest,
        ],
        { environment: { ...environment, HOME: process.env['HOME'] ?? folder } },
      );
      expect(again.output).toContain(
        'An error occurred (ImageAlreadyExistsException) when calling the PutImage operation: Image with digest',
      );
      const described = await ecr('describe-images', '--repository-name', 'cli');
      expect(described.imageDetails[0]).toMatchObject({ imageDigest: image.digest, imageTags: ['v1'] });
      expect(
        (await ecr('list-images', '--repository-name', 'cli', '--filter', 'tagStatus=TAGGED')).imageIds,
      ).toHaveLength(1);
      const policy =
        '{"rules":[{"rulePriority":1,"selection":{"tagStatus":"any","countType":"imageCountMoreThan","countNumber":9},"action":{"type":"expire"}}]}';
      await ecr('put-lifecycle-policy', '--repository-name', 'cli', '--lifecycle-policy-text', policy);
      expect((await ecr('get-lifecycle-policy', '--repository-name', 'cli')).lifecyclePolicyText).toBe(policy);
      await ecr('batch-delete-image', '--repository-name', 'cli', '--image-ids', 'imageTag=v1');
      await ecr('delete-repository', '--repository-name', 'cli');
      expect(
        (await ecr('describe-repositories')).repositories.map((one: { repositoryName: string }) => one.repositoryName),
      ).not.toContain('cli');
    },
  );
});

describe('crane', () => {
  peerTest([crane], 'ECR-19 ECR-22 ECR-23 pushes, copies, tags, lists and reads', async () => {
    const ecr = server.client();
    for (const repositoryName of ['crane/a', 'crane/b']) await ecr.createRepository({ repositoryName });
    const run = async (...args: string[]) => (await ok(crane, ['--insecure', ...args])).trim();
    const [a, b] = [`${prefix}/crane/a`, `${prefix}/crane/b`];
    await ok(crane, ['auth', 'login', server.host, '-u', 'AWS', '-p', await readPassword(ecr)]);
    writeFileSync(join(folder, 'layer'), 'content of a layer');
    execFileSync('tar', ['-C', folder, '-cf', join(folder, 'layer.tar'), 'layer']);
    await run('append', '--oci-empty-base', '-f', join(folder, 'layer.tar'), '-t', `${a}:v1`);
    await run('copy', `${a}:v1`, `${b}:v1`);
    expect(await run('digest', `${b}:v1`)).toBe(await run('digest', `${a}:v1`));
    await run('tag', `${b}:v1`, 'v2');
    expect((await run('ls', b)).split('\n')).toEqual(['v1', 'v2']);
    expect(JSON.parse(await run('config', `${a}:v1`))).toHaveProperty('rootfs');
    await run('validate', '--remote', `${a}:v1`);
    expect((await run('catalog', server.host)).split('\n')).toContain(`${account}/eu-west-1/crane/a`);
    const { imageDetails } = await ecr.describeImages({ repositoryName: 'crane/b' });
    expect(imageDetails?.[0]?.imageTags).toEqual(['v1', 'v2']);
    await run('delete', `${b}@${imageDetails?.[0]?.imageDigest}`);
    expect((await ecr.listImages({ repositoryName: 'crane/b' })).imageIds).toEqual([]);
  });
});

describe('the OCI conformance suite', () => {
  /** What the suite found wrong: test and reason. */
  const examine = async (dialect: 'ecr' | 'oci', settings: Record<string, string> = {}) => {
    const examined = await startEcr({ dialect });
    try {
      const ecr = examined.client();
      for (const repositoryName of ['one', 'two']) await ecr.createRepository({ repositoryName });
      await ecr.putAccountSetting({ name: 'BLOB_MOUNTING', value: 'ENABLED' });
      const results = join(folder, `conformance-${dialect}`);
      const ran = await runTool(conformance, [], {
        cwd: folder,
        environment: {
          OCI_RESULTS_DIR: results,
          OCI_VERSION: '1.1',
          OCI_REGISTRY: examined.host,
          OCI_TLS: 'disabled',
          OCI_REPO1: `${account}/eu-west-1/one`,
          OCI_REPO2: `${account}/eu-west-1/two`,
          OCI_USERNAME: 'AWS',
          OCI_PASSWORD: await readPassword(ecr),
          OCI_API_BLOBS_UPLOAD_CANCEL: 'true',
          OCI_API_BLOBS_DIGEST_HEADER: 'true',
          OCI_API_MANIFESTS_DIGEST_HEADER: 'true',
          ...settings,
        },
      });
      expect(examined.faults).toEqual([]);
      const found = [...ran.output.matchAll(/name="OCI Conformance Test\/([^"]+)" error="((?:\\.|[^"\\])*)"/g)];
      const passed = readFileSync(join(results, 'results.yaml'), 'utf8').match(/: *['"]?pass/gi)?.length ?? 0;
      return { exitCode: ran.exitCode, found: found.map(([, name, error]) => `${name}: ${error}`), passed };
    } finally {
      await examined.stop();
    }
  };

  peerTest(
    [conformance],
    'ECR-17 ECR-18 ECR-20 ECR-22 ECR-23 ECR-24 pull, push, discovery and management pass in the oci dialect',
    async () => {
      const { exitCode, found, passed } = await examine('oci');
      expect(found).toEqual([]);
      expect(exitCode).toBe(0);
      // A suite that examined nothing would be content as well.
      expect(passed).toBeGreaterThan(30);
    },
  );

  peerTest(
    [conformance],
    'ECR-16 ECR-36 as Amazon ECR answers, it misses nothing but 202 after PATCH and sha512',
    async () => {
      const { found } = await examine('ecr', { OCI_DATA_SHA512: 'false' });
      expect(found.length).toBeGreaterThan(0);
      expect(
        found.filter(
          line => !line.endsWith('blob patch failed: unexpected status code, expected one of [202], received 201'),
        ),
      ).toEqual([]);
    },
  );
});
