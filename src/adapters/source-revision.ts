import { askGit } from '../ask-git.ts';
import type { SourceRevision } from '../image/model.ts';
import type { CommandPort } from '../ports.ts';

/**
 * The commit being built. Git's own HEAD comes first: in a `workflow_dispatch` run that checks out another ref, GITHUB_SHA is not
 * what stands in the working directory. Without a git repository, GITHUB_SHA is what there is.
 */
export async function readSourceRevision(
  command: CommandPort,
  environment: Readonly<Record<string, string | undefined>>,
): Promise<SourceRevision | undefined> {
  const head = await askGit(command, 'rev-parse', 'HEAD');
  const commit = head ?? environment['GITHUB_SHA'];
  if (!commit) return undefined;
  const ref = commit === environment['GITHUB_SHA'] ? environment['GITHUB_REF'] : await readRef(command);
  const { GITHUB_SERVER_URL: server, GITHUB_REPOSITORY: repository, GITHUB_RUN_ID: run } = environment;
  const repositoryUrl = server && repository ? `${server}/${repository}` : undefined;
  const changed = head ? await askGit(command, 'status', '--porcelain', '--untracked-files=no') : '';
  return {
    commit,
    ref,
    version: ref?.match(/^refs\/tags\/v(\d.*)$/)?.[1],
    repositoryUrl,
    runUrl: repositoryUrl && run ? `${repositoryUrl}/actions/runs/${run}` : undefined,
    dirty: changed !== '' && changed !== undefined,
  };
}

async function readRef(command: CommandPort): Promise<string | undefined> {
  return (await askGit(command, 'symbolic-ref', '--quiet', 'HEAD')) || undefined;
}
