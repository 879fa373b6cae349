import type { JobDefinition, SubmitJobCommandInput } from '@aws-sdk/client-batch';
import { CancelledError, ConfigurationError } from '../errors.ts';
import { isDoubtful, isPassing } from '../jobs/api-error.ts';
import { fillText, fillTexts } from '../jobs/fill-text.ts';
import { planSubmit } from '../jobs/plan-submit.ts';
import { describeRefusal } from '../jobs/submit-refusal.ts';
import { isThrottled } from '../limiter.ts';
import { commandFor } from './command-for.ts';
import { entriesUriOf } from './entries-uri.ts';
import { findJobs } from './find-job.ts';
import { jobSettingsOf } from './job-settings.ts';
import type { Lease } from './lease.ts';
import type { Ledger } from './ledger.ts';
import type { RunPlan, Shard, Stop, Submission } from './model.ts';
import type { RunPorts } from './ports.ts';
import { StoppedError } from './run-stop.ts';

export interface SubmitContext {
  readonly plan: RunPlan;
  readonly ledger: Ledger;
  readonly lease: Lease;
  /** The revision as Batch describes it, for the form of its overrides. */
  readonly describe: (shard: Shard) => Promise<JobDefinition | undefined>;
  /** The stop that holds for these shards. */
  readonly readStop: () => Promise<Stop | undefined>;
}

type Submitted = Submission & { readonly state: 'submitted' };

/** A job may appear in ListJobs only some seconds after it was accepted. Milliseconds. */
const LOOKS = [1000, 2000, 4000, 8000, 15_000];
const SETTLED = LOOKS.reduce((sum, pause) => sum + pause, 0);
/** Practitioners saw Batch forget jobs after a day, though it documents seven. */
const MEMORY = 20 * 3_600_000;
const MOST_TRIES = 8;

/**
 * Submits a shard exactly once, however often this is called and wherever it is killed. The ledger is written before SubmitJob is
 * called and after it. Where it says that a call may have been made whose answer nobody wrote down, the job is looked for by its name
 * before it is submitted again.
 *
 * Throws RemoteError when Batch refuses, ConfigurationError for what it would refuse later or when nobody can know any more,
 * CancelledError when the signal came before the call, StoppedError when a stop did, LeaseTakenError when somebody else drives the run.
 */
export async function submitShard(shard: Shard, context: SubmitContext, ports: RunPorts): Promise<Submitted> {
  const known = await context.ledger.readSubmission(shard);
  if (known?.state === 'submitted') return known;
  const earlier = known && (await findEarlier(shard, known, ports));
  if (earlier) return recordSubmitted(shard, earlier, context, ports, true);
  const input = await planInput(shard, context);
  for (let tries = (known?.tries ?? 0) + 1, last = tries + MOST_TRIES; ; tries += 1) {
    const call = createCall(shard, input, tries, context, ports);
    try {
      return await recordSubmitted(shard, await call.send(), context, ports, false);
    } catch (error) {
      if (call.isUnsent() && !isThrottled(error)) {
        if (call.wasRefused()) await noteRefused(shard, tries, context, ports);
        throw error;
      }
      const found = isDoubtful(error) ? await findLost(shard, error, ports) : undefined;
      if (found) return recordSubmitted(shard, found, context, ports, true);
      if (isPassing(error) && tries < last) continue;
      if (!isDoubtful(error)) await noteRefused(shard, tries, context, ports);
      throw describeRefusal(requestOf(shard), error, describeGone(context.plan));
    }
  }
}

/** Registering does not help: a deregistered revision never comes back, and the shards name it. */
function describeGone(plan: RunPlan): string {
  const retry = commandFor('retry', plan, '--classes', 'cancelled', '--repin');
  return `The revision that the run is pinned to was deregistered. End the run's other jobs and retry all that is missing with the newest one: ${commandFor('stop', plan)}, then ${retry}.`;
}

interface Call {
  /** Gives the job's id. Throttled calls were certainly refused; the limiter makes them again, more slowly. */
  send(): Promise<string>;
  /** Nothing has been sent to Batch that may have been accepted. */
  isUnsent(): boolean;
  /** And what the ledger says of that was written by this call. */
  wasRefused(): boolean;
}

/**
 * A call may wait for minutes until its turn comes, and be throttled and wait again: whether it is still to be made, and whether the
 * run is still this process's, is looked up each time, and the ledger written, just before it is sent.
 */
function createCall(
  shard: Shard,
  input: SubmitJobCommandInput,
  tries: number,
  { lease, ledger, readStop }: SubmitContext,
  { aws, limiter, clock, signal }: RunPorts,
): Call {
  let unsent = true;
  let refused = false;
  const prepare = async (): Promise<void> => {
    if (signal?.aborted) throw cancelled(shard);
    const stop = await readStop();
    if (stop) throw new StoppedError(stop);
    await lease.renew();
    await ledger.writeSubmission(shard, { state: 'submitting', at: clock.now(), tries });
  };
  return {
    isUnsent: () => unsent,
    wasRefused: () => refused,
    async send() {
      const batch = await aws.batchOnce(shard.region);
      const call = async () => {
        await prepare();
        unsent = false;
        try {
          return await batch.submitJob(input);
        } catch (error) {
          unsent = isThrottled(error);
          refused = unsent;
          throw error;
        }
      };
      const turn = { region: shard.region, operations: 'submit' } as const;
      const { jobId } = await limiter.run(turn, call, signal).catch((error: unknown) => {
        throw unsent && signal?.aborted ? cancelled(shard) : error;
      });
      if (!jobId) throw new Error('SubmitJob answered without a job id');
      return jobId;
    },
  };
}

