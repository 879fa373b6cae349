/** Throw-away copies of the user's Docker configuration. */
import { chmod, mkdtemp, readdir, readFile, rm, symlink, writeFile } from 'node:fs/promises';
import { homedir, tmpdir } from 'node:os';
import { join } from 'node:path';
import { addLogins } from '../image/docker/config-file.ts';
import type { DockerConfigPort } from '../ports.ts';

/** `folder` is the user's own configuration, by default DOCKER_CONFIG or `~/.docker`. */
export function createDockerConfig(folder?: string): DockerConfigPort {
  return {
    async create(logins) {
      const own = folder ?? process.env['DOCKER_CONFIG'] ?? join(homedir(), '.docker');
      const path = await mkdtemp(join(tmpdir(), 'batchwright-docker-'));
      await chmod(path, 0o700);
      const remove = () => rm(path, { recursive: true, force: true });
      try {
        // Contexts, builders and plug-ins are found in the configuration folder alone.
        for (const name of await readdir(own).catch(() => [])) {
          if (name !== CONFIG_FILE) await symlink(join(own, name), join(path, name));
        }
        const text = await readFile(join(own, CONFIG_FILE), 'utf8').catch(() => undefined);
        await writeFile(join(path, CONFIG_FILE), addLogins(text, logins), { mode: 0o600 });
        return { path, remove };
      } catch (error) {
        await remove();
        throw error;
      }
    },
  };
}

const CONFIG_FILE = 'config.json';

export const systemDockerConfig: DockerConfigPort = createDockerConfig();
