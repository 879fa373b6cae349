/** The tags that move from release to release: where each is on the image now, and where it is not and why. */
import type { MovedTag } from '../promote/model.ts';
import type { Cell, Document } from './document.ts';

/** Nothing when no tag was to be moved. */
export function reportMovedTags(tags: readonly MovedTag[]): Document {
  if (tags.length === 0) return [];
  return [
    { type: 'heading', level: 3, content: 'Tags that move' },
    {
      type: 'table',
      columns: [{ title: 'Region' }, { title: 'Tag' }, { title: 'Result' }],
      rows: tags.map(moved => [moved.region, { code: moved.tag }, describeResult(moved)]),
    },
  ];
}

/** One sentence for each tag that should have been moved and was not. */
export function describeUnmoved(tags: readonly MovedTag[]): readonly string[] {
  return tags.flatMap(({ region, tag, status, reason }) =>
    status === 'failed'
      ? [`${region}: the tag ${tag} was not moved (${reason}). The promotion stands; run it again once that is mended.`]
      : [],
  );
}

function describeResult({ status, reason }: MovedTag): Cell {
  switch (status) {
    case 'moved':
      return { badge: 'good', text: 'on this image' };
    case 'immutable':
      return { badge: 'idle', text: 'left out: tags of this repository cannot move' };
    case 'failed':
      return { badge: 'bad', text: `not moved: ${reason}` };
  }
}
