import { execFileSync, spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, readdirSync, realpathSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { systemClock } from '../../../src/adapters/clock.ts';
import { probeNamespaces } from '../../../src/local/engines/isolation.ts';
import { createMemoryLimits, type MemoryLimits } from '../../../src/local/engines/memory-limit.ts';
import { createWatchedLimits, usageFromPs } from '../../../src/local/engines/memory-watch.ts';
import type { Engine, ImageSource } from '../../../src/local/engines/model.ts';
import { createProcessEngine, type ProcessEngineOptions } from '../../../src/local/engines/process-engine.ts';
import { runToEnd, start } from './engine-fixture.ts';
import { createImages, type ImageContent, shellImage } from './image-fixture.ts';

const OUT_OF_MEMORY = 'OutOfMemoryError: Container killed due to memory usage';
let folder: string;
let engine: Engine;
let code: (script: string, more?: Partial<ImageContent>) => Promise<string>;
const offered = createMemoryLimits();
afterAll(() => offered.close());
const known: Record<string, ImageContent> = {};

/** A script of Node in an image with nothing else, as the demo has it. */
function scripted(script: string): ImageContent {
  return {
    layers: [[{ path: 'app/run.mjs', content: script }]],
    config: { Entrypoint: ['node', '/app/run.mjs'], WorkingDir: '/app' },
  };
}

const made = new Map<string, Promise<ImageSource>>();
const images: ImageSource = {
  async resolve(reference, platform) {
    const content = known[reference];
    const source = made.get(reference) ?? createImages(folder, content ? { [reference]: content } : {});
    made.set(reference, source);
    return (await source).resolve(reference, platform);
  },
};

async function engineOf(options: Partial<ProcessEngineOptions> = {}): Promise<Engine> {
  return await createProcessEngine({
    images,
    clock: systemClock,
    folder: mkdtempSync(join(folder, 'engine-')),
    ...options,
  });
}

/** Dead, or a zombie that its new parent has not asked after yet. */
async function expectGone(pid: number): Promise<void> {
  await systemClock.sleep(5);
  const state = spawnSync('ps', ['-o', 'stat=', '-p', String(pid)], { encoding: 'utf8' }).stdout.trim();
  expect(state).toMatch(/^(Z.*)?$/);
}

beforeAll(async () => {
  folder = realpathSync(mkdtempSync(join(tmpdir(), 'engines-')));
  code = async (script, more = {}) => {
    const name = `image-${Object.keys(known).length}`;
    known[name] = { ...scripted(script), ...more };
    return name;
  };
  engine = await engineOf({ isolation: 'plain' });
});
afterAll(async () => {
  await engine.close();
  rmSync(folder, { recursive: true, force: true });
});

describe("code that borrows this machine's node", () => {
  test("ENGINE-8 the image's and the request's environment goes in, never the developer's own", async () => {
    process.env['SECRET_OF_THE_DEVELOPER'] = 'x';
    const image = await code('console.log(JSON.stringify([process.env, process.cwd(), process.argv.slice(2)]))', {
      config: { Entrypoint: ['node', '/app/run.mjs'], Cmd: ['all'], Env: ['TIER=small', 'LANG=C'], WorkingDir: '/app' },
    });
    const { outcome, lines } = await runToEnd(engine, {
      image,
      environment: { TIER: 'large' },
      command: ['one', 'Ref::x'],
    });
    delete process.env['SECRET_OF_THE_DEVELOPER'];
    const [environment, cwd, args] = JSON.parse(lines.join(''));
    expect(outcome).toEqual({ kind: 'exited', exitCode: 0 });
    expect(args).toEqual(['one', 'Ref::x']);
    expect(cwd).toMatch(/\/root\/app$/);
    expect(
      Object.keys(environment)
        .filter(name => !name.startsWith('__'))
        .sort(),
    ).toEqual(['HOME', 'LANG', 'PATH', 'TIER', 'TMPDIR']);
    expect(environment).toMatchObject({ TIER: 'large', LANG: 'C' });
    expect(environment.HOME).not.toBe(process.env['HOME']);
  });

  test('ENGINE-9 what a child writes is thrown away with it', async () => {
    const image = await code(`
      import { existsSync, writeFileSync } from 'node:fs';
      console.log(existsSync('mark'), existsSync(process.env.TMPDIR + '/mark'));
      writeFileSync('mark', ''); writeFileSync(process.env.TMPDIR + '/mark', '');`);
    const both = await Promise.all([runToEnd(engine, { image }), runToEnd(engine, { image })]);
    const third = await runToEnd(engine, { image });
    expect([...both, third].map(({ lines }) => lines)).toEqual([['false false'], ['false false'], ['false false']]);
  });

  test.each([
    ['its exit code', 'process.exit(7)', 7],
    ['128 + the signal that ended it', 'process.kill(process.pid, "SIGSEGV"); setInterval(() => {}, 1000)', 139],
    [
      '137 for a SIGKILL that had nothing to do with memory',
      'process.kill(process.pid, "SIGKILL"); setInterval(() => {}, 1000)',
      137,
    ],
  ])('ENGINE-10 a container ends with %s', async (_, script, exitCode) => {
    const { outcome } = await runToEnd(engine, { image: await code(script) });
    expect(outcome).toEqual({ kind: 'exited', exitCode });
  });

  test('ENGINE-11 stop sends SIGTERM, and the container may end by itself', async () => {
    const image = await code(
      'process.on("SIGTERM", () => { console.log("saving"); process.exit(3) }); setInterval(() => {}, 1000); console.log("up")',
    );
    const { run, lines, saw } = start(engine, { image });
    await run.started;
    await saw('up');
    run.stop(30);
    expect(await run.ended).toEqual({ kind: 'exited', exitCode: 3 });
    expect(lines).toEqual(['up', 'saving']);
  });

  test('ENGINE-11 a container without a handler ends with 143', async () => {
    const { run, saw } = start(engine, { image: await code('setInterval(() => {}, 1000); console.log("up")') });
    await saw('up');
    run.stop(30);
    expect(await run.ended).toEqual({ kind: 'exited', exitCode: 143 });
  });

  test('ENGINE-11 after the grace comes SIGKILL, also for what the container started, and a shorter grace wins', async () => {
    const image = await code(`
      import { spawn } from 'node:child_process';
      process.on('SIGTERM', () => console.log('no'));
      const child = spawn(process.execPath, ['-e', 'process.on("SIGTERM", () => {}); console.log("pid", process.pid); setInterval(() => {}, 1000)'], { stdio: 'inherit' });
      setInterval(() => {}, 1000);`);
    const { run, lines, saw } = start(engine, { image });
    await saw('pid');
    run.stop(600);
    await saw('no');
    run.stop(0.02);
    expect(await run.ended).toEqual({ kind: 'exited', exitCode: 137 });
    const pid = Number(lines.find(line => line.startsWith('pid'))?.slice(4));
    await expectGone(pid);
  });

  test('ENGINE-11 a container stopped before it started never starts', async () => {
    const image = await code('console.log("ran")');
    const { run, lines } = start(engine, { image });
    run.stop(30);
    await run.started;
    expect(await run.ended).toEqual({
      kind: 'not-started',
      reason: expect.stringContaining('stopped before the container started'),
    });
    expect(lines).toEqual([]);
  });

  test('ENGINE-12 what a container leaves running goes with it', async () => {
    const image = await code(`
      import { spawn } from 'node:child_process';
      const child = spawn(process.execPath, ['-e', 'setInterval(() => {}, 1000)'], { stdio: 'inherit' });
      child.once('spawn', () => { console.log(child.pid); process.exit(0); });`);
    const { outcome, lines } = await runToEnd(engine, { image });
    expect(outcome).toEqual({ kind: 'exited', exitCode: 0 });
    await expectGone(Number(lines[0]));
  });

  test('ENGINE-12 one that left its group and holds the output open does not hold up the end', async () => {
    const image = await code(`
      import { spawn } from 'node:child_process';
      const child = spawn(process.execPath, ['-e', 'setInterval(() => {}, 1000)'], { stdio: 'inherit', detached: true });
      child.once('spawn', () => { console.log(child.pid); process.exit(5); });`);
    const watched = await engineOf({ isolation: 'plain', memoryLimits: createWatchedLimits() });
    const [here, there] = await Promise.all([runToEnd(engine, { image }), runToEnd(watched, { image })]);
    await watched.close();
    process.kill(Number(there.lines[0]), 'SIGKILL');
    expect([here.outcome, there.outcome]).toEqual([
      { kind: 'exited', exitCode: 5 },
      { kind: 'exited', exitCode: 5 },
    ]);
    if (offered.kind === 'cgroup') await expectGone(Number(here.lines[0]));
  });

  test('ENGINE-13 every line comes, once and whole: torn characters, the last line, both streams in order', async () => {
    const image = await code(`
      import { writeSync } from 'node:fs';
      const wait = () => new Promise(done => setTimeout(done, 15));
      const bytes = Buffer.from('größe\\n');
      writeSync(1, bytes.subarray(0, 3)); await wait();
      writeSync(1, bytes.subarray(3)); await wait();
      writeSync(2, 'to stderr\\n'); await wait();
      writeSync(1, '\\nno line feed');
      process.exit(1);`);
    const { lines } = await runToEnd(engine, { image });
    expect(lines).toEqual(['größe', 'to stderr', '', 'no line feed']);
  });

  test('ENGINE-13 a burst just before the end is not lost, and a line over 262,118 bytes comes in pieces', async () => {
    const image = await code(`
      import { writeSync } from 'node:fs';
      const all = Buffer.from('x'.repeat(300 * 1024) + '\\n' + Array.from({ length: 5000 }, (_, i) => 'line ' + i + '\\n').join(''));
      for (let at = 0; at < all.length; ) { try { at += writeSync(1, all, at); } catch {} }
      process.kill(process.pid, 'SIGKILL');`);
    const { lines } = await runToEnd(engine, { image });
    expect(lines.slice(0, 2).map(line => line.length)).toEqual([262_118, 300 * 1024 - 262_118]);
    expect(lines.slice(2)).toEqual(Array.from({ length: 5000 }, (_, index) => `line ${index}`));
  });

  test("ENGINE-14 a missing image is told in the ECS agent's words", async () => {
    const { outcome, lines } = await runToEnd(engine, { image: 'none@sha256:0' });
    expect(outcome).toEqual({
      kind: 'not-started',
      reason:
        'CannotPullContainerError: manifest for none@sha256:0 not found: manifest unknown: Requested image not found',
    });
    expect(lines).toEqual([]);
  });

  test('ENGINE-14 an image that cannot be unpacked could not be pulled', async () => {
    const image = await code('', { layers: [[{ path: '../x' }]] });
    const { outcome } = await runToEnd(engine, { image });
    expect(outcome).toMatchObject({
      reason: expect.stringMatching(/^CannotPullContainerError: .*leads out of the image/),
    });
  });

  const failures: [string, Partial<ImageContent>, string][] = [
    [
      'a missing program',
      { config: { Cmd: ['no-such-program'] } },
      'exec: "no-such-program": executable file not found in $PATH: unknown',
    ],
    [
      'a missing path',
      { config: { Cmd: ['/app/none'] } },
      'exec: "/app/none": stat /app/none: no such file or directory: unknown',
    ],
    [
      'a file that may not be executed',
      { config: { Cmd: ['/app/run.mjs'] } },
      'exec: "/app/run.mjs": permission denied: unknown',
    ],
    ['nothing to run', { config: {} }, 'No command specified'],
    ['an argument no program can take', { config: { Cmd: ['node', 'a\0b'] } }, 'null bytes'],
  ];
  test.each(failures)("ENGINE-15 %s is told in the ECS agent's words", async (_, more, text) => {
    const { outcome } = await runToEnd(engine, { image: await code('', more) });
    expect(outcome).toEqual({
      kind: 'not-started',
      reason: expect.stringMatching(/^CannotStartContainerError: Error response from daemon: /),
    });
    expect(outcome).toMatchObject({ reason: expect.stringContaining(text) });
  });

  test('ENGINE-15 a script whose interpreter is nowhere does not start', async () => {
    const image = await code('', {
      layers: [[{ path: 'run', content: '#!/no/such/interpreter\n', mode: 0o755 }]],
      config: { Cmd: ['/run'] },
    });
    const plain = await engineOf({ isolation: 'plain', memoryLimits: createWatchedLimits() });
    const { outcome } = await runToEnd(plain, { image });
    await plain.close();
    expect(outcome).toMatchObject({ kind: 'not-started', reason: expect.stringContaining('ENOENT') });
  });

  test('ENGINE-16 close stops what runs and leaves no process and no folder', async () => {
    const own = await createProcessEngine({ images, clock: systemClock, isolation: 'plain' });
    const image = await code(
      'process.on("SIGTERM", () => {}); setInterval(() => {}, 1000); console.log(process.pid, process.cwd())',
    );
    const { run, lines, saw } = start(own, { image });
    await saw('/app');
    await own.close();
    expect(await run.ended).toEqual({ kind: 'exited', exitCode: 137 });
    const [pid, cwd = ''] = lines[0]?.split(' ') ?? [];
    await expectGone(Number(pid));
    expect(existsSync(cwd.slice(0, cwd.indexOf('/scratch')))).toBe(false);
  });

  test('ENGINE-16 what a dead process left in the folder is removed at the start', async () => {
    const kept = mkdtempSync(join(folder, 'kept-'));
    for (const pid of ['4194999', String(process.ppid)]) {
      mkdirSync(join(kept, 'scratch', pid, '1', 'work'), { recursive: true });
      writeFileSync(join(kept, 'scratch', pid, '1', 'work', 'x'), '');
    }
    const own = await engineOf({ folder: kept, isolation: 'plain' });
    expect(readdirSync(join(kept, 'scratch'))).toEqual([String(process.ppid)]);
    await own.close();
  });
});

describe('memory', () => {
  const hungry =
    'const kept = []; for (;;) { kept.push(Buffer.alloc(8 * 1024 * 1024, 1)); await new Promise(done => setTimeout(done, 4)); }';
  const kinds: [string, () => MemoryLimits][] = [['watched', () => createWatchedLimits(undefined, 10)]];
  if (offered.kind === 'cgroup') kinds.push(['cgroup', () => createMemoryLimits()]);

  test.each(kinds)(
    "ENGINE-17 a container over its memory ends with 137 and the ECS agent's reason (%s)",
    async (kind, limits) => {
      const own = await engineOf({ isolation: 'plain', memoryLimits: limits() });
      const { outcome } = await runToEnd(own, { image: await code(hungry), memoryMiB: 160 });
      const fine = await runToEnd(own, { image: await code('console.log("fits")'), memoryMiB: 400 });
      await own.close();
      expect(outcome).toEqual({ kind: 'exited', exitCode: 137, reason: OUT_OF_MEMORY });
      expect(fine).toEqual({ outcome: { kind: 'exited', exitCode: 0 }, lines: ['fits'] });
      expect(own.caveats.some(text => text.startsWith('Memory is looked at'))).toBe(kind === 'watched');
    },
  );

  test('ENGINE-17 when only a child of the container was killed, its own exit code stands without the reason', async () => {
    if (offered.kind !== 'cgroup') return;
    const own = await engineOf({ isolation: 'plain', memoryLimits: createMemoryLimits() });
    const image = await code(`
      import { spawn } from 'node:child_process';
      spawn(process.execPath, ['--input-type=module', '-e', ${JSON.stringify(hungry)}]).once('exit', (code, signal) => { console.log(signal); process.exit(5); });`);
    const { outcome, lines } = await runToEnd(own, { image, memoryMiB: 256 });
    await own.close();
    expect(lines).toEqual(['SIGKILL']);
    expect(outcome).toEqual({ kind: 'exited', exitCode: 5 });
  });

  test('ENGINE-17 a group is killed once, by the memory of all its processes', async () => {
    const looks: number[] = [];
    const limits = createWatchedLimits(async groups => {
      looks.push(1);
      return new Map([[999999999, groups.has(999999999) ? 2 * 1024 : 0]]);
    }, 1);
    const limit = limits.create(1);
    expect(limit.wasExceeded()).toBe(false);
    limit.watch(999999999);
    while (!limit.wasExceeded()) await systemClock.sleep(1);
    await limit.release();
    const after = looks.length;
    await systemClock.sleep(10);
    expect(looks.length).toBe(after);
    await limits.close();
  });

  test('ENGINE-17 a look that fails is tried again', async () => {
    let tries = 0;
    const limits = createWatchedLimits(async () => {
      tries += 1;
      if (tries === 1) throw new Error('ps is missing');
      return new Map([[999999998, 5000]]);
    }, 1);
    const limit = limits.create(1);
    limit.watch(999999998);
    while (!limit.wasExceeded()) await systemClock.sleep(1);
    await limits.close();
    expect(tries).toBe(2);
  });

  test('ENGINE-17 ps tells the memory of a group where there is no /proc', async () => {
    const group = Number(execFileSync('ps', ['-o', 'pgid=', '-p', String(process.pid)], { encoding: 'utf8' }));
    expect((await usageFromPs()).get(group)).toBeGreaterThan(10_000);
  });
});

const namespaces =
  process.platform === 'linux' ? await probeNamespaces(join(tmpdir(), `probe-${process.pid}`)) : undefined;
rmSync(join(tmpdir(), `probe-${process.pid}`), { recursive: true, force: true });
const whereIsolated = namespaces ? describe : describe.skip;

whereIsolated('an image with a root file system of its own, where the kernel gives namespaces', () => {
  let isolated: Engine;
  const shell = (script: string) => ({ image: 'shell', command: [script] });
  beforeAll(async () => {
    known['shell'] = {
      layers: [shellImage()],
      config: { Entrypoint: ['sh', '-c'], Env: ['TIER=small', 'PATH=/usr/own'], WorkingDir: '/work', User: 'model' },
    };
    known['no-node'] = { layers: [shellImage()], config: { Cmd: ['node', '-v'] } };
    isolated = await engineOf();
  });
  afterAll(() => isolated.close());

  test('ENGINE-18 its root is the image, its processes are its own, its environment is what it was given', async () => {
    const { outcome, lines } = await runToEnd(
      isolated,
      shell('pwd; echo /*; echo "$HOME $TIER $PATH"; echo $$; echo x > /dev/null && echo devices'),
    );
    expect(outcome).toEqual({ kind: 'exited', exitCode: 0 });
    expect(lines.slice(0, 2)).toEqual(['/work', expect.stringMatching(/^\/dev \/etc .*\/proc \/tmp \/usr \/work$/)]);
    expect(lines.slice(2)).toEqual(['/home/model small /usr/own', expect.stringMatching(/^\d$/), 'devices']);
  });

  test('ENGINE-18 what it writes anywhere is thrown away, the image stays as it was', async () => {
    const request = {
      ...shell('[ -e /mark ] && echo there; echo x > /mark; echo x > /usr/own/mark; echo done'),
      user: '0',
    };
    expect((await runToEnd(isolated, request)).lines).toEqual(['done']);
    expect((await runToEnd(isolated, request)).lines).toEqual(['done']);
  });

  test('ENGINE-18 a read-only root cannot be written', async () => {
    const request = shell('echo x > /work/mark || echo refused');
    expect((await runToEnd(isolated, { ...request, readonlyRootFilesystem: true })).lines.at(-1)).toBe('refused');
    expect((await runToEnd(isolated, request)).lines).toEqual([]);
  });

  test.each([
    ['exit 9', 9],
    ['kill -9 $$', 137],
    ['kill -SEGV $$', 139],
  ])('ENGINE-18 exit codes and signals come through: %s', async (script, exitCode) => {
    expect((await runToEnd(isolated, shell(script))).outcome).toEqual({ kind: 'exited', exitCode });
  });

  test('ENGINE-18 stop reaches the program, which is not process 1 and so needs no handler', async () => {
    // `wait` returns for a trap at any moment; a program being started in front would keep it waiting when the signal comes just then.
    const handled = start(isolated, shell('trap "echo saving; exit 4" TERM; sleep 30 & echo up; wait'));
    const unhandled = start(isolated, shell('echo up; sleep 30'));
    await Promise.all([handled.saw('up'), unhandled.saw('up')]);
    handled.run.stop(20);
    unhandled.run.stop(20);
    expect(await unhandled.run.ended).toEqual({ kind: 'exited', exitCode: 143 });
    expect(await handled.run.ended).toEqual({ kind: 'exited', exitCode: 4 });
    expect(handled.lines.at(-1)).toBe('saving');
  });

  test('ENGINE-18 after the grace nothing of it is left', async () => {
    const { run, saw } = start(isolated, shell('trap "" TERM; sleep 31.4159 & echo up; sleep 31.4159'));
    await saw('up');
    run.stop(0.02);
    expect(await run.ended).toEqual({ kind: 'exited', exitCode: 137 });
    await systemClock.sleep(5);
    expect(spawnSync('ps', ['-A', '-o', 'args='], { encoding: 'utf8' }).stdout).not.toContain('sleep 31.4159');
  });

  test('ENGINE-18 it runs as the user of the image or the request, as far as this machine can', async () => {
    const request = shell(
      'while read -r name real rest; do [ "$name" = Uid: ] && echo $real $HOME; done < /proc/self/status; :',
    );
    expect((await runToEnd(isolated, request)).lines).toEqual([
      namespaces?.rootless ? '0 /home/model' : '1234 /home/model',
    ]);
    expect((await runToEnd(isolated, { ...request, user: '0' })).lines).toEqual(['0 /root']);
    const { outcome } = await runToEnd(isolated, { ...request, user: 'nobody' });
    expect(outcome).toMatchObject({
      kind: 'not-started',
      reason: expect.stringContaining('unable to find user nobody'),
    });
  });

  test('ENGINE-18 a program missing from a whole image is never borrowed', async () => {
    const { outcome } = await runToEnd(isolated, { image: 'no-node' });
    expect(outcome).toMatchObject({
      kind: 'not-started',
      reason: expect.stringContaining('exec: "node": executable file not found in $PATH'),
    });
  });

  test('ENGINE-18 it says aloud what it cannot isolate', () => {
    expect(isolated.caveats.join(' ')).toMatch(
      /share the network .*borrows the program \(such as node\).*no wall against hostile code/,
    );
    expect(engine.caveats.join(' ')).toMatch(/plain processes of this machine: they see its files/);
  });
});
