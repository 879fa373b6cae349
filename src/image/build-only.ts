/** Builds the image as a push would, and pushes nothing: for a pull request, whose code no credentials may reach. */
import { buildLocally } from './docker/build.ts';
import { measureImage } from './layer.ts';
import type { BuildPushRequest, ImagePorts } from './model.ts';
import { chooseBuilder } from './plan.ts';
import { requireLayer } from './require-layer.ts';

export interface LocalBuild {
  readonly builder: 'docker' | 'layer';
  /** What a push would give. Undefined where only the push makes it: with Docker, or on a base image. */
  readonly digest: string | undefined;
  /** Compressed without Docker, unpacked with it; undefined when Docker keeps it to itself (several platforms). */
  readonly bytes: number | undefined;
}

/** Asks no registry and no AWS. Throws ConfigurationError for what the user can mend, at the Dockerfile's line where one is meant. */
export async function buildOnly(
  request: Pick<BuildPushRequest, 'image' | 'source' | 'createdSeconds'>,
  ports: ImagePorts,
): Promise<LocalBuild> {
  const { image, source, createdSeconds } = request;
  const builder = await chooseBuilder(request, ports);
  const how = builder.kind === 'docker' ? ' with Docker' : '';
  ports.notify({ type: 'step', title: `Building ${image.repository}${how}, without a push` });
  if (builder.kind === 'docker' && image.docker) {
    const tag = `${image.repository.toLowerCase()}:${source.commit.slice(0, 12)}`;
    const bytes = await buildLocally({ config: image.docker, tool: builder.tool, source, createdSeconds, tag }, ports);
    return { builder: 'docker', digest: undefined, bytes };
  }
  const { digest, bytes } = await measureImage(
    { config: requireLayer(image.layer), source, createdSeconds },
    ports.files,
  );
  return { builder: 'layer', digest, bytes };
}
