/** Everything behind the operations: the realms' work, the dispatcher over all of them, one clock. */
import type { DeleteJobQueueRequest } from '@aws-sdk/client-batch';
import type { Engine } from '../engines/model.ts';
import type { EventBus } from '../events/events.ts';
import type { Caller, LocalContext, LogWriter } from '../model.ts';
import type { Moment } from './capacity/compute-environments.ts';
import { deleteJobQueue } from './capacity/job-queues.ts';
import { announceChanges } from './jobs/state-change.ts';
import { terminateJob } from './jobs/stop-jobs.ts';
import { Visibility } from './jobs/visibility.ts';
import { Realms } from './realm.ts';
import { recoverJobs } from './recovery.ts';
import type { Checked } from './request-shape.ts';
import { Alarms } from './scheduling/alarms.ts';
import { AttemptRunner } from './scheduling/attempt-runner.ts';
import { Dispatcher } from './scheduling/dispatcher.ts';
import { RealmWork } from './scheduling/realm-work.ts';
import type { FetchSecrets } from './scheduling/secrets.ts';
import type { BatchSettings } from './settings.ts';

export const QUEUE_DELETED = 'JobQueue deleted';

export interface Workshop {
  readonly runner: AttemptRunner;
  readonly visibility: Visibility;
  readonly now: () => number;
  /** Of a change made now. */
  readonly moment: () => Moment;
  readonly callers: () => Iterable<Caller>;
  workOf(caller: Caller): RealmWork;
  /** Queues, capacity or policies have changed, and change again when they settle. */
  changed(work: RealmWork): void;
  deleteQueue(work: RealmWork, request: Checked<DeleteJobQueueRequest>): object;
  /** Takes up the jobs that the store knows. */
  readonly start: () => void;
  readonly stop: () => Promise<void>;
}

/** Services of the same account that Batch speaks with: without them it does without. */
export interface Neighbours {
  /** Where changes of jobs are announced. */
  readonly bus?: EventBus | undefined;
  readonly fetchSecrets?: FetchSecrets | undefined;
}

export function openWorkshop(
  context: LocalContext,
  engine: Engine,
  logs: LogWriter,
  settings: BatchSettings,
  { bus, fetchSecrets }: Neighbours,
): Workshop {
  const now = () => context.clock.now();
  const alarms = new Alarms(context.clock);
  const runner = new AttemptRunner(context, engine, logs, alarms, fetchSecrets);
  const works = new Map<string, RealmWork>();
  const { concurrency, capacity } = engine;
  const dispatcher = new Dispatcher({ runner, concurrency, capacity, now, works: () => works.values() });
  const realms = new Realms(context.store);
  const workOf = (caller: Caller): RealmWork => {
    const key = `${caller.account}/${caller.region}`;
    const known = works.get(key);
    if (known) return known;
    const work = new RealmWork(realms.of(caller), { now, alarms, wake: dispatcher.wake });
    works.set(key, work);
    if (bus) announceChanges(work, bus);
    return work;
  };
  const settleMs = settings.settleMs ?? 0;
  const shop: Workshop = {
    ...{ runner, now, workOf },
    callers: () => realms.all(),
    visibility: new Visibility(settings, now),
    moment: () => ({ now: now(), settlesAt: now() + settleMs, uuid: context.uuid }),
    changed(work) {
      work.changed();
      if (settleMs) alarms.set(now() + settleMs, () => work.changed());
    },
    deleteQueue: (work, request) => deleteQueue(shop, work, request),
    start() {
      for (const realm of realms.all()) workOf(realm);
      for (const work of works.values()) recoverJobs(work, now());
      for (const at of capacity?.changesAt ?? []) alarms.set(at, dispatcher.wake);
    },
    async stop() {
      dispatcher.stop();
      alarms.stop();
    },
  };
  return shop;
}

/** The jobs in a deleted queue are terminated. */
function deleteQueue(shop: Workshop, work: RealmWork, request: Checked<DeleteJobQueueRequest>): object {
  const queue = deleteJobQueue(work.realm, request, shop.moment());
  if (!queue) return {};
  const name = queue.jobQueueName;
  const parts = { work, runner: shop.runner, now: shop.now() };
  for (const job of work.book.inQueue(name)) {
    if (!job.finished) terminateJob(parts, { jobId: job.record.jobId, reason: QUEUE_DELETED });
  }
  work.dropLine(name);
  return {};
}
