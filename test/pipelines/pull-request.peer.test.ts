/** Pull requests, from a fork and from the repository itself. */

import { ECR } from '@aws-sdk/client-ecr';
import { expect } from '@jest/globals';
import { peerTest } from '../peers/tools.ts';
import { clientOptions } from './landscape.ts';
import { readStarter } from './repository.ts';
import { act, useScenario } from './scenario.ts';

const scenario = useScenario({ 'pull-request': readStarter('pull-request') });

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
    const { exitCode, log } = await run(pullRequest('stranger/models'));
    expect(exitCode).toBe(1);
    expect(log).toMatch(
      new RegExp(`::error file=job-definition.json.hbs,line=${line},col=\\d+::Batch has no .jobRolArn. here`),
    );
    expect(log).toContain('✅ builds. Built without a daemon');
    expect(log).toContain('The pull request comes from a fork, whose code gets no credentials.');
    expect(log).not.toContain('Assume the AWS role');
    await expect(new ECR(clientOptions(aws, 'test')).describeRepositories({})).resolves.toMatchObject({
      repositories: [],
    });
  },
);
