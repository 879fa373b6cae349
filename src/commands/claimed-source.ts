import type { SourceRevision } from '../image/model.ts';
import type { Ports } from './command.ts';

/**
 * What may be said of where something comes from: nothing for uncommitted changes, which no commit describes. A workflow run is named
 * beside its commit, and says itself what it did to the files of that commit.
 */
export function claimedSource(source: SourceRevision | undefined): SourceRevision | undefined {
  return isUnclaimed(source) ? undefined : source;
}

/** Says that `what` (`what is registered`) is of no commit, where that is so. */
export function tellUnclaimed(
  source: SourceRevision | undefined,
  what: string,
  { notify }: Pick<Ports, 'notify'>,
): void {
  if (!isUnclaimed(source)) return;
  const text = `uncommitted changes: ${what} is of no commit and names none. A rollback finds it by its revision or digest alone; commit first, and it has its commit.`;
  notify({ type: 'message', level: 'warning', text });
}

function isUnclaimed(source: SourceRevision | undefined): boolean {
  return source?.dirty === true && source.runUrl === undefined;
}
