import { CancelledError, RemoteError } from '../errors.ts';
import { compareObjects, findObjects, hashObjects } from './check-objects.ts';
import { describeChildren } from './child-result.ts';
import { jobUrl } from './console-url.ts';
import type { LogPorts } from './logs.ts';
import type { ChildResult, SmokeTestRun } from './model.ts';
import type { ObjectPorts } from './objects.ts';
import type { PauseRange } from './pace.ts';
import type { SmokeTestPlan } from './plan-smoke-test.ts';
import type { SubmitRequest } from './plan-submit.ts';
import { seeToEnd } from './run-job.ts';
import { type SubmitPorts, submitJob } from './submit.ts';
import { decideVerdict, type Verdict } from './verdict.ts';
import type { WatchPorts } from './watch.ts';

export type TargetPorts = SubmitPorts & WatchPorts & LogPorts & ObjectPorts;

export interface TargetOptions {
  readonly pauses?: PauseRange | undefined;
  readonly logGraceSeconds?: number | undefined;
  readonly logLines: number;
  readonly consoleLinks: boolean;
}

type Draft = { -readonly [Member in keyof SmokeTestRun]: SmokeTestRun[Member] };

/** One target's smoke test from submit to verdict. Never rejects: one region's trouble must not hide another's result. */
export async function runSmokeTest(
  plan: SmokeTestPlan,
  options: TargetOptions,
  ports: TargetPorts,
): Promise<SmokeTestRun> {
  const run = startDraft(plan);
  try {
    Object.assign(run, await testOnce(plan, options, run, ports));
  } catch (error) {
    Object.assign(run, describeError(error, run, ports));
  }
  run.endedAt = ports.clock.now();
  return run;
}

function startDraft({ target, first, runId }: SmokeTestPlan): Draft {
  const { jobDefinitionArn, jobQueue, jobName } = first;
  const { environment, region } = target.config;
  return { environment, region, jobDefinitionArn, jobQueue, jobName, runId, verdict: 'not-submitted', children: [] };
}

function describeError(error: unknown, run: Draft, { signal }: TargetPorts): Verdict {
  const reason = error instanceof Error ? error.message : String(error);
  if (signal?.aborted || error instanceof CancelledError) return { verdict: 'cancelled', reason };
  // What is not the outside's fault is ours: the stack says where.
  const ours = !(error instanceof RemoteError) && error instanceof Error ? `\n${error.stack ?? ''}` : '';
  return { verdict: run.jobId === undefined ? 'not-submitted' : 'undecided', reason: `${reason}${ours}` };
}

/** The first run, its objects, and the second run where it is asked for. `run` learns each job as soon as it is submitted. */
async function testOnce(plan: SmokeTestPlan, options: TargetOptions, run: Draft, ports: TargetPorts): Promise<Verdict> {
  const deadlineAt = ports.clock.now() + plan.test.deadlineSeconds * 1000;
  const first = await runOnce(plan, plan.first, { ...options, deadlineAt }, run, ports);
  run.children = first.children;
  if (first.verdict !== 'passed' || !plan.second) return first;
  const before = await hashObjects(first.children, run.region, ports);
  ports.notify({
    type: 'message',
    level: 'info',
    text: `${run.region}: running the same indices again, to compare the bytes`,
  });
  const second = await runOnce(plan, plan.second, { ...options, deadlineAt }, run, ports);
  if (second.verdict !== 'passed') {
    run.children = second.children;
    return {
      verdict: second.verdict,
      reason: `the second run of the same indices: ${second.reason ?? second.verdict}`,
    };
  }
  run.children = compareObjects(first.children, before, await hashObjects(first.children, run.region, ports));
  return decideVerdict(second.outcome, plan.test.size, run.children);
}

async function runOnce(
  plan: SmokeTestPlan,
  submit: SubmitRequest,
  options: TargetOptions & { readonly deadlineAt: number },
  run: Draft,
  ports: TargetPorts,
): Promise<
  Verdict & {
    readonly children: readonly ChildResult[];
    readonly outcome: Awaited<ReturnType<typeof seeToEnd>>['outcome'];
  }
> {
  const { region } = run;
  const job = await submitJob(submit, ports);
  run.jobId = job.jobId;
  run.jobName = job.jobName;
  run.submittedAt ??= ports.clock.now();
  run.consoleUrl = options.consoleLinks ? jobUrl(region, job.jobId) : undefined;
  const text = `${region}: submitted ${job.jobName} (${job.jobId}), ${job.size === 1 ? 'a plain job' : `${job.size} children`}, on ${run.jobDefinitionArn.split('/').at(-1)}`;
  ports.notify({ type: 'message', level: 'info', text });
  const { deadlineAt, pauses, logGraceSeconds } = options;
  const { outcome, children } = await seeToEnd(
    job,
    { deadlineAt, blockedSeconds: plan.test.blockedSeconds, pauses, logGraceSeconds },
    ports,
  );
  const described = await describeChildren(
    children,
    { region, logLines: options.logLines, entryOf: plan.entryOf },
    ports,
  );
  const ended = outcome.kind === 'ended';
  const writtenAfter = ended && submit === plan.first ? outcome.job.createdAt : undefined;
  const found = ended
    ? await findObjects(described, { region, writtenAfter, objectsOf: plan.objectsOf }, ports)
    : described;
  return { ...decideVerdict(outcome, submit.size, found), children: found, outcome };
}
