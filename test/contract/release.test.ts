/** What publish.yml relies on: which text a release has, and which tag moves. */
import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { describe, expect, test } from '@jest/globals';

const SCRIPT = fileURLToPath(new URL('../../tools/release.mjs', import.meta.url));
const CHANGELOG = fileURLToPath(new URL('../../CHANGELOG.md', import.meta.url));
const ask = (what: 'major' | 'kind', tag: string, tags: readonly string[]): string =>
  execFileSync(process.execPath, [SCRIPT, what, tag], { encoding: 'utf8', input: [tag, ...tags].join('\n') }).trim();

describe('the major tag', () => {
  test.each([
    ['v1.2.3', ['v1.2.2', 'v1', 'v2.0.0'], 'v1'],
    ['v1.10.0', ['v1.9.9'], 'v1'],
    ['v1.2.4', ['v1.3.0'], ''],
    ['v1.3.0-rc.1', ['v1.2.9'], ''],
    ['v0.1.0', [], 'v0'],
  ])('on %s beside %j', (tag, tags, expected) => {
    expect(ask('major', tag, tags)).toBe(expected);
  });
});

describe('what GitHub shows as the latest', () => {
  test.each([
    ['v1.2.3', ['v1.2.2', 'v1'], '--latest'],
    ['v1.2.4', ['v1.3.0'], '--latest=false'],
    ['v1.9.0', ['v2.0.0', 'v2'], '--latest=false'],
    ['v1.9.0', ['v2.0.0-rc.1'], '--latest'],
    ['v2.0.0-rc.1', ['v1.9.0'], '--prerelease'],
  ])('%s beside %j is %s', (tag, tags, expected) => {
    expect(ask('kind', tag, tags)).toBe(expected);
  });
});

test('a tag that is not the version, or no version, stops the release', () => {
  const notes = (tag: string) => () =>
    execFileSync(process.execPath, [SCRIPT, 'notes', tag], { encoding: 'utf8', stdio: 'pipe' });
  expect(notes('v99.0.0')).toThrow(/the tag is v99.0.0, but package.json says/);
  expect(notes('latest')).toThrow(/"latest" is no release's tag/);
});

test('the changelog names versions as the script reads them, newest first', () => {
  const headings = [...readFileSync(CHANGELOG, 'utf8').matchAll(/^## (.*)$/gm)].map(([, heading]) => heading);
  expect(headings[0]).toMatch(/^Unreleased$|^\d+\.\d+\.\d+/);
  for (const heading of headings) expect(heading).toMatch(/^(Unreleased|\d+\.\d+\.\d+(-[0-9a-z.-]+)?)$/);
});
