/** From a merge to a proven environment, by hand in part or on trial, and cancelled in the middle. */
import { mkdirSync, writeFileSync } from 'node:fs';
import { expect } from '@jest/globals';
import { REGIONS } from '../actions/region.ts';
import { peerTest } from '../peers/tools.ts';
import { readCaller } from './readme.ts';
import { act, expectExit, useScenario } from './scenario.ts';
import { readActive, readDeployments, readImages, readJobs, readLive } from './state.ts';

const caller = readCaller('deploy');
const scenario = useScenario({
  deploy: caller,
  signed: `${caller}      attest: true\n`,
  poor: caller.replace(' deployments: write,', ''),
});
const NAMES = ['large', 'medium', 'small'].map(tier => `content-cues-${tier}`);
const count = (log: string, text: string | RegExp): number => log.split(text).length - 1;

peerTest(
  [act],
  "a merge, by the README's fifteen lines: one image, one plan, registered, proven and recorded",
  async () => {
    const { aws, github, repository, run } = scenario();
    const commit = repository.git('rev-parse', 'HEAD');
    const { exitCode, log } = await run({ event: 'push', workflow: 'deploy', payload: { ref: 'refs/heads/main' } });
    expectExit({ exitCode, log }, 0);
    keepTranscript(log);

    expect(count(log, '##[group]Building content-cues')).toBe(1);
    expect(count(log, 'Job definitions: plan')).toBe(1);
    for (const region of REGIONS) {
      expect(await readActive(aws, 'test', region)).toEqual(NAMES.map(name => `${name}:1`));
      const images = await readImages(aws, 'test', region);
      const [digest = ''] = Object.keys(images);
      expect(Object.values(images)).toEqual([[commit]]);
      expect((await readLive(aws, 'test', region))?.containerProperties?.image).toMatch(
        new RegExp(`/${region}/content-cues@${digest}$`),
      );
      // Twice, since a second run must write the same bytes.
      expect((await readJobs(aws, 'test', region)).map(({ status }) => status)).toEqual(['SUCCEEDED', 'SUCCEEDED']);
    }
    expect(readDeployments(github)).toEqual([{ environment: 'test', sha: commit, states: ['in_progress', 'success'] }]);
  },
);

peerTest([act], 'a caller that grants too little is refused before anything happens', async () => {
  const { exitCode, log } = await scenario().run({ event: 'push', workflow: 'poor' });
  expectExit({ exitCode, log }, 1);
  expect(log).toContain("'deploy' is requesting 'deployments: write', but is only allowed 'deployments: none'");
});

peerTest(
  [act],
  'the same commit again builds nothing and registers nothing; what was proven is signed where asked',
  async () => {
    const { aws, run } = scenario();
    const { exitCode, log, record } = await run({ event: 'push', workflow: 'signed' });
    expectExit({ exitCode, log }, 0);
    expect(log).toContain("This commit's image was there already");
    const [digest = ''] = Object.keys(await readImages(aws, 'test', 'eu-west-1'));
    expect(record('attestations')).toMatch(
      new RegExp(`/eu-west-1/content-cues@${digest} https://in-toto.io/attestation/test-result/v0.1`),
    );
    expect(record('attestations')).toContain('"result": "PASSED"');
    for (const region of REGIONS) expect(await readActive(aws, 'test', region)).toEqual(NAMES.map(name => `${name}:1`));
  },
);

const dispatch = (inputs: Readonly<Record<string, string>>) => ({
  event: 'workflow_dispatch',
  workflow: 'deploy',
  payload: { inputs },
});

peerTest([act], 'by hand: another ref, one region and two tiers, first on trial and then in earnest', async () => {
  const { aws, github, repository, run } = scenario();
  repository.git('switch', '--quiet', '--create', 'topic');
  const config = repository.read('batchwright.yml').replace('timeoutSeconds: 900', 'timeoutSeconds: 960');
  const commit = repository.commit('Give small models another minute', { 'batchwright.yml': config });
  repository.git('switch', '--quiet', 'main');
  const before = github.state.deployments.length;
  const inputs = { environment: 'test', ref: 'topic', region: 'eu-west-1', tier: 'small,medium' };

  const trial = await run(dispatch({ ...inputs, 'dry-run': 'true' }));
  expectExit(trial, 0);
  expect(trial.log).toContain('1 revision would be registered: 0 new, 1 changed, 1 unchanged.');
  expect(await readActive(aws, 'test', 'eu-west-1')).toHaveLength(3);
  expect(github.state.deployments).toHaveLength(before);

  const earnest = await run(dispatch({ ...inputs, 'dry-run': 'false' }));
  expectExit(earnest, 0);
  expect(await readLive(aws, 'test', 'eu-west-1')).toMatchObject({
    revision: 2,
    timeout: { attemptDurationSeconds: 960 },
    tags: { 'batchwright:commit': commit },
  });
  expect(await readActive(aws, 'test', 'us-east-1')).toEqual(NAMES.map(name => `${name}:1`));
  expect(readDeployments(github).at(-1)).toMatchObject({
    environment: 'test',
    sha: commit,
    states: ['in_progress', 'success'],
  });
});

peerTest([act], 'cancelled during the smoke test: its jobs are terminated, and GitHub is told the truth', async () => {
  const { aws, github, repository, run } = scenario();
  const config = repository.read('batchwright.yml').replace('topics: 8', 'topics: 7');
  const commit = repository.commit('Fewer topics', { 'batchwright.yml': config });
  let isCancelled = false;
  const { exitCode, log } = await run({
    event: 'push',
    workflow: 'deploy',
    payload: { ref: 'refs/heads/main' },
    onLine: ({ msg }, cancel) => {
      if (isCancelled || !/^us-east-1 smoke-.*: (PENDING|RUNNABLE)/.test(msg)) return;
      isCancelled = true;
      cancel();
    },
  });
  expect(isCancelled).toBe(true);
  expect(exitCode).not.toBe(0);
  for (const region of REGIONS) {
    const jobs = (await readJobs(aws, 'test', region)).filter(({ status }) => status !== 'SUCCEEDED');
    for (const job of jobs) expect(job.isTerminated ?? job.isCancelled).toBe(true);
    expect({ region, log, left: jobs.filter(({ status }) => status !== 'FAILED') }).toMatchObject({ left: [] });
  }
  const { sha, states } = readDeployments(github).at(-1) ?? {};
  expect({ sha, states }).toEqual({ sha: commit, states: ['in_progress', 'error'] });
});

/** For whoever wants to read it: BATCHWRIGHT_TRANSCRIPTS names a folder. */
function keepTranscript(log: string): void {
  const folder = process.env['BATCHWRIGHT_TRANSCRIPTS'];
  if (!folder) return;
  mkdirSync(folder, { recursive: true });
  writeFileSync(`${folder}/merge.txt`, log);
}
