/** What is refused before AWS is asked for anything, and what GitHub is given in the end. */
import { readFileSync, writeFileSync } from 'node:fs';
import { describe, expect, test } from '@jest/globals';
import { ConfigurationError } from '../../src/errors.ts';
import type { GitHubPort } from '../../src/ports.ts';
import { REGIONS } from '../cli/workspace.ts';
import { PRODUCTION, textsOf, useTwoAccounts } from './two-accounts.ts';

const { world, as, checkOut, seed, runElsewhere, active, promote } = useTwoAccounts();

describe('a promotion is refused', () => {
  test.each([
    ['to nowhere', { environment: '' }, /input "environment" is required/],
    ['to where it comes from', { environment: 'test' }, /"test" cannot be promoted to itself/],
    ['to what is not configured', { environment: 'prod' }, /there is no environment "prod"/],
    ['from what is not configured', { from: 'tset' }, /there is no environment "tset".*test/],
    ['to a region that is not there', { region: 'eu-central-1' }, /there is no region "eu-central-1" of production/],
    ['in a tier that is not there', { tier: 'huge' }, /there is no tier "huge"/],
    ['of a tag', { image: 'models:1' }, /input "image" must be a digest/],
  ])('%s', async (_, given, message) => {
    checkOut(1);
    as(PRODUCTION);
    await expect(promote(given)).rejects.toThrow(message);
  });

  test('from, or to, an environment that tests nothing', async () => {
    checkOut(1, '  silent: { account: "333344445555", regions: [eu-west-1] }\n');
    await expect(promote({ from: 'silent' })).rejects.toThrow(
      'environment "silent" has no smokeTest, so nothing can be proven there',
    );
    await expect(promote({ environment: 'silent' })).rejects.toThrow('environment "silent" has no smokeTest');
  });

  test('without the tier that is smoke tested', async () => {
    checkOut(1);
    const config = readFileSync('batchwright.yml', 'utf8');
    writeFileSync('batchwright.yml', config.replace('jobQueue:', '  large: { vcpus: 2, memoryMiB: 4096 }\njobQueue:'));
    await expect(promote({ tier: 'large' })).rejects.toThrow(
      /the smoke test of production in eu-west-1 runs tier "small" of "models\d+", which is not promoted\. Leave `tier` out/,
    );
  });
});

describe('the notes of the release', () => {
  const written: Parameters<GitHubPort['upsertReleaseNotes']>[0][] = [];
  const github = (upsertReleaseNotes: GitHubPort['upsertReleaseNotes']): { github: GitHubPort } => {
    const never = () => Promise.reject(new Error('not asked for'));
    return { github: { readPullRequest: never, upsertComment: never, upsertReleaseNotes } as unknown as GitHubPort };
  };

  test('get the table of what is live, under a marker of the environment', async () => {
    const { digest } = await seed(1);
    await runElsewhere('theirs:1');
    const port = github(async request => {
      written.push(request);
      return { url: 'https://github.com/models/models/releases/v1.1.0', how: 'created' };
    });
    const { events, exitCode } = await promote({ release: 'v1.1.0', 'github-token': 'ghs_secret' }, port);
    expect(exitCode).toBe(0);
    expect(written).toEqual([
      {
        token: 'ghs_secret',
        tag: 'v1.1.0',
        marker: '<!-- batchwright: production -->',
        body: [
          '### Live in production',
          '',
          '| Environment | Region | Tier | Revision | Digest |',
          '| --- | --- | --- | --- | --- |',
          ...REGIONS.map(region => `| production | ${region} | small | \`${world.name}-small:2\` | \`${digest}\` |`),
          '',
        ].join('\n'),
      },
    ]);
    expect(textsOf(events)).toContain('The notes of release v1.1.0 were created: https://github.com/');
  });

  test('that cannot be written fail nothing', async () => {
    await seed(1);
    const port = github(() => Promise.reject(new ConfigurationError('there is no release of that tag')));
    const { events, exitCode } = await promote({ release: 'v9', 'github-token': 'ghs_secret' }, port);
    expect(exitCode).toBe(0);
    expect(textsOf(events)).toContain('The notes of release v9 were not written: there is no release of that tag');
    expect(await active('eu-west-1')).toHaveLength(1);
    const { events: again } = await promote({ release: 'v9', 'github-token': '' }, port);
    expect(textsOf(again)).toContain('there is no token');
  });

  test('a mistake of our own is not taken for a refusal of GitHub', async () => {
    await seed(1);
    const port = github(() => Promise.reject(new TypeError('no such method')));
    await expect(promote({ release: 'v9', 'github-token': 'ghs_secret' }, port)).rejects.toThrow(TypeError);
  });
});
