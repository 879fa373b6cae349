/** Rendering and linting 1,000 definitions: 5 environments × 10 regions × 20 tiers, from one template. Aim: 1 s and 300 MB. */
import { execFile } from 'node:child_process';
import { performance } from 'node:perf_hooks';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { median, table } from './figures.ts';

const ROUNDS = 5;

export async function benchRender(): Promise<string> {
  const rounds: { milliseconds: number; mebibytes: number; definitions: number }[] = [];
  for (let round = 0; round < ROUNDS; round += 1) {
    // A process each: the first render of a process, with nothing warm, is what a deployment waits for.
    const { stdout } = await promisify(execFile)(process.execPath, [fileURLToPath(import.meta.url), 'once']);
    rounds.push(JSON.parse(stdout) as (typeof rounds)[number]);
  }
  const milliseconds = median(rounds.map(round => round.milliseconds));
  const mebibytes = median(rounds.map(round => round.mebibytes));
  return table(
    `Render and lint ${rounds[0]?.definitions} definitions (median of ${ROUNDS} processes)`,
    ['', 'median', 'aim', 'ratio'],
    [
      ['time', `${milliseconds.toFixed(0)} ms`, '1000 ms', `${(milliseconds / 1000).toFixed(2)}×`],
      ['peak memory', `${mebibytes.toFixed(0)} MiB`, '286 MiB', `${(mebibytes / 286).toFixed(2)}×`],
    ],
  );
}

async function once(): Promise<void> {
  const { renderCommand } = await import('../src/commands/render.ts');
  const { createPorts } = await import('../src/adapters/ports.ts');
  const { readInputs } = await import('../src/inputs.ts');
  const inputs = readInputs(renderCommand.inputs, name =>
    name === 'config' ? 'bench/fleet/batchwright.yml' : undefined,
  );
  const ports = createPorts(() => undefined, new AbortController().signal);
  const begun = performance.now();
  const { outputs } = await renderCommand.run(inputs, ports);
  const milliseconds = performance.now() - begun;
  const mebibytes = process.resourceUsage().maxRSS / 1024;
  process.stdout.write(JSON.stringify({ milliseconds, mebibytes, definitions: Number(outputs['count']) }));
}

if (process.argv[2] === 'once') await once();