/** Best effort, and by whoever drives the run alone: without it the job is looked for in vain, for as long as Batch may know it. */
async function noteRefused(
  shard: Shard,
  tries: number,
  { lease, ledger }: SubmitContext,
  { clock }: RunPorts,
): Promise<void> {
  try {
    await lease.renew();
    await ledger.writeSubmission(shard, { state: 'refused', at: clock.now(), tries });
  } catch {
    // What went wrong before is what is told.
  }
}

function cancelled({ jobName }: Shard): CancelledError {
  return new CancelledError(`cancelled before ${jobName} was submitted`);
}

async function recordSubmitted(
  shard: Shard,
  jobId: string,
  { ledger }: SubmitContext,
  { clock, notify }: RunPorts,
  reconciled: boolean,
): Promise<Submitted> {
  const submitted: Submitted = { state: 'submitted', at: clock.now(), jobId, ...(reconciled && { reconciled }) };
  await ledger.writeSubmission(shard, submitted);
  const how = reconciled ? 'found again' : 'submitted';
  const what = shard.size === 1 ? 'a plain job' : `${shard.size} children`;
  notify({
    type: 'message',
    level: 'info',
    text: `${shard.region}: ${how} ${shard.jobName} (${jobId}), ${what} on ${shard.jobQueue}`,
  });
  return submitted;
}

/**
 * The job of a call whose answer nobody wrote down; undefined when none was accepted. When it was long ago, Batch may not know either.
 * Throws ConfigurationError then, RemoteError when Batch cannot be asked.
 */
export async function findEarlier(
  shard: Shard,
  { at, state }: Submission,
  ports: RunPorts,
): Promise<string | undefined> {
  if (state !== 'submitting') return undefined;
  const age = ports.clock.now() - at;
  if (age < SETTLED) {
    const found = await pickJob(shard, ports);
    if (found) return found;
    await ports.clock.sleep(SETTLED - age, ports.signal);
  }
  const found = await pickJob(shard, ports);
  if (found || age < MEMORY) return found;
  throw new ConfigurationError({
    message: `nobody knows whether ${shard.jobName} in ${shard.region} was submitted ${Math.round(age / 3_600_000)} hours ago: the answer was not written down, and Batch may have forgotten the job`,
    remedy: 'Look whether its models were built. Then start a new run with what is missing.',
  });
}

async function findLost(shard: Shard, error: unknown, ports: RunPorts): Promise<string | undefined> {
  const said = error instanceof Error ? `${error.name}: ${error.message}` : String(error);
  const text = `${shard.region}: the answer to SubmitJob was lost (${said}); looking whether ${shard.jobName} was accepted`;
  ports.notify({ type: 'message', level: 'warning', text });
  for (const pause of LOOKS) {
    // Without the signal: what was accepted must be written down.
    await ports.clock.sleep(pause);
    const found = await pickJob(shard, ports);
    if (found) return found;
  }
  return undefined;
}

async function pickJob(shard: Shard, ports: RunPorts): Promise<string | undefined> {
  const [first, ...others] = await findJobs(shard, ports);
  if (others.length > 0) {
    const text = `${shard.region}: there are ${others.length + 1} jobs named ${shard.jobName}, and this run submits it once. It goes on with ${first?.jobId}; look at ${others.map(({ jobId }) => jobId).join(', ')}.`;
    ports.notify({ type: 'message', level: 'error', text });
  }
  return first?.jobId;
}

async function planInput(shard: Shard, { plan, ledger, describe }: SubmitContext): Promise<SubmitJobCommandInput> {
  const overrides = overridesOf(shard, plan, entriesUriOf(plan, ledger));
  return planSubmit({ ...requestOf(shard), ...overrides }, await describe(shard));
}

function requestOf({ region, jobDefinitionArn, jobQueue, fairShare, jobName, size }: Shard) {
  return { region, jobDefinitionArn, jobQueue, fairShare, jobName, size, parameters: {}, environment: {} };
}

/** What a child needs to find its entries. docs/runs.md tells it to the people who write the containers. */
function overridesOf(shard: Shard, plan: RunPlan, entriesUri: string) {
  const { run } = plan;
  const settings = jobSettingsOf(plan, shard.region);
  const names = { run };
  const environment = {
    ...fillTexts(settings.environment, names),
    BATCHWRIGHT_RUN: run,
    BATCHWRIGHT_ENTRIES: `${entriesUri}/${run}/${shard.key}`,
    BATCHWRIGHT_STRIDE: String(shard.stride),
    BATCHWRIGHT_COUNT: String(shard.entries),
    ...(shard.pack > 1 && {
      BATCHWRIGHT_PACK: String(shard.pack),
      BATCHWRIGHT_RESULTS: `${entriesUri}/${run}/results/${shard.id}`,
    }),
  };
  const parameters = fillTexts(settings.parameters, names);
  const command = settings.command?.map(text => fillText(text, names));
  return { parameters, environment, ...(command && { command }) };
}
