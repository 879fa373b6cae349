import type { LocalBuild } from '../image/build-only.ts';
import type { BuildPushResult, PushedImage } from '../image/model.ts';
import type { Block, Document, Inline } from './document.ts';
import { formatBytes } from './format.ts';

/** The image: one digest, and where it is. */
export function reportBuildPush(result: BuildPushResult): Document {
  const made = result.skipped
    ? "This commit's image was there already; nothing was built."
    : result.builder === 'docker'
      ? 'Built with Docker.'
      : 'Built without a daemon: the code folder as one layer.';
  return [
    { type: 'heading', level: 2, content: 'Image' },
    { type: 'paragraph', content: [{ code: result.digest }, `. ${made}`, ...describeTags(result.tags)] },
    imageTable(result.images),
  ];
}

/** A build that pushed nothing: for whom it was, whether the image can be built is all there is to know. */
export function reportBuild({ builder, digest, bytes }: LocalBuild): Document {
  const made = builder === 'docker' ? 'Built with Docker' : 'Built without a daemon, the code folder as one layer';
  const size = bytes === undefined ? '' : `, ${formatBytes(bytes)}`;
  return [
    { type: 'heading', level: 2, content: 'Image' },
    {
      type: 'paragraph',
      content: [
        { badge: 'good', text: 'builds' },
        `. ${made}${size}; nothing was pushed.`,
        ...(digest === undefined ? [] : [' Pushed it would be ', { code: digest }, '.']),
      ],
    },
  ];
}

function describeTags(tags: readonly string[]): readonly Inline[] {
  if (tags.length === 0) return [];
  return [' Tags: ', ...tags.flatMap((tag, index) => (index === 0 ? [{ code: tag }] : [', ', { code: tag }])), '.'];
}

function imageTable(images: readonly PushedImage[]): Block {
  return {
    type: 'table',
    columns: [
      { title: 'Environment' },
      { title: 'Region' },
      { title: 'How' },
      { title: 'Sent', align: 'right' },
      { title: 'Reference' },
    ],
    rows: images.map(image => [
      image.environment,
      image.region,
      image.how === 'exists' ? { badge: 'idle', text: 'already there' } : { badge: 'good', text: image.how },
      image.bytes === undefined ? '' : formatBytes(image.bytes),
      { code: image.reference },
    ]),
  };
}
