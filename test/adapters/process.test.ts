import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, readFileSync, readlinkSync } from 'node:fs';
import { hostname } from 'node:os';
import { setTimeout } from 'node:timers/promises';
import { expect, test } from '@jest/globals';
import { describeProcess } from '../../src/adapters/process.ts';

test('two processes of one machine have the same host, and names and ids of their own', () => {
  const [one, other] = [describeProcess({}), describeProcess({})];
  expect(one.holder.host).toBe(other.holder.host);
  expect(one.holder.id).not.toBe(other.holder.id);
  expect(one.holder).toMatchObject({ pid: process.pid, name: `process ${process.pid} on ${hostname()}` });
  expect([one.isAlive(process.pid), one.isAlive(2 ** 22 + 1)]).toEqual([true, false]);
});

test('a process that was killed is dead, though its parent has not asked for it yet', async () => {
  if (process.platform !== 'linux') return;
  const parent = spawn('sh', ['-c', 'sleep 60 & echo $!; exec sleep 60'], { stdio: ['ignore', 'pipe', 'ignore'] });
  try {
    const [line] = await once(parent.stdout, 'data');
    const child = Number(line);
    const { isAlive } = describeProcess({});
    expect(isAlive(child)).toBe(true);
    // Until the shell has become what does not ask for its children.
    while (!readFileSync(`/proc/${parent.pid}/cmdline`, 'utf8').startsWith('sleep')) await setTimeout(5);
    process.kill(child, 'SIGKILL');
    await setTimeout(50);
    expect(existsSync(`/proc/${child}`)).toBe(true);
    expect(isAlive(child)).toBe(false);
  } finally {
    parent.kill('SIGKILL');
  }
});

test('runners of two workflow runs have not, nor have containers with process ids of their own', () => {
  const hostOf = (run: string) => describeProcess({ GITHUB_RUN_ID: run }).holder.host;
  expect(hostOf('1')).not.toBe(hostOf('2'));
  const own = '/proc/self/ns/pid';
  if (existsSync(own)) expect(describeProcess({}).holder.host).toContain(readlinkSync(own));
});
