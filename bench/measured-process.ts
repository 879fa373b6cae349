/** One process: how long it took, and its peak memory where Linux tells. */
import { spawn } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { performance } from 'node:perf_hooks';

/** How often its memory is looked at; the kernel keeps the peak, so only what is gained in its last moments is missed. */
const LOOK_MILLISECONDS = 10;

export interface Measured {
  readonly seconds: number;
  /** NaN where it is not known. */
  readonly peakMebibytes: number;
}

/** Throws what it said when it ends with another exit code than `exitCode`. */
export function measureProcess(
  command: string,
  args: readonly string[],
  options: { readonly cwd: string; readonly environment: Readonly<Record<string, string>>; readonly exitCode?: number },
): Promise<Measured> {
  const { cwd, environment, exitCode = 0 } = options;
  return new Promise((resolve, reject) => {
    const begun = performance.now();
    const child = spawn(command, args, { cwd, env: { ...environment }, stdio: ['ignore', 'pipe', 'pipe'] });
    let said = '';
    for (const stream of [child.stdout, child.stderr]) {
      stream.on('data', chunk => {
        said += String(chunk);
      });
    }
    let peakMebibytes = Number.NaN;
    const looking = setInterval(() => {
      peakMebibytes = readPeak(child.pid) ?? peakMebibytes;
    }, LOOK_MILLISECONDS);
    child.on('error', reject);
    child.on('close', code => {
      clearInterval(looking);
      if (code === exitCode) resolve({ seconds: (performance.now() - begun) / 1000, peakMebibytes });
      else reject(new Error(`${command} ${args.join(' ')} ended with ${code}:\n${said.slice(-2000)}`));
    });
  });
}

function readPeak(pid: number | undefined): number | undefined {
  try {
    const kibibytes = /^VmHWM:\s*(\d+) kB$/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1];
    return kibibytes === undefined ? undefined : Number(kibibytes) / 1024;
  } catch {
    return undefined;
  }
}
