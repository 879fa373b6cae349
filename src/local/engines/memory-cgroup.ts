/**
 * Memory cgroups, version 1 and 2. https://docs.kernel.org/admin-guide/cgroup-v1/memory.html and
 * https://docs.kernel.org/admin-guide/cgroup-v2.html
 */
import { existsSync, mkdirSync, readdirSync, readFileSync, rmdirSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { isAlive } from './liveness.ts';
import type { MemoryLimit, MemoryLimits } from './memory-limit.ts';

const PREFIX = 'batchwright-';
const MEBIBYTE = 1024 * 1024;

interface Hierarchy {
  readonly version: 1 | 2;
  /** Where our own cgroup may be made, the best place first. */
  readonly places: readonly string[];
}

/** Undefined when no memory cgroup can be made here. */
export function createCgroupLimits(): MemoryLimits | undefined {
  if (process.platform !== 'linux' || process.getuid?.() !== 0) return undefined;
  for (const { version, places } of memoryHierarchies()) {
    for (const place of places) {
      const folder = join(place, `${PREFIX}${process.pid}-${Math.random().toString(36).slice(2, 8)}`);
      if (prepare(folder, version)) return limitsIn(folder, version);
    }
  }
  return undefined;
}

function limitsIn(folder: string, version: 1 | 2): MemoryLimits {
  let count = 0;
  return {
    kind: 'cgroup',
    create(memoryMiB) {
      count += 1;
      const group = join(folder, String(count));
      makeGroup(group, version, memoryMiB * MEBIBYTE);
      return limitOf(group, version);
    },
    async close() {
      await removeGroup(folder);
    },
  };
}

function limitOf(group: string, version: 1 | 2): MemoryLimit {
  const events = join(group, version === 1 ? 'memory.oom_control' : 'memory.events');
  return {
    wrap: (file, args) => ['/bin/sh', ['-c', ENTER, join(group, 'cgroup.procs'), file, ...args]],
    watch() {},
    wasExceeded: () => /^oom_kill [1-9]/m.test(readFileSync(events, 'utf8')),
    killRest: () => killAll(join(group, 'cgroup.procs')),
    release: () => removeGroup(group),
  };
}

/** The shell puts itself into the cgroup and becomes the program, so that not one page is allocated outside. PWD is the shell's own. */
const ENTER = 'echo $$ > "$0" && unset PWD && exec "$@"';

function makeGroup(group: string, version: 1 | 2, bytes: number): void {
  mkdirSync(group);
  if (version === 1) {
    writeFileSync(join(group, 'memory.limit_in_bytes'), String(bytes));
    // Memory and swap together, as Docker has it when MemorySwap = Memory; absent where swap is not counted.
    writeIfThere(join(group, 'memory.memsw.limit_in_bytes'), String(bytes));
  } else {
    writeFileSync(join(group, 'memory.max'), String(bytes));
    writeIfThere(join(group, 'memory.swap.max'), '0');
  }
}

function writeIfThere(path: string, value: string): void {
  if (existsSync(path)) writeFileSync(path, value);
}

/** Makes our own cgroup and tries one inside. */
function prepare(folder: string, version: 1 | 2): boolean {
  try {
    removeLeftovers(dirname(folder));
    mkdirSync(folder);
    if (version === 2) writeFileSync(join(folder, 'cgroup.subtree_control'), '+memory');
    makeGroup(join(folder, 'probe'), version, 64 * MEBIBYTE);
    rmdirSync(join(folder, 'probe'));
    return true;
  } catch {
    for (const path of [join(folder, 'probe'), folder]) tryRemove(path);
    return false;
  }
}

/** Those of processes that died without a word. */
function removeLeftovers(place: string): void {
  for (const name of readdirSync(place)) {
    const pid = new RegExp(`^${PREFIX}(\\d+)-`).exec(name)?.[1];
    if (!pid || isAlive(Number(pid))) continue;
    const folder = join(place, name);
    for (const entry of readdirSync(folder, { withFileTypes: true }))
      if (entry.isDirectory()) tryRemove(join(folder, entry.name));
    tryRemove(folder);
  }
}

function tryRemove(path: string): boolean {
  try {
    rmdirSync(path);
    return true;
  } catch {
    return !existsSync(path);
  }
}

function killAll(procs: string): void {
  for (const pid of readFileSync(procs, 'utf8').split('\n').filter(Boolean)) {
    try {
      process.kill(Number(pid), 'SIGKILL');
    } catch {
      // Gone already.
    }
  }
}

/** A killed process stays in its cgroup until it has been reaped, which takes a moment. */
async function removeGroup(path: string): Promise<void> {
  for (let delay = 1; !tryRemove(path) && delay < 1000; delay *= 2) await new Promise(done => setTimeout(done, delay));
}

function memoryHierarchies(): Hierarchy[] {
  const own = readFileSync('/proc/self/cgroup', 'utf8').split('\n').map(parseMembership);
  const mounts = readFileSync('/proc/self/mountinfo', 'utf8').split('\n').map(parseMount);
  return mounts.flatMap(({ folder, type, options }): Hierarchy[] => {
    if (type === 'cgroup' && options.includes('memory')) {
      const path = own.find(({ controllers }) => controllers.includes('memory'))?.path ?? '/';
      return [{ version: 1, places: [join(folder, path), folder] }];
    }
    if (type !== 'cgroup2') return [];
    // A cgroup that holds processes cannot have cgroups with limits inside, so ours goes beside the own one, or to the top.
    const path = own.find(({ id }) => id === '0')?.path ?? '/';
    return [{ version: 2, places: [join(folder, path), join(folder, dirname(path)), folder] }];
  });
}

/** `35 31 0:32 / /sys/fs/cgroup/memory rw,relatime - cgroup cgroup rw,memory` */
function parseMount(line: string): { folder: string; type: string; options: readonly string[] } {
  const [place = '', system = ''] = line.split(' - ');
  const [type = '', , options = ''] = system.split(' ');
  return { folder: place.split(' ')[4] ?? '', type, options: options.split(',') };
}

/** `4:memory:/some/group`; version 2 is `0::/some/group`. */
function parseMembership(line: string): { id: string; controllers: string[]; path: string } {
  const [id = '', controllers = '', ...path] = line.split(':');
  return { id, controllers: controllers.split(','), path: path.join(':') };
}
