/** ECR: the repositories, and the images of one with digests and tags. */
import { repositoriesAddress } from './addresses.ts';
import type { Page } from './document.ts';
import { html } from './html.ts';
import { describeBytes, facts, more, nothing, table, timeOf } from './pieces.ts';
import { given, PAGE_SIZE, pathTo, type Visit } from './visit.ts';

export async function showRepositories(visit: Visit): Promise<Page> {
  if (visit.name) return showImages(visit);
  const { aws, caller, query } = visit;
  const token = given(query, 'token');
  const { repositories, nextToken } = await aws.ask(caller, 'DescribeRepositories', {
    maxResults: PAGE_SIZE,
    ...(token && { nextToken: token }),
  });
  const here = (next?: string) => repositoriesAddress(caller, '', { token: next });
  const rows = table(repositories, [
    {
      head: 'Repository',
      kind: 'words',
      cell: ({ repositoryName: name }) => html`<a href="${repositoriesAddress(caller, name)}">${name}</a>`,
    },
    { head: 'URI', kind: 'words', cell: ({ repositoryUri }) => html`<code>${repositoryUri}</code>` },
    { head: 'Tags', cell: ({ imageTagMutability }) => imageTagMutability },
    { head: 'Created (UTC)', cell: ({ createdAt }) => timeOf(createdAt * 1000) },
  ]);
  return {
    title: 'Repositories',
    path: pathTo(caller),
    content: [
      repositories.length ? rows : nothing('No repository.'),
      html`${more({ First: token && here(), Next: nextToken && here(nextToken) })}`,
    ],
  };
}

/** Throws the API's RepositoryNotFoundException. */
async function showImages({ aws, caller, name, query }: Visit): Promise<Page> {
  const token = given(query, 'token');
  const { repositories } = await aws.ask(caller, 'DescribeRepositories', { repositoryNames: [name] });
  const { imageDetails, nextToken } = await aws.ask(caller, 'DescribeImages', {
    ...{ repositoryName: name, maxResults: PAGE_SIZE },
    ...(token && { nextToken: token }),
  });
  const here = (next?: string) => repositoriesAddress(caller, name, { token: next });
  const rows = table(imageDetails, [
    { head: 'Digest', kind: 'words', cell: ({ imageDigest }) => html`<code>${imageDigest}</code>` },
    { head: 'Tags', kind: 'words', cell: ({ imageTags = [] }) => imageTags.join(', ') },
    { head: 'Size', kind: 'number', cell: ({ imageSizeInBytes }) => describeBytes(imageSizeInBytes) },
    { head: 'Pushed (UTC)', cell: ({ imagePushedAt }) => timeOf(imagePushedAt * 1000) },
  ]);
  return {
    title: `Repository ${name}`,
    path: pathTo(caller, ['repositories', repositoriesAddress(caller)]),
    content: [
      facts({ URI: html`<code>${repositories[0]?.repositoryUri}</code>`, Tags: repositories[0]?.imageTagMutability }),
      imageDetails.length ? rows : nothing('No image.'),
      html`${more({ First: token && here(), Next: nextToken && here(nextToken) })}`,
    ],
  };
}
