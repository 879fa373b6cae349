import type { GitHubPort } from '../../ports.ts';
import type { GitHubClient, WithClient } from './client.ts';

/** Whoever may not write on the repository has no say in which comment is ours. */
const TRUSTED = ['OWNER', 'MEMBER', 'COLLABORATOR'];

export function createUpsertComment(withClient: WithClient): GitHubPort['upsertComment'] {
  return ({ token, pullRequest, marker, body }) => {
    const doing = {
      doing: `writing on pull request ${pullRequest}`,
      operation: 'issues.createComment',
      target: `#${pullRequest}`,
      permission: 'pull-requests: write',
    };
    return withClient(token, doing, async client => {
      const { octokit, repository } = client;
      const look = () => findOwn(client, pullRequest, marker);
      const own = await look();
      if (own) {
        if (isSame(own.body, body)) return { url: own.html_url, how: 'left as it was' };
        const { data } = await octokit.rest.issues.updateComment({ ...repository, comment_id: own.id, body });
        return { url: data.html_url, how: 'updated' };
      }
      const create = async () =>
        (await octokit.rest.issues.createComment({ ...repository, issue_number: pullRequest, body })).data;
      return { url: (await client.createOnce(create, look)).html_url, how: 'created' };
    });
  };
}

async function findOwn({ octokit, repository }: GitHubClient, pullRequest: number, marker: string) {
  const where = { ...repository, issue_number: pullRequest, per_page: 100 };
  for await (const { data } of octokit.paginate.iterator(octokit.rest.issues.listComments, where)) {
    const own = data.find(comment => comment.body?.startsWith(marker) && isTrusted(comment));
    if (own) return own;
  }
  return undefined;
}

/** Whoever writes the marker first could otherwise change a plan's text after it was put there. */
function isTrusted(comment: {
  readonly user?: { readonly type?: string } | null | undefined;
  readonly author_association?: string | undefined;
}): boolean {
  return comment.user?.type === 'Bot' || TRUSTED.includes(comment.author_association ?? 'NONE');
}

/** What was edited on the web has other line ends. */
export function isSame(one: string | null | undefined, other: string): boolean {
  return one?.replaceAll('\r\n', '\n') === other.replaceAll('\r\n', '\n');
}
