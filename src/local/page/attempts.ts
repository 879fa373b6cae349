/** The attempts of a job, and where each one's lines are. */
import type { AttemptDetail, JobDetail, LogConfiguration } from '@aws-sdk/client-batch';
import type { Caller } from '../model.ts';
import { logAddress } from './addresses.ts';
import { type Html, html } from './html.ts';
import { describeDuration, table, timeOf } from './pieces.ts';

export interface LogPlace {
  readonly caller: Caller;
  /** The container's name where a job has several. */
  readonly container?: string | undefined;
  readonly group: string;
  readonly stream: string;
}

/** Of the attempt under way, or the last one: one for each container that has written to CloudWatch Logs. */
export function logsOf(caller: Caller, job: JobDetail): LogPlace[] {
  if (job.container) return placeLog(caller, job.container, undefined);
  return (job.ecsProperties?.taskProperties ?? []).flatMap(({ containers = [] }) =>
    containers.flatMap(container => placeLog(caller, container, container.name)),
  );
}

export function attemptTable(caller: Caller, job: JobDetail): Html {
  const rows = (job.attempts ?? []).map((attempt, at) => ({ attempt, number: at + 1 }));
  return html`<h2>Attempts</h2>${table(rows, [
    { head: 'Attempt', kind: 'number', cell: ({ number }) => number },
    { head: 'Exit code', kind: 'number', cell: ({ attempt }) => exitCodes(attempt) },
    {
      head: 'Reason',
      kind: 'words',
      cell: ({ attempt }) => [attempt.container?.reason, attempt.statusReason].filter(Boolean).join(' · '),
    },
    { head: 'Started (UTC)', cell: ({ attempt }) => timeOf(attempt.startedAt) },
    { head: 'Ran', kind: 'number', cell: ({ attempt }) => describeRun(attempt) },
    { head: 'Log', cell: ({ attempt }) => logsOfAttempt(caller, job, attempt).map(linkLog) },
  ])}`;
}

function exitCodes({ container, taskProperties = [] }: AttemptDetail): string {
  const several = taskProperties.flatMap(({ containers = [] }) => containers.map(each => each.exitCode));
  return [container?.exitCode, ...several].filter(code => code !== undefined).join(', ');
}

function describeRun({ startedAt, stoppedAt }: AttemptDetail): string | undefined {
  return startedAt === undefined || stoppedAt === undefined ? undefined : describeDuration(stoppedAt - startedAt);
}

function logsOfAttempt(caller: Caller, job: JobDetail, { container, taskProperties = [] }: AttemptDetail): LogPlace[] {
  const whole = job.container?.logConfiguration;
  if (container?.logStreamName) return placeLog(caller, { ...container, logConfiguration: whole }, undefined);
  return taskProperties.flatMap(({ containers = [] }, at) =>
    containers.flatMap((each, index) => {
      const { logConfiguration } = job.ecsProperties?.taskProperties?.[at]?.containers?.[index] ?? {};
      return placeLog(caller, { ...each, logConfiguration }, each.name);
    }),
  );
}

interface Logged {
  readonly logStreamName?: string | undefined;
  readonly logConfiguration?: LogConfiguration | undefined;
}

/** As Batch places it: the options of the awslogs driver, with its own defaults. */
function placeLog(
  caller: Caller,
  { logStreamName, logConfiguration }: Logged,
  container: string | undefined,
): LogPlace[] {
  if (!logStreamName) return [];
  const { 'awslogs-group': group = '/aws/batch/job', 'awslogs-region': region = caller.region } =
    logConfiguration?.options ?? {};
  return [{ caller: { account: caller.account, region }, container, group, stream: logStreamName }];
}

function linkLog({ caller, container, group, stream }: LogPlace): Html {
  return html`<a href="${logAddress(caller, group, stream)}">${container ?? 'log'}</a> `;
}
