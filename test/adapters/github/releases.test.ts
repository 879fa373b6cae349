import { afterEach, beforeEach, expect, test } from '@jest/globals';
import { addRelease } from '../../github/state.ts';
import { type GitHubWorld, startWorld } from './world.ts';

const MARKER = '<!-- batchwright: production -->';
const END = '<!-- end of batchwright: production -->';

let world: GitHubWorld;
beforeEach(async () => {
  world = await startWorld();
});
afterEach(() => world.fake.stop());

const upsert = (body: string, { tag = 'v1.2.0', marker = MARKER } = {}) =>
  world.github.upsertReleaseNotes({ token: world.fake.token, tag, marker, body });
const notes = (number = 0) => world.fake.state.releases[number]?.body;

test('the section goes to the end of the author’s text, and is replaced where it stands', async () => {
  const release = addRelease(world.fake.state, { tag: 'v1.2.0', body: '## New\r\n\r\nFaster cues.\r\n' });
  expect(await upsert('| one |\n')).toMatchObject({
    how: 'created',
    url: expect.stringContaining('/releases/tag/v1.2.0'),
  });
  expect(notes()).toBe(`## New\r\n\r\nFaster cues.\n\n${MARKER}\n| one |\n${END}\n`);
  release.body = `${notes()}Thanks to Mona.`;
  expect(await upsert('| two |')).toMatchObject({ how: 'updated' });
  expect(notes()).toBe(`## New\r\n\r\nFaster cues.\n\n${MARKER}\n| two |\n${END}\nThanks to Mona.`);
  expect(await upsert('| two |')).toMatchObject({ how: 'left as it was' });
});

test('each environment has its own section, also in a release without a text', async () => {
  addRelease(world.fake.state, { tag: 'v1.2.0' });
  await upsert('| production |');
  const canary = '<!-- batchwright: canary -->';
  await upsert('| canary |', { marker: canary });
  expect(notes()).toBe(
    `${MARKER}\n| production |\n${END}\n\n${canary}\n| canary |\n<!-- end of batchwright: canary -->\n`,
  );
});

test.each([
  ['a pre-release', { prerelease: true }],
  ['a draft, which its tag does not find', { draft: true }],
])('%s is written to and stays one', async (_, kind) => {
  for (let number = 0; number < 120; number++) addRelease(world.fake.state, { tag: `v0.${number}.0` });
  world.fake.state.releases.unshift({ ...addRelease(world.fake.state, { tag: 'v1.2.0', ...kind }) });
  world.fake.state.releases.pop();
  expect(await upsert('| one |')).toMatchObject({ how: 'created' });
  expect(world.fake.state.releases[0]).toMatchObject({ ...kind, body: expect.stringContaining('| one |') });
});

test('a tag without a release is an error that says what to do', async () => {
  addRelease(world.fake.state, { tag: 'v1.1.0' });
  await expect(upsert('| one |')).rejects.toMatchObject({
    name: 'ConfigurationError',
    message: expect.stringMatching(/^there is no release of v1\.2\.0.*gh release create v1\.2\.0/),
  });
  expect(notes()).toBeNull();
});

test('only the section is cut at GitHub’s limit of 125,000 characters', async () => {
  const author = 'x'.repeat(120_000);
  addRelease(world.fake.state, { tag: 'v1.2.0', body: author });
  await upsert('| a row of the table |\n'.repeat(1000));
  const text = notes() ?? '';
  expect(text.length).toBeLessThanOrEqual(125_000);
  expect(text.length).toBeGreaterThan(124_900);
  expect(text.startsWith(`${author}\n\n${MARKER}\n| a row`)).toBe(true);
  expect(text.slice(-250)).toMatch(
    /\| a row of the table \|\n\n\*\*This section was cut .*\n\n<!-- end of batchwright: production -->\n$/,
  );
});

test('notes that leave no room are left as they are, and said to be too long', async () => {
  const author = 'x'.repeat(124_950);
  addRelease(world.fake.state, { tag: 'v1.2.0', body: author });
  await expect(upsert('| one |\n'.repeat(100))).rejects.toThrow(/has 124950 of at most 125000 characters.*Shorten it/);
  expect(notes()).toBe(author);
});

test('a missing permission is named', async () => {
  addRelease(world.fake.state, { tag: 'v1.2.0' });
  const token = world.fake.createToken({ contents: 'read' });
  const written = world.github.upsertReleaseNotes({ token, tag: 'v1.2.0', marker: MARKER, body: 'x' });
  await expect(written).rejects.toThrow(
    /writing the notes of release v1\.2\.0: 403.*permissions: \{ contents: write \}/,
  );
});
