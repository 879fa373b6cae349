/** Runs whose children do not simply succeed: entries packed into one child, a run that is stopped, a manifest that is in S3. */
import { mkdirSync, writeFileSync } from 'node:fs';
import { S3 } from '@aws-sdk/client-s3';
import { beforeEach, describe, expect, test } from '@jest/globals';
import type { ContainerOutcome, ContainerRequest, Engine } from '../../src/local/engines/model.ts';
import { clientOptions } from '../local/fixtures/local.ts';
import { ACCOUNT, batchwright, batchwrightJson, CONFIG, useWorkspace } from './workspace.ts';

/** What each container does, after an await: it may talk to S3 as a real one would. */
let work: (request: ContainerRequest) => Promise<ContainerOutcome>;
const engine: Engine = {
  name: 'simulated',
  caveats: [],
  concurrency: 8,
  run(request) {
    const stopped = Promise.withResolvers<ContainerOutcome>();
    return {
      started: Promise.resolve(),
      ended: Promise.race([work(request), stopped.promise]),
      stop: () => stopped.resolve({ kind: 'exited', exitCode: 143 }),
    };
  },
  close: () => Promise.resolve(),
};
const local = useWorkspace({ engine });
const s3 = () => new S3({ ...clientOptions(local(), ACCOUNT), forcePathStyle: true });
const succeed = () => Promise.resolve<ContainerOutcome>({ kind: 'exited', exitCode: 0 });

async function configure(runs: string): Promise<void> {
  writeFileSync('batchwright.yml', `${CONFIG}runs: { ledger: "s3://ledger/{environment}", ${runs} }\n`);
  mkdirSync('data');
  writeFileSync('data/accounts.csv', 'id\n101\n102\n103\n104\n105\n');
  await batchwright('build-push');
  await batchwright('register');
}

beforeEach(async () => {
  work = succeed;
  await s3()
    .createBucket({ Bucket: 'ledger' })
    .catch(() => undefined);
});

describe('packed entries', () => {
  /** The entries of a child, read as the shipped readers do: by stride, from the one object. */
  async function entriesOf({ environment }: ContainerRequest): Promise<string[]> {
    const { BATCHWRIGHT_ENTRIES: uri = '', AWS_BATCH_JOB_ARRAY_INDEX: index = '0' } = environment;
    const stride = Number(environment['BATCHWRIGHT_STRIDE']);
    const pack = Number(environment['BATCHWRIGHT_PACK'] ?? 1);
    const { Body } = await s3().getObject(placeOf(uri));
    const text = (await Body?.transformToString()) ?? '';
    const own = text.slice(Number(index) * stride * pack, (Number(index) + 1) * stride * pack);
    return [...own.matchAll(/"id":"(\d+)"/g)].map(([, id = '']) => id);
  }

  const placeOf = (uri: string) => {
    const [, Bucket = '', Key = ''] = /^s3:\/\/([^/]+)\/(.+)$/.exec(uri) ?? [];
    return { Bucket, Key };
  };

  /** Builds entry after entry, and dies once, in the middle of the second child. Gives what was built, and from which addresses. */
  const dieOnce = () => {
    const built: string[] = [];
    const addresses: string[] = [];
    let deaths = 1;
    work = async request => {
      addresses.push(request.environment['BATCHWRIGHT_ENTRIES'] ?? '');
      const { BATCHWRIGHT_RESULTS: results, AWS_BATCH_JOB_ARRAY_INDEX: index = '0' } = request.environment;
      let lines = '';
      for (const id of await entriesOf(request)) {
        // Leaves half a line behind.
        const dies = id === '104' && deaths > 0;
        lines += dies ? '{"id": "10' : `{"id": "${id}", "ok": true}\n`;
        // A single entry that is left is no pack, and nobody asks for its results.
        if (results) await s3().putObject({ ...placeOf(`${results}/${index}.ndjson`), Body: lines });
        if (dies) {
          deaths -= 1;
          return { kind: 'exited', exitCode: 3 };
        }
        built.push(id);
      }
      return { kind: 'exited', exitCode: 0 };
    };
    return { built, addresses };
  };

  test('that a failed child had done are not built again', async () => {
    const { built } = dieOnce();
    await configure('pack: 2, retry: { classes: [application] }');
    const { exitCode, stdout, stderr } = await batchwright('run', '--manifest', 'data/accounts.csv', '--run', 'packed');
    expect({ exitCode, stdout }).toMatchObject({ exitCode: 0, stdout: expect.stringContaining('5 of 5 entries') });
    expect(stderr).toMatch(/submitted \S+ \(\S+\), 3 children on models/);
    expect(built.sort()).toEqual(['101', '102', '103', '104', '105']);
    const { value } = await batchwrightJson('runs', 'find', '--id', '104');
    expect(value).toEqual([
      expect.objectContaining({ status: 'succeeded', jobs: [expect.anything(), expect.anything()] }),
    ]);
  }, 20_000);

  test('are read, and their results written, where they were when the run was planned, whatever the configuration says by now', async () => {
    const { built, addresses } = dieOnce();
    await s3().createBucket({ Bucket: 'entries' });
    const rest = 'pack: 2, retry: { classes: [application] }';
    await configure(`entries: "s3://entries/before", ${rest}`);
    await batchwright('submit', '--manifest', 'data/accounts.csv', '--run', 'moved');
    const now = `entries: "s3://nowhere/now", ${rest}`;
    writeFileSync('batchwright.yml', `${CONFIG}runs: { ledger: "s3://ledger/{environment}", ${now} }\n`);
    const { exitCode, stdout } = await batchwright('run', '--run', 'moved');
    expect({ exitCode, stdout }).toMatchObject({ exitCode: 0, stdout: expect.stringContaining('5 of 5 entries') });
    expect(built.sort()).toEqual(['101', '102', '103', '104', '105']);
    expect(addresses).toHaveLength(4);
    expect(addresses.filter(address => !address.startsWith('s3://entries/before/moved/'))).toEqual([]);
  }, 20_000);
});

