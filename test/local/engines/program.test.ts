import {
  chmodSync,
  closeSync,
  mkdirSync,
  mkdtempSync,
  openSync,
  readSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { mapToHost } from '../../../src/local/engines/host-mapping.ts';
import { DEFAULT_PATH, findProgram, findUser, planCommand } from '../../../src/local/engines/program.ts';
import { requestFor } from './engine-fixture.ts';

let root: string;
beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), 'program-'));
});
afterEach(() => rmSync(root, { recursive: true, force: true }));

function put(path: string, content: string | Buffer = '', mode = 0o755): void {
  mkdirSync(dirname(join(root, path)), { recursive: true });
  writeFileSync(join(root, path), content);
  chmodSync(join(root, path), mode);
}

const command = (argv: [string, ...string[]], changes: object = {}) => ({
  argv,
  environment: { PATH: DEFAULT_PATH },
  workingDirectory: '/',
  user: '',
  ...changes,
});

/** The smallest 64-bit ELF file that asks for a loader; or for none. */
function elf(loader?: string): Buffer {
  const file = Buffer.alloc(256);
  file.write('\x7fELF', 0, 'latin1');
  file.set([2, 1], 4);
  file.writeBigUInt64LE(64n, 32);
  file.writeUInt16LE(56, 54);
  file.writeUInt16LE(2, 56);
  file.writeUInt32LE(1, 64);
  file.writeUInt32LE(loader ? 3 : 1, 120);
  file.writeBigUInt64LE(176n, 128);
  file.writeBigUInt64LE(BigInt((loader?.length ?? 0) + 1), 152);
  file.write(loader ?? '', 176);
  return file;
}

describe('ENGINE-4 the request follows the image', () => {
  test.each([
    ['the image alone', { Entrypoint: ['node'], Cmd: ['a.mjs'] }, {}, ['node', 'a.mjs']],
    [
      'a command takes the place of Cmd alone',
      { Entrypoint: ['node'], Cmd: ['a.mjs'] },
      { command: ['b.mjs'] },
      ['node', 'b.mjs'],
    ],
    ['an empty command is none', { Cmd: ['a'] }, { command: [] }, ['a']],
    [
      'a command without an entrypoint is the program',
      { Entrypoint: null, Cmd: null },
      { command: ['x', ''] },
      ['x', ''],
    ],
  ])('ENGINE-4 %s', (_, config, request, argv) => {
    expect(planCommand(config, requestFor(request)).argv).toEqual(argv);
  });

  test("ENGINE-4 nothing to run is an error in Docker's words", () => {
    expect(() => planCommand({}, requestFor())).toThrow('No command specified');
  });

  test('ENGINE-4 environment, folder and user: the request wins', () => {
    const config = { Cmd: ['x'], Env: ['PATH=/opt', 'A=1', 'B=x=y', 'BARE'], WorkingDir: 'app/', User: 'model' };
    expect(planCommand(config, requestFor({ environment: { A: '2' } }))).toMatchObject({
      environment: { PATH: '/opt', A: '2', B: 'x=y', BARE: '' },
      workingDirectory: '/app/',
      user: 'model',
    });
    expect(planCommand({ Cmd: ['x'], User: 'model' }, requestFor({ user: '7' }))).toMatchObject({
      environment: { PATH: DEFAULT_PATH },
      workingDirectory: '/',
      user: '7',
    });
  });
});

describe('ENGINE-5 a program is looked up in the image, as a kernel with that root would', () => {
  test.each([
    ['by PATH', 'usr/bin/tool', 'tool', {}],
    ['by an absolute path', 'opt/tool', '/opt/tool', {}],
    ['by a path from the working directory', 'app/tool', './tool', { workingDirectory: '/app' }],
    ["by the image's own PATH", 'own/tool', 'tool', { environment: { PATH: '/none:/own' } }],
  ])('ENGINE-5 %s', (_, path, name, changes) => {
    put(path, elf());
    expect(findProgram(root, command([name], changes))).toEqual({
      kind: 'found',
      path: join(root, path),
      whole: true,
      alone: true,
    });
  });

  test('ENGINE-5 through links that are absolute in the image', () => {
    put('usr/bin/python3.11', elf());
    symlinkSync('/usr/bin/python3.11', join(root, 'usr/bin/python3'));
    symlinkSync('/usr/bin', join(root, 'bin'));
    expect(findProgram(root, command(['/bin/python3']))).toMatchObject({ path: join(root, 'usr/bin/python3.11') });
  });

  test.each([
    ['static', elf(), undefined, { whole: true, alone: true }],
    ['with its loader in the image', elf('/lib/ld.so'), 'lib/ld.so', { whole: true, alone: false }],
    ['without its loader', elf('/lib/ld.so'), undefined, { whole: false, alone: false }],
    ['a script with its shell', '#!/bin/sh -e\n', 'bin/sh', { whole: true, alone: true }],
    ['a script without its shell', '#! /bin/bash\n', undefined, { whole: false, alone: true }],
    [
      'a script for env, both there',
      '#!/usr/bin/env node\n',
      ['usr/bin/env', 'usr/local/bin/node'],
      { whole: true, alone: true },
    ],
    ['a script for env, without its program', '#!/usr/bin/env node\n', 'usr/bin/env', { whole: false, alone: true }],
    ['an empty file', '', undefined, { whole: true, alone: true }],
  ])('ENGINE-5 a program is whole or not: %s', (_, content, others, expected) => {
    put('app/run', content);
    for (const other of [others ?? []].flat()) put(other, elf());
    expect(findProgram(root, command(['/app/run']))).toMatchObject(expected);
  });

  test('ENGINE-5 a real program of this machine names its loader', () => {
    const start = Buffer.alloc(8192);
    const file = openSync(process.execPath, 'r');
    readSync(file, start);
    closeSync(file);
    put('node', start);
    const found = findProgram(root, command(['/node']));
    expect(found).toMatchObject(process.platform === 'linux' ? { whole: false, alone: false } : { kind: 'found' });
  });

  test.each([
    ['a bare name, in an image without programs', 'node', undefined, { kind: 'missing', borrow: true }],
    ['a bare name, in an image with programs', 'node', 'usr/bin/tool', { kind: 'missing', borrow: false }],
    ['a path', '/usr/local/bin/node', undefined, { kind: 'missing', borrow: false }],
    ['a folder', '/usr', 'usr/share/x', { kind: 'missing', borrow: false }],
  ])('ENGINE-5 missing: %s', (_, name, other, expected) => {
    if (other) put(other);
    expect(findProgram(root, command([name]))).toEqual(expected);
  });

  test('ENGINE-5 a file without the right to be executed', () => {
    put('usr/bin/tool', '', 0o644);
    expect(findProgram(root, command(['tool']))).toEqual({ kind: 'not-executable' });
  });
});

