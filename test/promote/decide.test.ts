/** Which proof counts, as a table, and what a definition goes back to. */
import { describe, expect, test } from '@jest/globals';
import type { TargetConfig } from '../../src/config/model.ts';
import { decideProof } from '../../src/promote/decide.ts';
import type { FoundProof } from '../../src/promote/model.ts';

const target = (region: string, smokeTest: object | undefined = {}) =>
  ({ environment: 'test', region, smokeTest }) as unknown as TargetConfig;
const proof = (more: Partial<FoundProof> = {}): FoundProof => ({
  environment: 'test',
  region: 'eu',
  digest: 'sha256:1',
  result: 'PASSED',
  jobDefinitionArn: 'arn:…/models:1',
  jobId: 'a',
  verdict: 'passed',
  endedAt: 1000,
  passedTests: [],
  failedTests: [],
  stored: { manifest: { digest: 'sha256:2', mediaType: '', bytes: Buffer.alloc(0) }, statement: Buffer.alloc(0) },
  ...more,
});
const failed = { result: 'FAILED', verdict: 'failed' } as const;

describe('of one region', () => {
  test.each([
    ['nothing', [], 'missing'],
    ['a success', [proof()], 'proven'],
    ['a failure', [proof(failed)], 'failed'],
    ['a failure, then a success', [proof({ ...failed, endedAt: 1 }), proof()], 'proven'],
    ['a success, then a failure', [proof(), proof({ ...failed, endedAt: 1001 })], 'failed'],
    ['both at once', [proof(failed), proof()], 'failed'],
    ['another region’s success', [proof({ region: 'us' })], 'missing'],
    ['another environment’s success', [proof({ environment: 'staging' })], 'missing'],
    ['a later failure elsewhere', [proof(), proof({ ...failed, region: 'us', endedAt: 2000 })], 'proven'],
  ])('%s', (_, proofs, status) => {
    expect(decideProof([target('eu')], proofs, undefined).demanded.map(each => each.status)).toEqual([status]);
    expect(decideProof([target('eu')], proofs, proofs).demanded.map(each => each.status)).toEqual([status]);
  });

  test.each([
    ['nothing signed', [], 'unsigned'],
    ['the same test signed', [proof()], 'proven'],
    ['another job signed', [proof({ jobId: 'b' })], 'unsigned'],
    ['another revision signed', [proof({ jobDefinitionArn: 'arn:…/models:2' })], 'unsigned'],
    ['an earlier end signed', [proof({ endedAt: 999 })], 'unsigned'],
    ['a failure signed', [proof(failed)], 'unsigned'],
  ])('%s', (_, signed, status) => {
    expect(decideProof([target('eu')], [proof()], signed).demanded[0]?.status).toBe(status);
  });
});

describe('of several regions', () => {
  test('all that have a smoke test have to have passed it', () => {
    const targets = [target('eu'), target('us'), { ...target('ap'), smokeTest: undefined }];
    const one = decideProof(targets, [proof()], undefined);
    expect([one.proven, one.demanded.map(({ region, status }) => [region, status])]).toEqual([
      false,
      [
        ['eu', 'proven'],
        ['us', 'missing'],
      ],
    ]);
    expect(decideProof(targets, [proof(), proof({ region: 'us' })], undefined).proven).toBe(true);
  });

  test('none that has one proves nothing', () => {
    expect(decideProof([{ ...target('eu'), smokeTest: undefined }], [proof()], undefined).proven).toBe(false);
  });
});