describe('stop', () => {
  const STOPPED = /^Run stopped\n.*\n+Stopped at \d{4}-\d\d-\d\d \d\d:\d\d UTC: the tickets are of yesterday$/m;

  test('terminates what is left of a run, and a watch afterwards tells what is missing', async () => {
    const running = Promise.withResolvers<void>();
    const never = new Promise<ContainerOutcome>(() => undefined);
    work = ({ environment }) => {
      if (environment['AWS_BATCH_JOB_ARRAY_INDEX'] === '0') return succeed();
      running.resolve();
      return never;
    };
    await configure('');
    await batchwright('submit', '--manifest', 'data/accounts.csv', '--run', 'stopped');
    await running.promise;
    const { value } = await batchwrightJson('stop', '--run', 'stopped', '--reason', 'the tickets are of yesterday');
    expect(value).toEqual({ run: 'stopped', stopped: [expect.any(String)], refused: [], unknown: [] });
    expect((await batchwright('runs', 'show', '--run', 'stopped')).stdout).toMatch(STOPPED);
    const { exitCode, stdout } = await batchwright('watch', '--run', 'stopped');
    expect(exitCode).toBe(1);
    expect(stdout).toMatch(STOPPED);
    expect(stdout).toContain('stopped 1 of 5 entries succeeded, 4 failed');
    expect(stdout).toContain('cancelled');
    // What has ended cannot be stopped, and that is no failure.
    expect((await batchwright('stop', '--run', 'stopped', '--reason', 'again')).stdout).toMatch(
      /^Run stopped ended at \d{4}-\d\d-\d\d \d\d:\d\d UTC: nothing is left to terminate\.$/m,
    );
    const shown = await batchwright('runs', 'show', '--run', 'stopped');
    expect(shown.stdout.match(new RegExp(STOPPED, 'gm'))).toHaveLength(1);
    expect((await batchwright('runs', 'list')).stdout).toMatch(/^stopped .* stopped +5 +4 /m);
    expect((await batchwrightJson('runs', 'list')).value).toContainEqual(
      expect.objectContaining({
        run: 'stopped',
        state: 'stopped',
        stopped: { at: expect.any(Number), reason: 'the tickets are of yesterday' },
      }),
    );
    // Built after all, it is stopped no more.
    work = succeed;
    const retried = await batchwright('retry', '--run', 'stopped', '--classes', 'cancelled');
    expect(retried).toMatchObject({ exitCode: 0, stdout: expect.stringContaining('passed 5 of 5 entries') });
    expect(retried.stdout).not.toContain('Stopped at');
    expect((await batchwright('runs', 'list')).stdout).toMatch(/^stopped .* ended +5 +0 /m);
  }, 20_000);

  test('of a run that nobody knows says where it looked', async () => {
    await configure('');
    const { exitCode, stderr } = await batchwright('stop', '--run', 'nobody');
    expect({ exitCode, stderr }).toEqual({
      exitCode: 1,
      stderr: expect.stringContaining('the ledger has no run nobody (s3://ledger/test/nobody)'),
    });
  });

  test('says which jobs it could not terminate', async () => {
    work = () => new Promise(() => undefined);
    await configure('');
    await batchwright('submit', '--manifest', 'data/accounts.csv', '--run', 'kept');
    local().faults.on('batch:TerminateJob').deny();
    const { exitCode, stderr } = await batchwright('stop', '--run', 'kept');
    local().faults.clear();
    expect({ exitCode, stderr }).toEqual({
      exitCode: 1,
      stderr: expect.stringMatching(/these jobs may still be running: [0-9a-f-]{36}/),
    });
    expect((await batchwright('stop', '--run', 'kept')).exitCode).toBe(0);
  }, 20_000);
});

