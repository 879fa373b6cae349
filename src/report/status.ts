import type { Known } from '../definitions/image-lookup.ts';
import type { DefinitionStatus, LiveStatus } from '../definitions/status.ts';
import type { Block, Cell, Document } from './document.ts';
import { count } from './format.ts';

/** What is live where, and what is odd about it. */
export function reportStatus(definitions: readonly DefinitionStatus[]): Document {
  const live = definitions.flatMap(each => each.live ?? []);
  const versions = new Set(live.map(({ digest, image }) => digest ?? image));
  const summary = `${live.length} of ${count(definitions.length, 'definition')} live, running ${count(versions.size, 'image')}.`;
  return [
    { type: 'heading', level: 2, content: 'Job definitions: status' },
    { type: 'paragraph', content: summary },
    statusTable(definitions),
    ...describeUnknown(live),
  ];
}

function statusTable(definitions: readonly DefinitionStatus[]): Block {
  return {
    type: 'table',
    columns: [
      { title: 'Environment' },
      { title: 'Region' },
      { title: 'Tier' },
      { title: 'Job definition' },
      { title: 'Revision', align: 'right' },
      { title: 'Image' },
      { title: 'Commit' },
      { title: 'Registered' },
      { title: 'Unfinished jobs', align: 'right' },
    ],
    rows: definitions.map(({ config, live }) => [
      config.environment,
      config.region,
      config.tier.name,
      config.jobDefinitionName,
      ...(live ? describeLive(live) : [{ badge: 'warning', text: 'none' } as const, '', '', '', '']),
    ]),
  };
}

function describeLive(live: LiveStatus): readonly Cell[] {
  const { revision, active, stamp, jobs } = live;
  return [
    active > 1 ? `${revision} (${active} ACTIVE)` : String(revision),
    describeImage(live),
    describeCommit(stamp),
    describeTime(stamp),
    isUnknown(jobs) ? '?' : jobs.onOlder > 0 ? `${jobs.onLive} (+${jobs.onOlder} on older)` : String(jobs.onLive),
  ];
}

function describeImage({ image, digest, imageExists }: LiveStatus): Cell {
  if (image === undefined) return '';
  const name = digest ? digest.slice('sha256:'.length, 'sha256:'.length + 12) : image;
  if (imageExists === false) return [{ code: name }, ' ', { badge: 'bad', text: 'gone from ECR' }];
  return digest ? { code: name } : [{ code: name }, ' ', { badge: 'warning', text: 'no digest' }];
}

function describeCommit({ commit, version, rolledBackTo }: LiveStatus['stamp']): Cell {
  const words = [commit?.slice(0, 12), version && `v${version.replace(/^v/, '')}`].filter(Boolean).join(' ');
  return rolledBackTo ? `${words} (rolled back to revision ${rolledBackTo})` : words;
}

function describeTime({ registeredAt, runUrl, contentHash }: LiveStatus['stamp']): Cell {
  if (contentHash === undefined) return { badge: 'warning', text: 'not by Batchwright' };
  const time = registeredAt ? `${registeredAt.slice(0, 16).replace('T', ' ')} UTC` : 'at an unknown time';
  return runUrl ? { link: runUrl, text: time } : time;
}

/** Each reason once: a missing permission hits every row alike. */
function describeUnknown(live: readonly LiveStatus[]): readonly Block[] {
  const reasons = new Set([
    ...live.flatMap(({ jobs }) => (isUnknown(jobs) ? [`unfinished jobs (${jobs.unknown})`] : [])),
    ...live.flatMap(({ imageExists: image }) =>
      isUnknown(image) ? [`whether an image exists (${image.unknown})`] : [],
    ),
  ]);
  if (reasons.size === 0) return [];
  return [{ type: 'paragraph', content: `Not known: ${[...reasons].join(', ')}.` }];
}

function isUnknown<Value>(known: Known<Value>): known is { readonly unknown: string } {
  return typeof known === 'object' && known !== null && 'unknown' in known;
}
