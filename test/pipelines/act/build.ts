/**
 * act (github.com/nektos/act), which executes the workflows, with a patch. It runs jobs on this machine, not in containers, and as it
 * comes falls short of GitHub's runner in ways that matter here. The patch
 *
 * - ends a step of a cancelled run by SIGINT, SIGTERM 7.5 seconds and SIGKILL 10 seconds later, instead of by SIGKILL at once: a
 *   cancelled smoke test must be able to terminate its job;
 * - gives steps pipes instead of a terminal;
 * - honours `permissions`: a called workflow that wants more than its caller has is refused, the token endpoint is there for jobs with
 *   `id-token: write` alone, and the token's text says what it may do, for the fake GitHub to hold it to that;
 * - knows a job's `environment`: the token endpoint is told its name, which is part of the token's subject, and a variable given as
 *   `--var ENVIRONMENT/NAME=value` is there for its jobs; `deployment: false` is no error.
 *
 * What act still does not do, and nothing here shows: `concurrency`, `timeout-minutes` of a job, protection rules of an environment. They are read from the files by test/contract/workflows.test.ts.
 */
import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { chmodSync, cpSync, existsSync, mkdirSync, mkdtempSync, readFileSync, renameSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Tool } from '../../peers/tools.ts';

const VERSION = 'v0.2.89';
const PATCH = fileURLToPath(new URL(`${VERSION}.patch`, import.meta.url));

/** Built once for each version and patch. */
export function findAct(): Tool {
  const patch = createHash('sha256').update(readFileSync(PATCH)).digest('hex').slice(0, 12);
  const folder = join(tmpdir(), 'batchwright-peers', `act-${VERSION}-${patch}`);
  const path = join(folder, 'act');
  if (existsSync(path)) return { name: 'act', path, why: '' };
  mkdirSync(folder, { recursive: true });
  const source = mkdtempSync(join(folder, 'source-'));
  try {
    const { Dir: module } = JSON.parse(
      run('go', ['mod', 'download', '-json', `github.com/nektos/act@${VERSION}`], folder),
    ) as { Dir: string };
    cpSync(module, source, { recursive: true });
    run('chmod', ['-R', 'u+w', '.'], source);
    run('patch', ['--strip=1', '--silent', `--input=${PATCH}`], source);
    // Under another name first: two test files may build it at once.
    run('go', ['build', '-o', join(source, 'act-built'), '.'], source);
    renameSync(join(source, 'act-built'), path);
    chmodSync(path, 0o755);
    return { name: 'act', path, why: '' };
  } catch (error) {
    return { name: 'act', path: undefined, why: error instanceof Error ? error.message : String(error) };
  } finally {
    rmSync(source, { recursive: true, force: true });
  }
}

function run(program: string, args: readonly string[], cwd: string): string {
  const { status, error, stdout, stderr } = spawnSync(program, args, { cwd, encoding: 'utf8', maxBuffer: 64 << 20 });
  if (status === 0) return stdout;
  throw new Error(`${program} ${args.slice(0, 2).join(' ')}: ${error?.message ?? stderr.trim().slice(-2000)}`);
}
