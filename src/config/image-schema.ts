import * as z from 'zod/mini';
import { text, texts, told } from './schema-parts.ts';

const docker = z.strictObject({
  context: z.optional(told("The build context's folder; the folder of this file, unless given.", text())),
  dockerfile: z.optional(told('The Dockerfile; the one in the context, unless given.', text())),
  target: z.optional(told('The stage to build; the last, unless given.', text())),
  platforms: z.optional(
    told('Platforms, such as linux/amd64 or linux/arm64; linux/amd64 unless given.', z.array(text())),
  ),
  buildArgs: z.optional(told('Build arguments.', texts())),
  secrets: z.optional(
    told(
      'BuildKit secrets: id, and env:NAME or file:path.',
      z.record(z.string(), z.string().check(z.regex(/^(env|file):.+/, 'must be env:NAME or file:path'))),
    ),
  ),
  cacheFrom: z.optional(told('Cache sources, as docker buildx --cache-from takes them.', z.array(text()))),
  cacheTo: z.optional(told('Cache destinations, as docker buildx --cache-to takes them.', z.array(text()))),
  provenance: z.optional(
    told(
      'Attach provenance to the image. Off unless given, since it turns the image into an index that some consumers of Batch cannot read.',
      z.boolean(),
    ),
  ),
});

const layer = z.strictObject({
  base: z.optional(
    told(
      'The image to stand on: repository:tag or repository@sha256:… in the same registry, or a tag of this repository. Nothing, unless given.',
      text(),
    ),
  ),
  source: told('The folder whose content becomes the layer.', text()),
  destination: z.optional(
    told('Where it stands in the image; /app unless given.', z.string().check(z.regex(/^\//, 'must start with /'))),
  ),
  platform: z.optional(
    told(
      'os/architecture, linux/amd64 unless given.',
      z.string().check(z.regex(/^[^/]+\/[^/]+(\/[^/]+)?$/, 'must be os/architecture')),
    ),
  ),
  entrypoint: z.optional(told("Replaces the base's entrypoint.", z.array(text()))),
  command: z.optional(told("Replaces the base's command.", z.array(z.string()))),
  workingDirectory: z.optional(told("Replaces the base's working directory.", text())),
  user: z.optional(told("Replaces the base's user.", text())),
  environment: z.optional(told("Added to the base's environment variables.", texts())),
  ignore: z.optional(told("Paths left out, in .dockerignore's form.", z.array(text()))),
});

const createRepository = z.strictObject({
  imageTagMutability: z.optional(told('IMMUTABLE unless given.', z.enum(['MUTABLE', 'IMMUTABLE']))),
  scanOnPush: z.optional(told('Scan each image for vulnerabilities; true unless given.', z.boolean())),
  encryption: z.optional(told('AES256 unless given.', z.enum(['AES256', 'KMS']))),
  kmsKey: z.optional(told('The KMS key, for encryption: KMS.', text())),
  lifecyclePolicy: z.optional(
    told("The repository's lifecycle policy, as ECR has it: a mapping with rules.", z.record(z.string(), z.json())),
  ),
  tags: z.optional(told("The repository's tags.", texts())),
});

export const imageSchema = z.strictObject({
  repository: z.optional(
    told(
      "The ECR repository's name, the same in every region; the project's name, unless given.",
      z
        .string()
        .check(
          z.regex(/^[a-z0-9]+([._/-]+[a-z0-9]+)*$/, 'may hold lower-case letters, digits, and . _ - / between them'),
        ),
    ),
  ),
  builder: z.optional(
    told(
      'docker needs a Docker daemon, layer needs nothing, auto (the default) takes what there is.',
      z.enum(['auto', 'docker', 'layer']),
    ),
  ),
  docker: z.optional(told('How Docker builds the image.', docker)),
  layer: z.optional(told('How the image is put together without Docker: one folder on top of a base image.', layer)),
  createRepository: z.optional(told('Create a missing repository, with these settings.', createRepository)),
  extraTags: z.optional(told("Tags beside the commit's and the version's.", z.array(text()))),
});
