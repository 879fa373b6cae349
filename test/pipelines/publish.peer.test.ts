/** A release of Batchwright itself, in a small repository with its scripts; `npm` and `gh` write down what they were asked. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect } from '@jest/globals';
import { peerTest } from '../peers/tools.ts';
import { readPart, startEmptyRepository, type TeamRepository } from './repository.ts';
import { runWorkflow } from './run-workflow.ts';
import { act, expectExit } from './scenario.ts';
import { listForeignActions } from './toolkit.ts';

const npm = 'echo "npm $*" >> "$PIPELINES_RECORDS/npm"\n';
/** The first release of the line has no major tag yet, so moving it is refused, and it is made. */
const gh = `echo "gh $*" >> "$PIPELINES_RECORDS/gh"
case "$*" in
  "run download"*) mkdir -p "$7" && cp -r "$PIPELINES_RECORDS/artifacts/archive/." "$7" ;;
  "release upload"*) test -s "$4" ;;
  *"--jq .immutable") echo "$IMMUTABLE" ;;
  *matching-refs*) printf "v0.9.0\\nv1.2.0\\n$NEWER" ;;
  *releases?per_page*) printf "v0.9.0 immutable\\n$WAS" ;;
  *PATCH*) exit 1 ;;
esac
`;

let repository: TeamRepository;
let toolkit: string;
beforeAll(() => {
  toolkit = mkdtempSync(join(tmpdir(), 'batchwright-no-toolkit-'));
  repository = startEmptyRepository();
  repository.commit('Release 1.2.0', {
    'package.json': JSON.stringify({ version: '1.2.0' }),
    'CHANGELOG.md': '# Changes\n\n## Unreleased\n\n## 1.2.0\n\n- Promotes.\n\n## 1.1.0\n\n- Registers.\n',
    'dist/plan.js': '// a bundle\n',
    'actions/plan/action.yml': 'name: plan\n',
    'templates/a': '',
    LICENSE: 'MIT',
    'tools/release.mjs': readPart('tools/release.mjs'),
    '.github/workflows/publish.yml': readPart('.github/workflows/publish.yml'),
  });
});
afterAll(() => {
  for (const folder of [toolkit, repository.path]) rmSync(folder, { recursive: true, force: true });
});

interface OnGitHub {
  readonly immutable?: string;
  /** The release of the tag, as an earlier attempt left it: `draft`, `changeable` or `immutable`. */
  readonly was?: string;
  readonly newer?: string;
}

const publish = (tag: string, { immutable = 'true', was, newer = '' }: OnGitHub = {}) => {
  repository.git('tag', '--force', tag);
  return runWorkflow({
    ...{ act: act.path ?? '', repository: repository.path, toolkit, programs: { npm, gh } },
    ...{ event: 'push', workflow: 'publish', ref: `refs/tags/${tag}`, variables: {} },
    foreignActions: listForeignActions(),
    environment: {
      GITHUB_REPOSITORY: 'batchwright/batchwright',
      ...{ IMMUTABLE: immutable, NEWER: newer, WAS: was ? `${tag} ${was}` : '' },
      ACTIONS_ID_TOKEN_REQUEST_URL: 'http://127.0.0.1:1',
      ACTIONS_ID_TOKEN_REQUEST_TOKEN: 'x',
    },
  });
};

peerTest([act], 'a tag becomes a signed, immutable release with its notes, and the major tag moves to it', async () => {
  const { exitCode, log, record } = await publish('v1.2.0');
  expectExit({ exitCode, log }, 0);
  expect(record('npm').split('\n')).toEqual(expect.arrayContaining(['npm run check', 'npm run build']));
  expect(record('attestations')).toContain('batchwright-v1.2.0.tar.gz');
  const asked = record('gh');
  expect(asked).toMatch(
    /release create v1\.2\.0 --verify-tag --draft [\s\S]*release upload [\s\S]*release edit v1\.2\.0 --draft=false --latest/,
  );
  expect(asked).toMatch(new RegExp(`--method POST .*refs/tags/v1 -f sha=${repository.git('rev-parse', 'HEAD')}`));
});

peerTest([act], 'a release that could still be changed stops before the major tag moves', async () => {
  const { exitCode, log, record } = await publish('v1.2.0', { immutable: 'false' });
  expectExit({ exitCode, log }, 1);
  expect(log).toContain('Switch on release immutability');
  expect(record('gh')).not.toContain('refs/tags/v1 ');
});

const MADE = / (create|upload|edit v\S+ --draft\S*|POST) ?/g;

peerTest([act], 'run again, it goes on from where it stopped, and an older line is not the latest', async () => {
  const steps: Readonly<Record<string, readonly string[]>> = {
    draft: ['upload', 'edit v1.2.0 --draft=false'],
    changeable: ['edit v1.2.0 --draft', 'upload', 'edit v1.2.0 --draft=false'],
    immutable: [],
  };
  for (const [was, expected] of Object.entries(steps)) {
    const { exitCode, log, record } = await publish('v1.2.0', { was, newer: 'v2.0.0' });
    expectExit({ exitCode, log }, 0);
    expect([...record('gh').matchAll(MADE)].map(([, what]) => what)).toEqual([...expected, 'POST']);
    if (expected.length > 0) expect(record('gh')).toContain('--draft=false --latest=false');
  }
});

peerTest([act], 'a tag beside the version stops before anything is made', async () => {
  const { exitCode, log, record } = await publish('v1.3.0');
  expectExit({ exitCode, log }, 1);
  expect(log).toContain('the tag is v1.3.0, but package.json says 1.2.0');
  expect(record('gh')).toBe('');
});
