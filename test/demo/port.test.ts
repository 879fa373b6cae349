import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { startWhereItWas } from '../../src/demo/port.ts';
import { startLocalAws } from '../../src/local/server.ts';
import { idleEngine } from '../local/fixtures/local.ts';

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'batchwright-port-'));
});
afterAll(() => rm(folder, { recursive: true, force: true }));

test('the next run is where the last one was, and elsewhere only when somebody else is there', async () => {
  const path = join(folder, 'demo/port');
  const said: string[] = [];
  const start = () =>
    startWhereItWas(
      port => startLocalAws({ port, engine: idleEngine }),
      path,
      text => said.push(text),
    );
  const first = await start();
  await first.stop();
  const second = await start();
  expect(second.port).toBe(first.port);
  expect(said).toEqual([]);
  const third = await start();
  expect(third.port).not.toBe(second.port);
  expect(said).toEqual([expect.stringContaining(`Port ${second.port} of the last run is taken`)]);
  expect(await readFile(path, 'utf8')).toBe(String(third.port));
  await Promise.all([second.stop(), third.stop()]);
});

test('whatever else is wrong with the start is told as it is', async () => {
  const broken = () => Promise.reject(new Error('no engine'));
  await expect(startWhereItWas(broken, join(folder, 'none'), () => undefined)).rejects.toThrow('no engine');
});
