import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from '@jest/globals';
import { readPullRequest, readRun } from '../../../src/adapters/github/run.ts';

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'batchwright-event-'));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

test.each<[string, object, number | undefined]>([
  ['a pull request', { pull_request: { number: 7 } }, 7],
  ['a comment on a pull request', { issue: { number: 8, pull_request: { url: 'u' } } }, 8],
  ['a comment on an issue', { issue: { number: 9 } }, undefined],
  ['a push', { ref: 'refs/heads/main' }, undefined],
])('the event of %s', async (_, event, number) => {
  const path = join(folder, 'event.json');
  writeFileSync(path, JSON.stringify(event));
  expect(await readPullRequest({ GITHUB_EVENT_PATH: path })).toBe(number);
});

test('outside of GitHub there is neither an event nor a run', async () => {
  expect(await readPullRequest({})).toBeUndefined();
  expect(readRun({})).toBeUndefined();
  expect(readRun({ GITHUB_REPOSITORY: 'acme/models' })).toBeUndefined();
});

test.each([
  [{}, { attempt: 1, url: 'https://github.com/acme/models/actions/runs/42/attempts/1' }],
  [
    { GITHUB_SERVER_URL: 'https://github.acme.example', GITHUB_RUN_ATTEMPT: '3' },
    { attempt: 3, url: 'https://github.acme.example/acme/models/actions/runs/42/attempts/3' },
  ],
])('a run is named by its page: %j', (environment, run) => {
  const given = { GITHUB_REPOSITORY: 'acme/models', GITHUB_RUN_ID: '42', ...environment };
  expect(readRun(given)).toEqual({ id: 42, ...run });
});
