/** The command line's own server, in a process that can be killed. */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { writeFileSync } from 'node:fs';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { afterEach, expect, test } from '@jest/globals';
import { batchwright } from '../cli/workspace.ts';
import { ENTRIES, TOKEN, useServers } from './server.ts';

const MAIN = fileURLToPath(new URL('../../src/cli/main.ts', import.meta.url));
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
async function serve() {
  const env = { ...process.env, BATCHWRIGHT_TOKENS: `airflow ${TOKEN}` };
  const child = spawn(process.execPath, [MAIN, 'serve', '--port', '0'], { env, stdio: ['ignore', 'ignore', 'pipe'] });
  children.push(child);
  const lines: string[] = [];
  let url: string | undefined;
  for await (const line of createInterface({ input: child.stderr })) {
    lines.push(line);
    url = /on (http:\S+)$/.exec(line)?.[1];
    if (url) break;
  }
  if (url === undefined) throw new Error(`the server ended:\n${lines.join('\n')}`);
  const ask = async (method: string, path: string, body?: string) => {
    const headers = { authorization: `Bearer ${TOKEN}`, 'content-type': 'application/x-ndjson' };
    const response = await fetch(`${url}${path}`, { method, headers, ...(body !== undefined && { body }) });
    return (await response.json()) as Record<string, unknown>;
  };
  return { child, ask };
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
