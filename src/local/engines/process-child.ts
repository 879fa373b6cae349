/** One child process that stands for a container, from its start to its last log line. */
import { type ChildProcess, spawn } from 'node:child_process';
import { constants } from 'node:os';
import { createLineSplitter } from '../../lines.ts';
import type { Clock } from '../../ports.ts';
import { cannotStart, OUT_OF_MEMORY } from './failures.ts';
import { LONGEST_LINE_BYTES } from './log-lines.ts';
import type { MemoryLimit } from './memory-limit.ts';
import { killGroup } from './memory-watch.ts';
import type { ContainerOutcome, ContainerRequest } from './model.ts';
import type { Launch } from './process-launch.ts';
import type { StopSwitch } from './stop-switch.ts';

/** How long output is waited for after the end, when something the program left behind holds the pipe open. */
const STRAGGLER_MILLISECONDS = 500;

export interface ChildSurroundings {
  readonly clock: Clock;
  readonly limit: MemoryLimit;
  readonly stop: StopSwitch;
  readonly markStarted: () => void;
}

export async function runProcess(
  launch: Launch,
  request: ContainerRequest,
  { clock, limit, stop, markStarted }: ChildSurroundings,
): Promise<ContainerOutcome> {
  const finished = new AbortController();
  try {
    const child = start(launch, limit);
    const flushed = readLines(child, line => request.onLog(line, clock.now()));
    const ended = exitOf(child);
    child.once('spawn', markStarted);
    const group = child.pid;
    // Node tells why by an `error` event, which `ended` rejects with.
    if (group === undefined) return outcomeOf(await ended, limit);
    limit.watch(group);
    stop.listen(grace => void stopGroup(group, grace, clock, finished.signal));
    const exitCode = await ended;
    // A container ends with its first process; what it left running goes with it.
    killGroup(group, 'SIGKILL');
    limit.killRest();
    await flushed();
    return outcomeOf(exitCode, limit);
  } catch (error) {
    return cannotStart(error);
  } finally {
    finished.abort();
    await limit.release();
  }
}

function start(launch: Launch, limit: MemoryLimit): ChildProcess {
  const [file, args] = limit.wrap(launch.file, launch.args);
  return spawn(file, args, {
    cwd: launch.cwd,
    env: launch.environment,
    stdio: ['ignore', 'pipe', 'pipe'],
    // A process group of its own, so that a signal reaches whatever it starts too.
    detached: true,
  });
}

function outcomeOf(exitCode: number, limit: MemoryLimit): ContainerOutcome {
  // A child of the program may be what was killed: then it is the program's exit code that tells.
  return exitCode === 137 && limit.wasExceeded()
    ? { kind: 'exited', exitCode, reason: OUT_OF_MEMORY }
    : { kind: 'exited', exitCode };
}

/** Gives a function that waits until both streams have been read to their end. */
function readLines(child: ChildProcess, onLine: (line: string) => void): () => Promise<void> {
  const streams = [child.stdout, child.stderr].flatMap(stream => (stream ? [stream] : []));
  const ends = streams.map(stream => {
    const lines = createLineSplitter(onLine, LONGEST_LINE_BYTES);
    stream.on('data', (chunk: Buffer) => lines.write(chunk));
    return new Promise<void>(done => {
      stream.once('close', () => {
        lines.end();
        done();
      });
    });
  });
  return async () => {
    const timer = setTimeout(() => {
      for (const stream of streams) stream.destroy();
    }, STRAGGLER_MILLISECONDS);
    await Promise.all(ends);
    clearTimeout(timer);
  };
}

function exitOf(child: ChildProcess): Promise<number> {
  return new Promise((resolve, reject) => {
    child.once('error', reject);
    child.once('exit', (code, signal) => resolve(code ?? 128 + (signal ? constants.signals[signal] : 0)));
  });
}

async function stopGroup(group: number, graceSeconds: number, clock: Clock, finished: AbortSignal): Promise<void> {
  if (graceSeconds > 0) killGroup(group, 'SIGTERM');
  const slept = await clock.sleep(graceSeconds * 1000, finished).then(
    () => true,
    () => false,
  );
  if (slept) killGroup(group, 'SIGKILL');
}