describe('a manifest in S3', () => {
  test.each([
    ['accounts.ndjson', '{"id":"1"}\n{"id":"2"}\n', 2],
    ['accounts.json', '{"entries":[{"id":"1"},{"id":"2"},{"id":"3"}]}', 3],
    ['accounts.csv', 'id\n1\n', 1],
  ])('is read as its name says: %s', async (name, Body, count) => {
    await configure('');
    await s3().putObject({ Bucket: 'ledger', Key: `given/${name}`, Body });
    const run = name.replace('.', '-');
    const { exitCode, stdout } = await batchwright('run', '--manifest', `s3://ledger/given/${name}`, '--run', run);
    expect({ exitCode, stdout }).toMatchObject({
      exitCode: 0,
      stdout: expect.stringContaining(`passed ${count} of ${count} entries succeeded`),
    });
  });

  test('may be the prefix itself: an entry for every object below it', async () => {
    await configure('');
    for (const account of ['201', '202'])
      await s3().putObject({ Bucket: 'ledger', Key: `tickets/${account}.ndjson`, Body: '{}' });
    const { stdout } = await batchwright('run', '--manifest', 's3://ledger/tickets/', '--run', 'listed');
    expect(stdout).toContain('passed 2 of 2 entries succeeded');
    const { value } = await batchwrightJson('runs', 'find', '--id', '202');
    expect(value).toEqual([
      expect.objectContaining({ entry: expect.objectContaining({ key: 'tickets/202.ndjson', bytes: 2 }) }),
    ]);
  });

  test('that is not there is said before anything is submitted', async () => {
    await configure('');
    const { exitCode, stderr } = await batchwright('run', '--manifest', 's3://ledger/none.csv', '--run', 'none');
    expect({ exitCode, stderr }).toEqual({
      exitCode: 1,
      stderr: expect.stringContaining('reading the manifest s3://ledger/none.csv: NoSuchKey'),
    });
  });
});

