/** Which tags an image gets. Definitions name the digest; tags are for people, and for finding the image of a commit again. */
import { ConfigurationError } from '../errors.ts';
import type { SourceRevision } from './model.ts';
import { isTag } from './reference.ts';

export interface ImageTags {
  /** The full commit; undefined for uncommitted changes, which no commit describes. */
  readonly commit?: string | undefined;
  /** Belong to one image for ever: the commit, a release, what the configuration adds. */
  readonly fixed: readonly string[];
  /** Move to the newest image: the branch, `1.2` of release 1.2.3. Left out where tags cannot move. */
  readonly moving: readonly string[];
}

/**
 * A release 1.2.3 gets `1.2.3` and `1.2`; a pre-release only its own. There is no `1` and no `latest`: a definition that named one
 * would change under a running job. Uncommitted changes get `dirty-<commit>-<milliseconds>` alone.
 * Throws ConfigurationError for extra tags that are none.
 */
export function chooseTags(source: SourceRevision, extraTags: readonly string[], nowMilliseconds: number): ImageTags {
  const wrong = extraTags.filter(tag => !isTag(tag));
  if (wrong.length > 0) throw new ConfigurationError(wrong.map(describeWrong));
  if (source.dirty) return { fixed: [`dirty-${source.commit.slice(0, 12)}-${nowMilliseconds}`], moving: [] };
  const release = releaseTags(source.version);
  const fixed = [source.commit, ...release.fixed, ...gitTag(source), ...extraTags];
  const moving = [...release.moving, ...branchTag(source.ref)].filter(tag => !fixed.includes(tag));
  return { commit: source.commit, fixed: [...new Set(fixed)], moving: [...new Set(moving)] };
}

function describeWrong(tag: string): { message: string; remedy: string } {
  return {
    message: `"${tag}" is not an image tag`,
    remedy: 'A tag has letters, digits, "_", "." and "-", at most 128, and begins with none of "." and "-".',
  };
}

/** https://semver.org, less its `+`, which no tag can hold. */
const VERSION = /^(\d+)\.(\d+)\.(\d+)(-[0-9A-Za-z.-]+)?(\+[0-9A-Za-z.-]+)?$/;

/** `1.2.3` and the moving `1.2`; a pre-release has only its own. None without a version. */
export function releaseTags(version: string | undefined): { fixed: string[]; moving: string[] } {
  if (version === undefined) return { fixed: [], moving: [] };
  const [whole, major, minor, , prerelease] = VERSION.exec(version) ?? [];
  const fixed = [safeTag(version)];
  return { fixed, moving: whole !== undefined && prerelease === undefined ? [`${major}.${minor}`] : [] };
}

/** A git tag that is no version; those of versions have their tag by now. */
function gitTag({ ref, version }: SourceRevision): string[] {
  const name = /^refs\/tags\/(.+)$/.exec(ref ?? '')?.[1];
  return name === undefined || version !== undefined ? [] : [safeTag(name)];
}

function branchTag(ref: string | undefined): string[] {
  const pull = /^refs\/pull\/(\d+)\//.exec(ref ?? '')?.[1];
  if (pull !== undefined) return [`pr-${pull}`];
  const name = /^refs\/heads\/(.+)$/.exec(ref ?? '')?.[1];
  if (name === undefined) return [];
  const tag = safeTag(name);
  // A branch called 1.2.3, or after a commit, must not take the place of a release or a commit.
  return [/^v?\d+(\.\d+)*(-|$)|^[0-9a-f]{40}$|^(dirty|rebuild)-/.test(tag) ? safeTag(`branch-${tag}`) : tag];
}

/** The nearest valid tag: `feature/tiny model` becomes `feature-tiny-model`. */
function safeTag(name: string): string {
  const cleaned = name.replaceAll(/[^A-Za-z0-9_.-]+/g, '-').replace(/^[.-]+/, '');
  return cleaned.slice(0, 128) || 'ref';
}
