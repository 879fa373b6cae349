import type { TargetConfig } from '../config/model.ts';
import { findDockerfile } from '../image/docker/build.ts';
import { LAYER_EXAMPLE } from '../image/layer-example.ts';
import type { FilesPort } from '../ports.ts';

/** What the image is to be built from and is not there: sentences for people, each once. */
export async function listUnbuilt(
  targets: readonly TargetConfig[],
  ports: { readonly files: FilesPort },
): Promise<readonly string[]> {
  const missing = new Set<string>();
  for (const { image } of targets) {
    const { builder, docker, layer } = image;
    if (builder !== 'docker' && layer) continue;
    const layerText = `image.layer in the configuration, which needs no Docker: ${LAYER_EXAMPLE}`;
    if (builder === 'layer' || !docker) missing.add(layerText);
    else if (!(await isThere(docker, ports))) missing.add(`the Dockerfile, at ${docker.dockerfile}, or ${layerText}`);
  }
  return [...missing];
}

async function isThere(docker: Parameters<typeof findDockerfile>[0], ports: { readonly files: FilesPort }) {
  return await findDockerfile(docker, ports).then(
    () => true,
    () => false,
  );
}
