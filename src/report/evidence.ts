import type { FoundProof } from '../promote/model.ts';
import type { Document } from './document.ts';

/** What was recorded beside the image, and what could not be. */
export function reportRecorded(recorded: readonly FoundProof[], failures: readonly string[]): Document {
  return [
    { type: 'heading', level: 3, content: 'Recorded beside the image' },
    {
      type: 'table',
      columns: [
        { title: 'Environment' },
        { title: 'Region' },
        { title: 'Result' },
        { title: 'Image' },
        { title: 'Evidence' },
      ],
      rows: recorded.map(({ environment, region, result, digest, stored }) => [
        environment,
        region,
        { badge: result === 'PASSED' ? 'good' : 'bad', text: result },
        { code: digest },
        { code: stored.manifest.digest },
      ]),
    },
    ...(failures.length > 0 ? ([{ type: 'list', items: failures }] satisfies Document) : []),
  ];
}
