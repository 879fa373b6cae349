import { existsSync, readlinkSync } from 'node:fs';
import { hostname } from 'node:os';
import { expect, test } from '@jest/globals';
import { describeProcess } from '../../src/adapters/process.ts';

test('two processes of one machine have the same host, and names and ids of their own', () => {
  const [one, other] = [describeProcess({}), describeProcess({})];
  expect(one.holder.host).toBe(other.holder.host);
  expect(one.holder.id).not.toBe(other.holder.id);
  expect(one.holder).toMatchObject({ pid: process.pid, name: `process ${process.pid} on ${hostname()}` });
  expect([one.isAlive(process.pid), one.isAlive(2 ** 22 + 1)]).toEqual([true, false]);
});

test('runners of two workflow runs have not, nor have containers with process ids of their own', () => {
  const hostOf = (run: string) => describeProcess({ GITHUB_RUN_ID: run }).holder.host;
  expect(hostOf('1')).not.toBe(hostOf('2'));
  const own = '/proc/self/ns/pid';
  if (existsSync(own)) expect(describeProcess({}).holder.host).toContain(readlinkSync(own));
});