describe('a run that somebody else drives', () => {
  test('is told as that from its first look on, with how far it is, and so is a retry of one that had ended', async () => {
    const gates = [Promise.withResolvers<void>(), Promise.withResolvers<void>()];
    let started = Promise.withResolvers<void>();
    work = async ({ environment }) => {
      const isRetry = environment['BATCHWRIGHT_ENTRIES']?.includes('/1-') === true;
      if (environment['AWS_BATCH_JOB_ARRAY_INDEX'] !== '0' && !isRetry) return { kind: 'exited', exitCode: 0 };
      started.resolve();
      await gates[isRetry ? 1 : 0]?.promise;
      return { kind: 'exited', exitCode: isRetry ? 0 : 3 };
    };
    await configure('');
    const look = async () => {
      const store = new RegExp(`being driven by process ${process.pid} on \\S+: `);
      for (;;) {
        const { stdout } = await batchwright('runs', 'list');
        if (store.test(stdout)) return stdout;
      }
    };
    const running = batchwright('run', '--manifest', 'data/accounts.csv', '--run', 'driven');
    await started.promise;
    expect(await look()).toMatch(/^driven .*: \d of 5 ended +5 /m);
    expect(await batchwright('runs', 'show', '--run', 'driven')).toMatchObject({
      exitCode: 0,
      stdout: expect.stringMatching(/running Being driven by process \d+ on \S+\. At .*: \d of 5 ended \(\d+ %\)/),
    });
    expect((await batchwrightJson('runs', 'show', '--run', 'driven')).value).toMatchObject({
      ...{ run: 'driven', state: 'running', drivenBy: expect.stringContaining('process') },
      progress: { total: 5, round: 0 },
    });
    const early = await batchwright('runs', 'show', '--run', 'driven', '--report-folder', 'report');
    expect(early.stderr).toMatch(
      /there is no report of run driven yet: it is being driven by .* Ask again when it has/,
    );
    gates[0]?.resolve();
    await running;
    expect((await batchwright('runs', 'list')).stdout).toMatch(/^driven .* ended +5 +1 /m);

    started = Promise.withResolvers<void>();
    const retrying = batchwright('retry', '--run', 'driven', '--classes', 'application');
    await started.promise;
    while (!(await look()).includes(': retry 1, 0 of 1 ended'));
    expect((await batchwright('runs', 'show', '--run', 'driven')).stdout).toMatch(
      /Being driven by [\s\S]*retry 1, 0 of 1 ended[\s\S]*failed 4 of 5 entries succeeded/,
    );
    gates[1]?.resolve();
    expect((await retrying).exitCode).toBe(0);
  }, 20_000);
});

describe('a run that has ended', () => {
  test('a retry of what is not retried by itself says so, and how it would be', async () => {
    const run = (...verb: string[]) => batchwright(...verb, '--run', 'idle');
    await configure('');
    work = () => Promise.resolve({ kind: 'exited', exitCode: 3 });
    await run('run', '--manifest', 'data/accounts.csv');
    const refused = await run('retry', '--classes', 'aplication');
    expect(refused).toMatchObject({
      exitCode: 1,
      stderr: expect.stringContaining('there is no failure class "aplication". Did you mean "application"?'),
    });
    const idle = await run('retry');
    expect(idle.exitCode).toBe(1);
    expect(idle.stderr).toContain(
      'nothing was submitted: 5 of class application: retried only with --classes application. 5 of 5 entries of run idle failed',
    );
    expect(idle.stdout).toMatch(/^Nothing was submitted\n/);
    expect(idle.stdout).toMatch(/Run idle ended at \d{4}-\d\d-\d\d \d\d:\d\d UTC, and nothing of what failed may/);
    expect(idle.stdout).not.toContain('What failed');
    work = succeed;
    expect((await run('retry', '--classes', 'application')).exitCode).toBe(0);
    const good = await run('retry');
    expect(good).toMatchObject({ exitCode: 0, stdout: expect.stringContaining('and every entry succeeded') });
  }, 20_000);

  test('going on with it says that nothing was submitted, and when it ended', async () => {
    const run = (...verb: string[]) => batchwright(...verb, '--run', 'again');
    await configure('');
    await run('run', '--manifest', 'data/accounts.csv');
    for (const verb of ['run', 'submit']) {
      const again = await run(verb, '--manifest', 'data/accounts.csv');
      expect(again.exitCode).toBe(0);
      expect(again.stderr).toMatch(/Nothing was submitted: run again ended at \d{4}-\d\d-\d\d \d\d:\d\d UTC\./);
      expect(again.stdout).toContain('5 of 5 entries succeeded');
    }
  }, 20_000);
});
