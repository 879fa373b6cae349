import type { Account, GitHubState, Release } from './model.ts';

export const ACTIONS_BOT: Account = { login: 'github-actions[bot]', type: 'Bot', association: 'NONE' };

/** An empty repository, without a token. `now` in milliseconds. */
export function createState(repository: string, now: () => number): GitHubState {
  return {
    repository,
    deployments: [],
    comments: [],
    releases: [],
    pullRequests: new Set(),
    locked: new Set(),
    runs: [],
    dispatches: [],
    tokens: new Map(),
    // 1,000 an hour and repository is what GITHUB_TOKEN has.
    rateLimit: {
      limit: 1000,
      remaining: 1000,
      resetSeconds: Math.floor(now() / 1000) + 3600,
      retryAfterSeconds: 60,
    },
    workflow: ({ eventType }) => ({ title: eventType }),
  };
}

/** A published release; what is not given is empty. */
export function addRelease(state: GitHubState, release: Partial<Release> & Pick<Release, 'tag'>): Release {
  const made = {
    ...{ id: state.releases.length + 1, createdAt: Date.UTC(2026, 0, 1), name: release.tag, body: null },
    ...{ draft: false, prerelease: false },
    ...release,
  };
  state.releases.push(made);
  return made;
}
