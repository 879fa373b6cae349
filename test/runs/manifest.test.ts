/** From bytes to entries: every format, every kind of bad line, and where it stands. */
import { describe, expect, test } from '@jest/globals';
import { ConfigurationError } from '../../src/errors.ts';
import { type ManifestItem, readNdjson } from '../../src/runs/manifest/lines.ts';
import { listObjects } from '../../src/runs/manifest/list-objects.ts';
import { openManifest } from '../../src/runs/manifest/open-manifest.ts';
import { type EntryRules, parseEntry } from '../../src/runs/manifest/parse-entry.ts';
import { readCsv } from '../../src/runs/manifest/read-csv.ts';
import { readEntries } from '../../src/runs/manifest/read-entries.ts';
import { readJson } from '../../src/runs/manifest/read-json.ts';
import type { Entry } from '../../src/runs/model.ts';

/** Cut anywhere, also in the middle of a character. */
async function* pieces(text: string, size: number): AsyncGenerator<Uint8Array> {
  const bytes = new TextEncoder().encode(text);
  for (let from = 0; from < bytes.length; from += size) yield bytes.subarray(from, from + size);
}

async function collect(chunks: AsyncIterable<readonly ManifestItem[]>): Promise<readonly ManifestItem[]> {
  const items: ManifestItem[] = [];
  for await (const chunk of chunks) items.push(...chunk);
  return items;
}

describe.each([1, 3, 7, 1000])('in pieces of %i bytes', size => {
  test('NDJSON: blank lines count, a byte order mark does not matter, the last line needs no end', async () => {
    const items = await collect(readNdjson(pieces('\uFEFF{"id":"ä"}\r\n\n{"id":2}\n{oops\n{"id":"last"}', size)));
    expect(items).toEqual([
      { at: 1, value: { id: 'ä' } },
      { at: 3, value: { id: 2 } },
      { at: 4, problem: expect.stringContaining('is no JSON') },
      { at: 5, value: { id: 'last' } },
    ]);
  });

  test('CSV: quotes, line ends inside them, empty fields left out, bad records told with their line', async () => {
    const items = await collect(
      readCsv(pieces('\uFEFFid, tickets\n1,"two\nlines, ""quoted"""\n2,\n3,4,5\n4,6\n', size)),
    );
    expect(items).toEqual([
      { at: 3, value: { id: '1', tickets: 'two\nlines, "quoted"' } },
      { at: 4, value: { id: '2' } },
      { at: 5, problem: expect.stringContaining('is no CSV record') },
      { at: 6, value: { id: '4', tickets: '6' } },
    ]);
  });

  test.each(['[{"id":"1"},{"id":"é"}]', ' {"about":[1],"entries":[{"id":"1"},{"id":"é"}]}'])('JSON: %s', async text => {
    expect(await collect(readJson(pieces(text, size)))).toEqual([
      { at: 1, value: { id: '1' } },
      { at: 2, value: { id: 'é' } },
    ]);
  });

  test('JSON that ends too early, or is none', async () => {
    expect(await collect(readJson(pieces('[{"id":"1"},', size)))).toEqual([
      { at: 1, value: { id: '1' } },
      { at: 2, problem: 'is missing: the file ends in the middle' },
    ]);
    expect((await collect(readJson(pieces('[{"id":"1"} oops', size)))).at(-1)).toEqual({
      at: 2,
      problem: expect.stringContaining('is no JSON'),
    });
  });
});

test('a line that is too long is told, and the next is read', async () => {
  const items = await collect(readNdjson(pieces(`{"id":"${'x'.repeat(300_000)}"}\n{"id":"2"}\n`, 10_000)));
  expect(items).toEqual([
    { at: 1, problem: 'is longer than 65536 characters' },
    { at: 2, value: { id: '2' } },
  ]);
});

test('a listing: every object of every page, folders aside', async () => {
  const pages = [
    {
      Contents: [
        { Key: 'in/', Size: 0 },
        { Key: 'in/a.json.gz', Size: 3, LastModified: new Date(0) },
      ],
      NextContinuationToken: 'next',
    },
    { Contents: [{ Key: 'in/b/c', Size: 4 }] },
  ];
  const s3 = async () =>
    ({
      listObjectsV2: async ({ ContinuationToken }: { ContinuationToken?: string }) => pages[ContinuationToken ? 1 : 0],
    }) as never;
  const items = await collect(listObjects({ bucket: 'data', prefix: 'in/', region: 'eu-west-1' }, { aws: { s3 } }));
  expect(items).toEqual([
    {
      at: 1,
      value: {
        id: 'a.json',
        key: 'in/a.json.gz',
        uri: 's3://data/in/a.json.gz',
        bytes: 3,
        lastModified: '1970-01-01T00:00:00.000Z',
      },
    },
    { at: 2, value: { id: 'b/c', key: 'in/b/c', uri: 's3://data/in/b/c', bytes: 4, lastModified: undefined } },
  ]);
});

test.each([
  ['accounts', /cannot tell what kind of manifest "accounts" is/],
  ['accounts.yml', /Its name may end in .ndjson/],
])('%s is refused', (source, message) => {
  const none = { aws: { s3: () => Promise.reject(new Error('not asked')) }, files: { open: () => pieces('', 1) } };
  expect(() => openManifest(source, { region: 'eu-west-1' }, none)).toThrow(message);
});

