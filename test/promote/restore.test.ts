/** The way back of a promotion, where Batch says something else than before, or nothing. */
import type { JobDefinition } from '@aws-sdk/client-batch';
import { expect, test } from '@jest/globals';
import type { DefinitionConfig } from '../../src/config/model.ts';
import type { LiveRevision, PlannedDefinition, RegisterOutcome } from '../../src/definitions/model.ts';
import { restorePromotion } from '../../src/promote/restore.ts';
import { portsOn } from '../definitions/answers.ts';
import { definitionOf, ec2 } from '../definitions/requests.ts';

const definition = definitionOf(ec2());
const planned = { definition } as PlannedDefinition;
const config = { ...definition.config, jobDefinitionName: 'cues-small', region: 'eu-west-1' } as DefinitionConfig;
const revision = (
  number: number,
  content: object = ec2(),
  tags: Readonly<Record<string, string>> = {},
): JobDefinition => ({
  ...(content as JobDefinition),
  tags: { ...(content as JobDefinition).tags, ...tags },
  jobDefinitionName: 'cues-small',
  jobDefinitionArn: `arn:aws:batch:eu-west-1:123456789012:job-definition/cues-small:${number}`,
  revision: number,
  status: 'ACTIVE',
});
const refuse = (why: unknown) => () => {
  throw why;
};

/** What becomes of one definition, by the answers of its Batch. */
async function restore(before: number, batch: Parameters<typeof portsOn>[0]['batch'] & {}) {
  const request = { promoted: [{ planned, config, before }], registered: undefined, stamp: {} };
  const [only] = await restorePromotion(request, portsOn({ batch, ecr: {} }));
  const { promoted: _, ...rest } = only ?? { promoted: undefined };
  return rest;
}
const describing = (...jobDefinitions: readonly JobDefinition[]) => ({
  describeJobDefinitions: () => ({ jobDefinitions }),
});

test.each<[string, number, object, object]>([
  ['nothing of it is live', 0, describing(), { outcome: { status: 'untouched' }, live: undefined }],
  [
    'nothing is ACTIVE any more',
    3,
    describing(),
    { outcome: { status: 'untouched', reason: 'no revision is ACTIVE any more; it was left alone' }, live: undefined },
  ],
  [
    'what is live has no image',
    3,
    describing(revision(4, { type: 'container', containerProperties: {} })),
    {
      outcome: {
        status: 'untouched',
        reason: 'revision 4, which somebody else registered, is live; it was left alone',
      },
      live: { revision: 4, digest: undefined },
    },
  ],
  [
    'its region cannot be read',
    3,
    { describeJobDefinitions: refuse(Object.assign(new Error('no'), { name: 'AccessDeniedException' })) },
    {
      outcome: { status: 'failed', reason: expect.stringContaining('AccessDeniedException: no') },
      unknown: expect.stringContaining('AccessDeniedException: no'),
    },
  ],
  [
    'what was live before is gone',
    3,
    describing(revision(4)),
    {
      outcome: { status: 'failed', reason: expect.stringContaining('there is no revision 3; revision 4 is live') },
      live: { revision: 4 },
    },
  ],
  [
    'what is new may not be deregistered',
    0,
    {
      ...describing(revision(1)),
      deregisterJobDefinition: refuse(Object.assign(new Error('no'), { name: 'AccessDeniedException' })),
    },
    {
      outcome: { status: 'failed', reason: expect.stringContaining('AccessDeniedException: no') },
      live: { revision: 1 },
    },
  ],
])('where %s', async (_, before, batch, expected) => {
  expect(await restore(before, batch)).toMatchObject(expected);
});

const [OURS, THEIRS] = ['https://github.com/o/r/actions/runs/1', 'https://github.com/o/r/actions/runs/2'] as const;
const by = (runUrl: string) => ({ 'batchwright:run-url': runUrl });
const reliedOnBy = (runUrl: string) => ({ 'batchwright:adopted-by': runUrl });
const ended = { arn: 'a', revision: 6, reason: 'why' } as const;
const SAME = 'revision 6, which another deployment registered with the same content, is live; it was left alone';
const RELIED = `revision 6 is live, and another deployment relies on it (${THEIRS}); it was left alone`;

/** Revision 5 was live before, and 6, of the content that is promoted, is live now. The reason to leave it; none: it is taken back. */
test.each<
  readonly [
    string,
    string | undefined,
    RegisterOutcome | undefined,
    Record<string, string>,
    Partial<LiveRevision> | undefined,
  ]
>([
  ['registered by this one', undefined, { ...ended, status: 'registered', own: true }, by(OURS), undefined],
  ['registered by another', SAME, { ...ended, status: 'registered', own: false }, by(THEIRS), undefined],
  // Outside of a workflow nothing else tells two deployments of the same plan apart.
  ['of another and kept', SAME, { ...ended, status: 'kept', own: false }, { 'batchwright:plan': 'p' }, undefined],
  ['kept for a job', undefined, { ...ended, status: 'kept', own: true }, by(OURS), undefined],
  [
    'kept for another',
    RELIED,
    { ...ended, status: 'kept', own: true },
    { ...by(OURS), ...reliedOnBy(THEIRS) },
    undefined,
  ],
  [
    'registered, and relied on by another since',
    RELIED,
    { ...ended, status: 'registered', own: true },
    { ...by(OURS), ...reliedOnBy(THEIRS) },
    undefined,
  ],
  ['the rest of a call that failed', undefined, { status: 'failed', error: new Error('lost') }, by(OURS), undefined],
  ['of another, where this one was refused', SAME, { status: 'failed', error: new Error('no') }, by(THEIRS), undefined],
  ['of another, where ours was undone', SAME, { ...ended, status: 'undone', revision: 7 }, by(THEIRS), undefined],
  ['left by a run that was killed', undefined, undefined, by(THEIRS), { revision: 6 }],
  [
    'left by a killed run and marked by this one',
    undefined,
    { ...ended, status: 'unchanged' },
    { ...by(THEIRS), ...reliedOnBy(OURS) },
    { revision: 6 },
  ],
  [
    'left by two killed runs, of which one had marked it',
    undefined,
    { ...ended, status: 'unchanged' },
    { ...by(THEIRS), ...reliedOnBy(THEIRS) },
    { revision: 6, adoptedBy: THEIRS },
  ],
  [
    'left by a killed run, and relied on by another since',
    RELIED,
    { ...ended, status: 'unchanged' },
    { ...by(OURS), ...reliedOnBy(THEIRS) },
    { revision: 6 },
  ],
])('a live revision that is %s', async (_, reason, outcome, tags, live) => {
  const older = { ...ec2(), timeout: { attemptDurationSeconds: 61 } };
  const batch = describing(revision(5, older), revision(6, ec2(), tags));
  const batchOnce = { registerJobDefinition: () => ({ jobDefinitionArn: 'arn:7', revision: 7 }) };
  const found = { ...planned, ...(live && { live: live as LiveRevision }) };
  const [only] = await restorePromotion(
    {
      promoted: [{ planned: found, config, before: 5 }],
      registered: outcome && { ok: false, definitions: [{ ...found, outcome }] },
      stamp: { runUrl: 'batchwright:plan' in tags ? undefined : OURS, planId: 'p' },
    },
    portsOn({ batch, batchOnce, ecr: {} }),
  );
  expect(only?.outcome).toEqual(
    reason === undefined ? { status: 'rolled-back', revision: 7 } : { status: 'untouched', reason },
  );
});
