import type { SourceRevision } from './model.ts';

const PREFIX = 'org.opencontainers.image.';

/**
 * Where an image comes from, in labels that registries and scanners know. Labels and not annotations, since those do not exist in
 * Docker's manifests. https://github.com/opencontainers/image-spec/blob/main/annotations.md
 */
export function sourceLabels(source: SourceRevision, createdSeconds: number | undefined): Record<string, string> {
  const values: Readonly<Record<string, string | undefined>> = {
    source: source.repositoryUrl,
    revision: source.dirty ? `${source.commit}-dirty` : source.commit,
    version: source.version,
    created: createdSeconds === undefined ? undefined : new Date(createdSeconds * 1000).toISOString(),
  };
  const known = Object.entries(values).flatMap(([name, value]) => (value ? [[PREFIX + name, value] as const] : []));
  return Object.fromEntries(known);
}

/** What a layer was put on. */
export function baseLabels(base: { readonly name: string; readonly digest: string }): Record<string, string> {
  return { [`${PREFIX}base.name`]: base.name, [`${PREFIX}base.digest`]: base.digest };
}
