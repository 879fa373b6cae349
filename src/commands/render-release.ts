import type { Definition } from '../definitions/model.ts';
import type { ImageCheck } from '../definitions/require-images.ts';
import type { SourceRevision } from '../image/model.ts';
import type { Ports } from './command.ts';
import { readImageDigest, releaseOfCommit } from './image-reference.ts';
import type { Chosen } from './load.ts';

export interface RenderedRelease {
  readonly definitions: readonly Definition[];
  /** Of the image that they run. */
  readonly digest: string;
  readonly source: SourceRevision | undefined;
  /** Has begun to look for the image. */
  readonly images: ImageCheck;
}

/**
 * Renders and lints every definition with the image that was given, or this commit's, while AWS is asked whether it is there.
 * `consequence` completes the message when lint refuses: `nothing was registered`.
 */
export async function renderRelease(
  chosen: Chosen,
  given: { readonly tier: readonly string[]; readonly image: string | undefined },
  consequence: string,
  ports: Ports,
): Promise<RenderedRelease> {
  const { createImageCheck } = await import('../definitions/require-images.ts');
  const { renderAndLint } = await import('./lint-step.ts');
  const source = await ports.readSourceRevision();
  const digest = await readImageDigest(given.image, source, chosen.targets, ports);
  const images = createImageCheck(chosen.targets, ports);
  images.begin(digest);
  const release = { tiers: given.tier, releaseOf: releaseOfCommit(digest, source, ports.registryHost) };
  return { definitions: await renderAndLint(chosen, release, consequence, ports), digest, source, images };
}
