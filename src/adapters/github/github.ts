import type { GitHubPort } from '../../ports.ts';
import { createClients, type GitHubWorld } from './client.ts';
import { createUpsertComment } from './comments.ts';
import { createDeployments } from './deployments.ts';
import { createUpsertReleaseNotes } from './releases.ts';
import { readPullRequest, readRun } from './run.ts';

/** The GitHub that this workflow run belongs to, through GitHub's own client. */
export function createGitHub(world: GitHubWorld): GitHubPort {
  const withClient = createClients(world);
  return {
    readPullRequest: () => readPullRequest(world.environment),
    readRun: () => readRun(world.environment),
    upsertComment: createUpsertComment(withClient),
    ...createDeployments(withClient),
    upsertReleaseNotes: createUpsertReleaseNotes(withClient),
  };
}
