/** A promotion's report where it came less far, or further, than usual. */
import { describe, expect, test } from '@jest/globals';
import type { DefinitionConfig } from '../../src/config/model.ts';
import type { PlannedDefinition, RegisterOutcome } from '../../src/definitions/model.ts';
import type { FoundProof, RestoredDefinition } from '../../src/promote/model.ts';
import { type PromotionStory, reportLive, reportPromotion } from '../../src/report/promote.ts';
import { renderMarkdown } from '../../src/report/render-markdown.ts';

const DIGEST = `sha256:${'ab'.repeat(32)}`;
const STORY: PromotionStory = {
  environment: 'production',
  from: 'test',
  digest: DIGEST,
  decision: { demanded: [], proven: true },
  wrong: [],
  promoted: [],
  settled: new Map(),
  unrecorded: [],
};
const report = (change: Partial<PromotionStory>) => renderMarkdown(reportPromotion({ ...STORY, ...change }));

const planned: PlannedDefinition = {
  definition: {
    target: { environment: 'production', region: 'eu-west-1', account: '123456789012', partition: 'aws' },
    family: 'models',
    tier: 'small',
    name: 'models-small',
    request: { jobDefinitionName: 'models-small', type: 'container' },
    positionOf: () => ({ path: 'job.json.hbs', line: 1, column: 1 }),
    // No report reads the configuration behind a definition.
    config: {} as DefinitionConfig,
  },
  live: undefined,
  status: 'create',
  changes: [],
} as unknown as PlannedDefinition;
const proof = (change: Partial<FoundProof> = {}): FoundProof => ({
  environment: 'production',
  region: 'eu-west-1',
  digest: DIGEST,
  result: 'PASSED',
  jobDefinitionArn: 'arn:aws:batch:eu-west-1:123456789012:job-definition/models-small:7',
  verdict: 'passed',
  endedAt: Date.parse('2026-11-29T09:00:00Z'),
  passedTests: [],
  failedTests: [],
  stored: {
    manifest: { digest: `sha256:${'cd'.repeat(32)}`, mediaType: 'm', bytes: new Uint8Array() },
    statement: new Uint8Array(),
  },
  ...change,
});

describe('the title', () => {
  test.each<[string, Partial<PromotionStory>, string]>([
    ['the version', { version: '1.2.0', commit: 'c'.repeat(40) }, '1.2.0'],
    ['the commit, cut off, without one', { commit: 'c'.repeat(40) }, 'c'.repeat(12)],
    ['the digest when nothing else is known', {}, DIGEST],
  ])('names %s', (_, change, name) => expect(report(change)).toContain(`## Promote ${name} to production\n`));
});

test('evidence that is wrong is listed with where it is and why', () => {
  const wrong = [{ where: 'models in us-east-1', digest: 'sha256:e', reason: 'it is not JSON' }];
  expect(report({ wrong })).toContain('- `sha256:e` (models in us-east-1): it is not JSON');
});

test.each<[string, FoundProof, string]>([
  ['a job', proof({ jobId: 'job-1' }), '2026-11-29 09:00 UTC, by job `job-1` on `models-small:7`'],
  ['none that is known', proof(), 'by job `` on `models-small:7`'],
])('what was proven before is told with %s', (_, before, words) => {
  const text = report({ settled: new Map([['eu-west-1', before]]) });
  expect(text).toContain('eu-west-1 was proven before');
  expect(text).toContain(words);
});

test('a region that has shown nothing and one that has, with the page of its run', () => {
  const text = report({
    decision: {
      proven: false,
      demanded: [
        { environment: 'test', region: 'eu-west-1', status: 'missing', reason: 'no test is recorded' },
        {
          environment: 'test',
          region: 'us-east-1',
          status: 'proven',
          proof: proof({ jobId: 'job-2', runUrl: 'https://github.com/m/m/actions/runs/1' }),
        },
      ],
    },
  });
  expect(text).toContain('| test | eu-west-1 | ❌ missing: no test is recorded |  |  |  |  |');
  expect(text).toMatch(
    /\| test \| us-east-1 \| ✅ passed \| `models-small:7` \| `job-2` \| \[2026-11-29 09:00[^\]]*\]\(https:\/\/github\.com\/m\/m\/actions\/runs\/1\) \| `sha256:cdcdcdcdcdcd` \|/,
  );
});

