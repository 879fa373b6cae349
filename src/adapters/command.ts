/** Programs of this machine, run without a shell. */
import { type ChildProcess, spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { constants } from 'node:os';
import { delimiter, join, resolve } from 'node:path';
import { ConfigurationError, errorCode } from '../errors.ts';
import { createLineSplitter } from '../lines.ts';
import type { CommandPort } from '../ports.ts';

type RunOptions = NonNullable<Parameters<CommandPort['run']>[2]>;
type RunResult = Awaited<ReturnType<CommandPort['run']>>;

/** How long a program may take to end after SIGTERM before it gets SIGKILL. */
const GRACE_MILLISECONDS = 10_000;

/**
 * The exit code of a program ended by a signal is 128 + the signal's number, as a shell has it. When aborted, the program gets
 * SIGTERM, after ten seconds SIGKILL, and `run` rejects with the signal's reason once it has ended. Throws ConfigurationError when
 * the program cannot be started.
 */
export const systemCommand: CommandPort = createCommand();

/** With another grace between SIGTERM and SIGKILL. */
export function createCommand(graceMilliseconds = GRACE_MILLISECONDS): CommandPort {
  return {
    async run(command, args, options = {}) {
      options.signal?.throwIfAborted();
      const child = spawn(command, args, {
        stdio: [options.input === undefined ? 'ignore' : 'pipe', 'pipe', 'pipe'],
        ...(options.cwd === undefined ? {} : { cwd: options.cwd }),
        env: { ...process.env, ...options.environment },
        windowsHide: true,
      });
      return await resultOf(child, command, options, graceMilliseconds);
    },
  };
}

async function resultOf(child: ChildProcess, command: string, options: RunOptions, grace: number): Promise<RunResult> {
  const stdout = collect(child.stdout, line => options.onLine?.(line, 'stdout'));
  const stderr = collect(child.stderr, line => options.onLine?.(line, 'stderr'));
  // A program that ends without reading its input is no error of ours: its exit code tells.
  child.stdin?.on('error', () => {});
  child.stdin?.end(options.input);
  const letGo = stopOnAbort(child, options.signal, grace);
  try {
    const exitCode = await exitCodeOf(child, command, options.cwd);
    options.signal?.throwIfAborted();
    return { exitCode, stdout: stdout(), stderr: stderr() };
  } finally {
    letGo();
  }
}

/** Reads a stream whole, and by lines; gives a function for the text so far. */
function collect(stream: ChildProcess['stdout'], onLine: (line: string) => void): () => string {
  const chunks: Buffer[] = [];
  const lines = createLineSplitter(onLine);
  stream?.on('data', (chunk: Buffer) => {
    chunks.push(chunk);
    lines.write(chunk);
  });
  stream?.on('end', () => lines.end());
  return () => Buffer.concat(chunks).toString('utf8');
}

function stopOnAbort(child: ChildProcess, signal: AbortSignal | undefined, grace: number): () => void {
  let timer: NodeJS.Timeout | undefined;
  const stop = (): void => {
    child.kill('SIGTERM');
    timer = setTimeout(() => child.kill('SIGKILL'), grace);
    // What the program left running may hold its pipes open for ever; after an abort nobody waits for that.
    child.once('exit', () => {
      child.stdout?.destroy();
      child.stderr?.destroy();
    });
  };
  signal?.addEventListener('abort', stop, { once: true });
  return () => {
    clearTimeout(timer);
    signal?.removeEventListener('abort', stop);
  };
}

/** Waits for `close`, not `exit`: only then has all output been read. */
function exitCodeOf(child: ChildProcess, command: string, cwd: string | undefined): Promise<number> {
  return new Promise((resolve, reject) => {
    child.once('error', error => reject(startFailure(error, command, cwd)));
    child.once('close', (code, signal) => resolve(code ?? 128 + (signal ? constants.signals[signal] : 0)));
  });
}

function startFailure(error: Error, command: string, cwd: string | undefined): Error {
  const code = errorCode(error);
  if (code !== 'ENOENT' && code !== 'EACCES') return error;
  if (cwd !== undefined && !existsSync(cwd)) {
    return new ConfigurationError({ message: `The folder ${cwd}, in which ${command} was to run, does not exist` });
  }
  // EACCES may only mean that PATH names a folder we may not look into.
  const problem = isThere(command, cwd)
    ? { message: `The program ${command} may not be executed`, remedy: 'Make it executable (chmod +x).' }
    : { message: `The program ${command} was not found`, remedy: 'Install it, or add its folder to PATH.' };
  return new ConfigurationError(problem, { cause: error });
}

function isThere(command: string, cwd = '.'): boolean {
  if (command.includes('/')) return existsSync(resolve(cwd, command));
  return (process.env['PATH'] ?? '').split(delimiter).some(folder => existsSync(join(folder, command)));
}
