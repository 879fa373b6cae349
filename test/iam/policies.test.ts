/** What docs/iam.md allows is what the verbs call: recorded on the local AWS over their main paths. */
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { CloudWatchLogs } from '@aws-sdk/client-cloudwatch-logs';
import { describe, expect, test } from '@jest/globals';
import { VERBS as COMMANDS } from '../../src/cli/verbs.ts';
import { matchesPattern } from '../../src/policy-pattern.ts';
import { JOB_ROLES, SOURCE_REPOSITORY_POLICY } from '../../tools/iam/job-roles.ts';
import { FREE_VERBS, type Grant, ROLES, VERBS } from '../../tools/iam/permissions.ts';
import { PLACES } from '../../tools/iam/places.ts';
import { policyOf, writePolicy } from '../../tools/iam/policy.ts';
import { iamPage } from '../../tools/iam-page.ts';
import { ACCOUNT, useWorkspace } from '../cli/workspace.ts';
import { clientOptions } from '../local/fixtures/local.ts';
import { actingEngine, type Behaviour } from './acting-engine.ts';
import { furnish, PRODUCTION } from './project.ts';
import { playPromotion } from './promotion-scenes.ts';
import { type Recorder, recordActions } from './recorded-aws.ts';
import { playScenes } from './scenes.ts';

const PAGE = fileURLToPath(new URL('../../docs/iam.md', import.meta.url));
let behaviour: Behaviour = 'succeed';
const engine = actingEngine(
  () => local(),
  () => behaviour,
);
const local = useWorkspace({ engine, batch: { visibleAfterMs: 0 } });
const actionsOf = (grants: readonly Grant[]) => [...new Set(grants.flatMap(({ actions }) => actions))].sort();
const grantsOf = (verbs: readonly string[]) =>
  VERBS.filter(({ verb }) => verbs.includes(verb)).flatMap(({ grants }) => grants);

describe('the recorded calls', () => {
  let recording: Promise<Recorder> | undefined;

  /** One for all tests: a workspace is there while a test runs, so the first of them plays. */
  const play = () => {
    recording ??= (async () => {
      const recorder = recordActions(local());
      const secrets = await furnish(local());
      const act = (next: Behaviour) => {
        behaviour = next;
      };
      await playScenes({ local: local(), recorder, secrets, act });
      await playPromotion({ local: local(), recorder, secrets, act });
      return recorder;
    })();
    return recording;
  };

  test.each(VERBS.filter(({ isOthers }) => !isOthers).map(({ verb, grants }) => [verb, grants] as const))(
    '%s may do what it does, and nothing else',
    async (verb, grants) => {
      const recorder = await play();
      const seen = grants.filter(({ unseen }) => !unseen);
      const own = seen.filter(({ on }) => on !== 'SourceRepository');
      expect(recorder.actionsOf(verb, verb === 'promote' ? PRODUCTION : ACCOUNT)).toEqual(actionsOf(own));
    },
    180_000,
  );

  test('promote calls in the account of the source what the repository’s policy allows there', async () => {
    const source = grantsOf(['promote']).filter(({ on }) => on === 'SourceRepository');
    expect((await play()).actionsOf('promote', ACCOUNT)).toEqual(actionsOf(source));
    expect(SOURCE_REPOSITORY_POLICY.Statement.map(({ Action }) => Action)).toEqual([actionsOf(source)]);
  }, 180_000);

  test('the log group of the jobs is one that the execution role may write and the verbs may read', async () => {
    await play();
    const { logGroups = [] } = await new CloudWatchLogs(clientOptions(local(), ACCOUNT)).describeLogGroups({});
    const statements = JOB_ROLES.flatMap(({ policy }): readonly PolicyStatement[] => policy.Statement);
    const [writes = ''] = statements.flatMap(({ Action, Resource }) =>
      Action.includes('logs:PutLogEvents') ? [Resource] : [],
    );
    expect(logGroups.map(({ logGroupName }) => logGroupName)).toEqual(['/aws/batch/models']);
    for (const pattern of [writes, ...PLACES.JobLogs.resources]) {
      const own = pattern.replace('ACCOUNT', ACCOUNT).replace('LOG-GROUP', '/aws/batch/models');
      const stream = `arn:aws:logs:eu-west-1:${ACCOUNT}:log-group:/aws/batch/models:log-stream:models-small/default/1`;
      expect([own, matchesPattern(own, stream)]).toEqual([own, true]);
    }
  }, 180_000);
});

interface PolicyStatement {
  readonly Action: readonly string[];
  readonly Resource: string;
}

test('what a recording cannot show is not what one shows', () => {
  for (const { verb, grants } of VERBS) {
    const both = grants.filter(({ unseen }) => unseen).flatMap(({ actions }) => actions);
    const seen = actionsOf(grants.filter(({ unseen }) => !unseen));
    expect([verb, both.filter(action => seen.includes(action))]).toEqual([verb, []]);
  }
});

test('serve may do what the verbs do that it drives', () => {
  const driven = VERBS.filter(({ verb }) => /^(run|stop|runs .*)$/.test(verb)).flatMap(({ grants }) => grants);
  expect(actionsOf(grantsOf(['serve']))).toEqual(actionsOf(driven));
});

test('every verb of the command line is in the table', () => {
  const known = [...VERBS.map(({ verb }) => verb.replace(/ \+.*/, '')), ...FREE_VERBS];
  expect(Object.keys(COMMANDS).filter(verb => !known.includes(verb))).toEqual([]);
});

describe('the policy of a role', () => {
  test.each(ROLES)('$name is of verbs that there are, and fits into a managed policy', ({ verbs }) => {
    expect(verbs.filter(verb => !VERBS.some(each => each.verb === verb))).toEqual([]);
    // IAM counts no white space: 6,144 characters.
    expect(writePolicy(policyOf(grantsOf(verbs))).replace(/\s/g, '').length).toBeLessThan(6144);
  });

  test.each(ROLES)('$name is enough for the verbs that it says it is enough for', ({ verbs, also = [] }) => {
    const had = new Set(actionsOf(grantsOf(verbs)));
    expect(also.filter(verb => !VERBS.some(each => each.verb === verb))).toEqual([]);
    expect(actionsOf(grantsOf(also)).filter(action => !had.has(action))).toEqual([]);
  });

  test('only clean-up can remove an image', () => {
    const able = ROLES.filter(({ verbs }) => actionsOf(grantsOf(verbs)).includes('ecr:BatchDeleteImage'));
    expect(able.map(({ name }) => name)).toEqual(['clean-up']);
  });

  test('read-only changes nothing', () => {
    const actions = actionsOf(grantsOf(ROLES.find(({ name }) => name === 'read-only')?.verbs ?? []));
    expect(actions.filter(action => !/:(Describe|Get|List|BatchGet|BatchCheck)/.test(action))).toEqual([]);
  });
});

test('docs/iam.md is what `node tools/iam-page.ts` writes', () => {
  expect(readFileSync(PAGE, 'utf8')).toBe(iamPage());
});
