// What a release of Batchwright is made of: `notes TAG` prints its section of the changelog; given all tags on the standard input,
// `major TAG` prints the tag that moves to it (or nothing), and `kind TAG` what `gh release edit` is to make of it. Used by
// .github/workflows/publish.yml.
import { readFileSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';

/** `v1.2.3`, or `v1.2.3-rc.1`. Throws for anything else. */
export function parseTag(tag) {
  const [, major, minor, patch, pre] = /^v(\d+)\.(\d+)\.(\d+)(?:-([0-9a-z.-]+))?$/.exec(tag) ?? [];
  if (major === undefined) throw new Error(`"${tag}" is no release's tag: v1.2.3 or v1.2.3-rc.1`);
  return { version: tag.slice(1), numbers: [major, minor, patch].map(Number), isPreRelease: pre !== undefined };
}

/** The text below `## <version>`, up to the next version. Throws when there is none, or nothing in it. */
export function sectionOf(changelog, version) {
  const [, section] = changelog.split(`\n## ${version}\n`);
  const text = section?.split('\n## ')[0].trim();
  if (!text) throw new Error(`CHANGELOG.md has nothing below "## ${version}"`);
  return text;
}

/** `v1`, when nothing newer has been released as 1; a release for an older line must not take users back. */
export function movingTag(tag, tags) {
  const line = `v${parseTag(tag).numbers[0]}`;
  const ofLine = tags.filter(each => each.startsWith(`${line}.`));
  return isNewest(tag, ofLine) ? line : undefined;
}

/** Only the newest of all is the one that GitHub shows as the latest. */
export function kindOf(tag, tags) {
  if (parseTag(tag).isPreRelease) return '--prerelease';
  return isNewest(tag, tags) ? '--latest' : '--latest=false';
}

/** No pre-release is, and none stands in the way. */
function isNewest(tag, tags) {
  const { numbers, isPreRelease } = parseTag(tag);
  const isNewer = other => (other.map((number, index) => number - numbers[index]).find(each => each !== 0) ?? 0) > 0;
  const released = tags.filter(each => /^v\d+\.\d+\.\d+$/.test(each)).map(each => parseTag(each).numbers);
  return !isPreRelease && !released.some(isNewer);
}

async function main([what, tag]) {
  const read = name => readFile(new URL(`../${name}`, import.meta.url), 'utf8');
  if (what === 'major' || what === 'kind') {
    const tags = readFileSync(0, 'utf8').split('\n');
    return what === 'kind' ? kindOf(tag, tags) : (movingTag(tag, tags) ?? '');
  }
  if (what !== 'notes') throw new Error('node tools/release.mjs notes TAG | major TAG | kind TAG');
  const { version } = parseTag(tag);
  const stated = JSON.parse(await read('package.json')).version;
  if (stated !== version) throw new Error(`the tag is ${tag}, but package.json says ${stated}`);
  return sectionOf(await read('CHANGELOG.md'), version);
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  try {
    console.log(await main(process.argv.slice(2)));
  } catch (error) {
    console.error(`::error::${error.message}`);
    process.exitCode = 1;
  }
}
