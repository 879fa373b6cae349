/** Which program a container runs, and whether its image holds all that the program needs. */
import { closeSync, openSync, readFileSync, readSync } from 'node:fs';
import { join } from 'node:path';
import type { ContainerRequest, ResolvedImage } from './model.ts';
import { locate, lstatOf, resolveInside } from './rootfs-path.ts';

export interface ContainerCommand {
  /** Never empty. */
  readonly argv: readonly [string, ...string[]];
  readonly environment: Readonly<Record<string, string>>;
  /** Absolute, in the image. */
  readonly workingDirectory: string;
  /** As the image or the request has it; empty: root. */
  readonly user: string;
}

/** What Docker gives an image that sets no PATH. */
export const DEFAULT_PATH = '/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin';

/**
 * The request's command takes the place of the image's Cmd and follows its Entrypoint; the request's environment wins over the
 * image's. Throws an Error in Docker's words when there is nothing to run.
 */
export function planCommand(config: ResolvedImage['config'], request: ContainerRequest): ContainerCommand {
  const [program, ...args] = [
    ...(config.Entrypoint ?? []),
    ...(request.command?.length ? request.command : (config.Cmd ?? [])),
  ];
  if (program === undefined) throw new Error('No command specified');
  const own = (config.Env ?? []).map(entry => {
    const equals = entry.indexOf('=');
    return equals < 0 ? [entry, ''] : [entry.slice(0, equals), entry.slice(equals + 1)];
  });
  return {
    argv: [program, ...args],
    environment: { PATH: DEFAULT_PATH, ...Object.fromEntries(own), ...request.environment },
    workingDirectory: join('/', config.WorkingDir || '/'),
    user: request.user ?? config.User ?? '',
  };
}

export type FoundProgram =
  /**
   * `whole`: the interpreter or loader it asks for is in the image too, so it can run with the image as its root. `alone`: it needs
   * nothing of the image's beside itself, being a script or statically linked.
   */
  | { readonly kind: 'found'; readonly path: string; readonly whole: boolean; readonly alone: boolean }
  | { readonly kind: 'not-executable' }
  /** `borrow`: the image has no programs at all, so that the machine's may stand in. */
  | { readonly kind: 'missing'; readonly borrow: boolean };

/** Looks a program up as `execvp` would with the image as root. */
export function findProgram(root: string, { argv, environment, workingDirectory }: ContainerCommand): FoundProgram {
  const [program] = argv;
  const folders = program.includes('/')
    ? ['']
    : (environment['PATH'] ?? DEFAULT_PATH).split(':').map(folder => `${folder}/`);
  let refused = false;
  for (const folder of folders) {
    const path = locate(root, `${folder}${program}`, workingDirectory);
    const found = path === undefined ? undefined : lstatOf(path);
    if (path === undefined || !found?.isFile()) continue;
    if (found.mode & 0o111) return { kind: 'found', path, ...inspect(root, path) };
    refused = true;
  }
  if (refused) return { kind: 'not-executable' };
  return { kind: 'missing', borrow: !program.includes('/') && !hasPrograms(root) };
}

function hasPrograms(root: string): boolean {
  return ['/bin', '/usr/bin', '/usr/local/bin'].some(folder => locate(root, folder) !== undefined);
}

function inspect(root: string, path: string): { whole: boolean; alone: boolean } {
  const start = readStart(path);
  const script = /^#![ \t]*(\S+)(?:[ \t]+(\S+))?/.exec(start.toString('latin1', 0, 256));
  if (script) {
    const [, interpreter = '', argument] = script;
    const wanted =
      interpreter.endsWith('/env') && argument && !argument.startsWith('-') ? [interpreter, argument] : [interpreter];
    return { whole: wanted.every(each => isInImage(root, each)), alone: true };
  }
  const loader = elfLoader(start);
  return { whole: loader === undefined || locate(root, loader) !== undefined, alone: loader === undefined };
}

function isInImage(root: string, program: string): boolean {
  const folders = program.includes('/') ? [''] : DEFAULT_PATH.split(':').map(folder => `${folder}/`);
  return folders.some(folder => locate(root, folder + program) !== undefined);
}

/** The dynamic loader that a 64-bit little-endian ELF file asks for (its PT_INTERP); undefined when it is static or no such file. */
function elfLoader(start: Buffer): string | undefined {
  if (start.length < 64 || start.readUInt32BE(0) !== 0x7f454c46 || start[4] !== 2 || start[5] !== 1) return undefined;
  const table = Number(start.readBigUInt64LE(32));
  const size = start.readUInt16LE(54);
  for (let index = 0; index < start.readUInt16LE(56); index += 1) {
    const at = table + index * size;
    if (at + 40 > start.length || start.readUInt32LE(at) !== 3) continue;
    const from = Number(start.readBigUInt64LE(at + 8));
    const bytes = Number(start.readBigUInt64LE(at + 32));
    return start.toString('utf8', from, from + bytes - 1);
  }
  return undefined;
}

function readStart(path: string): Buffer {
  const start = Buffer.alloc(8192);
  const file = openSync(path, 'r');
  try {
    return start.subarray(0, readSync(file, start, 0, start.length, 0));
  } finally {
    closeSync(file);
  }
}

/** Numbers for `user`, `user:group`, `1000` or `1000:100`, by the image's own passwd and group. Throws in Docker's words. */
export function findUser(root: string, user: string): { uid: number; gid: number; home: string } {
  const [name = '', group] = user.split(':');
  const account = lookUp(root, 'etc/passwd', name || '0');
  const uid = account
    ? Number(account[2])
    : numeric(name || '0', `unable to find user ${name}: no matching entries in passwd file`);
  const home = account?.[5] || (uid === 0 ? '/root' : '/');
  if (group === undefined) return { uid, gid: Number(account?.[3] ?? 0), home };
  const found = lookUp(root, 'etc/group', group);
  return {
    uid,
    home,
    gid: found ? Number(found[2]) : numeric(group, `unable to find group ${group}: no matching entries in group file`),
  };
}

function lookUp(root: string, file: string, name: string): string[] | undefined {
  const inside = resolveInside(root, file);
  const path = inside === undefined ? undefined : join(root, inside);
  if (path === undefined || !lstatOf(path)?.isFile()) return undefined;
  const lines = readFileSync(path, 'utf8').split('\n');
  return lines.map(line => line.split(':')).find(fields => fields[0] === name || fields[2] === name);
}

function numeric(text: string, otherwise: string): number {
  if (!/^\d+$/.test(text)) throw new Error(otherwise);
  return Number(text);
}
