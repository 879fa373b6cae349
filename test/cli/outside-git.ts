/** Programs of this machine; where no repository begins, git's answer without git, which takes longer to start than most verbs to work. */
import { existsSync } from 'node:fs';
import { systemCommand } from '../../src/adapters/command.ts';
import type { CommandPort } from '../../src/ports.ts';

export const outsideGit: CommandPort = {
  run: (command, args, options) => {
    if (command !== 'git' || existsSync('.git')) return systemCommand.run(command, args, options);
    return Promise.resolve({ exitCode: 128, stdout: '', stderr: 'fatal: not a git repository\n' });
  },
};
