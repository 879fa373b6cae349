/** The first page: each account and region with its queues and newest jobs. */
import type { JobQueueDetail, JobSummary } from '@aws-sdk/client-batch';
import { clientEnvironment } from '../client-environment.ts';
import type { Caller } from '../model.ts';
import { definitionsAddress, placeAddress, queueAddress, repositoriesAddress } from './addresses.ts';
import type { AwsView } from './aws-view.ts';
import { type Page, ROOT } from './document.ts';
import { type Html, html } from './html.ts';
import { jobTable } from './job-table.ts';
import { badge, type Counts, nothing, STATES, stateBar, table } from './pieces.ts';
import { PAGE_SIZE, type Visit } from './visit.ts';

/** ListJobs knows "every state" only together with a filter. */
export const ANY_STATE = { filters: [{ name: 'AFTER_CREATED_AT', values: ['0'] }] };
const NEWEST = 10;

export async function showOverview(aws: AwsView, endpoint: string): Promise<Page> {
  const sections = await Promise.all(aws.places.map(place => showPlace(aws, place, true)));
  return { title: 'Queues and jobs', content: sections.length ? sections : showBeginning(endpoint) };
}

/** What to type first, for somebody who sees this page before any call was made. */
function showBeginning(endpoint: string): Html[] {
  const lines = [
    ...Object.entries(clientEnvironment(endpoint)).map(([name, value]) => `export ${name}=${value}`),
    'aws batch describe-job-queues',
  ];
  return [
    nothing('Nothing is here yet: no call has reached Batch or ECR.'),
    html`<p>Any AWS SDK, and the AWS CLI from 2.13 on, gets here with these variables:</p>
<pre>${lines.join('\n')}</pre>`,
  ];
}

export async function showRealm({ aws, caller }: Visit): Promise<Page> {
  return {
    title: `${caller.account} · ${caller.region}`,
    path: [['all', ROOT]],
    content: [await showPlace(aws, caller, false)],
  };
}

async function showPlace(aws: AwsView, caller: Caller, titled: boolean): Promise<Html> {
  const rows = await Promise.all((await readQueues(aws, caller)).map(queue => readQueue(aws, caller, queue)));
  const newest = rows
    .flatMap(({ jobs }) => jobs)
    .sort((one, other) => (other.createdAt ?? 0) - (one.createdAt ?? 0))
    .slice(0, NEWEST);
  return html`<section>
${titled ? html`<h2><a href="${placeAddress(caller)}">${caller.account} · ${caller.region}</a></h2>` : undefined}
${rows.length ? table(rows, queueColumns(caller)) : nothing('No job queue.')}
${newest.length ? html`<h3>Newest jobs</h3>${jobTable(caller, newest)}` : undefined}
<p><a href="${definitionsAddress(caller)}">Job definitions</a> · <a href="${repositoriesAddress(caller)}">Repositories and images</a></p>
</section>`;
}

async function readQueues(aws: AwsView, caller: Caller): Promise<JobQueueDetail[]> {
  const queues: JobQueueDetail[] = [];
  let nextToken: string | undefined;
  do {
    const page = await aws.ask(caller, 'DescribeJobQueues', nextToken === undefined ? {} : { nextToken });
    queues.push(...(page.jobQueues ?? []));
    nextToken = page.nextToken;
  } while (nextToken !== undefined);
  return queues;
}

interface QueueRow {
  readonly queue: JobQueueDetail;
  readonly jobs: readonly JobSummary[];
  readonly hasMore: boolean;
}

async function readQueue(aws: AwsView, caller: Caller, queue: JobQueueDetail): Promise<QueueRow> {
  const { jobSummaryList = [], nextToken } = await aws.ask(caller, 'ListJobs', {
    jobQueue: queue.jobQueueName,
    maxResults: PAGE_SIZE,
    ...ANY_STATE,
  });
  return { queue, jobs: jobSummaryList, hasMore: nextToken !== undefined };
}

function queueColumns(caller: Caller) {
  return [
    {
      head: 'Job queue',
      kind: 'words' as const,
      cell: ({ queue: { jobQueueName = '' } }: QueueRow) =>
        html`<a href="${queueAddress(caller, jobQueueName)}">${jobQueueName}</a>`,
    },
    {
      head: 'Jobs and children',
      cell: ({ jobs, hasMore }: QueueRow) =>
        jobs.length
          ? html`${stateBar(countStates(jobs))}${hasMore ? html` <span class="counts">(newest ${PAGE_SIZE} jobs)</span>` : undefined}`
          : html`<span class="muted">none</span>`,
    },
    { head: 'State', cell: ({ queue: { state } }: QueueRow) => badge(state) },
    { head: 'Status', cell: ({ queue: { status } }: QueueRow) => badge(status) },
    { head: 'Priority', kind: 'number' as const, cell: ({ queue: { priority } }: QueueRow) => priority },
  ];
}

/** An array job counts with its children, any other job as itself. */
function countStates(jobs: readonly JobSummary[]): Counts {
  const sum = new Map<string, number>(STATES.map(state => [state, 0]));
  for (const { status = '', arrayProperties } of jobs) {
    for (const [state, count] of Object.entries(arrayProperties?.statusSummary ?? { [status]: 1 })) {
      sum.set(state, (sum.get(state) ?? 0) + count);
    }
  }
  return Object.fromEntries(sum);
}
