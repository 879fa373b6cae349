/** Job definitions: those that are ACTIVE, all revisions of a name, or one revision. */
import type { JobDefinition } from '@aws-sdk/client-batch';
import type { Caller } from '../model.ts';
import { definitionsAddress, imageLink } from './addresses.ts';
import type { Page } from './document.ts';
import { type Html, html } from './html.ts';
import { badge, facts, more, nothing, table } from './pieces.ts';
import { given, PAGE_SIZE, pathTo, type Visit } from './visit.ts';

export async function showDefinitions(visit: Visit): Promise<Page | undefined> {
  const { caller, name } = visit;
  if (/:\d+$/.test(name)) return showRevision(visit);
  const { aws, query } = visit;
  const token = given(query, 'token');
  const { jobDefinitions = [], nextToken } = await aws.ask(caller, 'DescribeJobDefinitions', {
    maxResults: PAGE_SIZE,
    ...(name ? { jobDefinitionName: name } : { status: 'ACTIVE' }),
    ...(token && { nextToken: token }),
  });
  if (name && !jobDefinitions.length) return undefined;
  const here = (next?: string) => definitionsAddress(caller, name, { token: next });
  return {
    title: name ? `Job definition ${name}` : 'Job definitions',
    path: pathTo(caller, ...(name ? [['definitions', definitionsAddress(caller)] as const] : [])),
    content: [
      jobDefinitions.length ? revisionTable(caller, jobDefinitions, !name) : nothing('No ACTIVE revision.'),
      html`${more({ First: token && here(), Next: nextToken && here(nextToken) })}`,
    ],
  };
}

function revisionTable(caller: Caller, revisions: readonly JobDefinition[], named: boolean): Html {
  const nameColumn = {
    head: 'Job definition',
    kind: 'words' as const,
    cell: ({ jobDefinitionName = '' }: JobDefinition) =>
      html`<a href="${definitionsAddress(caller, jobDefinitionName)}">${jobDefinitionName}</a>`,
  };
  return table(revisions, [
    ...(named ? [nameColumn] : []),
    {
      head: 'Revision',
      kind: 'number',
      cell: ({ jobDefinitionName, revision }) =>
        html`<a href="${definitionsAddress(caller, `${jobDefinitionName}:${revision}`)}">${revision}</a>`,
    },
    { head: 'Status', cell: ({ status }) => badge(status) },
    {
      head: 'Image',
      kind: 'words',
      cell: definition => imagesOf(definition).map(image => html`<div>${imageLink(image)}</div>`),
    },
  ]);
}

async function showRevision({ aws, caller, name }: Visit): Promise<Page | undefined> {
  const { jobDefinitions = [] } = await aws.ask(caller, 'DescribeJobDefinitions', { jobDefinitions: [name] });
  const definition = jobDefinitions[0];
  if (!definition) return undefined;
  const { jobDefinitionName = '', status, type } = definition;
  return {
    title: `Job definition ${name}`,
    path: pathTo(
      caller,
      ['definitions', definitionsAddress(caller)],
      [jobDefinitionName, definitionsAddress(caller, jobDefinitionName)],
    ),
    content: [
      facts({
        Status: badge(status),
        Type: type,
        Image: imagesOf(definition).map(image => html`<div>${imageLink(image)}</div>`),
      }),
      html`<pre>${JSON.stringify(definition, undefined, 2)}</pre>`,
    ],
  };
}

/** Of every container, each once. */
function imagesOf(definition: JobDefinition): string[] {
  const { containerProperties, ecsProperties, eksProperties, nodeProperties } = definition;
  const ecs = (tasks: typeof ecsProperties) => tasks?.taskProperties?.flatMap(task => task.containers ?? []) ?? [];
  const pods = eksProperties?.podProperties;
  const nodes = nodeProperties?.nodeRangeProperties ?? [];
  const containers = [
    ...[containerProperties, ...ecs(ecsProperties), ...(pods?.containers ?? []), ...(pods?.initContainers ?? [])],
    ...nodes.flatMap(({ container, ecsProperties: tasks }) => [container, ...ecs(tasks)]),
  ];
  return [...new Set(containers.flatMap(container => container?.image ?? []))];
}
