/** A revision whose image is nowhere can be registered, and no job of it ever starts. */
import type { TargetConfig } from '../config/model.ts';
import { ConfigurationError } from '../errors.ts';
import type { Notify } from '../events.ts';
import { createImageLookup, type ImagePorts, type Known } from './image-lookup.ts';
import type { Definition } from './model.ts';
import { renderedCandidate } from './verify/candidates.ts';
import { describeImage, imagesOf, locateImage } from './verify/image-place.ts';

export interface ImageCheck {
  /** Asks for the image that the definitions are most likely to run, in every region at once, while something else is waited for. */
  begin(digest: string): void;
  /**
   * Throws ConfigurationError when the project's own repository has not what one of the definitions runs; `consequence` ends it: `Nothing was
   * registered`. Images of other repositories and registries are not looked at: a pull-through cache gets
   * them when they are first pulled. What could not be looked at is told, and is no error.
   */
  require(definitions: readonly Definition[], consequence: string): Promise<void>;
}

/** `targets` have their `registry`. One call for each region and image. */
export function createImageCheck(targets: readonly TargetConfig[], ports: ImagePorts & { notify: Notify }): ImageCheck {
  const lookUp = createImageLookup(ports);
  return {
    begin(digest) {
      for (const target of targets) void lookUp(target, `${repositoryOf(target)}@${digest}`);
    },
    async require(definitions, consequence) {
      const needed = targets.flatMap(target => neededBy(target, definitions));
      const looked = await Promise.all(
        needed.map(async each => ({ ...each, found: await lookUp(each.target, each.image) })),
      );
      tellUnknown(looked, ports.notify);
      const missing = looked.filter(({ found }) => found === false);
      if (missing.length === 0) return;
      throw new ConfigurationError([
        ...missing.map(({ target, image, names }) => ({
          message: `${describeImage(image, target)} is not in ECR in ${target.region}, where no job of ${describeUsers(names)} could start`,
        })),
        { message: consequence, remedy: 'Run build-push for these regions, or give an image that is there.' },
      ]);
    },
  };
}

function repositoryOf({ registry, image }: TargetConfig): string {
  return `${registry}/${image.repository}`;
}

interface NeededImage {
  readonly target: TargetConfig;
  readonly image: string;
  /** Of the definitions. */
  readonly names: readonly string[];
}

function neededBy(target: TargetConfig, definitions: readonly Definition[]): readonly NeededImage[] {
  const { environment, region } = target;
  const own = definitions.filter(one => one.target.environment === environment && one.target.region === region);
  const uses = own.flatMap(one => imagesOf(renderedCandidate(one)).map(({ image }) => ({ image, name: one.name })));
  const ours = uses.filter(({ image }) => image.startsWith(`${repositoryOf(target)}@`) && locateImage(image));
  return [...Map.groupBy(ours, ({ image }) => image)].map(([image, users]) => ({
    target,
    image,
    names: [...new Set(users.map(({ name }) => name))],
  }));
}

function describeUsers([first = '', ...others]: readonly string[]): string {
  return others.length > 0 ? `${first} and ${others.length} more` : first;
}

/** Each reason once: a missing permission hits every region alike. */
function tellUnknown(looked: readonly (NeededImage & { readonly found: Known<boolean> })[], notify: Notify): void {
  const unknown = looked.flatMap(({ target, found }) =>
    typeof found === 'object' ? [{ region: target.region, reason: found.unknown }] : [],
  );
  for (const [reason, regions] of Map.groupBy(unknown, each => each.reason)) {
    const where = [...new Set(regions.map(({ region }) => region))].join(', ');
    const text = `Whether ECR has the image was not looked at in ${where} (${reason}): if it has not, no job can start.`;
    notify({ type: 'message', level: 'warning', text });
  }
}
