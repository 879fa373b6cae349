import { randomUUID } from 'node:crypto';
import type { GitHubPort } from '../../ports.ts';
import type { GitHubClient, WithClient } from './client.ts';

/** "The maximum description length is 140 characters." https://docs.github.com/en/rest/deployments/statuses */
const MOST_CHARACTERS = 140;
const PERMISSION = 'deployments: write';

export function createDeployments(
  withClient: WithClient,
): Pick<GitHubPort, 'createDeployment' | 'createDeploymentStatus'> {
  return {
    createDeployment({ token, commit, environment, description, payload }) {
      const doing = {
        doing: `creating a deployment of ${commit.slice(0, 12)} to ${environment}`,
        operation: 'repos.createDeployment',
        target: environment,
        permission: PERMISSION,
      };
      // Two jobs of one run may deploy to one environment; only this tells the deployment of one from that of the other.
      const request = randomUUID();
      return withClient(token, doing, async client => {
        const create = async () => {
          const { data } = await client.octokit.rest.repos.createDeployment({
            ...client.repository,
            ref: commit,
            environment,
            payload: { ...payload, request },
            auto_merge: false,
            required_contexts: [],
            ...(description && { description: cut(description) }),
          });
          // 202 is GitHub's answer after it merged something, which was not asked for.
          if (!('id' in data)) throw new Error(`GitHub made no deployment: ${data.message}`);
          return { id: data.id };
        };
        return await client.createOnce(create, () => findDeployment(client, { commit, environment, request }));
      });
    },

    async createDeploymentStatus({ token, deploymentId, state, description, logUrl, environmentUrl }) {
      const doing = {
        doing: `setting deployment ${deploymentId} to ${state}`,
        operation: 'repos.createDeploymentStatus',
        target: `deployment ${deploymentId}`,
        permission: PERMISSION,
      };
      await withClient(token, doing, async client => {
        const status = {
          state,
          auto_inactive: true,
          ...(description && { description: cut(description) }),
          ...(logUrl && { log_url: logUrl }),
          ...(environmentUrl && { environment_url: environmentUrl }),
        };
        const where = { ...client.repository, deployment_id: deploymentId };
        const create = async () =>
          (await client.octokit.rest.repos.createDeploymentStatus({ ...where, ...status })).data.id;
        // Newest first. One of the same state and run is as good as ours.
        const look = async () => {
          const { data } = await client.octokit.rest.repos.listDeploymentStatuses({ ...where, per_page: 1 });
          return data.find(one => one.state === state && (logUrl === undefined || one.log_url === logUrl))?.id;
        };
        await client.createOnce(create, look);
      });
    },
  };
}

async function findDeployment(
  { octokit, repository }: GitHubClient,
  { commit, environment, request }: { commit: string; environment: string; request: string },
): Promise<{ id: number } | undefined> {
  const where = { ...repository, sha: commit, environment, per_page: 100 };
  for await (const { data } of octokit.paginate.iterator(octokit.rest.repos.listDeployments, where)) {
    const own = data.find(({ payload }) => requestOf(payload) === request);
    if (own) return { id: own.id };
  }
  return undefined;
}

/** GitHub gives a payload back as an object, or as the text it was sent as. */
function requestOf(payload: unknown): unknown {
  if (typeof payload === 'object') return (payload as { request?: unknown } | null)?.request;
  try {
    return requestOf(JSON.parse(String(payload)));
  } catch {
    return undefined;
  }
}

function cut(text: string): string {
  return text.length > MOST_CHARACTERS ? `${text.slice(0, MOST_CHARACTERS - 1)}…` : text;
}
