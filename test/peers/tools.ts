/** Finds and runs other people's programs. What is missing is said aloud; where CI is set it is a failure. */

import { execFile, spawnSync } from 'node:child_process';
import { existsSync, mkdirSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from '@jest/globals';

export interface Tool {
  readonly name: string;
  /** The path to run; undefined when it cannot be had here, and then `why` says why. */
  readonly path: string | undefined;
  readonly why: string;
}

/** A program on the PATH that answers `args` with exit code 0. */
export function findTool(name: string, args: readonly string[] = ['--version']): Tool {
  const { status, error, stderr } = spawnSync(name, args, { encoding: 'utf8', timeout: 30_000 });
  const why = error ? error.message : `${name} ${args.join(' ')}: exit code ${status}: ${stderr.trim()}`;
  return status === 0 ? { name, path: name, why: '' } : { name, path: undefined, why };
}

/** On the PATH, or else built by Go, once for each version. */
export function findGoTool(name: string, module: string, version: string): Tool {
  const found = spawnSync('sh', ['-c', `command -v ${name}`], { encoding: 'utf8' });
  if (found.status === 0) return { name, path: found.stdout.trim(), why: '' };
  const folder = join(tmpdir(), 'batchwright-peers', version);
  const path = join(folder, name);
  if (existsSync(path)) return { name, path, why: '' };
  mkdirSync(folder, { recursive: true });
  const built = spawnSync('go', ['install', `${module}@${version}`], {
    encoding: 'utf8',
    env: { ...process.env, GOBIN: folder },
  });
  if (built.status === 0) return { name, path, why: '' };
  return { name, path: undefined, why: built.error ? built.error.message : built.stderr.trim() };
}

/** A test for which all these tools are needed. */
export function peerTest(tools: readonly Tool[], name: string, body: () => Promise<void>, timeout?: number): void {
  const missing = tools.filter(({ path }) => path === undefined);
  if (missing.length === 0) return void test(name, body, timeout);
  const told = missing.map(tool => `${tool.name} cannot be used (${tool.why})`).join('; ');
  if (process.env['CI']) {
    test(name, () => {
      throw new Error(`${told}. Where CI is set, that is a failure.`);
    });
    return;
  }
  process.stderr.write(`\n*** SKIPPED: ${name}\n*** ${told}\n\n`);
  test.skip(name, body);
}

export interface Ran {
  readonly exitCode: number;
  readonly stdout: string;
  /** Both streams, for messages. */
  readonly output: string;
}

/** Never rejects because of an exit code. */
export function runTool(
  { path }: Tool,
  args: readonly string[],
  options: { environment?: Record<string, string>; input?: string; cwd?: string } = {},
): Promise<Ran> {
  const { environment = {}, input, cwd } = options;
  return new Promise(resolve => {
    const env = { ...process.env, ...environment };
    const child = execFile(path ?? '', args, { env, cwd, maxBuffer: 64 << 20 }, (error, stdout, stderr) => {
      const exitCode = error ? (typeof error.code === 'number' ? error.code : 1) : 0;
      resolve({ exitCode, stdout, output: `${stdout}${stderr}` });
    });
    child.stdin?.end(input);
  });
}
