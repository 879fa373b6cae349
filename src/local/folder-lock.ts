/** One process at a time on a state folder: two would write over each other's journal. */
import { readFileSync } from 'node:fs';
import { open, readFile, unlink } from 'node:fs/promises';
import { join } from 'node:path';
import { ConfigurationError } from '../errors.ts';

const heldHere = new Set<string>();

/**
 * Takes the folder, or throws a ConfigurationError naming the process that has it. The lock of a process that is gone (killed) is
 * taken over; a process is known by its id together with its start time, since containers give the same ids again and again.
 */
export async function lockFolder(folder: string): Promise<() => Promise<void>> {
  const path = join(folder, 'lock');
  if (heldHere.has(path)) throw inUse(folder, process.pid);
  heldHere.add(path);
  try {
    await takeLock(folder, path);
  } catch (error) {
    heldHere.delete(path);
    throw error;
  }
  return async () => {
    await unlink(path).catch(() => undefined);
    heldHere.delete(path);
  };
}

async function takeLock(folder: string, path: string, tries = 2): Promise<void> {
  try {
    const file = await open(path, 'wx');
    await file.writeFile(`${process.pid} ${startTime(process.pid) ?? ''}\n`);
    await file.close();
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
    const holder = await readHolder(path);
    if (holder !== undefined || tries === 0) throw inUse(folder, holder);
    await unlink(path).catch(() => undefined);
    await takeLock(folder, path, tries - 1);
  }
}

/** The id of the living process that wrote the lock. */
async function readHolder(path: string): Promise<number | undefined> {
  const text = await readFile(path, 'utf8').catch(() => '');
  const [id, started] = text.trim().split(' ');
  const pid = Number(id);
  if (!id || !Number.isInteger(pid) || pid === process.pid || !isAlive(pid)) return undefined;
  return started && startTime(pid) !== started ? undefined : pid;
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM';
  }
}

/** In ticks since boot; undefined where there is no /proc. */
function startTime(pid: number): string | undefined {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
    // The second field is the command in brackets and may hold spaces; the start time is field 22.
    return stat.slice(stat.lastIndexOf(')') + 2).split(' ')[19];
  } catch {
    return undefined;
  }
}

function inUse(folder: string, pid: number | undefined): ConfigurationError {
  return new ConfigurationError({
    message: `the state folder ${folder} is in use${pid === undefined ? '' : ` by process ${pid}`}`,
    remedy: 'Stop that local AWS, or give another folder.',
  });
}
