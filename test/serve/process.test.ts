/** The command line's own server, in a process that can be killed. */
import { type ChildProcess, type StdioOptions, spawn } from 'node:child_process';
import { once } from 'node:events';
import { writeFileSync } from 'node:fs';
import { createInterface } from 'node:readline';
import type { Readable } from 'node:stream';
import { fileURLToPath } from 'node:url';
import { afterEach, expect, test } from '@jest/globals';
import { batchwright } from '../cli/workspace.ts';
import { ENTRIES, TOKEN, useServers } from './server.ts';

const MAIN = fileURLToPath(new URL('../../src/cli/main.ts', import.meta.url));
const LAUNCHER = fileURLToPath(new URL('../../bin/batchwright.mjs', import.meta.url));
/** As a newcomer's Node, which hands over to the pinned one. */
const OLD_NODE = [
  '--import',
  `data:text/javascript,Object.defineProperty(process, 'versions', { value: { ...process.versions, node: '20.0.0' } })`,
];
const gate = Promise.withResolvers<void>();
const { jobs } = useServers(async () => {
  await gate.promise;
  return { kind: 'exited', exitCode: 0 };
});
const children: ChildProcess[] = [];
afterEach(async () => {
  gate.resolve();
  for (const child of children.splice(0)) if (child.exitCode === null && child.signalCode === null) await kill(child);
});

async function kill(child: ChildProcess, signal: NodeJS.Signals = 'SIGKILL'): Promise<number | null> {
  child.kill(signal);
  const [code] = (await once(child, 'exit')) as [number | null];
  return code;
}

/** Resolves when it listens. */
async function serve(program: readonly string[] = [MAIN]) {
  const env = { ...process.env, BATCHWRIGHT_TOKENS: `airflow ${TOKEN}` };
  const stdio: StdioOptions = ['ignore', 'ignore', 'pipe'];
  const options = { env, stdio, detached: true };
  const child = spawn(process.execPath, [...program, 'serve', '--port', '0'], options);
  children.push(child);
  const lines: string[] = [];
  const listening = Promise.withResolvers<string>();
  const stderr = createInterface({ input: child.stderr as Readable });
  stderr.on('line', line => {
    lines.push(line);
    const [, found] = /on (http:\S+)$/.exec(line) ?? [];
    if (found) listening.resolve(found);
  });
  // When nobody has the pipe open any more: neither a launcher nor what it started.
  const ended = once(stderr, 'close');
  void ended.then(() => listening.reject(new Error(`the server ended:\n${lines.join('\n')}`)));
  const url = await listening.promise;
  const ask = async (method: string, path: string, body?: string) => {
    const headers = { authorization: `Bearer ${TOKEN}`, 'content-type': 'application/x-ndjson' };
    const response = await fetch(`${url}${path}`, { method, headers, ...(body !== undefined && { body }) });
    return (await response.json()) as Record<string, unknown>;
  };
  return { child, ask, url, lines, ended };
}

test('killed while it drives, and started again, it goes on; told to end, it ends well', async () => {
  const first = await serve();
  await first.ask('POST', '/runs?run=daily', ENTRIES);
  while ((await jobs()).length === 0) await new Promise(resolve => setTimeout(resolve, 20));
  await kill(first.child);
  const second = await serve();
  gate.resolve();
  while ((await second.ask('GET', '/runs/daily'))['state'] !== 'ended')
    await new Promise(resolve => setTimeout(resolve, 50));
  expect(await second.ask('GET', '/runs/daily')).toMatchObject({ result: 'passed', entries: { succeeded: 3 } });
  expect(await jobs()).toHaveLength(1);
  expect(await kill(second.child, 'SIGTERM')).toBe(0);
}, 30_000);

test('whose launcher is killed, it ends as well as when it is told to, and frees its port', async () => {
  const { child, url, lines, ended } = await serve([...OLD_NODE, LAUNCHER]);
  expect((await fetch(`${url}/healthz`)).status).toBe(200);
  await kill(child);
  await ended;
  expect(lines.at(-1)).toContain('Ending. The jobs go on');
  await expect(fetch(`${url}/healthz`)).rejects.toThrow('fetch failed');
}, 30_000);

test.each(['SIGTERM', 'SIGINT'] as const)(
  'whose launcher gets %s, it ends well, and its exit code is told',
  async signal => {
    const { child, lines, ended } = await serve([...OLD_NODE, LAUNCHER]);
    expect(await kill(child, signal)).toBe(0);
    await ended;
    expect(lines.at(-1)).toContain('Ending. The jobs go on');
  },
  30_000,
);

test('a Ctrl-C, which a terminal sends to launcher and child alike, is one', async () => {
  const { child, lines, ended } = await serve([...OLD_NODE, LAUNCHER]);
  const exit = once(child, 'exit');
  process.kill(-(child.pid ?? 0), 'SIGINT');
  await ended;
  expect(await exit).toEqual([0, null]);
  expect(lines.at(-1)).toContain('Ending. The jobs go on');
}, 30_000);

test('that a signal has ended is told as that by its launcher', async () => {
  const { child } = await serve([...OLD_NODE, LAUNCHER]);
  await kill(child, 'SIGHUP');
  expect(child.signalCode).toBe('SIGHUP');
}, 30_000);

test('without a token it does not begin, and says how to make one', async () => {
  expect(await batchwright('serve')).toMatchObject({
    exitCode: 1,
    stderr: expect.stringContaining('Give a file with tokens, or set BATCHWRIGHT_TOKENS'),
  });
  writeFileSync('tokens', '# none yet\n');
  const empty = await batchwright('serve', '--tokens', 'tokens');
  expect(empty.stderr).toContain('tokens holds no token');
  writeFileSync('tokens', `airflow ${TOKEN}\n`);
  const remote = await batchwright('serve', '--tokens', 'tokens', '--host', '0.0.0.0');
  expect(remote.stderr).toContain('does not listen on 0.0.0.0');
});
