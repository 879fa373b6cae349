import type {
  CarriedOut,
  DemandedProof,
  FoundProof,
  PromotedDefinition,
  ProofDecision,
  RestoredDefinition,
  WrongEvidence,
} from '../promote/model.ts';
import { describeStanding } from './back.ts';
import type { Block, Cell, Document } from './document.ts';
import { reportRecorded } from './evidence.ts';
import { formatBytes, formatTime } from './format.ts';
import { reportMovedTags } from './moved-tags.ts';
import { reportRegister } from './register.ts';
import { reportSmokeTest } from './smoke-test.ts';
import { reportVerify } from './verify.ts';

/** What is told of a promotion, as far as it came. */
export interface PromotionStory extends CarriedOut {
  readonly environment: string;
  readonly from: string;
  readonly digest: string;
  readonly commit?: string | undefined;
  readonly version?: string | undefined;
  readonly decision: ProofDecision;
  readonly wrong: readonly WrongEvidence[];
  /** Why it was promoted unproven. */
  readonly override?: string | undefined;
  readonly promoted: readonly PromotedDefinition[];
  /** By region: proofs of the environment itself, from before. */
  readonly settled: ReadonlyMap<string, FoundProof>;
}

/** From top to bottom: what, why it may, what was done, how it was proven, and what stands. */
export function reportPromotion(story: PromotionStory): Document {
  const { verified, registered, smoke, recorded, restored } = story;
  const bad = verified?.some(({ status }) => status === 'NG');
  return [
    { type: 'heading', level: 2, content: describeTitle(story) },
    { type: 'paragraph', content: describeOutcome(story) },
    ...reportProof(story),
    ...reportDelivered(story),
    ...(bad && verified ? reportVerify(verified) : []),
    ...(registered ? reportRegister(registered) : []),
    ...reportSettled(story),
    ...(smoke ? reportSmokeTest(smoke) : []),
    ...(recorded || story.unrecorded.length > 0 ? reportRecorded(recorded ?? [], story.unrecorded) : []),
    ...reportMovedTags(story.movedTags ?? []),
    ...(restored ? reportRestored(restored, story.environment) : []),
    ...(story.cause === undefined && registered ? reportLive(story) : []),
  ];
}

/** What would be done, and why it may: above the plan. */
export function reportPlannedPromotion(story: PromotionStory): Document {
  return [{ type: 'heading', level: 2, content: describeTitle(story) }, ...reportProof(story), ...reportSettled(story)];
}

/** What is live because of a promotion: in a report, and in the notes of a release. */
export function reportLive({ environment, digest, registered }: PromotionStory): Document {
  return [
    { type: 'heading', level: 3, content: `Live in ${environment}` },
    {
      type: 'table',
      columns: [
        { title: 'Environment' },
        { title: 'Region' },
        { title: 'Tier' },
        { title: 'Revision' },
        { title: 'Digest' },
      ],
      rows: (registered?.definitions ?? []).map(({ definition: { target, tier, name }, outcome }) => [
        target.environment,
        target.region,
        tier,
        { code: 'revision' in outcome ? `${name}:${outcome.revision}` : name },
        { code: digest },
      ]),
    },
  ];
}

function describeTitle({ environment, version, commit, digest }: PromotionStory): string {
  return `Promote ${version ?? commit?.slice(0, 12) ?? digest} to ${environment}`;
}

function describeOutcome({
  cause,
  environment,
  from,
  digest,
  restored,
  override,
  settled,
  smoke,
  movedTags,
}: PromotionStory): Cell {
  const image: Cell = [{ code: digest }];
  if (cause === undefined) {
    const how =
      smoke === undefined && settled.size > 0 ? 'is live there already, and was proven' : 'is live there, and proven';
    const why =
      override === undefined ? `It was proven in ${from}.` : `It was not proven in ${from}: see the override.`;
    const isUnmoved = movedTags?.some(({ status }) => status === 'failed');
    const tags: Cell = isUnmoved ? [' ', { badge: 'bad', text: 'A tag could not be moved to it: see below.' }] : [];
    return [{ badge: 'good', text: 'promoted' }, ': ', ...image, ` ${how}. ${why}`, ...tags];
  }
  return [
    { badge: 'bad', text: 'not promoted' },
    ': ',
    ...image,
    `. ${describeStanding(environment, restored)}. `,
    { strong: 'Why: ' },
    cause,
  ];
}

