import { errorCode, RemoteError } from '../errors.ts';
import type { Document } from '../report/document.ts';
import { renderMarkdown } from '../report/render-markdown.ts';
import type { Ports } from './command.ts';
import type { Chosen } from './load.ts';

/** GitHub refuses a longer comment. https://docs.github.com/en/rest/issues/comments */
const MOST_CHARACTERS = 65_536;

/**
 * Writes the plan on the pull request, over the comment of the plan before it. Never fails the step: the plan itself was made, and a
 * pull request from a fork has a token that may not write.
 */
export async function commentOnPullRequest(
  { chosen, report, token, id }: { chosen: Chosen; report: Document; token: string | undefined; id: string },
  { github, notify }: Pick<Ports, 'github' | 'notify'>,
): Promise<void> {
  const warn = (text: string) => notify({ type: 'message', level: 'warning', text: `No comment was written: ${text}` });
  const pullRequest = await github.readPullRequest();
  if (pullRequest === undefined) return warn('this workflow run is for no pull request.');
  if (!token) return warn('there is no token. Give `github-token: ${{ github.token }}` with `pull-requests: write`.');
  notify({ type: 'secret', value: token });
  const environments = [...new Set(chosen.targets.map(({ environment }) => environment))].join(', ');
  const marker = `<!-- batchwright plan: ${chosen.config.path}: ${environments} -->`;
  const body = fitComment(`${marker}\n${renderMarkdown(report)}`, id);
  try {
    const { url, how } = await github.upsertComment({ token, pullRequest, marker, body });
    notify({ type: 'message', level: 'info', text: `The comment on pull request ${pullRequest} was ${how}: ${url}` });
  } catch (error) {
    warn(describe(error, pullRequest));
  }
}

function describe(error: unknown, pullRequest: number): string {
  const denied = error instanceof Error && 'status' in error && error.status === 403;
  const remedy = denied
    ? 'The token may not write: give the job `permissions: pull-requests: write`. On a pull request from a fork it never may.'
    : undefined;
  const doing = `writing on pull request ${pullRequest}`;
  const code = errorCode(error);
  return new RemoteError({ doing, operation: 'issues.createComment', target: `#${pullRequest}`, code, remedy }, error)
    .message;
}

/** Cut at a line's end; what is cut stands in the summary of the step. */
function fitComment(body: string, id: string): string {
  if (body.length <= MOST_CHARACTERS) return body;
  const note = `\n\n**This comment was cut at GitHub's limit.** The summary of the workflow run holds the whole plan ${id}.\n`;
  const cut = body.slice(0, MOST_CHARACTERS - note.length).replace(/[^\n]*$/, '');
  // A fold or a code block that was cut open would swallow the note.
  const fences = cut.match(/^```/gm)?.length ?? 0;
  const folds = (cut.match(/<details/g)?.length ?? 0) - (cut.match(/<\/details>/g)?.length ?? 0);
  const closed = `${fences % 2 === 1 ? '```\n' : ''}${'</details>\n'.repeat(Math.max(0, folds))}`;
  return `${cut.slice(0, MOST_CHARACTERS - note.length - closed.length)}${closed}${note}`;
}
