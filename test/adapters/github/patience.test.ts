/** Rate limits, failures and lost answers of GitHub, as the adapter meets them. */
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { CancelledError } from '../../../src/errors.ts';
import { COMMIT, type GitHubWorld, startWorld } from './world.ts';

let world: GitHubWorld;
beforeEach(async () => {
  world = await startWorld();
});
afterEach(() => world.fake.stop());

const deploy = ({ github, fake } = world) =>
  github.createDeployment({ token: fake.token, commit: COMMIT, environment: 'test', payload: { run: 42 } });
const comment = ({ github, fake } = world) => {
  fake.state.pullRequests.add(7);
  return github.upsertComment({ token: fake.token, pullRequest: 7, marker: '<!-- m -->', body: '<!-- m -->\nplan' });
};

describe('a rate limit', () => {
  test('of the hour is waited out until its reset, and told', async () => {
    const { fake, clock, told } = world;
    Object.assign(fake.state.rateLimit, { remaining: 0, resetSeconds: clock.time / 1000 + 120 });
    await deploy();
    expect(fake.state.deployments).toHaveLength(1);
    expect(clock.pauses).toEqual([121_000]);
    expect(told()).toEqual([
      'GitHub limits the rate of POST /repos/{owner}/{repo}/deployments. Trying again in 121 s.',
    ]);
  });

  test('of the hour that ends too late is an error that says when to try again', async () => {
    const { fake, clock } = world;
    Object.assign(fake.state.rateLimit, { remaining: 0, resetSeconds: clock.time / 1000 + 2400 });
    await expect(deploy()).rejects.toMatchObject({
      name: 'RemoteError',
      operation: 'repos.createDeployment',
      code: '403',
      message:
        'creating a deployment of 0123456789ab to test: 403: API rate limit exceeded for installation ID 1. ' +
        'GitHub takes calls with this token again at 2026-03-01T00:40:01.000Z (in 41 min): run the job again then.',
    });
    expect(clock.pauses).toEqual([]);
  });

  test('of many calls at once is waited out as long as GitHub says', async () => {
    world.fake.faults.on('repos:create-deployment').throttle().times(2);
    await deploy();
    expect(world.clock.pauses).toEqual([60_000, 60_000]);
    expect(world.fake.state.deployments).toHaveLength(1);
  });

  test('of many calls at once without a time is waited out for a minute, then for two', async () => {
    world.fake.state.rateLimit.retryAfterSeconds = undefined;
    world.fake.faults.on('repos:create-deployment').throttle().times(2);
    await deploy();
    expect(world.clock.pauses).toEqual([60_000, 120_000]);
  });

  test('that does not end is given up after five minutes', async () => {
    world.fake.faults.on('repos:create-deployment').throttle();
    await expect(deploy()).rejects.toThrow(/secondary rate limit.*GitHub takes calls with this token again at/);
    expect(world.clock.pauses.reduce((sum, pause) => sum + pause, 0)).toBeLessThanOrEqual(300_000);
    expect(world.fake.state.deployments).toEqual([]);
  });
});

describe('a lost answer', () => {
  test.each(['lose', 'reset', 'fail'] as const)('of a read (%s) is asked for again', async kind => {
    world.fake.faults.on('issues:list-comments')[kind]().times(2);
    await expect(comment()).resolves.toMatchObject({ how: 'created' });
    expect(world.fake.state.comments).toHaveLength(1);
    expect(world.clock.pauses).toEqual([1000, 2000]);
  });

  test.each(['lose', 'reset', 'fail'] as const)('of a creation (%s) makes no second deployment', async kind => {
    world.fake.faults.on('repos:create-deployment')[kind]().times(1);
    const { id } = await deploy();
    expect(world.fake.state.deployments.map(one => one.id)).toEqual([id]);
    expect(world.told()).toEqual(['GitHub gave no answer. Looking whether it was made all the same.']);
  });

  test('is looked for beyond the first hundred, and never taken from another job of the same run', async () => {
    const { fake, clock } = world;
    const { deployments } = fake.state;
    fake.faults.on('repos:create-deployment').lose().times(1);
    const sleep = clock.sleep.bind(clock);
    clock.sleep = async (milliseconds, signal) => {
      const [own] = deployments;
      for (let other = 0; own && other < 120; other++)
        deployments.push({ ...own, id: other, payload: { ...Object(own.payload), request: 'another' } });
      await sleep(milliseconds, signal);
    };
    expect((await deploy()).id).toBe(deployments[0]?.id);
    expect(deployments).toHaveLength(121);
  });

  test('is found by its payload as well when GitHub gives that back as text', async () => {
    const { fake, clock } = world;
    const { deployments } = fake.state;
    fake.faults.on('repos:create-deployment').lose().times(1);
    const sleep = clock.sleep.bind(clock);
    clock.sleep = async (milliseconds, signal) => {
      for (const [at, one] of deployments.entries()) deployments[at] = { ...one, payload: JSON.stringify(one.payload) };
      await sleep(milliseconds, signal);
    };
    expect((await deploy()).id).toBe(deployments[0]?.id);
    expect(deployments).toHaveLength(1);
  });

  test.each(['lose', 'fail'] as const)('of a comment (%s) writes it once', async kind => {
    world.fake.faults.on('issues:create-comment')[kind]().times(1);
    await comment();
    expect(world.fake.state.comments).toHaveLength(1);
  });

  test.each(['lose', 'fail'] as const)('of a status (%s) sets it once', async kind => {
    const { fake, github } = world;
    const { id } = await deploy();
    fake.faults.on('repos:create-deployment-status')[kind]().times(1);
    await github.createDeploymentStatus({ token: fake.token, deploymentId: id, state: 'in_progress' });
    expect(fake.state.deployments[0]?.statuses.map(({ state }) => state)).toEqual(['in_progress']);
  });

  test('every time is an error that names GitHub’s own page', async () => {
    world.fake.faults.on('repos:create-deployment').fail();
    await expect(deploy()).rejects.toThrow(
      'creating a deployment of 0123456789ab to test: 502: Server Error. ' +
        'GitHub may be disturbed (https://www.githubstatus.com): run the job again later.',
    );
  });
});

