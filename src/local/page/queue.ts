/** One job queue: its jobs, newest first, of every state or of one. */
import { nameOf, queueAddress } from './addresses.ts';
import type { Page } from './document.ts';
import { jobTable } from './job-table.ts';
import { ANY_STATE } from './overview.ts';
import { badge, chips, facts, more, nothing, STATES } from './pieces.ts';
import { given, PAGE_SIZE, pathTo, type Visit } from './visit.ts';

/** undefined when there is no such queue. */
export async function showQueue({ aws, caller, name, query }: Visit): Promise<Page | undefined> {
  const { jobQueues = [] } = await aws.ask(caller, 'DescribeJobQueues', { jobQueues: [name] });
  const queue = jobQueues[0];
  if (!queue) return undefined;
  const status = given(query, 'status');
  const token = given(query, 'token');
  const { jobSummaryList = [], nextToken } = await aws.ask(caller, 'ListJobs', {
    ...{ jobQueue: name, maxResults: PAGE_SIZE },
    ...(status ? { jobStatus: status } : ANY_STATE),
    ...(token && { nextToken: token }),
  });
  const links = [undefined, ...STATES].map(state => ({
    name: state ?? 'all',
    address: queueAddress(caller, name, { status: state }),
    chosen: state === status,
  }));
  return {
    title: `Job queue ${name}`,
    path: pathTo(caller),
    content: [
      facts({
        State: badge(queue.state),
        Status: [badge(queue.status), queue.statusReason ? `: ${queue.statusReason}` : undefined],
        Priority: queue.priority,
        'Compute environments': queue.computeEnvironmentOrder?.map(each => nameOf(each.computeEnvironment)).join(', '),
      }),
      chips(links),
      jobSummaryList.length ? jobTable(caller, jobSummaryList) : nothing('No jobs here.'),
      ...[
        more({
          Newest: token && queueAddress(caller, name, { status }),
          Older: nextToken && queueAddress(caller, name, { status, token: nextToken }),
        }) ?? [],
      ].flat(),
    ],
  };
}
