import { ConfigurationError, RemoteError } from '../errors.ts';
import type { Document } from '../report/document.ts';
import { fitMarkdown } from '../report/fit-markdown.ts';
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
  const environments = [...new Set(chosen.targets.map(({ environment }) => environment))].join(', ');
  const marker = `<!-- batchwright plan: ${chosen.config.path}: ${environments} -->`;
  const note = `**This comment was cut at GitHub's limit.** The summary of the workflow run holds the whole plan ${id}.`;
  const body = fitMarkdown(`${marker}\n${renderMarkdown(report)}`, MOST_CHARACTERS, note);
  try {
    const { url, how } = await github.upsertComment({ token, pullRequest, marker, body });
    notify({ type: 'message', level: 'info', text: `The comment on pull request ${pullRequest} was ${how}: ${url}` });
  } catch (error) {
    // Whoever cancelled the run did not ask for a warning, and our own mistake is not GitHub's.
    if (!(error instanceof RemoteError || error instanceof ConfigurationError)) throw error;
    warn(error.message);
  }
}
