/** The local Batch and the model side by side: each step is taken by both, and both must then say the same. */
import type { JobDetail, JobSummary } from '@aws-sdk/client-batch';
import { expect } from '@jest/globals';
import { createBatch } from '../../../src/local/batch/create-batch.ts';
import type { FaultHandle, FaultStart } from '../../../src/local/faults.ts';
import type { JsonService, Store } from '../../../src/local/model.ts';
import { type Exchanged, exchangeWith, type InProcessExchange } from './in-process-exchange.ts';
import { FAULTS, type Fault, type MoveStep, type Step, type StopStep, type SubmitStep } from './model-steps.ts';
import { ScriptedEngine, type ScriptedRun } from './scripted-engine.ts';
import { Model, type ModelJob, SLOTS, stateOf, type Unit } from './state-model.ts';
import { settle, TestClock } from './test-clock.ts';

/** Opens what a rig keeps its state in: the same state again after a restart. */
type OpenStore = () => Store | Promise<Store>;

/** One process of the local Batch. */
interface Life {
  readonly store: Store;
  readonly batch: JsonService;
  readonly engine: ScriptedEngine;
  readonly exchange: InProcessExchange;
}

export class Rig {
  readonly model = new Model();
  readonly live = new Map<Unit, ScriptedRun>();
  readonly #open: OpenStore;
  readonly #clock = new TestClock();
  #life: Life;
  #ids = 0;
  #submitted = 0;

  private constructor(open: OpenStore, store: Store) {
    this.#open = open;
    this.#life = this.#begin(store);
  }

  static async start(open: OpenStore): Promise<Rig> {
    const rig = new Rig(open, await open());
    await rig.#prepare();
    return rig;
  }

  #begin(store: Store): Life {
    const uuid = () => `00000000-0000-4000-8000-${String(++this.#ids).padStart(12, '0')}`;
    const context = { store, clock: this.#clock, uuid, endpoint: () => 'http://127.0.0.1:1' };
    const engine = new ScriptedEngine(SLOTS);
    const batch = createBatch(context, engine, { append: () => undefined });
    return { store, batch, engine, exchange: exchangeWith(batch, context) };
  }

