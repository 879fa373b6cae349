/** The night: drift is found, and models are built when another scheduler says so. */
import { Batch } from '@aws-sdk/client-batch';
import { S3 } from '@aws-sdk/client-s3';
import { beforeAll, expect } from '@jest/globals';
import { peerTest } from '../peers/tools.ts';
import { clientOptions } from './landscape.ts';
import { readStarter } from './repository.ts';
import { act, expectExit, useScenario } from './scenario.ts';
import { readJobs, readLive } from './state.ts';

const scenario = useScenario({ deploy: readStarter('deploy'), nightly: readStarter('nightly') });
const MANIFEST = 'id,tickets\n101,40\n102,40\n103,40\n';

beforeAll(async () => {
  if (act.path === undefined) return;
  const { repository, run } = scenario();
  repository.commit('List the accounts', { 'accounts.csv': MANIFEST });
  for (const environment of ['test', 'production']) {
    const { exitCode, log } = await run({
      event: 'workflow_dispatch',
      workflow: 'deploy',
      payload: { inputs: { environment } },
    });
    expectExit({ exitCode, log }, 0);
  }
});

peerTest(
  [act],
  'the schedule finds what somebody changed by hand, fails with it, and builds the models all the same',
  async () => {
    const { aws, run } = scenario();
    const live = await readLive(aws, 'test', 'us-east-1');
    if (!live) throw new Error('nothing is live');
    const { containerProperties, tags, retryStrategy } = live;
    await new Batch(clientOptions(aws, 'test', 'us-east-1')).registerJobDefinition({
      ...{
        jobDefinitionName: live.jobDefinitionName ?? '',
        type: 'container',
        containerProperties,
        tags,
        retryStrategy,
      },
      timeout: { attemptDurationSeconds: 60 },
    });
    const { exitCode, log } = await run({
      event: 'schedule',
      workflow: 'nightly',
      payload: { schedule: '17 2 * * *' },
    });
    expectExit({ exitCode, log }, 1);
    expect(log).toContain('what is live differs from this branch in 1 definition');
    expect(log).toContain('attemptDurationSeconds');
    expect(log.match(/credentials of arn:aws:iam::\d+:role\/[\w-]+/g)?.toSorted()).toEqual([
      'credentials of arn:aws:iam::123456789012:role/batchwright-deploy',
      'credentials of arn:aws:iam::210987654321:role/batchwright-run',
    ]);
    await expectModels('4711');
    expect((await readJobs(aws, 'test', 'eu-west-1')).every(({ jobName }) => jobName?.startsWith('smoke-'))).toBe(true);
  },
  120_000,
);

peerTest([act], 'one call of repository_dispatch builds the models of the manifest that it names', async () => {
  const { aws, run } = scenario();
  const s3 = new S3(clientOptions(aws, 'production', 'eu-west-1'));
  await s3.putObject({ Bucket: 'content-cues-production-eu-west-1', Key: 'manifests/monday.csv', Body: MANIFEST });
  const client_payload = { manifest: 's3://content-cues-production-eu-west-1/manifests/monday.csv', run: 'monday' };
  const { exitCode, log } = await run({
    event: 'repository_dispatch',
    workflow: 'nightly',
    payload: { action: 'batchwright-run', client_payload },
  });
  expectExit({ exitCode, log }, 0);
  expect(log).not.toContain('Drift in');
  await expectModels('monday');
});

peerTest(
  [act],
  'an event that asks for nothing, such as one with a misspelled key, fails and says the keys',
  async () => {
    const { exitCode, annotations } = await scenario().run({
      event: 'repository_dispatch',
      workflow: 'nightly',
      payload: { action: 'batchwright-run', client_payload: { manifset: 's3://a/b.csv' } },
    });
    expect(exitCode).toBe(1);
    expect(annotations).toMatchObject([
      { level: 'error', text: expect.stringMatching(/`drift`, `manifest` and `run`/) },
    ]);
  },
);

async function expectModels(run: string): Promise<void> {
  const s3 = new S3(clientOptions(scenario().aws, 'production', 'eu-west-1'));
  const { Contents = [] } = await s3.listObjectsV2({ Bucket: 'content-cues-production-eu-west-1', Prefix: 'models/' });
  const written = Contents.flatMap(({ Key }) => Key ?? []).filter(key => key.includes(run) && key.endsWith('.json'));
  expect(written).toHaveLength(3);
}
