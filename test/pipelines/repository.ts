/** A team's repository: the example, and the starter workflow exactly as they get it. */
import { execFileSync } from 'node:child_process';
import { cpSync, mkdirSync, mkdtempSync, readFileSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

export const ROOT = fileURLToPath(new URL('../../', import.meta.url));
export const TEST_ACCOUNT = '123456789012';
export const PRODUCTION_ACCOUNT = '210987654321';

export interface TeamRepository {
  readonly path: string;
  /** Writes files and commits them; the new commit. */
  commit(message: string, files: Readonly<Record<string, string>>): string;
  read(path: string): string;
  git(...args: string[]): string;
}

export function startEmptyRepository(): TeamRepository {
  const path = mkdtempSync(join(tmpdir(), 'batchwright-team-'));
  const git = (...args: string[]) => {
    const identity = ['-c', 'user.name=Team', '-c', 'user.email=team@example.com'];
    return execFileSync('git', [...identity, ...args], { cwd: path, encoding: 'utf8' }).trim();
  };
  git('init', '--quiet', '--initial-branch=main');
  git('remote', 'add', 'origin', 'https://github.com/acme/models.git');
  git('config', 'uploadpack.allowAnySHA1InWant', 'true');
  return {
    path,
    git,
    read: file => readFileSync(join(path, file), 'utf8'),
    commit(message, files) {
      for (const [file, text] of Object.entries(files)) {
        mkdirSync(join(path, file, '..'), { recursive: true });
        writeFileSync(join(path, file), text);
      }
      git('add', '--all');
      git('commit', '--quiet', '--message', message);
      return git('rev-parse', 'HEAD');
    },
  };
}

/** The example with workflows by name, and the builder that no Docker daemon on this machine changes. */
export function createRepository(workflows: Readonly<Record<string, string>>): TeamRepository {
  const repository = startEmptyRepository();
  cpSync(join(ROOT, 'examples/content-cues'), repository.path, { recursive: true });
  const files = Object.entries(workflows).map(([name, text]) => [`.github/workflows/${name}.yml`, text]);
  repository.commit('Build models of ticket topics', {
    ...Object.fromEntries(files),
    'batchwright.yml': repository.read('batchwright.yml').replace('builder: auto', 'builder: layer'),
  });
  return repository;
}

/** A file of this checkout. */
export function readPart(path: string): string {
  return readFileSync(join(ROOT, path), 'utf8');
}

/** The starter as a team gets it. */
export function readStarter(name: string): string {
  return readPart(`templates/workflows/${name}.yml`);
}