  /** The containers are gone with the process that ran them. */
  async #restart(): Promise<void> {
    await this.stop();
    this.#life = this.#begin(await this.#open());
    this.#life.batch.start?.();
    this.live.clear();
    this.model.restart();
  }

  async stop(): Promise<void> {
    await this.#life.batch.stop?.();
    await this.#life.store.close();
  }

  async #prepare(): Promise<void> {
    await this.#call('CreateComputeEnvironment', {
      computeEnvironmentName: 'c',
      type: 'MANAGED',
      computeResources: { type: 'FARGATE', maxvCpus: 100, subnets: ['s'], securityGroupIds: ['g'] },
    });
    await this.#call('CreateJobQueue', {
      jobQueueName: 'q',
      priority: 1,
      computeEnvironmentOrder: [{ order: 1, computeEnvironment: 'c' }],
    });
    const resourceRequirements = [
      { type: 'VCPU', value: '1' },
      { type: 'MEMORY', value: '2048' },
    ];
    const containerProperties = { image: 'i', executionRoleArn: 'arn:x', resourceRequirements };
    await this.#call('RegisterJobDefinition', {
      jobDefinitionName: 'd',
      type: 'container',
      platformCapabilities: ['FARGATE'],
      containerProperties,
    });
  }

  async take(step: Step): Promise<void> {
    if (step.kind === 'submit') await this.#submit(step);
    else if (step.kind === 'restart') await this.#restart();
    else if ('child' in step) await this.#stop(step);
    else this.#move(step);
    this.model.settle();
    await settle();
    this.#pair();
    await this.#compare();
  }

  /** A call that meets no fault. */
  async #call(operation: string, input: object): Promise<Record<string, unknown>> {
    const { status, error, output } = await this.#life.exchange.call(operation, input);
    expect([operation, status, error]).toEqual([operation, 200, undefined]);
    return output;
  }

  /** What the caller is told; undefined: nothing. Says whether the work is done by now. */
  async #callWith(fault: Fault, operation: string, input: object): Promise<Exchanged & { readonly done: boolean }> {
    const start = this.#life.exchange.faults.on(`batch:${operation}`);
    const rule = fault === 'none' || fault === 'stale' ? undefined : addFault(start, fault);
    const exchanged = await this.#life.exchange.call(operation, input);
    rule?.remove();
    expect([fault, exchanged.status, exchanged.error]).toEqual([fault, ...ANSWERS[fault]]);
    return { ...exchanged, done: FAULTS[fault] === 'done' };
  }

  async #submit({ size, attempts, after, byIndex, sequential, fault }: SubmitStep): Promise<void> {
    const upstream = this.model.jobs[after];
    const tied = byIndex && size > 0 && upstream?.isArray === true && upstream.units.length === size;
    const inTurn = sequential && size > 0;
    const jobName = `j${++this.#submitted}`;
    const before = this.#expectedOf(this.model.jobs);
    const behind = fault === 'stale' ? this.#life.exchange.faults.on('batch:*').stale({ writes: 1 }) : undefined;
    const { done, output } = await this.#callWith(fault, 'SubmitJob', {
      jobName,
      jobQueue: 'q',
      jobDefinition: 'd',
      retryStrategy: { attempts },
      ...(size ? { arrayProperties: { size } } : {}),
      dependsOn: [
        ...(upstream ? [{ jobId: upstream.id, ...(tied ? { type: 'N_TO_N' } : {}) }] : []),
        ...(inTurn ? [{ type: 'SEQUENTIAL' }] : []),
      ],
    });
    if (behind) await this.#lookBehind(before, jobName, String(output['jobId']));
    behind?.remove();
    const found = await this.#findByName(jobName);
    expect(found.length).toBe(done ? 1 : 0);
    const [id] = found;
    if (id === undefined) return;
    if (fault !== 'lose') expect(output['jobId']).toBe(id);
    const units = Array.from({ length: size || 1 }, (): Unit => ({ state: 'PENDING', attempts: 0, stopped: false }));
    this.model.jobs.push({
      ...{ id, isArray: size > 0, allowed: attempts, units },
      ...{ after: upstream, byIndex: tied, sequential: inTurn },
    });
  }

  /** Reads that are one write behind: everything as before the submission, also after its job has been placed. */
  async #lookBehind(before: ReadonlyMap<string, string>, jobName: string, jobId: string): Promise<void> {
    await settle();
    expect(await this.#statesOf([...before.keys(), jobId])).toEqual(before);
    expect(await this.#findByName(jobName)).toEqual([]);
  }

  async #findByName(jobName: string): Promise<string[]> {
    const filters = [{ name: 'JOB_NAME', values: [jobName] }];
    const { jobSummaryList } = await this.#call('ListJobs', { jobQueue: 'q', filters });
    return (jobSummaryList as JobSummary[]).flatMap(({ jobId }) => jobId ?? []);
  }

  async #stop({ kind, which: pick, child, fault }: StopStep): Promise<void> {
    const job = this.model.jobs[pick % Math.max(1, this.model.jobs.length)];
    if (!job) return;
    const index = child && job.isArray ? pick % job.units.length : undefined;
    const { done } = await this.#callWith(fault, kind === 'cancel' ? 'CancelJob' : 'TerminateJob', {
      jobId: index === undefined ? job.id : `${job.id}:${index}`,
      reason: 'x',
    });
    if (!done) return;
    for (const unit of index === undefined ? job.units : job.units.slice(index, index + 1)) {
      if (unit.state === 'PENDING' || unit.state === 'RUNNABLE') unit.state = 'FAILED';
      else if (kind === 'terminate' && (unit.state === 'STARTING' || unit.state === 'RUNNING')) unit.stopped = true;
    }
  }

  #move({ kind, which: pick }: MoveStep): void {
    const placed = this.model.placed();
    const unit = placed[pick % Math.max(1, placed.length)];
    const run = unit && this.live.get(unit);
    const job = this.model.jobs.find(({ units }) => unit && units.includes(unit));
    if (!unit || !run || !job) return;
    if (kind === 'start') {
      run.start();
      unit.state = 'RUNNING';
      return;
    }
    run.end(
      kind === 'lose'
        ? { kind: 'host-lost', statusReason: 'Host EC2 (instance i-1) terminated.' }
        : { kind: 'exited', exitCode: kind === 'succeed' ? 0 : 1 },
    );
    this.live.delete(unit);
    unit.attempts++;
    if (unit.stopped) unit.state = 'FAILED';
    else if (kind === 'succeed') unit.state = 'SUCCEEDED';
    else if (unit.attempts >= job.allowed) unit.state = 'FAILED';
    else {
      unit.state = 'RUNNABLE';
      this.model.front.push(unit);
    }
  }

  /** The engine's run of each unit that the model has placed. */
  #pair(): void {
    for (const { id, isArray, units } of this.model.jobs) {
      for (const [index, unit] of units.entries()) {
        const placed = unit.state === 'STARTING' || unit.state === 'RUNNING';
        if (placed && !this.live.has(unit)) this.live.set(unit, this.#life.engine.of(isArray ? `${id}:${index}` : id));
      }
    }
  }

  /** By id: a job's or child's state and attempts, a parent's state and counts. */
  #expectedOf(jobs: readonly ModelJob[]): Map<string, string> {
    const expected = new Map<string, string>();
    for (const job of jobs) {
      const { id, isArray, units } = job;
      if (isArray) expected.set(id, `${stateOf(job)} ${countsOf(units.map(({ state }) => state))}`);
      for (const [index, { state, attempts }] of units.entries())
        expected.set(isArray ? `${id}:${index}` : id, `${state} ${attempts}`);
    }
    return expected;
  }

  async #statesOf(ids: readonly string[]): Promise<Map<string, string>> {
    const states = new Map<string, string>();
    for (let at = 0; at < ids.length; at += 100) {
      const { jobs } = await this.#call('DescribeJobs', { jobs: ids.slice(at, at + 100) });
      for (const { jobId = '', status, attempts, arrayProperties } of jobs as JobDetail[]) {
        const { statusSummary } = arrayProperties ?? {};
        const counts =
          statusSummary && Object.entries(statusSummary).flatMap(([state, count]) => Array(count).fill(state));
        states.set(jobId, `${status} ${counts ? countsOf(counts) : attempts?.length}`);
      }
    }
    return states;
  }

  async #compare(): Promise<void> {
    const expected = this.#expectedOf(this.model.jobs);
    expect(await this.#statesOf([...expected.keys()])).toEqual(expected);
    expect(this.#life.engine.runs.filter(run => [...this.live.values()].includes(run)).length).toBe(
      this.model.placed().length,
    );
  }
}

/** What the caller sees of each fault: status and error; nothing at all when the connection is reset. */
const ANSWERS: Readonly<Record<Fault, readonly [status: number | undefined, error: string | undefined]>> = {
  none: [200, undefined],
  stale: [200, undefined],
  delay: [200, undefined],
  lose: [undefined, undefined],
  reset: [undefined, undefined],
  throttle: [429, 'TooManyRequestsException'],
  fail: [500, 'ServerException'],
  deny: [403, 'AccessDeniedException'],
  expire: [403, 'ExpiredTokenException'],
};

function addFault(start: FaultStart, fault: Exclude<Fault, 'none' | 'stale'>): FaultHandle {
  return (fault === 'delay' ? start.delay(5) : start[fault]()).times(1);
}

function countsOf(states: readonly string[]): string {
  return states.toSorted().join(' ');
}
