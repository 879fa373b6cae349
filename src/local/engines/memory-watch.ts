/**
 * A memory limit for machines where no cgroup can be made: the resident memory of each process group is added up several times a
 * second, and the group is killed when it is over. Memory shared by its processes counts once for each.
 */
import { execFile } from 'node:child_process';
import { readdirSync, readFileSync } from 'node:fs';
import type { MemoryLimits } from './memory-limit.ts';

const INTERVAL_MILLISECONDS = 200;

interface Watched {
  readonly limitKiB: number;
  exceeded: boolean;
}

/** One look at the machine serves all containers. */
export function createWatchedLimits(
  readUsage: ReadUsage = usageByGroup,
  intervalMilliseconds = INTERVAL_MILLISECONDS,
): MemoryLimits {
  const watched = new Map<number, Watched>();
  let timer: NodeJS.Timeout | undefined;
  let looking = false;

  const look = async (): Promise<void> => {
    if (looking) return;
    looking = true;
    const usage = await readUsage(watched).catch(() => new Map());
    looking = false;
    for (const [group, limit] of watched) {
      if (limit.exceeded || (usage.get(group) ?? 0) <= limit.limitKiB) continue;
      limit.exceeded = true;
      killGroup(group, 'SIGKILL');
    }
  };
  const forget = (group: number | undefined): void => {
    if (group !== undefined) watched.delete(group);
    if (watched.size > 0) return;
    clearInterval(timer);
    timer = undefined;
  };

  return {
    kind: 'watched',
    create(memoryMiB) {
      const limit: Watched = { limitKiB: memoryMiB * 1024, exceeded: false };
      let group: number | undefined;
      return {
        wrap: (file, args) => [file, args],
        watch(pid) {
          group = pid;
          watched.set(pid, limit);
          timer ??= setInterval(() => void look(), intervalMilliseconds).unref();
        },
        wasExceeded: () => limit.exceeded,
        killRest() {},
        release: async () => forget(group),
      };
    },
    async close() {
      watched.clear();
      forget(undefined);
    },
  };
}

/** Signals every process of a group; one that is gone already is no error. */
export function killGroup(group: number, signal: NodeJS.Signals): void {
  try {
    process.kill(-group, signal);
  } catch {
    // Gone.
  }
}

/** Resident memory in KiB of these process groups. */
type ReadUsage = (groups: { has(group: number): boolean }) => Promise<ReadonlyMap<number, number>>;

const usageByGroup: ReadUsage = async groups => (process.platform === 'linux' ? usageFromProc(groups) : usageFromPs());

function usageFromProc(groups: { has(group: number): boolean }): Map<number, number> {
  const usage = new Map<number, number>();
  for (const pid of readdirSync('/proc')) {
    if (!/^\d+$/.test(pid)) continue;
    try {
      // The program's name, in parentheses, may itself hold spaces and parentheses; the group is the third field after it.
      const group = Number(/^.*\) \S \d+ (\d+) /s.exec(readFileSync(`/proc/${pid}/stat`, 'utf8'))?.[1]);
      if (!groups.has(group)) continue;
      const resident = /^VmRSS:\s+(\d+) kB/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1];
      usage.set(group, (usage.get(group) ?? 0) + Number(resident ?? 0));
    } catch {
      // It ended while we looked.
    }
  }
  return usage;
}

/** macOS and others; the columns are POSIX's. */
export async function usageFromPs(): Promise<Map<number, number>> {
  const text = await new Promise<string>((resolve, reject) => {
    execFile('ps', ['-A', '-o', 'pgid=,rss='], { maxBuffer: 2 ** 24 }, (error, stdout) =>
      error ? reject(error) : resolve(stdout),
    );
  });
  const usage = new Map<number, number>();
  for (const line of text.split('\n')) {
    const [group = 0, kib = 0] = line.trim().split(/\s+/).map(Number);
    usage.set(group, (usage.get(group) ?? 0) + kib);
  }
  return usage;
}