const RULES: EntryRules = {
  id: 'account',
  tiers: ['small', 'large'],
  tier: { field: 'tickets', from: { small: 0, large: 1000 } },
  region: 'eu-west-1',
  priority: 'low',
  jobQueues: { 'eu-west-1': { low: 'q-low', high: 'q-high' }, 'us-east-1': { low: 'q-low' } },
};

describe('an entry', () => {
  test.each<[Record<string, unknown>, Partial<Entry>]>([
    [
      { account: 7, tickets: 5 },
      { id: '7', tier: 'small', priority: 'low', region: 'eu-west-1', text: '{"account":7,"tickets":5,"id":"7"}' },
    ],
    [{ account: 'a', tickets: '1000' }, { tier: 'large' }],
    [{ account: 'a', tickets: 999.9 }, { tier: 'small' }],
    [{ account: 'a', tier: 'large', tickets: 1 }, { tier: 'large' }],
    [{ account: 'a', tickets: 1, priority: 'high' }, { priority: 'high' }],
    [{ account: 'a', tickets: 1, region: 'us-east-1' }, { region: 'us-east-1' }],
  ])('%j', (value, expected) => {
    expect(parseEntry(value, RULES)).toMatchObject(expected);
  });

  test.each<[unknown, RegExp]>([
    [5, /is not an object with fields/],
    [[], /is not an object with fields/],
    [null, /is not an object with fields/],
    [{ tickets: 1 }, /has no "account"/],
    [{ account: '' }, /has "" as "account", which is not 1 to 256 printable characters or a whole number/],
    [{ account: 1.5 }, /has 1.5 as "account"/],
    [{ account: 'a\nb' }, /printable/],
    [{ account: 'x'.repeat(257) }, /printable/],
    [{ account: 'a' }, /has no value as "tickets", and its tier depends on that being a number/],
    [{ account: 'a', tickets: 'many' }, /has "many" as "tickets"/],
    [{ account: 'a', tickets: '' }, /has "" as "tickets"/],
    [{ account: 'a', tickets: -1 }, /has -1 as "tickets", which is below every tier's threshold/],
    [{ account: 'a', tier: 'lage' }, /has tier "lage", which is none of small, large. Did you mean "large"\?/],
    [{ account: 'a', tier: 'enormous' }, /has tier "enormous", which is none of small, large$/],
    [{ account: 'a', tickets: 1, priority: 3 }, /has priority 3, which is none of low, high/],
    [{ account: 'a', tickets: 1, priority: 'high', region: 'us-east-1' }, /has priority "high", which is none of low/],
    [{ account: 'a', tickets: 1, region: 'mars' }, /has region "mars"/],
    [{ account: 'a', tickets: 1, notes: 'x'.repeat(5000) }, /has 50\d\d bytes, more than 4096/],
  ])('%j is none', (value, problem) => {
    expect(parseEntry(value, RULES)).toMatch(problem);
  });

  test('without a rule: the only tier there is, or a problem', () => {
    const { tier: _, ...bare } = RULES;
    expect(parseEntry({ account: 'a' }, { ...bare, tiers: ['small'] })).toMatchObject({ tier: 'small' });
    expect(parseEntry({ account: 'a' }, bare)).toMatch(/has no tier, and the configuration has no rule/);
  });
});

describe('a whole manifest', () => {
  const read = async (lines: readonly string[], skipInvalid = false) => {
    const entries: string[] = [];
    const chunks = readNdjson(pieces(lines.join('\n'), 4096));
    const onEntry = ({ id }: Entry) => void entries.push(id);
    const result = await readEntries(
      { unit: 'line', chunks },
      { source: 'm.ndjson', rules: RULES, skipInvalid, onEntry },
    );
    return { ...result, ids: entries };
  };
  const line = (account: unknown) => JSON.stringify({ account, tickets: 1 });

  test('with repeated ids is refused, a number and its text being the same', async () => {
    const refused = read([line('1'), line(2), line(1)]);
    await expect(refused).rejects.toThrow(ConfigurationError);
    await expect(read([line('1'), line(2), line(1)])).rejects.toThrow(/m\.ndjson:3:1: "1" was there before, in line 1/);
  });

  test('tells twenty problems one by one and counts the others', async () => {
    const error = await read(Array.from({ length: 33 }, () => '5')).catch(
      (caught: unknown) => caught as ConfigurationError,
    );
    expect(error).toBeInstanceOf(ConfigurationError);
    expect((error as ConfigurationError).problems).toHaveLength(21);
    expect((error as ConfigurationError).message).toContain(
      '33 of the entries of m.ndjson cannot be used, 13 more than are shown; nothing was submitted',
    );
  });

  test.each([false, true])(
    'in which no entry has an id is told that once, also when wrong ones are left out: %j',
    async skip => {
      const error = await read(Array(30).fill('{"Accounts": "7", "tickets": 1}'), skip).catch(
        (caught: unknown) => caught,
      );
      expect((error as ConfigurationError).message).toBe(
        'no entry of m.ndjson has a column or field "account" (there are: Accounts, tickets); nothing was submitted. Say with `runs.id` in the configuration which one names an entry. Is it "Accounts"?',
      );
    },
  );

  test('gives what is good of it when it is told to', async () => {
    expect(await read([line('1'), 'oops', line('1'), line('2')], true)).toMatchObject({
      ids: ['1', '2'],
      entries: 2,
      skipped: 2,
    });
  });

  test.each([[[]], [['5']]])('without an entry is refused: %j', async lines => {
    await expect(read(lines, true)).rejects.toThrow(/has no entries/);
  });
});
