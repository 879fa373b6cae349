/** Everything of one account in one region. Nothing reaches across. */
import type { Caller, Store, Table } from '../model.ts';
import type { Job } from './jobs/job.ts';
import { ProgressRows } from './jobs/progress-rows.ts';
import type {
  ComputeEnvironmentRecord,
  JobDefinitionRecord,
  JobQueueRecord,
  JobRecord,
  Progress,
  SchedulingPolicyRecord,
} from './records.ts';

export interface Realm extends Caller {
  /** By name, as the next two. */
  readonly computeEnvironments: Table<ComputeEnvironmentRecord>;
  readonly jobQueues: Table<JobQueueRecord>;
  readonly schedulingPolicies: Table<SchedulingPolicyRecord>;
  /** By `name:revision`. */
  readonly revisions: Table<JobDefinitionRecord>;
  /** The last revision number of each name; it never goes back. */
  readonly lastRevisions: Table<number>;
  readonly jobs: Table<JobRecord>;
  /** By job id and, for children that have left the crowd, `parent:index`. */
  readonly progress: Table<Progress> & Pick<ProgressRows, 'childrenOf'>;
  /** What changes must go through the tables, since it has to outlive the process, or is watched. It may change. */
  readonly durable: boolean;
  /** Told of every change of a job's or child's state, after it. */
  onStateChange?: ((job: Job, index: number) => void) | undefined;
}

/** Opens realms on first use, and those that the store knows at the start. */
export class Realms {
  readonly #store: Store;
  readonly #known: Table<Caller>;
  readonly #open = new Map<string, Realm>();

  constructor(store: Store) {
    this.#store = store;
    this.#known = store.table<Caller>('batch/realms');
    for (const [, caller] of this.#known.entries()) this.of(caller);
  }

  of({ account, region }: Caller): Realm {
    const key = `${account}/${region}`;
    const open = this.#open.get(key);
    if (open) return open;
    if (!this.#known.get(key)) this.#known.put(key, { account, region });
    const realm = openRealm(this.#store, { account, region });
    this.#open.set(key, realm);
    return realm;
  }

  all(): Iterable<Realm> {
    return this.#open.values();
  }
}

export function openRealm(store: Store, caller: Caller): Realm {
  const nameOf = (name: string) => `batch/${name}/${caller.account}/${caller.region}`;
  const table = <Value>(name: string) => store.table<Value>(nameOf(name));
  const rows = new ProgressRows();
  const progress = store.table<Progress>(nameOf('progress'), rows);
  return {
    ...caller,
    get durable() {
      return store.durable;
    },
    computeEnvironments: table('compute-environments'),
    jobQueues: table('job-queues'),
    schedulingPolicies: table('scheduling-policies'),
    revisions: table('revisions'),
    lastRevisions: table('last-revisions'),
    jobs: table('jobs'),
    progress: Object.assign(progress, { childrenOf: (jobId: string) => rows.childrenOf(jobId) }),
  };
}
