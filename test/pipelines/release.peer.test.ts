/** From a proven commit to production, and what happens to one that was never proven, or fails there. */
import { S3 } from '@aws-sdk/client-s3';
import { beforeAll, expect } from '@jest/globals';
import { REGIONS } from '../actions/region.ts';
import { peerTest } from '../peers/tools.ts';
import { clientOptions } from './landscape.ts';
import { readCaller } from './readme.ts';
import { readStarter } from './repository.ts';
import { act, expectExit, useScenario } from './scenario.ts';
import { readActive, readDeployments, readImages, readLive, shareWithProduction } from './state.ts';

const scenario = useScenario({
  deploy: readCaller('deploy'),
  release: readCaller('release'),
  rollback: readStarter('rollback'),
});
const NAMES = ['large', 'medium', 'small'].map(tier => `content-cues-${tier}`);

const deploy = async (): Promise<void> => {
  const { exitCode, log } = await scenario().run({
    event: 'push',
    workflow: 'deploy',
    payload: { ref: 'refs/heads/main' },
  });
  expectExit({ exitCode, log }, 0);
};
/** Tags what main is, and publishes the release with notes of its own. */
const release = (tag: string) => {
  const { github, repository, run } = scenario();
  repository.git('tag', tag);
  github.state.releases.push({
    id: 1,
    createdAt: 0,
    tag,
    name: tag,
    body: `What is new in ${tag}.`,
    draft: false,
    prerelease: false,
  });
  return run({
    event: 'release',
    workflow: 'release',
    ref: `refs/tags/${tag}`,
    payload: { action: 'published', release: { tag_name: tag } },
  });
};
const notesOf = (tag: string) => scenario().github.state.releases.find(one => one.tag === tag)?.body ?? '';
const change = (from: string, to: string, message: string) => {
  const { repository } = scenario();
  return repository.commit(message, { 'batchwright.yml': repository.read('batchwright.yml').replace(from, to) });
};
let commit: string;

beforeAll(async () => {
  if (act.path === undefined) return;
  await deploy();
  await shareWithProduction(scenario().aws);
  commit = scenario().repository.git('rev-parse', 'HEAD');
});

peerTest(
  [act],
  "a release of a proven commit, by the README's twelve lines: the same digest, live and proven in production",
  async () => {
    const { aws, github } = scenario();
    const { exitCode, log } = await release('v1.0.0');
    expectExit({ exitCode, log }, 0);
    const tested = Object.keys(await readImages(aws, 'test', 'eu-west-1'));
    for (const region of REGIONS) {
      const images = await readImages(aws, 'production', region);
      expect(Object.keys(images)).toEqual(tested);
      expect(Object.values(images).flat()).toContain('1.0.0');
      expect(await readActive(aws, 'production', region)).toEqual(NAMES.map(name => `${name}:1`));
    }
    expect(readDeployments(github).at(-1)).toEqual({
      environment: 'production',
      sha: commit,
      states: ['in_progress', 'success'],
    });
    expect(notesOf('v1.0.0')).toMatch(/^What is new in v1\.0\.0\./);
    for (const region of REGIONS)
      expect(notesOf('v1.0.0')).toMatch(new RegExp(`production \\| ${region} .*content-cues-small.*1`));
    expect(notesOf('v1.0.0')).toContain(tested[0] ?? 'a digest');
  },
);

peerTest([act], 'by hand, on trial, for a tag that has the name of a branch: the tag is what is compared', async () => {
  const { repository, run } = scenario();
  repository.git('branch', 'v1.0.0', repository.commit('Go on', { 'NOTES.md': 'next' }));
  const inputs = { tag: 'v1.0.0', 'dry-run': 'true' };
  const { exitCode, log } = await run({ event: 'workflow_dispatch', workflow: 'release', payload: { inputs } });
  expectExit({ exitCode, log }, 0);
  expect(log).toContain(`HEAD is now at ${commit.slice(0, 7)}`);
  repository.git('branch', '--delete', '--force', 'v1.0.0');
});

peerTest([act], 'a release of a commit that was never proven says what to do, and changes nothing', async () => {
  const { aws, github } = scenario();
  change('topics: 8', 'topics: 6', 'Fewer topics');
  const { exitCode, log, annotations } = await release('v1.1.0');
  expectExit({ exitCode, log }, 1);
  expect(annotations.map(({ text }) => text).join('\n')).toMatch(/build-push|deploy|smoke/);
  for (const region of REGIONS)
    expect(await readActive(aws, 'production', region)).toEqual(NAMES.map(name => `${name}:1`));
  expect(readDeployments(github).at(-1)).toMatchObject({
    environment: 'production',
    states: ['in_progress', 'failure'],
  });
  expect(notesOf('v1.1.0')).toBe('What is new in v1.1.0.');
});

peerTest(
  [act],
  'a release that fails in production takes itself back: the old content is live again',
  async () => {
    const { aws, github } = scenario();
    await deploy();
    for (const region of REGIONS) {
      const s3 = new S3(clientOptions(aws, 'production', region));
      await s3.deleteObject({ Bucket: `content-cues-production-${region}`, Key: 'tickets/103.ndjson' });
    }
    const { exitCode, log } = await release('v1.1.1');
    expectExit({ exitCode, log }, 1);
    expect(log).toContain('tickets/103.ndjson');
    for (const region of REGIONS) {
      const live = await readLive(aws, 'production', region);
      expect(live?.revision).toBeGreaterThan(1);
      expect(live?.tags).toMatchObject({ 'batchwright:commit': commit });
      const topics = live?.containerProperties?.environment?.find(({ name }) => name === 'TOPICS');
      expect(topics?.value).toBe('8');
    }
    expect(readDeployments(github).at(-1)).toMatchObject({
      environment: 'production',
      states: ['in_progress', 'failure'],
    });
  },
  120_000,
);

peerTest([act], 'a rollback by hand: first on trial, then the content before is live in both regions', async () => {
  const { aws, github, run } = scenario();
  const inputs = { environment: 'test', to: 'previous' };
  const dispatch = (dryRun: string) =>
    run({ event: 'workflow_dispatch', workflow: 'rollback', payload: { inputs: { ...inputs, 'dry-run': dryRun } } });
  const before = github.state.deployments.length;
  expect((await dispatch('true')).exitCode).toBe(1);
  expect(github.state.deployments).toHaveLength(before);
  for (const region of REGIONS) expect((await readLive(aws, 'test', region))?.revision).toBe(2);

  const { exitCode, log } = await dispatch('false');
  expectExit({ exitCode, log }, 0);
  for (const region of REGIONS) {
    const live = await readLive(aws, 'test', region);
    expect(live?.revision).toBe(3);
    expect(live?.containerProperties?.environment).toContainEqual({ name: 'TOPICS', value: '8' });
  }
  expect(readDeployments(github).at(-1)).toMatchObject({ environment: 'test', states: ['in_progress', 'success'] });
  const image = (await readLive(aws, 'test', 'eu-west-1'))?.containerProperties?.image;
  const said = github.state.deployments.at(-1)?.statuses.at(-1)?.description;
  expect(said).toBe(`Rollback to ${image?.split('@')[1]}`);
});