describe('ENGINE-6 without isolation, paths of the image become paths of this machine', () => {
  const map = (argv: [string, ...string[]], changes: object = {}) => {
    const wanted = command(argv, changes);
    return mapToHost(root, '/scratch', wanted, findProgram(root, wanted));
  };

  test('ENGINE-6 program, arguments, environment and folder', () => {
    put('app/run.mjs');
    put('app/data/a');
    const mapped = map(['node', '/app/run.mjs', '--data=/app/data', '--name=/absent', '/absent', '/', 'app', '-v'], {
      environment: { PATH: '/usr/bin', DATA: '/app/data', OTHER: '/absent', URL: 'http://x' },
      workingDirectory: '/app',
    });
    expect(mapped.file).toBe(process.execPath);
    expect(mapped.args).toEqual([
      join(root, 'app/run.mjs'),
      `--data=${join(root, 'app/data')}`,
      '--name=/absent',
      '/absent',
      '/',
      'app',
      '-v',
    ]);
    expect(mapped.environment).toEqual({
      HOME: '/scratch',
      TMPDIR: '/scratch',
      PATH: process.env['PATH'],
      DATA: join(root, 'app/data'),
      OTHER: '/absent',
      URL: 'http://x',
    });
    expect(mapped.cwd).toBe(join(root, 'app'));
  });

  test('ENGINE-6 no path leads out of the image', () => {
    symlinkSync('/etc', join(root, 'evil'));
    expect(map(['node', '/evil/passwd', '/../../etc/passwd']).args).toEqual(['/evil/passwd', '/../../etc/passwd']);
  });

  test('ENGINE-6 HOME and TMPDIR of the image win', () => {
    expect(map(['node'], { environment: { HOME: '/h', TMPDIR: '/t' } }).environment).toMatchObject({
      HOME: '/h',
      TMPDIR: '/t',
    });
  });

  test.each([
    ['a script runs from the image', '#!/bin/sh\n', '/app/sh', () => join(root, 'app/sh')],
    ['a static program runs from the image', elf(), '/app/sh', () => join(root, 'app/sh')],
    [
      "a program that needs libraries is this machine's",
      elf('/lib/ld.so'),
      '/app/sh',
      () => expect.stringMatching(/^\/(usr\/)?bin\/sh$/),
    ],
    [
      "or the image's when this machine has none",
      elf('/lib/ld.so'),
      '/app/no-such-tool',
      () => join(root, 'app/no-such-tool'),
    ],
  ])('ENGINE-6 %s', (_, content, name, expected) => {
    put(name.slice(1), content);
    expect(map([name]).file).toEqual(expected());
  });

  test("ENGINE-6 a program found nowhere is an error in the runtime's words", () => {
    expect(() => map(['no-such-tool'])).toThrow('exec: "no-such-tool": executable file not found in $PATH');
  });
});

describe('ENGINE-7 the user is looked up in the image', () => {
  beforeEach(() => {
    put('etc/passwd', 'root:x:0:0:root:/root:/bin/sh\nmodel:x:1000:100::/home/model:/bin/sh\n');
    put('etc/group', 'root:x:0:\nusers:x:100:\ndata:x:200:\n');
  });
  test.each([
    ['', { uid: 0, gid: 0, home: '/root' }],
    ['root', { uid: 0, gid: 0, home: '/root' }],
    ['model', { uid: 1000, gid: 100, home: '/home/model' }],
    ['1000', { uid: 1000, gid: 100, home: '/home/model' }],
    ['model:data', { uid: 1000, gid: 200, home: '/home/model' }],
    ['model:7', { uid: 1000, gid: 7, home: '/home/model' }],
    ['4000:5000', { uid: 4000, gid: 5000, home: '/' }],
    ['4000', { uid: 4000, gid: 0, home: '/' }],
  ])('ENGINE-7 %j', (user, expected) => {
    expect(findUser(root, user)).toEqual(expected);
  });

  test.each([
    ['nobody', 'unable to find user nobody: no matching entries in passwd file'],
    ['model:none', 'unable to find group none: no matching entries in group file'],
  ])('ENGINE-7 %j is an error', (user, message) => {
    expect(() => findUser(root, user)).toThrow(message);
  });

  test('ENGINE-7 an image without accounts has root alone', () => {
    rmSync(join(root, 'etc'), { recursive: true });
    expect(findUser(root, '')).toEqual({ uid: 0, gid: 0, home: '/root' });
  });
});
