/** The way back of a promotion, where Batch says something else than before, or nothing. */
import type { JobDefinition } from '@aws-sdk/client-batch';
import { expect, test } from '@jest/globals';
import type { DefinitionConfig } from '../../src/config/model.ts';
import type { PlannedDefinition } from '../../src/definitions/model.ts';
import { restorePromotion } from '../../src/promote/restore.ts';
import { portsOn } from '../definitions/answers.ts';
import { definitionOf, ec2 } from '../definitions/requests.ts';

const definition = definitionOf(ec2());
const planned = { definition } as PlannedDefinition;
const config = { ...definition.config, jobDefinitionName: 'cues-small', region: 'eu-west-1' } as DefinitionConfig;
const revision = (number: number, content: object = ec2()): JobDefinition => ({
  ...(content as JobDefinition),
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
  const [only] = await restorePromotion([{ planned, config, before }], {}, portsOn({ batch, ecr: {} }));
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
