/** The children of an array job, those that failed first, in pages; or those in one state. */
import type { JobDetail, JobSummary } from '@aws-sdk/client-batch';
import { jobAddress } from './addresses.ts';
import { type Html, html } from './html.ts';
import { childTable } from './job-table.ts';
import { type Counts, chips, group, more, nothing, STATES } from './pieces.ts';
import { given, PAGE_SIZE, type Visit } from './visit.ts';

export async function showChildren(visit: Visit, job: JobDetail): Promise<Html> {
  const { caller, query } = visit;
  const { jobId = '', arrayProperties = {} } = job;
  const counts: Counts = arrayProperties.statusSummary ?? {};
  const only = STATES.find(state => state === query.get('status'));
  const { children, next } = await readChildren(visit, jobId, only ? [only] : STATES, counts);
  const present = STATES.filter(state => counts[state] || state === only);
  const links = [
    { name: `all ${group(arrayProperties.size ?? 0)}`, address: jobAddress(caller, jobId), chosen: !only },
    ...present.map(state => ({
      name: `${state} ${group(counts[state] ?? 0)}`,
      address: jobAddress(caller, jobId, { status: state }),
      chosen: state === only,
    })),
  ];
  const isFirst = !query.has('from');
  return html`<h2>Children</h2>
${chips(links)}
<form action="${jobAddress(caller, jobId)}"><label for="index">Child</label>
<input type="number" id="index" name="index" min="0" max="${(arrayProperties.size ?? 1) - 1}" required> <button>Go</button></form>
${children.length ? childTable(caller, children) : nothing('No children in this state.')}
${more({
  First: isFirst ? undefined : jobAddress(caller, jobId, { status: only }),
  Next: next && jobAddress(caller, jobId, { status: only, from: next.state, token: next.token }),
})}`;
}

interface Position {
  readonly state: string;
  readonly token?: string | undefined;
}

/** One page over several states, one after the other; each state has ListJobs' own tokens. */
async function readChildren(
  { aws, caller, query }: Visit,
  arrayJobId: string,
  states: readonly string[],
  counts: Counts,
): Promise<{ children: JobSummary[]; next?: Position }> {
  const from = Math.max(states.indexOf(query.get('from') ?? ''), 0);
  let token = given(query, 'token');
  const children: JobSummary[] = [];
  for (const state of states.slice(from)) {
    if (!counts[state]) continue;
    if (children.length === PAGE_SIZE) return { children, next: { state } };
    const { jobSummaryList = [], nextToken } = await aws.ask(caller, 'ListJobs', {
      ...{ arrayJobId, jobStatus: state, maxResults: PAGE_SIZE - children.length },
      ...(token && { nextToken: token }),
    });
    children.push(...jobSummaryList);
    if (nextToken) return { children, next: { state, token: nextToken } };
    token = undefined;
  }
  return { children };
}