test('a proof that could not be stored is told where none was', () => {
  const text = report({ unrecorded: ['production us-east-1: the proof was not stored'], cause: 'why' });
  expect(text).toContain('### Recorded beside the image');
  expect(text).toContain('- production us-east-1: the proof was not stored');
});

test('the tags that move are told with why one is not on the image', () => {
  const text = report({
    movedTags: [
      { region: 'eu-west-1', tag: '1.2', status: 'moved' },
      { region: 'eu-north-1', tag: '1.2', status: 'immutable' },
      { region: 'us-east-1', tag: '1.2', status: 'failed', reason: 'AccessDenied' },
    ],
  });
  expect(text).toContain('It was proven in test. ❌ A tag could not be moved to it: see below.');
  expect(text.split('\n').filter(line => line.includes('`1.2`'))).toEqual([
    '| eu-west-1 | `1.2` | ✅ on this image |',
    '| eu-north-1 | `1.2` | ➖ left out: tags of this repository cannot move |',
    '| us-east-1 | `1.2` | ❌ not moved: AccessDenied |',
  ]);
});

test.each<[string, Partial<PromotionStory>]>([
  ['none was to be moved', { movedTags: [] }],
  ['it failed before', { cause: 'the smoke test failed' }],
])('there is no section of tags where %s', (_, change) => expect(report(change)).not.toContain('Tags that move'));

test.each<[string, RegisterOutcome | undefined, string | undefined]>([
  [
    'a revision',
    { status: 'registered', arn: 'a', revision: 7, own: true },
    `| production | eu-west-1 | small | \`models-small:7\` | \`${DIGEST}\` |`,
  ],
  ['none', { status: 'not-attempted' }, `| production | eu-west-1 | small | \`models-small\` | \`${DIGEST}\` |`],
  ['nothing registered', undefined, undefined],
])('what is live with %s', (_, outcome, row) => {
  const registered = outcome && { definitions: [{ ...planned, outcome }] };
  const text = renderMarkdown(reportLive({ ...STORY, registered } as PromotionStory));
  expect(text).toContain('### Live in production');
  expect(text.split('\n').filter(line => line.startsWith('| production'))).toEqual(row ? [row] : []);
});

test.each<[string, Partial<RestoredDefinition> & Pick<RestoredDefinition, 'outcome'>, number, string]>([
  ['nothing of it was live', { outcome: { status: 'untouched' } }, 3, '➖ not changed | nothing is ACTIVE |  |'],
  [
    'it failed, and there was nothing before',
    { outcome: { status: 'failed', reason: 'AccessDenied' }, live: { revision: 7, digest: 'sha256:f' } },
    0,
    '❌ not rolled back to none: AccessDenied | `models-small:7` | `sha256:f` |',
  ],
  [
    'it failed, and there was something',
    { outcome: { status: 'failed', reason: 'AccessDenied' }, live: { revision: 7, digest: undefined } },
    3,
    '❌ not rolled back to revision 3: AccessDenied | `models-small:7` |  |',
  ],
  [
    'what stands now cannot be read',
    { outcome: { status: 'deregistered', revision: 7 }, unknown: 'throttled' },
    0,
    'there was none before; revision 7 is deregistered | ⚠️ unknown: throttled |  |',
  ],
])('the way back where %s', (_, change, before, row) => {
  const restored = [{ promoted: { planned, before, config: {} as DefinitionConfig }, ...change }];
  expect(report({ cause: 'the smoke test failed', restored })).toContain(row);
});
