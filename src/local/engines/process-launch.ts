/** Decides how one container is run as a process of this machine. */
import { join } from 'node:path';
import { programNotExecutable, programNotFound } from './failures.ts';
import { mapToHost } from './host-mapping.ts';
import { HELPER_ENVIRONMENT, isolate, isolatedRoot, type Namespaces } from './isolation.ts';
import type { ContainerRequest, ResolvedImage } from './model.ts';
import { type ContainerCommand, findProgram, findUser, planCommand } from './program.ts';

export interface Launch {
  readonly file: string;
  readonly args: readonly string[];
  readonly environment: Readonly<Record<string, string>>;
  readonly cwd: string;
}

export interface LaunchPlace {
  /** The unpacked image. */
  readonly root: string;
  /** An empty folder of this container's own, removed afterwards. */
  readonly scratch: string;
  /** A copy of the unpacked image that the container may write to, or the image itself when it is too large to copy. */
  writableRoot(): Promise<string>;
}

/** Throws an Error in Docker's words when the container cannot be started. */
export async function planLaunch(
  image: ResolvedImage['config'],
  request: ContainerRequest,
  place: LaunchPlace,
  namespaces: Namespaces | undefined,
): Promise<Launch> {
  const command = planCommand(image, request);
  const [name] = command.argv;
  const program = findProgram(place.root, command);
  if (program.kind === 'not-executable') throw programNotExecutable(name);
  if (program.kind === 'missing' && !program.borrow) throw programNotFound(name);
  if (namespaces && program.kind === 'found' && program.whole) return isolated(command, request, place, namespaces);
  const root = await place.writableRoot();
  return mapToHost(root, place.scratch, command, findProgram(root, command));
}

function isolated(
  { argv, environment, workingDirectory, user }: ContainerCommand,
  { readonlyRootFilesystem = false }: ContainerRequest,
  place: LaunchPlace,
  way: Namespaces,
): Launch {
  const { uid, gid, home } = findUser(place.root, user);
  const variables = Object.entries({ HOME: home, ...environment }).map(([key, value]) => `${key}=${value}`);
  // In a user namespace there is one user alone, so the image's others cannot be become.
  const identity = way.rootless || (uid === 0 && gid === 0) ? [] : [`--setuid=${uid}`, `--setgid=${gid}`];
  const enter = [
    way.unshare,
    `--root=${isolatedRoot(way, place)}`,
    `--wd=${workingDirectory}`,
    ...identity,
    '--',
    ...argv,
  ];
  const [file, args] = isolate(way, { ...place, readonly: readonlyRootFilesystem }, [
    '/usr/bin/env',
    '-i',
    ...variables,
    ...enter,
  ]);
  return { file, args, environment: HELPER_ENVIRONMENT, cwd: '/' };
}

/** What `planLaunch` cannot isolate on this machine, in plain sentences. */
export function describeCaveats(namespaces: Namespaces | undefined, memory: 'cgroup' | 'watched'): string[] {
  const shared = 'Containers share the network of this machine, and their vCPUs are not limited.';
  const watched =
    'Memory is looked at five times a second: a child that grows very fast may pass its limit for a moment.';
  const caveats = namespaces
    ? [
        shared,
        'An image that holds only code, without a program to run it, borrows the program (such as node) from this machine and runs as one of its plain processes.',
        ...(namespaces.rootless ? ['Every user of an image is the same one, since this machine gives no root.'] : []),
        ...(namespaces.writableLayer === 'none'
          ? ['What a child writes into its image stays there for the next one.']
          : []),
        'This is no wall against hostile code: run only images you trust.',
      ]
    : [
        'Children run as plain processes of this machine: they see its files, its programs, its users and its network.',
        "A program that is not self-contained, such as python, is this machine's, with this machine's packages, not the image's.",
      ];
  return memory === 'watched' ? [...caveats, watched] : caveats;
}

/** Where a container's scratch folder is, apart from those of other processes. */
export function scratchFolder(folder: string, pid = process.pid): string {
  return join(folder, 'scratch', String(pid));
}
