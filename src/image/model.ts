/** Images, as the other rooms see them. */
import type { ImageConfig, Target } from '../config/model.ts';
import type { Notify } from '../events.ts';
import type { AwsPorts, Clock, CommandPort, DockerConfigPort, FilesPort, HttpPort } from '../ports.ts';

/** The commit being built, as the host's environment tells it. */
export interface SourceRevision {
  /** 40 hexadecimal digits. */
  readonly commit: string;
  /** `refs/heads/main`, `refs/tags/v1.2.3`, `refs/pull/7/merge`; undefined when unknown. */
  readonly ref?: string | undefined;
  /** The release version, from a `v*` tag: `1.2.3`. */
  readonly version?: string | undefined;
  /** `https://github.com/owner/name`. */
  readonly repositoryUrl?: string | undefined;
  /** The workflow run's page. */
  readonly runUrl?: string | undefined;
  /** Uncommitted changes; then no commit tag is written and nothing is skipped. */
  readonly dirty?: boolean | undefined;
}

/** Where an image is to be. `registry` (host, and path prefix) is what ECR says itself unless given. */
export type ImageTarget = Target & { readonly registry?: string | undefined };

export interface BuildPushRequest {
  readonly image: ImageConfig;
  /** The first is pushed to; the others are copied to, by digest. All of one environment, or of several. */
  readonly targets: readonly ImageTarget[];
  readonly source: SourceRevision;
  /** Seconds since the epoch for `created`, so that the same content gives the same digest. */
  readonly createdSeconds?: number | undefined;
  /** Build even when this commit's digest is already there. */
  readonly force?: boolean | undefined;
}

/** The outside world, as far as images need it. */
export interface ImagePorts {
  readonly aws: Pick<AwsPorts, 'ecr'>;
  readonly http: HttpPort;
  readonly command: CommandPort;
  readonly files: FilesPort;
  readonly dockerConfig: DockerConfigPort;
  readonly clock: Clock;
  readonly notify: Notify;
  /** From 0 to 1, for the jitter of retries; absent: none. */
  readonly random?: (() => number) | undefined;
  /** Ends everything: builds, uploads, waits. */
  readonly signal?: AbortSignal | undefined;
}

export interface BuildPushResult {
  /** `sha256:…` of the manifest or index; the same in every region. */
  readonly digest: string;
  readonly builder: 'docker' | 'layer' | 'none';
  /** True when this commit's image was there already, so nothing was built. */
  readonly skipped: boolean;
  readonly tags: readonly string[];
  readonly images: readonly PushedImage[];
}

export interface PushedImage {
  readonly environment: string;
  readonly region: string;
  /** `host/repository@sha256:…` */
  readonly reference: string;
  readonly how: 'pushed' | 'copied' | 'exists';
  /** Bytes sent to this region; undefined when Docker sent them and did not say. */
  readonly bytes?: number | undefined;
}
