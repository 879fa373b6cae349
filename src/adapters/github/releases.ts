import { ConfigurationError } from '../../errors.ts';
import type { GitHubPort } from '../../ports.ts';
import { placeSection } from '../../report/marked-section.ts';
import type { GitHubClient, WithClient } from './client.ts';
import { isSame } from './comments.ts';
import { isApiError } from './patience.ts';

/** GitHub refuses longer notes: "body is too long (maximum is 125000 characters)". */
const MOST_CHARACTERS = 125_000;

export function createUpsertReleaseNotes(withClient: WithClient): GitHubPort['upsertReleaseNotes'] {
  return ({ token, tag, marker, body }) => {
    const doing = {
      doing: `writing the notes of release ${tag}`,
      operation: 'repos.updateRelease',
      target: tag,
      permission: 'contents: write',
    };
    return withClient(token, doing, async client => {
      const release = await findRelease(client, tag);
      if (!release) throw noRelease(tag);
      const own = release.body ?? '';
      const notes = placeSection(own, { marker, body, most: MOST_CHARACTERS });
      if (isSame(own, notes.text)) return { url: release.html_url, how: 'left as it was' };
      const { data } = await client.octokit.rest.repos.updateRelease({
        ...client.repository,
        release_id: release.id,
        body: notes.text,
      });
      return { url: data.html_url, how: notes.how };
    });
  };
}

/** A draft has its tag's name, but is not found by it. */
async function findRelease({ octokit, repository }: GitHubClient, tag: string) {
  try {
    return (await octokit.rest.repos.getReleaseByTag({ ...repository, tag })).data;
  } catch (error) {
    if (!isApiError(error) || error.status !== 404) throw error;
  }
  for await (const { data } of octokit.paginate.iterator(octokit.rest.repos.listReleases, {
    ...repository,
    per_page: 100,
  })) {
    const draft = data.find(one => one.tag_name === tag);
    if (draft) return draft;
  }
  return undefined;
}

function noRelease(tag: string): ConfigurationError {
  return new ConfigurationError({
    message: `there is no release of ${tag}, or the token may not see it`,
    remedy: `Publish one (\`gh release create ${tag} --verify-tag\`), or name no release. To see a draft the job needs \`permissions: { contents: write }\`.`,
  });
}
