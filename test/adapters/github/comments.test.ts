import { afterEach, beforeEach, expect, test } from '@jest/globals';
import type { Comment } from '../../github/model.ts';
import { type GitHubWorld, startWorld } from './world.ts';

const MARKER = '<!-- batchwright plan -->';

let world: GitHubWorld;
beforeEach(async () => {
  world = await startWorld();
  world.fake.state.pullRequests.add(7);
});
afterEach(() => world.fake.stop());

const upsert = (text: string) =>
  world.github.upsertComment({ token: world.fake.token, pullRequest: 7, marker: MARKER, body: `${MARKER}\n${text}` });
const bodies = () => world.fake.state.comments.map(({ body }) => body);

function write(body: string, author: Partial<Comment['author']> = {}): void {
  const { comments } = world.fake.state;
  const by = { login: 'mona', type: 'User', association: 'NONE', ...author } as const;
  comments.push({ id: comments.length + 1, issue: 7, author: by, createdAt: 0, updatedAt: 0, body });
}

test('one comment is written, changed, and left when it says the same', async () => {
  expect(await upsert('one')).toMatchObject({ how: 'created' });
  expect(await upsert('two')).toMatchObject({ how: 'updated' });
  expect(await upsert('two')).toMatchObject({ how: 'left as it was', url: expect.stringContaining('/pull/7#') });
  expect(bodies()).toEqual([`${MARKER}\ntwo`]);
});

test('a comment whose line ends came from a browser says the same', async () => {
  await upsert('one\ntwo');
  Object.assign(world.fake.state.comments[0] ?? {}, { body: `${MARKER}\r\none\r\ntwo` });
  expect(await upsert('one\ntwo')).toMatchObject({ how: 'left as it was' });
});

test('the own comment is found on the second page', async () => {
  for (let number = 0; number < 120; number++) write(`talk ${number}`);
  await upsert('one');
  await upsert('two');
  expect(bodies().filter(body => body.startsWith(MARKER))).toEqual([`${MARKER}\ntwo`]);
});

test('whoever may not write on the repository cannot plant the comment', async () => {
  write(`${MARKER}\nplanted`, { association: 'CONTRIBUTOR' });
  expect(await upsert('one')).toMatchObject({ how: 'created' });
  expect(bodies()).toEqual([`${MARKER}\nplanted`, `${MARKER}\none`]);
});

test('a pull request from a fork: the token may only read', async () => {
  const token = world.fake.createToken({ 'pull-requests': 'read', contents: 'read' });
  const written = world.github.upsertComment({ token, pullRequest: 7, marker: MARKER, body: MARKER });
  await expect(written).rejects.toThrow(
    'writing on pull request 7: 403: Resource not accessible by integration. The token may not do this: give the job ' +
      '`permissions: { pull-requests: write }`. On a pull request from a fork it never may.',
  );
});

test('a locked pull request is said to be locked, and no permission to be missing', async () => {
  world.fake.state.locked.add(7);
  await expect(upsert('one')).rejects.toThrow(
    /^writing on pull request 7: 403: Unable to create comment because issue is locked\.$/,
  );
});
