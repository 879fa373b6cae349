import { type Call, invalid, NOT_FOUND, type Operations, type Release } from './model.ts';
import { describeAccount, nodeId, pageUrl, repositoryUrl, time } from './records.ts';

const MOST_CHARACTERS = 125_000;

/** https://docs.github.com/en/rest/releases/releases */
export const releaseOperations: Operations = {
  'repos/get-release-by-tag': {
    needs: ['contents', 'read'],
    run: call => {
      // "Get a published release with the specified tag."
      const found = call.state.releases.find(({ tag, draft }) => tag === call.parameters['tag'] && !draft);
      return found ? { status: 200, body: describeRelease(found, call) } : NOT_FOUND;
    },
  },

  'repos/list-releases': {
    needs: ['contents', 'read'],
    run: call => {
      // "Information about published releases are available to everyone. Only users with push access will receive listings for draft
      // releases."
      const seen = call.state.releases.filter(({ draft }) => !draft || call.mayWrite('contents'));
      return { status: 200, list: seen.toReversed().map(one => describeRelease(one, call)) };
    },
  },

  'repos/update-release': {
    needs: ['contents', 'write'],
    run: call => {
      const release = call.state.releases.find(({ id }) => String(id) === call.parameters['release_id']);
      if (!release) return NOT_FOUND;
      const { tag_name: tag, ...rest } = call.body as { tag_name?: string } & Partial<Release>;
      if ((rest.body?.length ?? 0) > MOST_CHARACTERS)
        return invalid('Release', 'body', `body is too long (maximum is ${MOST_CHARACTERS} characters)`);
      Object.assign(release, rest, tag && { tag });
      return { status: 200, body: describeRelease(release, call) };
    },
  },
};

function describeRelease(one: Release, call: Call) {
  const url = `${repositoryUrl(call)}/releases/${one.id}`;
  const bot = { login: 'octocat', type: 'User', association: 'OWNER' } as const;
  return {
    ...{ url, id: one.id, node_id: nodeId('RE', one.id), tag_name: one.tag, target_commitish: 'main', name: one.name },
    ...{ body: one.body, draft: one.draft, prerelease: one.prerelease, author: describeAccount(bot, call), assets: [] },
    html_url: `${pageUrl(call)}/releases/tag/${encodeURIComponent(one.tag)}`,
    ...{ assets_url: `${url}/assets`, upload_url: `${url}/assets{?name,label}`, tarball_url: null, zipball_url: null },
    ...{ created_at: time(one.createdAt), published_at: one.draft ? null : time(one.createdAt) },
  };
}
