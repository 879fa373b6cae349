import { describe, expect, test } from '@jest/globals';
import { MAX_TAGS, readStamp, STAMP_TAGS, stampTags } from '../../src/definitions/tags.ts';

const STAMP = {
  contentHash: 'abc',
  commit: 'c0ffee',
  digest: 'sha256:12',
  ref: 'refs/heads/x',
  runUrl: 'https://github.com/o/r/actions/runs/1',
  version: 'v1.2.0',
  planId: '0123456789ab',
  registeredAt: '2026-11-22T10:00:00.000Z',
  rolledBackTo: '7',
  replaces: '6',
  override: 'by hand',
};
const own = (count: number) => Object.fromEntries(Array.from({ length: count }, (_, index) => [`tag${index}`, 'x']));

describe('the stamp', () => {
  test('stands beside the tags of the user', () => {
    expect(stampTags({ team: 'ml' }, STAMP)).toEqual({
      team: 'ml',
      'batchwright:content-hash': 'abc',
      'batchwright:commit': 'c0ffee',
      'batchwright:digest': 'sha256:12',
      'batchwright:ref': 'refs/heads/x',
      'batchwright:run-url': 'https://github.com/o/r/actions/runs/1',
      'batchwright:version': 'v1.2.0',
      'batchwright:plan': '0123456789ab',
      'batchwright:registered-at': '2026-11-22T10:00:00.000Z',
      'batchwright:rolled-back-to': '7',
      'batchwright:replaces': '6',
      'batchwright:override': 'by hand',
    });
    expect(Object.keys(stampTags(undefined, STAMP))).toEqual(STAMP_TAGS);
  });

  test('is read back as it was written, whatever else is tagged', () => {
    expect(readStamp(stampTags({ team: 'ml' }, STAMP))).toEqual(STAMP);
    expect(readStamp({ team: 'ml' })).toEqual({});
  });

  test('leaves out what is not known', () => {
    expect(stampTags(undefined, { contentHash: 'abc', commit: undefined, ref: '' })).toEqual({
      'batchwright:content-hash': 'abc',
    });
  });

  test.each([
    [45, 5],
    [46, 4],
    [49, 1],
    [50, 1],
  ])('of a definition with %d tags keeps %d of its own, the hash before all', (count, kept) => {
    const stamped = Object.keys(stampTags(own(count), STAMP)).filter(key => key.startsWith('batchwright:'));
    expect(stamped).toEqual(STAMP_TAGS.slice(0, kept));
    if (count < MAX_TAGS) expect(count + stamped.length).toBeLessThanOrEqual(MAX_TAGS);
  });

  test.each([
    ['refs/heads/fix#7,{x}', 'refs/heads/fix_7__x_'],
    ['größer als 1', 'größer als 1'],
    ['x'.repeat(300), 'x'.repeat(256)],
  ])('writes %s as a tag may be', (ref, value) => {
    expect(stampTags(undefined, { contentHash: 'abc', ref })).toMatchObject({ 'batchwright:ref': value });
  });
});
