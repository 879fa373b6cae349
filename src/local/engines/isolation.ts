/**
 * Namespaces without a daemon: the image as the root, its own processes and mounts, and a writable layer thrown away afterwards.
 * What this machine allows is found out by doing it once, never assumed: user namespaces are switched off on some distributions,
 * overlayfs does not lie on overlayfs, and root in a container is often no root.
 */
import { spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { mkdir, mkdtemp } from 'node:fs/promises';
import { join } from 'node:path';
import { removeTree } from './remove-tree.ts';

/** Where a child's writes go: beside the image, into memory, or (nothing else works) into the unpacked image itself. */
type WritableLayer = 'disk' | 'tmpfs' | 'none';

export interface Namespaces {
  /** By a user namespace, without root: every user of the image is then the same one. */
  readonly rootless: boolean;
  readonly writableLayer: WritableLayer;
  readonly unshare: string;
}

/** Undefined when this machine offers no way. Takes some 50 ms. */
export async function probeNamespaces(folder: string): Promise<Namespaces | undefined> {
  const unshare = ['/usr/bin/unshare', '/bin/unshare'].find(path => existsSync(path));
  if (process.platform !== 'linux' || !unshare) return undefined;
  for (const rootless of process.getuid?.() === 0 ? [false, true] : [true]) {
    for (const writableLayer of /[:,\\]/.test(folder) ? (['none'] as const) : (['disk', 'tmpfs', 'none'] as const)) {
      const way = { rootless, writableLayer, unshare };
      if (await works(way, folder)) return way;
    }
  }
  return undefined;
}

async function works(way: Namespaces, folder: string): Promise<boolean> {
  await mkdir(folder, { recursive: true });
  const scratch = await mkdtemp(join(folder, 'probe-'));
  try {
    for (const name of ['root/proc', 'root/dev', 'scratch']) await mkdir(join(scratch, name), { recursive: true });
    const command = [way.unshare, '--root=/', '--wd=/', '--', '/bin/sh', '-c', 'exit 42'];
    const [file, args] = isolate(
      way,
      { root: join(scratch, 'root'), scratch: join(scratch, 'scratch'), readonly: false },
      command,
    );
    return (await exitCodeOf(file, args)) === 42;
  } finally {
    await removeTree(scratch);
  }
}

function exitCodeOf(file: string, args: readonly string[]): Promise<number | null> {
  return new Promise(resolve => {
    const child = spawn(file, args, { stdio: 'ignore', env: HELPER_ENVIRONMENT, timeout: 5000, killSignal: 'SIGKILL' });
    child.once('error', () => resolve(null));
    child.once('close', resolve);
  });
}

/** The root directory that `isolate` gives the container. */
export function isolatedRoot(way: Namespaces, { root, scratch }: { root: string; scratch: string }): string {
  return way.writableLayer === 'none' ? root : join(scratch, 'merged');
}

/** The program and arguments that run `command` (on the host's files, before any chroot of its own) with the mounts made. */
export function isolate(
  way: Namespaces,
  place: { readonly root: string; readonly scratch: string; readonly readonly: boolean },
  command: readonly string[],
): [string, string[]] {
  const kinds = way.rootless ? ['--user', '--map-root-user'] : ['--ipc'];
  const script = [
    '/bin/sh',
    '-c',
    SCRIPT,
    'sh',
    place.root,
    place.scratch,
    way.writableLayer,
    place.readonly ? 'ro' : 'rw',
  ];
  return [way.unshare, [...kinds, '--mount', '--pid', '--fork', '--kill-child', '--', ...script, ...command]];
}

/** For the script below; the container's own environment is set by its last step. */
export const HELPER_ENVIRONMENT = { PATH: '/usr/sbin:/usr/bin:/sbin:/bin', LC_ALL: 'C' };

/**
 * Process 1 of a namespace does not get signals it has no handler for, so the container's program is its child and the shell waits.
 * SIGTERM comes to the whole process group: the shell ignores it, the child has it as the program sets it.
 */
const SCRIPT = `set -e
root=$1 scratch=$2 layer=$3 access=$4; shift 4
if [ "$layer" != none ]; then
  [ "$layer" = disk ] || mount -t tmpfs tmpfs "$scratch"
  mkdir "$scratch/upper" "$scratch/work" "$scratch/merged"
  mount -t overlay overlay -o "lowerdir=$root,upperdir=$scratch/upper,workdir=$scratch/work" "$scratch/merged"
  root=$scratch/merged
elif [ "$access" = ro ]; then
  mount --rbind "$root" "$root"
  cd "$root"
fi
[ "$access" = rw ] || mount -o remount,bind,ro "$root"
if [ -d "$root/proc" ] && [ ! -L "$root/proc" ]; then mount -t proc proc "$root/proc"; fi
if [ -d "$root/dev" ] && [ ! -L "$root/dev" ]; then mount --rbind /dev "$root/dev"; fi
for file in resolv.conf hosts; do
  if [ -f "/etc/$file" ] && [ -f "$root/etc/$file" ] && [ ! -L "$root/etc" ] && [ ! -L "$root/etc/$file" ]; then
    mount --bind "/etc/$file" "$root/etc/$file"
  fi
done
trap '' TERM INT HUP
set +e
(trap - TERM INT HUP; exec "$@") &
wait $!
exit $?
`;
