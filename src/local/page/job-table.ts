/** Jobs or children, one a row. */
import type { JobSummary } from '@aws-sdk/client-batch';
import type { Caller } from '../model.ts';
import { jobAddress } from './addresses.ts';
import { type Html, html } from './html.ts';
import { badge, describeDuration, stateBar, table, timeOf } from './pieces.ts';

export function jobTable(caller: Caller, jobs: readonly JobSummary[]): Html {
  return table(jobs, [
    {
      head: 'Job',
      kind: 'words',
      cell: job => html`<a href="${jobAddress(caller, job.jobId ?? '')}">${job.jobName}</a>`,
    },
    { head: 'Status', cell: ({ status }) => badge(status) },
    { head: 'Children or reason', kind: 'words', cell: describeJob },
    { head: 'Created (UTC)', cell: ({ createdAt }) => timeOf(createdAt) },
    { head: 'Ran', kind: 'number', cell: describeRun },
  ]);
}

export function childTable(caller: Caller, children: readonly JobSummary[]): Html {
  return table(children, [
    {
      head: 'Child',
      cell: ({ jobId = '', arrayProperties }) =>
        html`<a href="${jobAddress(caller, jobId)}">${arrayProperties?.index}</a>`,
    },
    { head: 'Status', cell: ({ status }) => badge(status) },
    { head: 'Exit code', kind: 'number', cell: ({ container }) => container?.exitCode },
    { head: 'Reason', kind: 'words', cell: describeReason },
    { head: 'Started (UTC)', cell: ({ startedAt }) => timeOf(startedAt) },
    { head: 'Ran', kind: 'number', cell: describeRun },
  ]);
}

function describeJob(job: JobSummary) {
  const { statusSummary } = job.arrayProperties ?? {};
  return statusSummary ? stateBar(statusSummary) : describeReason(job);
}

function describeReason({ statusReason, container }: JobSummary): string | undefined {
  const reasons = [container?.reason, statusReason].filter(Boolean);
  return reasons.length ? reasons.join(' · ') : undefined;
}

function describeRun({ startedAt, stoppedAt }: JobSummary): string | undefined {
  return startedAt === undefined || stoppedAt === undefined ? undefined : describeDuration(stoppedAt - startedAt);
}
