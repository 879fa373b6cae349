/** The media types of images, in the two families that registries hold. */

export const MEDIA_TYPES = {
  dockerManifest: 'application/vnd.docker.distribution.manifest.v2+json',
  dockerIndex: 'application/vnd.docker.distribution.manifest.list.v2+json',
  dockerConfig: 'application/vnd.docker.container.image.v1+json',
  dockerLayer: 'application/vnd.docker.image.rootfs.diff.tar.gzip',
  ociManifest: 'application/vnd.oci.image.manifest.v1+json',
  ociIndex: 'application/vnd.oci.image.index.v1+json',
  ociConfig: 'application/vnd.oci.image.config.v1+json',
  ociLayer: 'application/vnd.oci.image.layer.v1.tar+gzip',
  /** Two bytes, `{}`: the configuration of what has none. */
  ociEmpty: 'application/vnd.oci.empty.v1+json',
} as const;

/** What a registry is asked for: all four, or it may convert or refuse. */
export const ACCEPTED_MANIFESTS = [
  MEDIA_TYPES.ociManifest,
  MEDIA_TYPES.ociIndex,
  MEDIA_TYPES.dockerManifest,
  MEDIA_TYPES.dockerIndex,
].join(', ');

export interface MediaTypeFamily {
  readonly manifest: string;
  readonly config: string;
  readonly layer: string;
}

const DOCKER: MediaTypeFamily = {
  manifest: MEDIA_TYPES.dockerManifest,
  config: MEDIA_TYPES.dockerConfig,
  layer: MEDIA_TYPES.dockerLayer,
};
const OCI: MediaTypeFamily = {
  manifest: MEDIA_TYPES.ociManifest,
  config: MEDIA_TYPES.ociConfig,
  layer: MEDIA_TYPES.ociLayer,
};

/** The family of a manifest's media type, so that an appended layer is of the same one as those below it. */
export function familyOf(manifestMediaType: string): MediaTypeFamily {
  return manifestMediaType === MEDIA_TYPES.dockerManifest ? DOCKER : OCI;
}

export function isIndex(mediaType: string): boolean {
  return mediaType === MEDIA_TYPES.ociIndex || mediaType === MEDIA_TYPES.dockerIndex;
}

/** Layers that a registry need not hold, since their `urls` say where they are; nobody pushes them. */
export function isForeignLayer(mediaType: string): boolean {
  return mediaType.includes('.foreign.') || mediaType.includes('.nondistributable.');
}
