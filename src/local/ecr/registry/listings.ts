/** Tags of a repository and repositories of an account, in pages. */
import { repositoryKey } from '../names.ts';
import { RegistryError, sendJson } from './answer.ts';
import type { Exchange, RegistryParts } from './exchange.ts';

/** What ECR gives at most, and when not asked for a number. */
const PAGE = 1000;

export function listTags({ response, url, repository }: Exchange, { registries }: RegistryParts): void {
  const tags = [...registries.tags(repository).entries()].map(([tag]) => tag).sort();
  const { page, headers } = cut(tags, url);
  sendJson(response, 200, { name: repositoryKey(repository), tags: page }, headers);
}

/** The body and headers of `/v2/_catalog`: the repositories of the token's account in every region. */
export function listCatalog(
  { registries }: RegistryParts,
  account: string,
  url: URL,
): [body: unknown, headers: Record<string, string>] {
  const names = [...registries.repositories.entries()]
    .filter(([, repository]) => repository.account === account)
    .map(([key]) => key);
  const { page, headers } = cut(names.sort(), url);
  return [{ repositories: page }, headers];
}

function cut(items: readonly string[], url: URL): { page: readonly string[]; headers: Record<string, string> } {
  const asked = url.searchParams.get('n');
  const last = url.searchParams.get('last');
  if (asked !== null && !/^\d+$/.test(asked))
    throw new RegistryError(400, 'PAGINATION_NUMBER_INVALID', `invalid number of results requested: ${asked}`);
  const size = Math.min(asked === null ? PAGE : Number(asked), PAGE);
  const rest = last === null ? items : items.filter(item => item > last);
  const page = rest.slice(0, size);
  const end = page.at(-1);
  if (rest.length <= size || end === undefined) return { page, headers: {} };
  const query = new URLSearchParams({ last: end, n: String(size) });
  return { page, headers: { link: `<${url.pathname}?${query}>; rel="next"` } };
}
