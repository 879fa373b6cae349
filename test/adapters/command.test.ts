import { mkdtemp, realpath, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { createCommand, systemCommand } from '../../src/adapters/command.ts';
import { ConfigurationError } from '../../src/errors.ts';

const node = process.execPath;
let folder: string;

beforeAll(async () => {
  folder = await realpath(await mkdtemp(join(tmpdir(), 'command-')));
});
afterAll(() => rm(folder, { recursive: true, force: true }));

test('gives exit code, stdout and stderr, and every line as it comes', async () => {
  const lines: string[] = [];
  const program = `process.stdout.write('one\\ntw'); process.stdout.write('o\\nlast'); console.error('bad'); process.exitCode = 3;`;
  const result = await systemCommand.run(node, ['-e', program], {
    onLine: (line, stream) => lines.push(`${stream}: ${line}`),
  });
  expect(result).toEqual({ exitCode: 3, stdout: 'one\ntwo\nlast', stderr: 'bad\n' });
  expect(lines.filter(line => line.startsWith('stdout'))).toEqual(['stdout: one', 'stdout: two', 'stdout: last']);
  expect(lines).toContain('stderr: bad');
});

test('arguments go to the program as they are: there is no shell', async () => {
  const args = ['a b', '$HOME', '*', '"', ';ls'];
  const { stdout } = await systemCommand.run(node, [
    '-e',
    'console.log(JSON.stringify(process.argv.slice(1)))',
    '--',
    ...args,
  ]);
  expect(JSON.parse(stdout)).toEqual(args);
});

test('runs in the folder given, with the environment added', async () => {
  const { stdout } = await systemCommand.run(
    node,
    ['-p', '[process.cwd(), process.env.TIER, Boolean(process.env.PATH)].join()'],
    {
      cwd: folder,
      environment: { TIER: 'small' },
    },
  );
  expect(stdout).toBe(`${folder},small,true\n`);
});

test('input is written and closed', async () => {
  const { stdout } = await systemCommand.run(node, ['-e', 'process.stdin.pipe(process.stdout)'], {
    input: 'AWS:secret',
  });
  expect(stdout).toBe('AWS:secret');
});

test('a program that does not read its input is judged by its exit code alone', async () => {
  const { exitCode } = await systemCommand.run(node, ['-e', 'process.exit(4)'], { input: 'x'.repeat(1_000_000) });
  expect(exitCode).toBe(4);
});

test('a program ended by a signal has the exit code a shell would give', async () => {
  const { exitCode } = await systemCommand.run(node, [
    '-e',
    'process.kill(process.pid, "SIGKILL"); setInterval(() => {}, 1000)',
  ]);
  expect(exitCode).toBe(137);
});

test('an abort ends the program with SIGTERM and rejects with the reason', async () => {
  const controller = new AbortController();
  const program =
    'process.on("SIGTERM", () => { console.log("bye"); process.exit(0) }); setInterval(() => {}, 1000); console.log("up")';
  const lines: string[] = [];
  const run = systemCommand.run(node, ['-e', program], {
    signal: controller.signal,
    onLine: line => {
      lines.push(line);
      controller.abort(new Error('cancelled by the user'));
    },
  });
  await expect(run).rejects.toThrow('cancelled by the user');
  expect(lines).toEqual(['up', 'bye']);
});

test('a program that ignores SIGTERM gets SIGKILL after the grace', async () => {
  const controller = new AbortController();
  const program = 'process.on("SIGTERM", () => {}); setInterval(() => {}, 1000); console.log(process.pid)';
  let pid = 0;
  const run = createCommand(30).run(node, ['-e', program], {
    signal: controller.signal,
    onLine: line => {
      pid = Number(line);
      controller.abort(new Error('stop'));
    },
  });
  await expect(run).rejects.toThrow('stop');
  expect(() => process.kill(pid, 0)).toThrow('ESRCH');
});

test('an abort does not wait for what the program left running', async () => {
  const controller = new AbortController();
  const program = `
    const { spawn } = require('node:child_process');
    const left = spawn(process.execPath, ['-e', 'setTimeout(() => {}, 20000)'], { stdio: 'inherit', detached: true });
    console.log(left.pid); setInterval(() => {}, 1000);`;
  let left = 0;
  const run = systemCommand.run(node, ['-e', program], {
    signal: controller.signal,
    onLine: line => {
      left = Number(line);
      controller.abort(new Error('stop'));
    },
  });
  await expect(run).rejects.toThrow('stop');
  process.kill(left, 'SIGKILL');
});

test('a signal aborted before starts nothing', async () => {
  const run = systemCommand.run('no-such-program', [], { signal: AbortSignal.abort(new Error('too late')) });
  await expect(run).rejects.toThrow('too late');
});

test('a missing program is for the user to mend', async () => {
  const failure = await systemCommand.run('no-such-program', ['build']).catch((error: unknown) => error);
  expect(failure).toBeInstanceOf(ConfigurationError);
  expect(String(failure)).toContain(
    'The program no-such-program was not found. Install it, or add its folder to PATH.',
  );
});

test('a file that may not be executed is for the user to mend', async () => {
  const path = join(folder, 'plain.txt');
  await writeFile(path, 'no program');
  await expect(systemCommand.run(path, [])).rejects.toThrow('may not be executed. Make it executable');
});

test('a missing working folder is not called a missing program', async () => {
  await expect(systemCommand.run(node, [], { cwd: join(folder, 'gone') })).rejects.toThrow('gone, in which');
});
