/** Job state changes as they happen: an EventBridge rule sends them to an SQS queue, and whoever watches jobs waits for news of them. */
import type { ReceiveMessageCommandOutput } from '@aws-sdk/client-sqs';
import { callRemote } from '../jobs/api-error.ts';
import type { AwsPorts } from '../ports.ts';
import { createEventSilence, type EndedJob } from './event-silence.ts';
import type { RunPorts } from './ports.ts';

export interface EventFeed {
  /**
   * Resolves when one of these jobs has changed its state (or had since the last call), when a child of one has and it is `childrenFrom`
   * or later, or at `until`. Times in milliseconds. Resolves early, at `ifDown`, while the queue cannot be read or is silent, or has
   * been read in vain and has brought no event before.
   */
  wait(jobIds: ReadonlySet<string>, times: WaitTimes, signal?: AbortSignal): Promise<void>;
  /**
   * Jobs that were seen to have ended. Where no event of one came although it must have, says so, and `wait` ends at `ifDown` from then on
   * until one comes. A silence after that is said again.
   */
  expectEvents(ended: readonly EndedJob[]): void;
}

export interface WaitTimes {
  readonly until: number;
  readonly childrenFrom: number;
  readonly ifDown: number;
}

/** Seconds; the longest that SQS takes. */
const LONG_POLL = 20;
/** News that nobody has asked for are of other jobs. */
const MOST_NEWS = 10_000;
/** After the queue could not be read. Milliseconds. */
const TRY_AGAIN = 300_000;

/**
 * One for each queue, however many runs are watched: a message goes to one reader only. The queue is read while somebody waits, and no longer.
 * Events may come twice, late, in another order or never: they say when to look, and what is seen then is what counts.
 */
export function createEventFeed(
  { region, queueUrl }: { readonly region: string; readonly queueUrl: string },
  { clock, notify, aws }: Pick<RunPorts, 'clock' | 'notify'> & { readonly aws: Pick<AwsPorts, 'sqs'> },
): EventFeed {
  const news = { jobs: new Set<string>(), parents: new Set<string>() };
  let waiting = new Set<AbortController>();
  let reading: AbortController | undefined;
  let downUntil = 0;
  const silence = createEventSilence();
  let isSilent = false;
  let isProven = false;
  let readings = 0;

  const wake = () => {
    const all = waiting;
    waiting = new Set();
    for (const sleeper of all) sleeper.abort();
  };
  const note = (set: Set<string>, id: string) => {
    if (set.size >= MOST_NEWS) set.clear();
    set.add(id);
  };
  const read = async (abortSignal: AbortSignal): Promise<void> => {
    const failure = {
      doing: `receiving job state changes from ${queueUrl}`,
      operation: 'ReceiveMessage',
      target: queueUrl,
    };
    const sqs = await aws.sqs(region);
    silence.onRead(clock.now());
    const request = { QueueUrl: queueUrl, MaxNumberOfMessages: 10, WaitTimeSeconds: LONG_POLL };
    const { Messages: messages = [] } = await callRemote(failure, () =>
      sqs.receiveMessage(request, { abortSignal }),
    ).catch((reason: unknown): Pick<ReceiveMessageCommandOutput, 'Messages'> => {
      if (!abortSignal.aborted) throw reason;
      return {};
    });
    for (const { Body } of messages) {
      const id = readJobId(Body);
      if (id === undefined) continue;
      const [parent = id, child] = id.split(':');
      note(child === undefined ? news.jobs : news.parents, parent);
      if (child !== undefined) continue;
      silence.onHeard(parent);
      if (isSilent) silence.forget();
      isSilent = false;
      isProven = true;
    }
    if (!abortSignal.aborted) readings += 1;
    if (messages.length === 0) {
      if (!abortSignal.aborted) silence.onEmpty(clock.now());
      if (!isProven) wake();
      return;
    }
    const entries = messages.map(({ ReceiptHandle }, at) => ({ Id: String(at), ReceiptHandle }));
    // Before anybody wakes: whoever does may end the process.
    await callRemote({ ...failure, operation: 'DeleteMessageBatch' }, () =>
      sqs.deleteMessageBatch({ QueueUrl: queueUrl, Entries: entries }),
    ).finally(wake);
  };
  const readOn = async (signal: AbortSignal): Promise<void> => {
    while (waiting.size > 0 && !signal.aborted && clock.now() >= downUntil) {
      try {
        await read(signal);
      } catch (error) {
        downUntil = clock.now() + TRY_AGAIN;
        const said = error instanceof Error ? error.message : String(error);
        notify({
          type: 'message',
          level: 'warning',
          text: `${region}: ${said} Jobs are looked at every minute instead.`,
        });
        wake();
      }
    }
  };
  const startReading = async (): Promise<void> => {
    if (reading) return;
    reading = new AbortController();
    await readOn(reading.signal);
    reading = undefined;
    // Somebody may have begun to wait when the last reading was just ending.
    if (waiting.size > 0 && clock.now() >= downUntil) void startReading();
  };
  /** A process that is to end does not wait for an answer. What SQS had already taken out for it comes again. */
  const leave = (sleeper: AbortController) => {
    waiting.delete(sleeper);
    if (waiting.size === 0) reading?.abort();
  };
  return {
    async wait(jobIds, { until, childrenFrom, ifDown }, signal) {
      const before = readings;
      for (;;) {
        const now = clock.now();
        const isChild = now >= childrenFrom && [...jobIds].some(id => news.parents.has(id));
        if (isChild || [...jobIds].some(id => news.jobs.has(id))) {
          for (const id of jobIds) for (const set of Object.values(news)) set.delete(id);
          return;
        }
        const isUnproven = !isProven && readings > before;
        const latest = now < downUntil || isSilent || isUnproven ? Math.min(until, ifDown) : until;
        if (now >= latest) return;
        signal?.throwIfAborted();
        const sleeper = new AbortController();
        waiting.add(sleeper);
        void startReading();
        const next = Math.min(latest, ...(now < childrenFrom ? [childrenFrom] : []));
        const either = signal ? AbortSignal.any([sleeper.signal, signal]) : sleeper.signal;
        await clock.sleep(next - now, either).catch((reason: unknown) => {
          if (!sleeper.signal.aborted && !signal?.aborted) throw reason;
        });
        leave(sleeper);
      }
    },
    expectEvents(ended) {
      silence.onEnded(ended);
      const unheard = silence.findUnheard();
      if (!unheard || isSilent) return;
      isSilent = true;
      const at = new Date(unheard.stoppedAt).toISOString();
      const text = `${region}: job ${unheard.jobId} ended at ${at}, and no event of it came to ${queueUrl}. Jobs are looked at every minute until one comes. An EventBridge rule must send "Batch Job State Change" of array jobs to this queue, the queue's policy must let events.amazonaws.com do so, and nobody else may read it: see "Events instead of looks" in docs/runs.md.`;
      notify({ type: 'message', level: 'warning', text });
    },
  };
}

/** Of a "Batch Job State Change" event; undefined for anything else that may be in the queue. */
function readJobId(body: string | undefined): string | undefined {
  try {
    const { source, detail } = JSON.parse(body ?? '') as { source?: unknown; detail?: { jobId?: unknown } };
    return source === 'aws.batch' && typeof detail?.jobId === 'string' ? detail.jobId : undefined;
  } catch {
    return undefined;
  }
}
