/** `attestation: require`: what `gh` is asked, and what of its answers is a proof. `gh` is a program of the test's own, on PATH. */
import { chmodSync, existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeEach, describe, expect, test } from '@jest/globals';
import type { Proof } from '../../src/promote/model.ts';
import { describeStatement, PREDICATE_TYPE } from '../../src/promote/statement.ts';
import { REGIONS } from '../cli/workspace.ts';
import { useTwoAccounts } from './two-accounts.ts';

const { world, seed, promote } = useTwoAccounts();

/** Keeps what it was asked, and answers what it is told to. */
const GH = `#!${process.execPath}
const fs = require('node:fs');
const { GH_TOKEN, DOCKER_CONFIG } = process.env;
const docker = JSON.parse(fs.readFileSync(DOCKER_CONFIG + '/config.json', 'utf8'));
fs.writeFileSync('asked.json', JSON.stringify({ args: process.argv.slice(2), token: GH_TOKEN, docker, folder: DOCKER_CONFIG }));
const { stdout = '', stderr = '', exitCode = 0 } = JSON.parse(fs.readFileSync('answer.json', 'utf8'));
process.stdout.write(stdout);
process.stderr.write(stderr);
process.exitCode = exitCode;
`;
beforeEach(() => {
  mkdirSync('bin');
  writeFileSync('bin/gh', GH);
  chmodSync('bin/gh', 0o755);
  process.env['PATH'] = `${join(process.cwd(), 'bin')}:${process.env['PATH']}`;
});

const answer = (given: { stdout?: string; stderr?: string; exitCode?: number }) =>
  writeFileSync('answer.json', JSON.stringify(given));
const sign = (...statements: readonly (readonly Proof[])[]) =>
  answer({
    stdout: JSON.stringify(
      statements.map(proofs => {
        const statement = JSON.parse(describeStatement(proofs, proofs[0]?.digest ?? '', 'models'));
        return { attestation: {}, verificationResult: { mediaType: 'application/json', statement } };
      }),
    ),
  });
const asked = () => JSON.parse(readFileSync('asked.json', 'utf8'));
const TOKEN = { attestation: 'require', 'github-token': 'ghs_secret', 'dry-run': 'true' };

describe('promote with attestation: require', () => {
  test('asks gh by arguments, with the registry’s login and the token in its environment, and leaves no login behind', async () => {
    const { digest, proofs } = await seed(1);
    sign(proofs);
    const { json, events } = await promote(TOKEN);
    expect(json).toMatchObject({ proven: true });
    const { args, token, docker, folder } = asked();
    expect(args).toEqual([
      'attestation',
      'verify',
      expect.stringMatching(new RegExp(`^oci://\\S+/123456789012/eu-west-1/${world.name}@${digest}$`)),
      ...['--repo', 'models/models', '--predicate-type', PREDICATE_TYPE, '--limit', '100', '--format', 'json'],
    ]);
    expect(token).toBe('ghs_secret');
    expect(Object.keys(docker.auths)[0]).toMatch(/^127\.0\.0\.1:\d+$/);
    expect(existsSync(folder)).toBe(false);
    expect(events).toContainEqual({ type: 'secret', value: 'ghs_secret' });
  });

  test.each([
    ['batchwright/batchwright', '--signer-repo'],
    ['batchwright/batchwright/.github/workflows/deploy.yml', '--signer-workflow'],
  ])('a signer %s is given as %s', async (signer, flag) => {
    sign((await seed(1)).proofs);
    await promote({ ...TOKEN, 'attestation-signer': signer });
    expect(asked().args).toEqual(expect.arrayContaining([flag, signer]));
  });

  test('on GitHub Enterprise Server names its host', async () => {
    process.env['GITHUB_SERVER_URL'] = 'https://github.example.com';
    sign((await seed(1)).proofs);
    await promote(TOKEN);
    expect(asked().args).toEqual(expect.arrayContaining(['--hostname', 'github.example.com']));
  });

  test('demands a signature for the very test that counts, in every region', async () => {
    const { proofs } = await seed(1);
    const [first, second] = proofs as readonly [Proof, Proof];
    sign([first]);
    const refusal = promote(TOKEN);
    await expect(refusal).rejects.toThrow(
      /test in us-east-1 has no proof: no attestation is signed for the smoke test of/,
    );
    await expect(refusal).rejects.not.toThrow('test in eu-west-1');
    sign([first], [{ ...second, jobId: 'another' }]);
    await expect(promote(TOKEN)).rejects.toThrow('test in us-east-1 has no proof');
    sign([first, { ...second, result: 'FAILED', verdict: 'failed' }]);
    await expect(promote(TOKEN)).rejects.toThrow('test in us-east-1 has no proof');
    sign([first], [second]);
    expect((await promote(TOKEN)).json).toMatchObject({ proven: true });
  });

  test('a refusal, an answer that is none, and no gh at all are failures that say what to do; an override goes on', async () => {
    await seed(1);
    answer({ exitCode: 1, stderr: 'Loaded digest\nError: no attestations found for subject\n' });
    const refusal = promote(TOKEN);
    await expect(refusal).rejects.toThrow(
      /^verifying that the smoke test of \S+ is signed by https:\/\/github\.com\/models\/models: Loaded digest Error: no attestations found/,
    );
    await expect(refusal).rejects.toThrow(/attestations: write.*or give `override`/);
    answer({ stdout: 'verified!' });
    await expect(promote(TOKEN)).rejects.toThrow('its answer is not JSON');
    answer({ exitCode: 1, stderr: 'HTTP 403' });
    expect((await promote({ ...TOKEN, override: 'GitHub is down' })).json).toMatchObject({ proven: false });
    process.env['PATH'] = '';
    await expect(promote(TOKEN)).rejects.toThrow(/needs GitHub's command line.*The program gh was not found/);
  });

  test('needs a token and a repository', async () => {
    await seed(1);
    await expect(promote({ attestation: 'require', 'github-token': '' })).rejects.toThrow('needs `github-token`');
    delete process.env['GITHUB_REPOSITORY'];
    await expect(promote(TOKEN)).rejects.toThrow('needs a GitHub repository, and this is none');
  });

  test('is not asked for when it is ignored', async () => {
    await seed(1);
    await promote({ 'dry-run': 'true' });
    expect(existsSync('asked.json')).toBe(false);
    expect(REGIONS).toHaveLength(2);
  });

  test('tests production again, though a statement that nobody signed says that it passed there', async () => {
    const { proofs } = await seed(1);
    sign(proofs);
    const smokeOf = ({ json }: Awaited<ReturnType<typeof promote>>) =>
      (json as { smoke?: { region: string; verdict: string }[] }).smoke?.map(({ region, verdict }) => [
        region,
        verdict,
      ]);
    const everywhere = REGIONS.map(region => [region, 'passed']);
    const given = { ...TOKEN, 'dry-run': 'false' };
    expect(smokeOf(await promote(given))).toEqual(everywhere);
    expect(smokeOf(await promote())).toBeUndefined();
    expect(smokeOf(await promote(given))).toEqual(everywhere);
  });
});
