/** What the runner says of this workflow run. https://docs.github.com/en/actions/reference/workflows-and-actions/variables */
import { readFile } from 'node:fs/promises';
import type { WorkflowRun } from '../../ports.ts';

type Environment = Readonly<Record<string, string | undefined>>;

/** Undefined for an event of nothing that has a pull request, and outside of GitHub. */
export async function readPullRequest(environment: Environment): Promise<number | undefined> {
  const path = environment['GITHUB_EVENT_PATH'];
  if (!path) return undefined;
  const { pull_request: pullRequest, issue } = JSON.parse(await readFile(path, 'utf8')) as {
    pull_request?: { number: number };
    issue?: { number: number; pull_request?: object };
  };
  return pullRequest?.number ?? (issue?.pull_request ? issue.number : undefined);
}

export function readRun(environment: Environment): WorkflowRun | undefined {
  const { GITHUB_RUN_ID: id, GITHUB_RUN_ATTEMPT: attempt = '1', GITHUB_REPOSITORY: repository } = environment;
  const server = environment['GITHUB_SERVER_URL'] || 'https://github.com';
  if (!id || !repository) return undefined;
  return {
    id: Number(id),
    attempt: Number(attempt),
    url: `${server}/${repository}/actions/runs/${id}/attempts/${attempt}`,
  };
}
