/** Runs the example's builder as Batch would: a process with an environment, its lines and its exit code. */
import { spawn } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { CREDENTIALS, REGION } from './object-store.ts';

export const EXAMPLE = fileURLToPath(new URL('../../examples/content-cues/', import.meta.url));

export interface BuilderRun {
  readonly exitCode: number | null;
  readonly lines: readonly string[];
}

/** `onLine` may signal the process. */
export function runBuilder(
  command: readonly [string, ...string[]],
  environment: Readonly<Record<string, string>>,
  onLine?: (line: string, signal: (name: NodeJS.Signals) => void) => void,
): Promise<BuilderRun> {
  const [program, ...args] = command;
  const child = spawn(program, args, {
    env: {
      PATH: process.env['PATH'] ?? '',
      AWS_REGION: REGION,
      AWS_ACCESS_KEY_ID: CREDENTIALS.accessKeyId,
      AWS_SECRET_ACCESS_KEY: CREDENTIALS.secretAccessKey,
      ...environment,
    },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let text = '';
  for (const stream of [child.stdout, child.stderr]) {
    stream.setEncoding('utf8').on('data', (chunk: string) => {
      text += chunk;
      for (const line of chunk.split('\n')) onLine?.(line, name => child.kill(name));
    });
  }
  return new Promise((resolve, reject) => {
    child.on('error', reject);
    child.on('close', exitCode => resolve({ exitCode, lines: text.split('\n').filter(Boolean) }));
  });
}

export const JAVASCRIPT: readonly [string, string] = [process.execPath, `${EXAMPLE}js/build-model.mjs`];
export const PYTHON: readonly [string, string] = ['/usr/bin/python3', `${EXAMPLE}python/build_model.py`];
