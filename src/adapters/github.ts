import type { GitHubPort } from '../ports.ts';

/** GitHub's own client, loaded when first asked. It honours GITHUB_API_URL, so GitHub Enterprise Server works as github.com does. */
export const systemGitHub: GitHubPort = {
  async readPullRequest() {
    // The library reads the event's file as it is loaded, and complains when there is none.
    if (!process.env['GITHUB_EVENT_PATH']) return undefined;
    const { context } = await import('@actions/github');
    const { pull_request: pullRequest, issue } = context.payload;
    return pullRequest?.number ?? (issue?.['pull_request'] ? issue.number : undefined);
  },

  async upsertComment({ token, pullRequest, marker, body }) {
    const { context, getOctokit } = await import('@actions/github');
    const { paginate, rest } = getOctokit(token);
    const where = { ...context.repo, issue_number: pullRequest };
    for await (const { data } of paginate.iterator(rest.issues.listComments, { ...where, per_page: 100 })) {
      const own = data.find(comment => comment.body?.startsWith(marker) && isTrusted(comment));
      if (own?.body === body) return { url: own.html_url, how: 'left as it was' };
      if (!own) continue;
      const updated = await rest.issues.updateComment({ ...context.repo, comment_id: own.id, body });
      return { url: updated.data.html_url, how: 'updated' };
    }
    const created = await rest.issues.createComment({ ...where, body });
    return { url: created.data.html_url, how: 'created' };
  },

  async upsertReleaseNotes({ token, tag, marker, body }) {
    const { context, getOctokit } = await import('@actions/github');
    const { rest } = getOctokit(token);
    const { data: release } = await rest.repos.getReleaseByTag({ ...context.repo, tag });
    const own = release.body ?? '';
    const at = own.indexOf(marker);
    const notes = `${(at < 0 ? own : own.slice(0, at)).trimEnd()}\n\n${marker}\n${body}`.trimStart();
    if (notes === own) return { url: release.html_url, how: 'left as it was' };
    await rest.repos.updateRelease({ ...context.repo, release_id: release.id, body: notes });
    return { url: release.html_url, how: at < 0 ? 'created' : 'updated' };
  },
};

/** Whoever writes the marker first could otherwise change a plan's text after it was put there. */
function isTrusted(comment: {
  readonly user?: { readonly type?: string } | null | undefined;
  readonly author_association?: string | undefined;
}): boolean {
  return (
    comment.user?.type === 'Bot' || ['OWNER', 'MEMBER', 'COLLABORATOR'].includes(comment.author_association ?? 'NONE')
  );
}
