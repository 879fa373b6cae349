/** What a test of images needs: a local AWS, the ports on it, folders, and a record of what was told and asked. */
import { mkdirSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { ECR } from '@aws-sdk/client-ecr';
import { createFiles } from '../../src/adapters/files.ts';
import { createHttp } from '../../src/adapters/http.ts';
import type { DockerBuildConfig, ImageConfig, LayerBuildConfig } from '../../src/config/model.ts';
import type { ToolkitEvent } from '../../src/events.ts';
import type { ImagePorts, ImageTarget } from '../../src/image/model.ts';
import { createRegistries, type OpenedRepository } from '../../src/image/registries.ts';
import { readBlob } from '../../src/image/registry/blobs.ts';
import { readManifest, type StoredManifest } from '../../src/image/registry/manifests.ts';
import type { LocalAws } from '../../src/local/server.ts';
import type { CommandPort, HttpPort, HttpResponse } from '../../src/ports.ts';
import { clientOptions } from '../local/fixtures/local.ts';

export const ACCOUNT = '111122223333';
export const COMMIT = '0123456789abcdef0123456789abcdef01234567';

interface Asked {
  readonly method: string;
  readonly url: string;
  readonly headers: Readonly<Record<string, string>>;
}

/** Gives an answer or throws in place of the registry; undefined lets the request through. */
type Intercept = (asked: Asked) => Partial<HttpResponse> | undefined;

export interface Workshop {
  readonly ports: ImagePorts;
  readonly events: ToolkitEvent[];
  /** Every HTTP request, in order. */
  readonly asked: Asked[];
  /** Milliseconds slept, in order. */
  readonly slept: number[];
  ecr(region: string, account?: string): ECR;
  intercept: Intercept;
  /** What `docker` is here; no program at all unless set. */
  command: CommandPort['run'];
  blobs(): string[];
  close(): void;
}

const noDocker: CommandPort['run'] = async () => {
  const { ConfigurationError } = await import('../../src/errors.ts');
  throw new ConfigurationError('The program docker was not found');
};

export function openWorkshop(local: LocalAws, options: { signal?: AbortSignal; account?: string } = {}): Workshop {
  const clients = new Map<string, ECR>();
  const ecr = (region: string, account = options.account ?? ACCOUNT): ECR => {
    const client = clients.get(`${account}${region}`) ?? new ECR(clientOptions(local, account, region));
    clients.set(`${account}${region}`, client);
    return client;
  };
  const http = createHttp();
  let now = Date.now();
  const workshop: Workshop = {
    events: [],
    asked: [],
    slept: [],
    ecr,
    intercept: () => undefined,
    command: noDocker,
    blobs: () => workshop.events.flatMap(event => (event.type === 'blob' ? [`${event.how}`] : [])),
    close: () => {
      http.close();
      for (const client of clients.values()) client.destroy();
    },
    ports: {
      aws: { ecr: async region => ecr(region) },
      http: intercepted(http, request => {
        workshop.asked.push({ method: request.method, url: request.url, headers: request.headers ?? {} });
        return workshop.intercept({ method: request.method, url: request.url, headers: request.headers ?? {} });
      }),
      command: { run: (...args) => workshop.command(...args) },
      files: createFiles(),
      dockerConfig: {
        create: async () => ({ path: '/nowhere', remove: async () => {} }),
      },
      clock: {
        now: () => now,
        sleep: async (milliseconds, signal) => {
          signal?.throwIfAborted();
          workshop.slept.push(milliseconds);
          now += milliseconds;
        },
      },
      notify: event => workshop.events.push(event),
      random: () => 0.5,
      ...(options.signal ? { signal: options.signal } : {}),
    },
  };
  return workshop;
}

function intercepted(http: HttpPort, intercept: Intercept): HttpPort {
  return {
    async request(request) {
      const answer = intercept({ method: request.method, url: request.url, headers: request.headers ?? {} });
      if (answer === undefined) return await http.request(request);
      // As a server does, what was sent is read before the answer.
      if (request.body && !(request.body instanceof Uint8Array)) for await (const _ of request.body);
      return { status: 200, headers: {}, body: bodyOf(''), ...answer };
    },
  };
}

export async function* bodyOf(...chunks: (string | Uint8Array)[]): AsyncGenerator<Uint8Array> {
  for (const chunk of chunks) yield typeof chunk === 'string' ? Buffer.from(chunk) : chunk;
}

/** Writes files below a folder; a text, or a text with a mode. */
export function writeTree(folder: string, files: Readonly<Record<string, string | Uint8Array>>): string {
  for (const [path, content] of Object.entries(files)) {
    mkdirSync(dirname(join(folder, path)), { recursive: true });
    writeFileSync(join(folder, path), content);
  }
  return folder;
}

export const target = (region: string, more: Partial<ImageTarget> = {}): ImageTarget => ({
  environment: 'test',
  account: ACCOUNT,
  partition: 'aws',
  region,
  ...more,
});

export const layerConfig = (source: string, more: Partial<LayerBuildConfig> = {}): LayerBuildConfig => ({
  source,
  destination: '/opt/app',
  platform: 'linux/amd64',
  environment: {},
  ignore: [],
  ...more,
});

export const dockerBuildConfig = (context: string, more: Partial<DockerBuildConfig> = {}): DockerBuildConfig => ({
  context,
  dockerfile: 'Dockerfile',
  platforms: [],
  buildArgs: {},
  secrets: {},
  cacheFrom: [],
  cacheTo: [],
  provenance: false,
  ...more,
});

export const imageConfig = (more: Partial<ImageConfig> = {}): ImageConfig => ({
  builder: 'auto',
  repository: 'content-cues',
  extraTags: [],
  ...more,
});

export const createSettings: NonNullable<ImageConfig['createRepository']> = {
  imageTagMutability: 'MUTABLE',
  scanOnPush: false,
  encryption: 'AES256',
  tags: {},
};

/** A repository of the local AWS, created and opened. */
export async function createOpened(
  workshop: Workshop,
  name: string,
  region = 'eu-west-1',
  settings: Partial<Parameters<ECR['createRepository']>[0]> = {},
): Promise<OpenedRepository> {
  const { repository } = await workshop.ecr(region).createRepository({ ...settings, repositoryName: name });
  const found = { uri: repository?.repositoryUri ?? '', canMove: () => true };
  return createRegistries(name, workshop.ports)(target(region), found);
}

export interface ReadImage {
  readonly manifest: StoredManifest;
  readonly content: {
    readonly mediaType: string;
    readonly config: { readonly mediaType: string; readonly digest: string };
    readonly layers: readonly { readonly mediaType: string; readonly digest: string; readonly size: number }[];
  };
  readonly config: {
    readonly created?: string;
    readonly os: string;
    readonly architecture: string;
    readonly config: Readonly<Record<string, unknown>>;
    readonly rootfs: { readonly diff_ids: readonly string[] };
    readonly history: readonly Readonly<Record<string, unknown>>[];
  };
}

/** Reads an image back from the registry, without its layers. */
export async function readImage(repository: OpenedRepository, reference: string): Promise<ReadImage> {
  const manifest = await readManifest(repository, reference);
  if (!manifest) throw new Error(`${reference} is not there`);
  const content = JSON.parse(Buffer.from(manifest.bytes).toString('utf8'));
  const config = JSON.parse(Buffer.from(await readBlob(repository, content.config)).toString('utf8'));
  return { manifest, content, config };
}
