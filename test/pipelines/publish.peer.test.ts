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
  *.immutable) echo "$IMMUTABLE" ;;
  *matching-refs*) printf 'v0.9.0\\nv1.2.0\\n' ;;
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

const publish = (tag: string, immutable = 'true') => {
  repository.git('tag', tag);
  return runWorkflow({
    ...{ act: act.path ?? '', repository: repository.path, toolkit, programs: { npm, gh } },
    ...{ event: 'push', workflow: 'publish', ref: `refs/tags/${tag}`, variables: {} },
    foreignActions: listForeignActions(),
    environment: {
      GITHUB_REPOSITORY: 'batchwright/batchwright',
      IMMUTABLE: immutable,
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
  repository.git('tag', '--delete', 'v1.2.0');
  const { exitCode, log, record } = await publish('v1.2.0', 'false');
  expectExit({ exitCode, log }, 1);
  expect(log).toContain('Switch on release immutability');
  expect(record('gh')).not.toContain('refs/tags/v1 ');
});

peerTest([act], 'a tag beside the version stops before anything is made', async () => {
  const { exitCode, log, record } = await publish('v1.3.0');
  expectExit({ exitCode, log }, 1);
  expect(log).toContain('the tag is v1.3.0, but package.json says 1.2.0');
  expect(record('gh')).toBe('');
});
