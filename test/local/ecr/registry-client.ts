/** A raw client of the registry, and small images to push with it. */
import { createHash } from 'node:crypto';
import type { ECR } from '@aws-sdk/client-ecr';
import type { EcrServer } from './ecr-server.ts';

export const OCI_MANIFEST = 'application/vnd.oci.image.manifest.v1+json';
export const OCI_INDEX = 'application/vnd.oci.image.index.v1+json';
export const DOCKER_MANIFEST = 'application/vnd.docker.distribution.manifest.v2+json';

export const digestOf = (bytes: Uint8Array | string): string =>
  `sha256:${createHash('sha256').update(bytes).digest('hex')}`;

export interface Reply {
  readonly status: number;
  readonly headers: Headers;
  readonly bytes: Buffer;
  readonly text: string;
  /** `errors[0]` of an error reply. */
  readonly error: { code: string; message: string } | undefined;
}

export interface RegistryClient {
  readonly password: string;
  /** `path` beneath `/v2/<account>/<region>/<repository>`, or a whole address. */
  request(
    method: string,
    path: string,
    options?: { headers?: Record<string, string>; body?: Uint8Array | string },
  ): Promise<Reply>;
  pushBlob(bytes: Uint8Array | string): Promise<string>;
  pushImage(tag: string | undefined, image: TestImage): Promise<Reply>;
}

export interface TestImage {
  readonly manifest: string;
  readonly mediaType: string;
  readonly blobs: readonly (Buffer | string)[];
  readonly digest: string;
}

/** An image with a config and the given layers; `more` goes into the manifest. */
export function makeImage(
  layers: readonly (Buffer | string)[],
  options: { config?: unknown; docker?: boolean; more?: Record<string, unknown> } = {},
): TestImage {
  const { docker = false, more = {} } = options;
  const config = JSON.stringify(
    options.config ?? { architecture: 'amd64', os: 'linux', config: {}, rootfs: { type: 'layers', diff_ids: [] } },
  );
  const mediaType = docker ? DOCKER_MANIFEST : OCI_MANIFEST;
  const describe = (blob: Buffer | string, type: string) => ({
    mediaType: type,
    digest: digestOf(blob),
    size: Buffer.byteLength(blob),
  });
  const manifest = JSON.stringify({
    schemaVersion: 2,
    mediaType,
    config: describe(
      config,
      docker ? 'application/vnd.docker.container.image.v1+json' : 'application/vnd.oci.image.config.v1+json',
    ),
    layers: layers.map(layer =>
      describe(
        layer,
        docker ? 'application/vnd.docker.image.rootfs.diff.tar.gzip' : 'application/vnd.oci.image.layer.v1.tar+gzip',
      ),
    ),
    ...more,
  });
  return { manifest, mediaType, blobs: [config, ...layers], digest: digestOf(manifest) };
}

export function makeIndex(images: readonly { image: TestImage; architecture: string }[]): TestImage {
  const manifests = images.map(({ image, architecture }) => ({
    mediaType: image.mediaType,
    digest: image.digest,
    size: Buffer.byteLength(image.manifest),
    platform: { os: 'linux', architecture },
  }));
  const manifest = JSON.stringify({ schemaVersion: 2, mediaType: OCI_INDEX, manifests });
  return { manifest, mediaType: OCI_INDEX, blobs: [], digest: digestOf(manifest) };
}

export async function readPassword(ecr: ECR): Promise<string> {
  const { authorizationData } = await ecr.getAuthorizationToken({});
  return Buffer.from(authorizationData?.[0]?.authorizationToken ?? '', 'base64')
    .toString()
    .replace(/^AWS:/, '');
}

export async function openRegistry(
  server: Pick<EcrServer, 'url' | 'client'>,
  repository: string,
  where: { account?: string; region?: string; as?: string } = {},
): Promise<RegistryClient> {
  const { account = '111122223333', region = 'eu-west-1' } = where;
  const password = await readPassword(server.client(where.as ?? account, region));
  const base = `${server.url}/v2/${account}/${region}/${repository}`;
  const authorization = `Basic ${Buffer.from(`AWS:${password}`).toString('base64')}`;
  const request: RegistryClient['request'] = async (method, path, { headers = {}, body } = {}) => {
    const url = path.startsWith('http') ? path : path.startsWith('/v2') ? `${server.url}${path}` : `${base}${path}`;
    const response = await fetch(url, {
      method,
      headers: { authorization, ...headers },
      redirect: 'manual',
      ...(body === undefined ? {} : { body: new Uint8Array(Buffer.from(body)) }),
    });
    const bytes = Buffer.from(await response.arrayBuffer());
    const text = bytes.toString();
    const isError = response.status >= 400 && text.startsWith('{');
    return {
      status: response.status,
      headers: response.headers,
      bytes,
      text,
      error: isError ? (JSON.parse(text) as { errors: { code: string; message: string }[] }).errors[0] : undefined,
    };
  };
  const pushBlob = async (bytes: Uint8Array | string): Promise<string> => {
    const digest = digestOf(bytes);
    const started = await request('POST', '/blobs/uploads/');
    const done = await request('PUT', `${started.headers.get('location')}?digest=${digest}`, { body: bytes });
    if (done.status !== 201) throw new Error(`PUT blob: ${done.status} ${done.text}`);
    return digest;
  };
  return {
    password,
    request,
    pushBlob,
    async pushImage(tag, image) {
      for (const blob of image.blobs) await pushBlob(blob);
      return await request('PUT', `/manifests/${tag ?? image.digest}`, {
        headers: { 'content-type': image.mediaType },
        body: image.manifest,
      });
    },
  };
}
