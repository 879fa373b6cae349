/** What `docker push` printed: the digest, and which layers it had to send. */
import type { Descriptor } from '../registry/manifests.ts';

export interface PushOutput {
  /** From `tag: digest: sha256:… size: 1234`. */
  readonly digest: string | undefined;
  /** Beginnings of the ids of layers that were sent, as printed. */
  readonly pushed: readonly string[];
}

export function parsePushOutput(stdout: string): PushOutput {
  const lines = stdout.split(/\r?\n/);
  const digest = lines.map(line => /: digest: (sha256:[0-9a-f]{64}) size: \d+/.exec(line)?.[1]).findLast(Boolean);
  const pushed = lines.flatMap(line => /^([0-9a-f]{12}): Pushed$/.exec(line)?.[1] ?? []);
  return { digest, pushed: [...new Set(pushed)] };
}

/**
 * Compressed bytes of the layers that were sent. Docker names a layer by its uncompressed digest, or with the containerd image store
 * by its compressed one.
 */
export function countPushed(
  pushed: readonly string[],
  layers: readonly Descriptor[],
  diffIds: readonly string[],
): number {
  const isPushed = (digest: string | undefined): boolean =>
    digest !== undefined && pushed.includes(digest.slice('sha256:'.length, 'sha256:'.length + 12));
  const sent = layers.filter((layer, index) => isPushed(layer.digest) || isPushed(diffIds[index]));
  return sent.reduce((sum, layer) => sum + layer.size, 0);
}
