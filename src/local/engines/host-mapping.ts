/**
 * A container without isolation: its program is a plain process of this machine, and what it is told about paths of its image is
 * turned into where they really are.
 */
import { accessSync, constants, statSync } from 'node:fs';
import { basename, join } from 'node:path';
import { programNotFound } from './failures.ts';
import type { ContainerCommand, FoundProgram } from './program.ts';
import { locate } from './rootfs-path.ts';

export interface HostCommand {
  readonly file: string;
  readonly args: readonly string[];
  readonly environment: Readonly<Record<string, string>>;
  readonly cwd: string;
}

/**
 * `scratch` is a folder of the container's own, for HOME and TMPDIR: the developer's home, with its credentials, is never shown.
 * Throws an Error in Docker's words when the program is neither in the image nor on this machine.
 */
export function mapToHost(
  root: string,
  scratch: string,
  command: ContainerCommand,
  program: FoundProgram,
): HostCommand {
  const [name, ...args] = command.argv;
  const path = hostPath(command.environment['PATH']);
  const mapped = Object.entries(command.environment).map(([key, value]) => [
    key,
    key === 'PATH' ? path : mapPath(root, value),
  ]);
  return {
    file: chooseFile(name, program, path),
    args: args.map(argument => mapArgument(root, argument)),
    environment: { HOME: scratch, TMPDIR: scratch, ...Object.fromEntries(mapped) },
    cwd: locate(root, command.workingDirectory) ?? root,
  };
}

/** The image's own PATH names folders of the image; programs are looked for on this machine. */
function hostPath(own = ''): string {
  return process.env['PATH'] ?? own;
}

/**
 * A script, or a program that needs nothing beside itself, is run from the image. A program that needs the image's libraries would
 * find this machine's, so this machine's program of that name takes its place where there is one.
 */
function chooseFile(name: string, program: FoundProgram, path: string): string {
  const own = program.kind === 'found' ? program.path : undefined;
  const file = program.kind === 'found' && program.alone ? own : (onHost(basename(name), path) ?? own);
  if (file === undefined) throw programNotFound(name);
  return file;
}

function onHost(name: string, path: string): string | undefined {
  if (name === 'node') return process.execPath;
  const candidates = path.split(':').map(folder => join(folder || '.', name));
  return candidates.find(isProgram);
}

function isProgram(path: string): boolean {
  try {
    accessSync(path, constants.X_OK);
    return statSync(path).isFile();
  } catch {
    return false;
  }
}

/** `/app/x` and `--option=/app/x`. */
function mapArgument(root: string, argument: string): string {
  const [, option = '', value = argument] = /^(--?[\w-]+=)(\/.*)$/s.exec(argument) ?? [];
  return option + mapPath(root, value);
}

function mapPath(root: string, value: string): string {
  if (!value.startsWith('/') || value === '/') return value;
  return locate(root, value) ?? value;
}