function reportProof({ decision: { demanded }, from, override, wrong }: PromotionStory): Document {
  return [
    { type: 'heading', level: 3, content: `Proof: the smoke test in ${from}` },
    {
      type: 'table',
      columns: [
        { title: 'Environment' },
        { title: 'Region' },
        { title: 'Proof' },
        { title: 'Revision' },
        { title: 'Job' },
        { title: 'When' },
        { title: 'Evidence' },
      ],
      rows: demanded.map(describeDemanded),
    },
    ...(wrong.length > 0
      ? ([
          {
            type: 'list',
            items: wrong.map(({ where, digest, reason }) => [{ code: digest }, ` (${where}): ${reason}`]),
          },
        ] satisfies Block[])
      : []),
    ...(override === undefined
      ? []
      : ([
          { type: 'paragraph', content: [{ badge: 'warning', text: 'promoted without proof' }, `: ${override}`] },
        ] satisfies Block[])),
  ];
}

function describeDemanded({ environment, region, status, proof, reason }: DemandedProof): readonly Cell[] {
  const { runUrl } = proof ?? {};
  const when = proof ? formatTime(proof.endedAt) : '';
  return [
    environment,
    region,
    status === 'proven' ? { badge: 'good', text: 'passed' } : { badge: 'bad', text: `${status}: ${reason}` },
    proof ? { code: nameRevision(proof) } : '',
    proof?.jobId === undefined ? '' : { code: proof.jobId },
    runUrl ? { link: runUrl, text: when } : when,
    proof ? { code: proof.stored.manifest.digest.slice(0, 'sha256:'.length + 12) } : '',
  ];
}

/** `models-small:7` */
function nameRevision({ jobDefinitionArn }: FoundProof): string {
  return jobDefinitionArn.slice(jobDefinitionArn.lastIndexOf('/') + 1);
}

function reportDelivered({ delivered, environment }: PromotionStory): Document {
  if (!delivered) return [];
  return [
    { type: 'heading', level: 3, content: `The image in ${environment}` },
    {
      type: 'table',
      columns: [{ title: 'Region' }, { title: 'Image' }, { title: 'How' }, { title: 'Sent', align: 'right' }],
      rows: delivered.map(({ region, reference, how, bytes }) => [
        region,
        { code: reference },
        how === 'copied' ? { badge: 'good', text: 'copied' } : { badge: 'idle', text: 'there already' },
        formatBytes(bytes),
      ]),
    },
  ];
}

function reportSettled({ settled }: PromotionStory): Document {
  if (settled.size === 0) return [];
  return [
    {
      type: 'list',
      items: [...settled].map(([region, proof]) => [
        { badge: 'good', text: `${region} was proven before` },
        `, at ${formatTime(proof.endedAt)}, by job `,
        { code: proof.jobId ?? '' },
        ' on ',
        { code: nameRevision(proof) },
      ]),
    },
  ];
}

function reportRestored(restored: readonly RestoredDefinition[], environment: string): Document {
  return [
    { type: 'heading', level: 3, content: `Back to what ${environment} ran before` },
    {
      type: 'table',
      columns: [
        { title: 'Environment' },
        { title: 'Region' },
        { title: 'Tier' },
        { title: 'Job definition' },
        { title: 'Rolled back' },
        { title: 'Live now' },
        { title: 'Digest' },
      ],
      rows: restored.map(({ promoted: { planned, before }, outcome, live, unknown }) => {
        const { target, tier, name } = planned.definition;
        const now = live ? { code: `${name}:${live.revision}` } : 'nothing is ACTIVE';
        return [
          target.environment,
          target.region,
          tier,
          name,
          describeRestored(outcome, before),
          unknown === undefined ? now : { badge: 'warning', text: `unknown: ${unknown}` },
          live?.digest === undefined ? '' : { code: live.digest },
        ];
      }),
    },
  ];
}

function describeRestored(outcome: RestoredDefinition['outcome'], before: number): Cell {
  switch (outcome.status) {
    case 'untouched':
      return { badge: 'idle', text: outcome.reason ?? 'not changed' };
    case 'rolled-back':
      return { badge: 'good', text: `content of revision ${before} registered as ${outcome.revision}` };
    case 'deregistered':
      return { badge: 'good', text: `there was none before; revision ${outcome.revision} is deregistered` };
    case 'failed':
      return {
        badge: 'bad',
        text: `not rolled back to ${before === 0 ? 'none' : `revision ${before}`}: ${outcome.reason}`,
      };
  }
}
