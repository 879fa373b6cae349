/** What a git repository tells of itself. */
import { askGit } from '../ask-git.ts';
import type { CommandPort, FilesPort } from '../ports.ts';

export interface Repository {
  /** From the remote's name, as a project may be called; undefined without a remote. */
  readonly project?: string | undefined;
  /** The Dockerfile nearest to the top; undefined when there is none. */
  readonly dockerfile?: string | undefined;
}

export async function readRepository(command: CommandPort, files: Pick<FilesPort, 'exists'>): Promise<Repository> {
  const remote = await askGit(command, 'remote', 'get-url', 'origin');
  const tracked = await askGit(
    command,
    'ls-files',
    '--cached',
    '--others',
    '--exclude-standard',
    '--',
    'Dockerfile',
    '*/Dockerfile',
  );
  const found = tracked?.split('\n').filter(Boolean) ?? [];
  const [nearest] = found.toSorted((a, b) => a.split('/').length - b.split('/').length);
  const dockerfile = nearest ?? ((await files.exists('Dockerfile')) ? 'Dockerfile' : undefined);
  return { project: remote && projectOf(remote), dockerfile };
}

/** `git@github.com:team/Content.Cues.git` → `Content-Cues`. */
export function projectOf(remote: string): string | undefined {
  const last = remote.replace(/\/+$/, '').split(/[/:]/).at(-1) ?? '';
  const name = last
    .replace(/\.git$/, '')
    .replaceAll(/[^A-Za-z0-9_-]+/g, '-')
    .replace(/^[^A-Za-z0-9]+/, '');
  return name === '' ? undefined : name;
}
