/** The fake GitHub, with tokens as the patched act gives them: what a job's token may do, and for whom it speaks, stands in the token. */
import { type FakeGitHub, startFakeGitHub } from '../github/fake-github.ts';
import type { Permissions } from '../github/model.ts';

export const TOKEN = 'ghs_pipelines';
const IDENTITY = 'pipelines';

export interface GitHubForRuns extends FakeGitHub {
  /** What the runner's machine has for a run of this event. */
  runner(event: { readonly event: string; readonly ref: string }): Record<string, string>;
}

export async function startGitHub(): Promise<GitHubForRuns> {
  const github = await startFakeGitHub({ repository: 'acme/models' });
  const { tokens } = github.state;
  const [every] = [...tokens.values()];
  if (!every) throw new Error('the fake GitHub has no token of its own');
  // ghs_pipelines.contents=read.deployments=write
  const find = tokens.get.bind(tokens);
  tokens.get = token => {
    const [first, ...scopes] = token.split('.');
    if (first !== TOKEN) return find(token);
    return {
      account: every.account,
      permissions: Object.fromEntries(scopes.map(scope => scope.split('='))) as Permissions,
    };
  };
  // pipelines/push/refs%2Fheads%2Fmain?environment=test&job=deploy
  const issue = github.oidc.issue.bind(github.oidc);
  const issueForJob: typeof issue = (secret, audience) => {
    const { pathname, searchParams } = new URL(secret, 'https://runner/');
    const [, identity, event = '', ref = ''] = pathname.split('/');
    if (identity !== IDENTITY) return undefined;
    const environment = searchParams.get('environment');
    const claims = { event_name: event, ref: decodeURIComponent(ref), ...(environment && { environment }) };
    return issue(github.oidc.admit(claims), audience);
  };
  Object.assign(github.oidc, { issue: issueForJob });
  return {
    ...github,
    runner({ event, ref }) {
      const { ACTIONS_ID_TOKEN_REQUEST_TOKEN: _, ...environment } = github.environment();
      return {
        ...environment,
        ACTIONS_ID_TOKEN_REQUEST_TOKEN: `${IDENTITY}/${event}/${encodeURIComponent(ref)}`,
      };
    },
  };
}
