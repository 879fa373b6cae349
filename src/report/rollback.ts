import type { DefinitionConfig } from '../config/model.ts';
import type { DeregisterOutcome, RevisionToRetire } from '../definitions/deregister-revisions.ts';
import type { PlannedRetirement } from '../definitions/plan-retirement.ts';
import type { PlannedRollback } from '../definitions/plan-rollback.ts';
import type { ImageFailure, RetiredImages } from '../definitions/retire-images.ts';
import { readStamp } from '../definitions/tags.ts';
import type { Block, Document } from './document.ts';
import { count } from './format.ts';

/** From which revision to which, per definition. */
export function reportRollbackPlan(planned: readonly PlannedRollback[], how: 'register' | 'deregister'): Document {
  const moved = planned.filter(each => each.planned.action !== 'unchanged').length;
  const way =
    how === 'register' ? 'by registering the older content as a new revision' : 'by deregistering what is newer';
  return [
    { type: 'heading', level: 2, content: 'Roll back' },
    {
      type: 'paragraph',
      content:
        moved === 0
          ? `${count(planned.length, 'definition')}: what is live has that content already; nothing to do.`
          : `${count(moved, 'definition')}, ${way}.`,
    },
    {
      type: 'table',
      columns: [
        { title: 'Region' },
        { title: 'Tier' },
        { title: 'Job definition' },
        { title: 'Live', align: 'right' },
        { title: 'Content of', align: 'right' },
        { title: 'Commit' },
        { title: 'Registered' },
      ],
      rows: planned.map(({ config, live, source, planned: { action } }) => {
        const { commit, version, registeredAt } = readStamp(source.tags);
        return [
          config.region,
          config.tier.name,
          config.jobDefinitionName,
          String(live.revision),
          action === 'unchanged'
            ? 'the same'
            : `${source.revision}${source.described.status === 'ACTIVE' ? '' : ' (deregistered)'}`,
          [commit?.slice(0, 12), version].filter(Boolean).join(' '),
          registeredAt?.slice(0, 16).replace('T', ' ') ?? 'not by Batchwright',
        ];
      }),
    },
    ...planned.flatMap(({ config, planned: { diff } }): Block[] =>
      diff.length > 0
        ? [
            {
              type: 'details',
              summary: `What changes in ${config.jobDefinitionName} in ${config.region}`,
              blocks: [{ type: 'code', language: 'diff', text: diff.join('\n') }],
            },
          ]
        : [],
    ),
  ];
}

/** Which revisions go, and why others do not. */
export function reportRetirementPlan(planned: readonly PlannedRetirement[]): Document {
  const going = planned.reduce((sum, { retire }) => sum + retire.length, 0);
  const active = planned.reduce((sum, each) => sum + each.active, 0);
  const list = (revisions: readonly { readonly revision: number }[]) =>
    revisions.map(({ revision }) => revision).join(', ');
  return [
    { type: 'heading', level: 2, content: 'Old revisions' },
    {
      type: 'paragraph',
      content: `${going === 0 ? 'None is' : count(going, 'revision')} to be retired. Of ${count(active, 'ACTIVE revision')} ${describeKept(planned)}.`,
    },
    {
      type: 'table',
      columns: [
        { title: 'Environment' },
        { title: 'Region' },
        { title: 'Job definition' },
        { title: 'ACTIVE', align: 'right' },
        { title: 'To be retired' },
        { title: 'Spared' },
      ],
      rows: planned.map(({ config, active, retire, spared }) => [
        config.environment,
        config.region,
        config.jobDefinitionName,
        String(active),
        list(retire),
        spared.map(({ revision, reason, run }) => `${revision} (${REASONS[reason]}${run ?? ''})`).join(', '),
      ]),
    },
  ];
}

/** `20 of each definition stay`, as the configuration has it. */
function describeKept(planned: readonly PlannedRetirement[]): string {
  const rules = new Set(planned.map(({ config: { retention } }) => describeRetention(retention)));
  const [rule = describeRetention({})] = rules;
  return rules.size > 1 ? 'how many stay is said by `retention` for each' : rule;
}

function describeRetention({ keep, olderThanDays }: DefinitionConfig['retention']): string {
  if (keep === undefined && olderThanDays === undefined) return 'all stay, for `retention` is not set';
  const newest = `the newest ${(keep ?? 1) > 1 ? `${keep} of each definition stay` : 'of each definition stays'}`;
  return olderThanDays === undefined
    ? newest
    : `${newest}, and so does what is younger than ${count(olderThanDays, 'day')}`;
}

const REASONS = {
  'in use': 'unfinished jobs use it',
  pinned: 'pinned by run ',
  protected: 'a rollback goes back to it',
  young: 'not old enough',
  'of unknown age': 'of unknown age',
} as const;

/** What was done, also when it was only half. */
export function reportDeregistered(outcomes: ReadonlyMap<RevisionToRetire, DeregisterOutcome>): Document {
  const rows = [...outcomes].map(([{ region, revision }, outcome]) => [
    region,
    `${revision.name}:${revision.revision}`,
    {
      badge: BADGES[outcome.status],
      text:
        outcome.status === 'not-attempted'
          ? 'not attempted, ACTIVE'
          : outcome.status === 'failed'
            ? 'failed, ACTIVE'
            : 'deregistered',
    },
    outcome.status === 'failed' ? outcome.error.message : '',
  ]);
  if (rows.length === 0) return [];
  return [
    {
      type: 'table',
      columns: [{ title: 'Region' }, { title: 'Revision' }, { title: 'Outcome' }, { title: 'Why' }],
      rows,
    },
  ];
}

const BADGES = { deregistered: 'good', failed: 'bad', 'not-attempted': 'warning' } as const;

/** Images that go, or went, per region; and those that would not. */
export function reportImages(planned: readonly RetiredImages[], failures: readonly ImageFailure[]): Document {
  if (planned.length === 0) return [];
  return [
    { type: 'heading', level: 3, content: 'Images that nothing ACTIVE names' },
    {
      type: 'table',
      columns: [
        { title: 'Region' },
        { title: 'Repository' },
        { title: 'Gone', align: 'right' },
        { title: 'Kept', align: 'right' },
      ],
      rows: planned.map(({ region, repository, digests, kept }) => [
        region,
        repository,
        String(digests.length),
        String(kept),
      ]),
    },
    ...(failures.length > 0
      ? ([
          {
            type: 'list',
            items: failures.map(({ region, digest, why }) => [
              { code: digest },
              ` in ${region} is still there: ${why}`,
            ]),
          },
        ] satisfies Block[])
      : []),
  ];
}
