/** The work of one account and region: its jobs, the lines they stand in, the capacity they hold. */
import { nameIn } from '../arn.ts';
import { obstacleIn } from '../capacity/placement.ts';
import type { Job } from '../jobs/job.ts';
import { JobBook } from '../jobs/job-book.ts';
import { JobFlow } from '../jobs/job-flow.ts';
import { type JobPlan, planJob } from '../jobs/plan.ts';
import { refusalOf } from '../jobs/refusals.ts';
import { statusAt } from '../lifecycle.ts';
import type { Realm } from '../realm.ts';
import type { ComputeEnvironmentRecord, FairShare, JobDefinitionRecord, JobQueueRecord } from '../records.ts';
import type { Alarms } from './alarms.ts';
import { BlockedHeads } from './blocked-heads.ts';
import { FairShareLine, type WaitingLine } from './fair-share.ts';
import { Line } from './line.ts';

export interface WorkParts {
  readonly now: () => number;
  readonly wake: () => void;
  readonly alarms: Alarms;
}

export class RealmWork {
  readonly realm: Realm;
  readonly book: JobBook;
  readonly flow: JobFlow;
  readonly blocked: BlockedHeads;
  readonly #parts: WorkParts;
  readonly #lines = new Map<string, WaitingLine>();
  readonly #usedVcpus = new Map<string, number>();
  readonly #usedVcpusOfType = new Map<string, number>();
  readonly #plans = new WeakMap<Job, JobPlan>();
  readonly #obstacles = new WeakMap<ComputeEnvironmentRecord, WeakMap<JobPlan, string>>();
  #queues: readonly JobQueueRecord[] | undefined;
  readonly #environments = new Map<string, readonly ComputeEnvironmentRecord[]>();

  constructor(realm: Realm, parts: WorkParts) {
    this.realm = realm;
    this.#parts = parts;
    this.book = new JobBook(realm, parts.now);
    this.flow = new JobFlow({
      book: this.book,
      now: parts.now,
      wake: parts.wake,
      lineOf: job => this.lineOf(job),
      refusalOf: job => this.#refusalOf(job),
    });
    this.blocked = new BlockedHeads(this.flow, parts.alarms, parts.now);
  }

  /** A queue or compute environment was made, changed or deleted. */
  changed(): void {
    this.#queues = undefined;
    this.#environments.clear();
    this.#parts.wake();
  }

  /** Disabled queues too: what is in them goes on. */
  queuesByPriority(): readonly JobQueueRecord[] {
    this.#queues ??= [...this.realm.jobQueues.entries()]
      .map(([, queue]) => queue)
      .filter(({ status }) => status !== 'DELETING')
      .sort((one, other) => other.priority - one.priority || one.order - other.order);
    return this.#queues;
  }

  /** In the queue's order, those that exist. */
  environmentsOf(queue: JobQueueRecord): readonly ComputeEnvironmentRecord[] {
    const name = queue.jobQueueName;
    const known = this.#environments.get(name);
    if (known) return known;
    const order = queue.computeEnvironmentOrder.toSorted((one, other) => one.order - other.order);
    const found = order.flatMap(
      ({ computeEnvironment }) => this.realm.computeEnvironments.get(nameIn(computeEnvironment)) ?? [],
    );
    this.#environments.set(name, found);
    return found;
  }

  lineOf(job: Job): WaitingLine {
    return this.lineNamed(job.record.queue);
  }

  lineNamed(queue: string): WaitingLine {
    const known = this.#lines.get(queue);
    if (known) return known;
    const line = this.realm.jobQueues.get(queue)?.schedulingPolicyArn ? this.#fairShareLine(queue) : new Line();
    this.#lines.set(queue, line);
    return line;
  }

  /** A new queue of an old name starts with a new line. */
  dropLine(queue: string): void {
    this.#lines.delete(queue);
  }

  planOf(job: Job): JobPlan {
    const known = this.#plans.get(job);
    if (known) return known;
    const plan = planJob(job.record, this.definitionOf(job));
    this.#plans.set(job, plan);
    return plan;
  }

  definitionOf(job: Job): JobDefinitionRecord {
    const definition = this.realm.revisions.get(job.record.definition);
    if (!definition) throw new Error(`the store has lost job definition ${job.record.definition}`);
    return definition;
  }

  use(environment: string, job: Job, vcpus: number): void {
    this.#usedVcpus.set(environment, (this.#usedVcpus.get(environment) ?? 0) + vcpus);
    const type = this.realm.computeEnvironments.get(environment)?.computeResources?.type ?? '';
    this.#usedVcpusOfType.set(type, (this.#usedVcpusOfType.get(type) ?? 0) + vcpus);
    this.lineOf(job).use(job, vcpus);
  }

  /** Of all compute environments of a type. */
  usedVcpusOf(type: string): number {
    return this.#usedVcpusOfType.get(type) ?? 0;
  }

  usedVcpus(environment: ComputeEnvironmentRecord): number {
    return this.#usedVcpus.get(environment.computeEnvironmentName) ?? 0;
  }

  /** Ready to take a job of this plan, were there room; '' when it is. Worked out once for a plan and compute environment. */
  obstacle(environment: ComputeEnvironmentRecord, plan: JobPlan): string {
    const byPlan = this.#obstacles.get(environment) ?? new WeakMap<JobPlan, string>();
    this.#obstacles.set(environment, byPlan);
    const known = byPlan.get(plan);
    if (known !== undefined) return known;
    const obstacle = obstacleIn(environment, plan) ?? '';
    byPlan.set(plan, obstacle);
    return obstacle;
  }

  isReady(environment: ComputeEnvironmentRecord): boolean {
    return environment.state === 'ENABLED' && statusAt(environment, this.#parts.now()) === 'VALID';
  }

  #refusalOf(job: Job): string | undefined {
    const queue = this.realm.jobQueues.get(job.record.queue);
    const environment = queue ? this.environmentsOf(queue)[0]?.computeEnvironmentName : undefined;
    return refusalOf(job, this.definitionOf(job), this.planOf(job), environment ?? '');
  }

  #fairShareLine(queue: string): WaitingLine {
    const policy = (): FairShare | undefined => {
      const arn = this.realm.jobQueues.get(queue)?.schedulingPolicyArn;
      return arn === undefined ? undefined : this.realm.schedulingPolicies.get(nameIn(arn))?.fairsharePolicy;
    };
    const rankOf = (job: Job) =>
      job.record.overrides.schedulingPriorityOverride ?? this.definitionOf(job).schedulingPriority ?? 0;
    return new FairShareLine(policy, this.#parts.now, rankOf);
  }
}