test('a GitHub that does not answer in time counts as one whose answer was lost', async () => {
  const slow = await startWorld({ timeoutMilliseconds: 30 });
  slow.fake.faults.on('repos:create-deployment').delay(60_000).times(1);
  await deploy(slow);
  expect(slow.fake.state.deployments).toHaveLength(1);
  await slow.fake.stop();
});

test('a GitHub that cannot be reached is an error with the reason of the network', async () => {
  const gone = await startWorld();
  await gone.fake.stop();
  await expect(deploy(gone)).rejects.toMatchObject({
    code: 'ECONNREFUSED',
    message: expect.stringMatching(/ to test: ECONNREFUSED: .*\. GitHub may be disturbed/),
  });
});

test('a cancelled run ends a wait with the reason of the cancellation', async () => {
  const cancellation = new AbortController();
  const cancelled = await startWorld({ signal: cancellation.signal });
  cancelled.fake.faults.on('repos:create-deployment').throttle();
  const sleep = cancelled.clock.sleep.bind(cancelled.clock);
  cancelled.clock.sleep = async (milliseconds, signal) => {
    cancellation.abort(new CancelledError('cancelled'));
    await sleep(milliseconds, signal);
  };
  await expect(deploy(cancelled)).rejects.toThrow(CancelledError);
  await cancelled.fake.stop();
});

describe('a refusal says what to do', () => {
  test('which permission is missing', async () => {
    const { fake, github } = world;
    const token = fake.createToken({ deployments: 'read' });
    await expect(github.createDeployment({ token, commit: COMMIT, environment: 'test', payload: {} })).rejects.toThrow(
      '403: Resource not accessible by integration. The token may not do this: give the job ' +
        '`permissions: { deployments: write }`. On a pull request from a fork it never may.',
    );
  });

  test('that the token is not valid', async () => {
    const asked = world.github.createDeployment({ token: 'ghs_old', commit: COMMIT, environment: 'test', payload: {} });
    await expect(asked).rejects.toThrow(/401: Bad credentials\. The token is not valid.*github\.token/);
  });

  test('that what is written to is not there', async () => {
    const { fake, github } = world;
    const asked = github.createDeploymentStatus({ token: fake.token, deploymentId: 5, state: 'success' });
    await expect(asked).rejects.toThrow(/setting deployment 5 to success: 404: Not Found\. It is not there/);
  });

  test('and outside of GitHub which variable is missing', async () => {
    const outside = await startWorld({ environment: { GITHUB_REPOSITORY: '' } });
    await expect(deploy(outside)).rejects.toThrow(/GITHUB_REPOSITORY is not set. Run it in a workflow/);
    await outside.fake.stop();
  });
});

test('the token is masked before it is used', async () => {
  await deploy();
  expect(world.events[0]).toEqual({ type: 'secret', value: world.fake.token });
});

test('GitHub Enterprise Server is asked below its own path', async () => {
  const server = await startWorld({ apiPath: '/api/v3' });
  await deploy(server);
  await comment(server);
  expect(server.fake.state).toMatchObject({ deployments: [{ environment: 'test' }], comments: [{ issue: 7 }] });
  await server.fake.stop();
});
