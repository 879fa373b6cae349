/** A local AWS that kills the process that calls it, at the call it is told, and counts the calls of one process. */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { setTimeout } from 'node:timers/promises';
import type { FaultEffect } from '../../src/local/faults.ts';
import { type LocalAws, startLocalAws } from '../../src/local/server.ts';
import { idleEngine } from '../local/fixtures/idle-engine.ts';

export interface ProcessKill {
  /** `eu-west-1 batch:RegisterJobDefinition 2`: region, call, and the how-manieth of these. */
  readonly call: string;
  /** `before`: the call is never handled. `after`: it is done, and its answer is not heard. */
  readonly when: 'before' | 'after';
}

/** What happens to a call beside being counted. */
export type Meet = (call: string, calls: readonly string[]) => 'deny' | Promise<'deny'> | undefined;

export interface Watched {
  readonly calls: readonly string[];
  readonly signal: NodeJS.Signals | null;
  readonly exitCode: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

export interface ProcessKiller {
  readonly local: LocalAws;
  /** Runs Node with `args`, and kills it with SIGKILL at `kill`. */
  run(
    args: readonly string[],
    options: { cwd: string; environment: Readonly<Record<string, string>>; kill?: ProcessKill; meet?: Meet },
  ): Promise<Watched>;
}

export async function startProcessKiller(): Promise<ProcessKiller> {
  let meet: (call: string) => FaultEffect = () => UNHARMED;
  /** What a call waits for, in place of the delay's milliseconds. */
  const waits = new Map<number, Promise<unknown>>();
  const clock = {
    now: () => Date.now(),
    async sleep(milliseconds: number, signal?: AbortSignal) {
      const wait = waits.get(milliseconds);
      await (wait ?? setTimeout(milliseconds, undefined, signal ? { signal } : {}));
    },
  };
  const local = await startLocalAws({ engine: idleEngine, clock });
  local.faults.take = ({ region, service, operation }) => meet(`${region} ${service}:${operation}`);
  const hold = (until: Promise<unknown>, kind: FaultEffect['kind']): FaultEffect => {
    const delayMilliseconds = 1_000_000 + waits.size;
    waits.set(delayMilliseconds, until);
    return { delayMilliseconds, kind };
  };
  return {
    local,
    async run(args, { cwd, environment, kill, meet: faulty }) {
      const calls: string[] = [];
      const child = spawn(process.execPath, args, { cwd, env: { ...environment }, stdio: ['ignore', 'pipe', 'pipe'] });
      const closed = once(child, 'close');
      const said = listen(child);
      meet = name => {
        const call = `${name} ${calls.filter(other => other.startsWith(`${name} `)).length + 1}`;
        calls.push(call);
        if (call === kill?.call) {
          child.kill('SIGKILL');
          // Only when it is gone: before that it might hear of the broken connection and go on.
          return hold(closed, kill.when === 'before' ? 'reset' : 'lose');
        }
        const met = faulty?.(call, calls);
        return met ? hold(Promise.resolve(met), 'deny') : UNHARMED;
      };
      const [exitCode, signal] = (await closed) as [number | null, NodeJS.Signals | null];
      // What it had sent is still handled.
      await setTimeout(signal ? 20 : 0);
      meet = () => UNHARMED;
      return { calls, signal, exitCode, ...said };
    },
  };
}

const UNHARMED: FaultEffect = { delayMilliseconds: 0, kind: undefined };

function listen({ stdout, stderr }: ChildProcess): { stdout: string; stderr: string } {
  const said = { stdout: '', stderr: '' };
  for (const [name, stream] of Object.entries({ stdout, stderr })) {
    stream?.setEncoding('utf8').on('data', text => {
      said[name as keyof typeof said] += text;
    });
  }
  return said;
}
