/** What is remembered, in the form in which GitHub's API gives it. */
import type { Account, Call } from './model.ts';

export function time(milliseconds: number): string {
  return new Date(milliseconds).toISOString().replace(/\.\d+Z$/, 'Z');
}

export function nodeId(kind: string, id: number): string {
  return Buffer.from(`${kind}${id}`).toString('base64url');
}

export function repositoryUrl({ apiUrl, state }: Pick<Call, 'apiUrl' | 'state'>): string {
  return `${apiUrl}/repos/${state.repository}`;
}

export function pageUrl({ serverUrl, state }: Pick<Call, 'serverUrl' | 'state'>): string {
  return `${serverUrl}/${state.repository}`;
}

export function describeAccount({ login, type }: Account, { apiUrl, serverUrl }: Call) {
  const own = `${apiUrl}/users/${encodeURIComponent(login)}`;
  return {
    ...{ login, id: login.length, node_id: nodeId('U', login.length), type, site_admin: false, gravatar_id: '' },
    ...{ avatar_url: `${serverUrl}/avatar`, url: own, html_url: `${serverUrl}/${encodeURIComponent(login)}` },
    followers_url: `${own}/followers`,
    following_url: `${own}/following{/other_user}`,
    gists_url: `${own}/gists{/gist_id}`,
    starred_url: `${own}/starred{/owner}{/repo}`,
    subscriptions_url: `${own}/subscriptions`,
    organizations_url: `${own}/orgs`,
    repos_url: `${own}/repos`,
    events_url: `${own}/events{/privacy}`,
    received_events_url: `${own}/received_events`,
  };
}

const REPOSITORY_ADDRESSES = [
  ...['archive', 'assignees', 'blobs', 'branches', 'collaborators', 'comments', 'commits', 'compare', 'contents'],
  ...['contributors', 'deployments', 'downloads', 'events', 'forks', 'git_commits', 'git_refs', 'git_tags', 'hooks'],
  ...['issue_comment', 'issue_events', 'issues', 'keys', 'labels', 'languages', 'merges', 'milestones'],
  ...['notifications', 'pulls', 'releases', 'stargazers', 'statuses', 'subscribers', 'subscription', 'tags', 'teams'],
  'trees',
];

export function describeRepository(call: Call) {
  const [owner = '', name = ''] = call.state.repository.split('/');
  const own = repositoryUrl(call);
  return {
    ...{ id: 1, node_id: nodeId('R', 1), name, full_name: call.state.repository, private: true, fork: false },
    ...{ description: null, url: own, html_url: pageUrl(call) },
    owner: describeAccount({ login: owner, type: 'User', association: 'OWNER' }, call),
    ...Object.fromEntries(REPOSITORY_ADDRESSES.map(part => [`${part}_url`, `${own}/${part}`])),
  };
}
