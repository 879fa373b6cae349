/** What is refused before AWS is asked for anything, and what GitHub is given in the end. */
import { readFileSync, writeFileSync } from 'node:fs';
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { createPorts } from '../../src/adapters/ports.ts';
import type { Ports } from '../../src/commands/command.ts';
import { REGIONS } from '../cli/workspace.ts';
import { type FakeGitHub, startFakeGitHub } from '../github/fake-github.ts';
import { addRelease } from '../github/state.ts';
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
  let fake: FakeGitHub;
  beforeEach(async () => {
    fake = await startFakeGitHub();
  });
  afterEach(() => fake.stop());
  /** In a job of GitHub's, with its token. */
  const release = (tag: string, token = fake.token, own: Partial<Ports> = {}) => {
    Object.assign(process.env, fake.environment());
    return promote({ release: tag, 'github-token': token }, own);
  };

  test('get the table of what is live, under a marker of the environment', async () => {
    addRelease(fake.state, { tag: 'v1.1.0', body: 'Faster cues.' });
    const { digest } = await seed(1);
    await runElsewhere('theirs:1');
    const { events, exitCode } = await release('v1.1.0');
    expect(exitCode).toBe(0);
    expect(fake.state.releases.map(({ body }) => body)).toEqual([
      [
        'Faster cues.',
        '',
        '<!-- batchwright: production -->',
        '### Live in production',
        '',
        '| Environment | Region | Tier | Revision | Digest |',
        '| --- | --- | --- | --- | --- |',
        ...REGIONS.map(region => `| production | ${region} | small | \`${world.name}-small:2\` | \`${digest}\` |`),
        '<!-- end of batchwright: production -->',
        '',
      ].join('\n'),
    ]);
    expect(textsOf(events)).toMatch(/The notes of release v1\.1\.0 were created: http\S+\/releases\/tag\/v1\.1\.0$/m);
  });

  test('that cannot be written fail nothing', async () => {
    await seed(1);
    const { events, exitCode } = await release('v9');
    expect(exitCode).toBe(0);
    expect(textsOf(events)).toContain('The notes of release v9 were not written: there is no release of v9');
    expect(await active('eu-west-1')).toHaveLength(1);
    const { events: again } = await release('v9', '');
    expect(textsOf(again)).toContain('there is no token');
  });

  test('a mistake of our own is not taken for a refusal of GitHub', async () => {
    await seed(1);
    const { github } = createPorts(() => undefined, new AbortController().signal);
    const upsertReleaseNotes = () => Promise.reject(new TypeError('no such method'));
    const broken = release('v9', fake.token, { github: { ...github, upsertReleaseNotes } });
    await expect(broken).rejects.toThrow(TypeError);
  });
});
