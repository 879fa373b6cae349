/** One job, array job or child: what it is, how it went, its attempts, and the end of its log. */
import type { JobDetail } from '@aws-sdk/client-batch';
import { definitionsAddress, imageLink, jobAddress, nameOf } from './addresses.ts';
import { attemptTable, logsOf } from './attempts.ts';
import { showChildren } from './children.ts';
import type { Page } from './document.ts';
import { type Html, html } from './html.ts';
import { showTail } from './log.ts';
import { badge, describeDuration, facts, stateBar, timeOf } from './pieces.ts';
import { pathTo, queueStep, type Visit } from './visit.ts';

/** undefined when there is no such job, or none any more. */
export async function showJob(visit: Visit): Promise<Page | undefined> {
  const { aws, caller, name: id } = visit;
  const parentId = id.includes(':') ? id.slice(0, id.indexOf(':')) : undefined;
  const { jobs = [] } = await aws.ask(caller, 'DescribeJobs', { jobs: parentId ? [id, parentId] : [id] });
  const job = jobs.find(each => each.jobId === id);
  if (!job) return undefined;
  const parent = jobs.find(each => each.jobId === parentId);
  const { index, size, statusSummary } = job.arrayProperties ?? {};
  const content = [
    statusSummary ? stateBar(statusSummary) : html``,
    describe(visit, job),
    ...(size === undefined ? await showRun(visit, job) : [await showChildren(visit, job)]),
    showRequest(job),
  ];
  const parentStep = parent ? [[job.jobName ?? '', jobAddress(caller, parentId ?? '')] as const] : [];
  return {
    title: index === undefined ? `${job.jobName}` : `${job.jobName}, child ${index}`,
    path: pathTo(caller, queueStep(caller, nameOf(job.jobQueue)), ...parentStep),
    content: parent ? [siblings(visit, index ?? 0, parent), ...content] : content,
  };
}

function siblings({ caller }: Visit, index: number, { jobId, arrayProperties }: JobDetail): Html {
  const link = (to: number, word: string) =>
    to >= 0 && to < (arrayProperties?.size ?? 0)
      ? html`<a href="${jobAddress(caller, `${jobId}:${to}`)}">${word}</a>`
      : html`<span class="muted">${word}</span>`;
  return html`<p class="more">${link(index - 1, 'Previous child')}${link(index + 1, 'Next child')}</p>`;
}

function describe({ caller }: Visit, job: JobDetail): Html {
  const { startedAt, stoppedAt, container } = job;
  const definition = nameOf(job.jobDefinition);
  return facts({
    Status: badge(job.status),
    'Status reason': job.statusReason,
    'Exit code': container?.exitCode,
    Reason: container?.reason,
    'Job id': html`<code>${job.jobId}</code>`,
    'Job definition': html`<a href="${definitionsAddress(caller, definition)}">${definition}</a>`,
    Image: imageLink(container?.image),
    'Depends on': job.dependsOn?.length ? job.dependsOn.map(each => dependency(caller, each)) : undefined,
    Created: timeOf(job.createdAt),
    Started: timeOf(startedAt),
    Stopped: timeOf(stoppedAt),
    Ran: startedAt !== undefined && stoppedAt !== undefined ? describeDuration(stoppedAt - startedAt) : undefined,
  });
}

function dependency(
  caller: Visit['caller'],
  { jobId, type }: { jobId?: string | undefined; type?: string | undefined },
) {
  return html`${jobId ? html`<a href="${jobAddress(caller, jobId)}"><code>${jobId}</code></a>` : undefined} ${type} `;
}

async function showRun(visit: Visit, job: JobDetail): Promise<Html[]> {
  const tails = await Promise.all(logsOf(visit.caller, job).map(log => showTail(visit, log)));
  return [...tails, ...(job.attempts?.length ? [attemptTable(visit.caller, job)] : [])];
}

/** All that DescribeJobs tells, for what has no place of its own above. */
function showRequest(job: JobDetail): Html {
  return html`<details id="described"><summary>All that DescribeJobs tells</summary><pre>${JSON.stringify(job, undefined, 2)}</pre></details>`;
}
