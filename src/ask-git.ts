import type { CommandPort } from './ports.ts';

/** What git says of the folder that this runs in, trimmed; undefined when it refuses, as outside of a repository, or is not there. */
export async function askGit(command: CommandPort, ...args: readonly string[]): Promise<string | undefined> {
  try {
    const { exitCode, stdout } = await command.run('git', args);
    return exitCode === 0 ? stdout.trim() : undefined;
  } catch {
    return undefined; // no git on this machine
  }
}
