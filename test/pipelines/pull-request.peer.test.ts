/** Pull requests, from a fork and from the repository itself. */

import { ECR } from '@aws-sdk/client-ecr';
import { expect } from '@jest/globals';
import { peerTest } from '../peers/tools.ts';
import { clientOptions } from './landscape.ts';
import { readStarter } from './repository.ts';
import { act, expectExit, useScenario } from './scenario.ts';
import { readImages } from './state.ts';

const starter = readStarter('pull-request');
const scenario = useScenario({
  'pull-request': starter,
  pushed: starter.replace('on: pull_request', 'on: [push]'),
});

const pullRequest = (from: string) => ({
  event: 'pull_request',
  workflow: 'pull-request',
  ref: 'refs/pull/7/merge',
  payload: {
    action: 'synchronize',
    number: 7,
    pull_request: { number: 7, head: { ref: 'topic', repo: { full_name: from } }, base: { ref: 'main' } },
    repository: { full_name: 'acme/models' },
  },
});

peerTest(
  [act],
  'a pull request from a fork is built, rendered and linted without credentials, and told why there is no plan',
  async () => {
    const { aws, repository, run } = scenario();
    const template = repository.read('job-definition.json.hbs');
    const line = template.slice(0, template.indexOf('"jobRoleArn"')).split('\n').length;
    repository.commit('Misspell a member', {
      'job-definition.json.hbs': template.replace('"jobRoleArn"', '"jobRolArn"'),
    });
    const { exitCode, log, summary, annotations } = await run(pullRequest('stranger/models'));
    expectExit({ exitCode, log }, 1);
    expect(annotations).toContainEqual(
      expect.objectContaining({
        ...{ level: 'error', file: 'job-definition.json.hbs', line },
        text: expect.stringMatching(/^Batch has no .jobRolArn. here/),
      }),
    );
    expect(summary).toContain('✅ builds. Built without a daemon');
    expect(log).toContain('The pull request comes from a fork, whose code gets no credentials.');
    expect(log).not.toContain('Assume the AWS role');
    await expect(new ECR(clientOptions(aws, 'test')).describeRepositories({})).resolves.toMatchObject({
      repositories: [],
    });
  },
);

peerTest(
  [act],
  'a pull request from the repository gets its plan as a comment, by a role that pull requests alone may take',
  async () => {
    const { aws, github, repository, run } = scenario();
    github.state.pullRequests.add(7);
    repository.git('reset', '--quiet', '--hard', 'HEAD~1');
    const { exitCode, log } = await run(pullRequest('acme/models'));
    expectExit({ exitCode, log }, 0);
    expect(log).not.toContain('No plan');
    expect(github.state.comments).toHaveLength(1);
    expect(github.state.comments[0]?.body).toContain('6 revisions would be registered: 6 new, 0 changed, 0 unchanged.');
    expect(github.state.deployments).toEqual([]);
    expect(await readImages(aws, 'test', 'eu-west-1')).toEqual({});
    // Looked at again after a push, the same comment is written over.
    expectExit(await run(pullRequest('acme/models')), 0);
    expect(github.state.comments).toHaveLength(1);
  },
);

peerTest([act], 'an event without a pull request is checked all the same, and not taken for a fork', async () => {
  const { exitCode, annotations } = await scenario().run({ event: 'push', workflow: 'pushed' });
  expect(exitCode).toBe(0);
  const notices = annotations.filter(({ level }) => level === 'notice').map(({ text }) => text);
  expect(notices).toEqual([
    'The event push has no pull request to write a plan on. Call this workflow on pull_request.',
  ]);
});
