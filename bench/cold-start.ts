/**
 * How long after its start an action sends its first AWS request, beside `node -e 0` in the same run. Interleaved, medians, since
 * machines are noisy; a first round that fills the compile cache is not counted.
 */
import { spawn } from 'node:child_process';
import { mkdtempSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { performance } from 'node:perf_hooks';
import { median, table } from './figures.ts';

const ROUNDS = 15;
const DIGEST = `sha256:${'a'.repeat(64)}`;
const ACTIONS: Readonly<Record<string, Readonly<Record<string, string>>>> = {
  'build-push': { BUILDER: 'layer' },
  register: { IMAGE: DIGEST },
  'smoke-test': {},
};

export async function benchColdStart(): Promise<string> {
  const temporary = mkdtempSync(join(tmpdir(), 'batchwright-bench-'));
  let onRequest: () => void = () => undefined;
  const server = createServer((_, response) => {
    onRequest();
    // Refused for good: the action ends by itself, and Node writes its compile cache only then.
    response.writeHead(403).end();
  });
  await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  const environment = {
    PATH: process.env['PATH'] ?? '',
    RUNNER_TEMP: temporary,
    AWS_ENDPOINT_URL: `http://127.0.0.1:${port}`,
    AWS_ACCESS_KEY_ID: '123456789012',
    AWS_SECRET_ACCESS_KEY: 'local',
    AWS_EC2_METADATA_DISABLED: 'true',
    GITHUB_SHA: '0123456789abcdef0123456789abcdef01234567',
    GITHUB_REF: 'refs/heads/main',
  };

  const untilRequest = (action: string, inputs: Readonly<Record<string, string>>) =>
    new Promise<number>((resolve, reject) => {
      const begun = performance.now();
      const given = Object.fromEntries(Object.entries(inputs).map(([name, value]) => [`INPUT_${name}`, value]));
      const child = spawn(process.execPath, [`dist/${action}.js`], {
        env: {
          ...environment,
          INPUT_CONFIG: 'examples/content-cues/batchwright.yml',
          INPUT_ENVIRONMENT: 'test',
          ...given,
        },
        stdio: ['ignore', 'pipe', 'pipe'],
      });
      let said = '';
      child.stdout.on('data', chunk => {
        said += String(chunk);
      });
      child.stderr.resume();
      let requested: number | undefined;
      onRequest = () => {
        requested ??= performance.now() - begun;
      };
      child.on('exit', () => {
        if (requested === undefined) reject(new Error(`${action} ended without a request to AWS:\n${said}`));
        else resolve(requested);
      });
    });

  const floor = () =>
    new Promise<number>(resolve => {
      const begun = performance.now();
      spawn(process.execPath, ['-e', '0'], { stdio: 'ignore' }).on('exit', () => resolve(performance.now() - begun));
    });

  const times = new Map<string, number[]>([
    ['node -e 0', []],
    ...Object.keys(ACTIONS).map((name): [string, number[]] => [name, []]),
  ]);
  for (let round = -1; round < ROUNDS; round += 1) {
    const measured: [string, number][] = [['node -e 0', await floor()]];
    for (const [action, inputs] of Object.entries(ACTIONS)) {
      measured.push([action, await untilRequest(action, inputs)]);
    }
    if (round >= 0) for (const [name, time] of measured) times.get(name)?.push(time);
  }
  server.close();
  const base = median(times.get('node -e 0') ?? []);
  const rows = [...times].map(([name, list]) => [
    name,
    `${median(list).toFixed(0)} ms`,
    `${(median(list) / base).toFixed(1)}×`,
  ]);
  return table(
    `Cold start: process start to first AWS request (median of ${ROUNDS}, aim 4×)`,
    ['', 'median', 'ratio'],
    rows,
  );
}
