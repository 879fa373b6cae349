/** Random sequences of Batch calls and container events, against a few lines that state the rules of the states anew. */
import type { JobDetail } from '@aws-sdk/client-batch';
import { expect, test } from '@jest/globals';
import fc from 'fast-check';
import { createBatch } from '../../../src/local/batch/create-batch.ts';
import { openStore } from '../../../src/local/store.ts';
import { ScriptedEngine, type ScriptedRun } from './scripted-engine.ts';
import { settle, TestClock } from './test-clock.ts';

const SLOTS = 3;
type State = 'PENDING' | 'RUNNABLE' | 'STARTING' | 'RUNNING' | 'SUCCEEDED' | 'FAILED';

interface Unit {
  state: State;
  attempts: number;
  stopped: boolean;
}

interface ModelJob {
  readonly id: string;
  readonly isArray: boolean;
  readonly allowed: number;
  readonly units: Unit[];
  readonly after: ModelJob | undefined;
  readonly byIndex: boolean;
  readonly sequential: boolean;
}

/** What Batch should do, in the plainest words: no index, no queue, everything looked up anew. */
class Model {
  readonly jobs: ModelJob[] = [];
  readonly front: Unit[] = [];

  settle(): void {
    for (let changed = true; changed; ) {
      changed = false;
      for (const job of this.jobs) {
        for (const [index, unit] of job.units.entries()) {
          if (unit.state !== 'PENDING') continue;
          const needs = needsOf(job, index);
          if (needs.includes('FAILED')) unit.state = 'FAILED';
          else if (needs.every(state => state === 'SUCCEEDED')) unit.state = 'RUNNABLE';
          changed ||= unit.state !== 'PENDING';
        }
      }
    }
    for (let next = this.next(); next && this.placed().length < SLOTS; next = this.next()) {
      if (this.front.includes(next)) this.front.splice(this.front.indexOf(next), 1);
      next.state = 'STARTING';
    }
  }

  next(): Unit | undefined {
    const waiting = this.jobs.flatMap(({ units }) => units).filter(({ state }) => state === 'RUNNABLE');
    return this.front.find(unit => waiting.includes(unit)) ?? waiting[0];
  }

  placed(): Unit[] {
    return this.jobs.flatMap(({ units }) => units).filter(({ state }) => state === 'STARTING' || state === 'RUNNING');
  }
}

function needsOf({ after, byIndex, sequential, units }: ModelJob, index: number): State[] {
  const previous = sequential && index > 0 ? [units[index - 1]?.state ?? 'FAILED'] : [];
  if (!after) return previous;
  return [...previous, byIndex ? (after.units[index]?.state ?? 'FAILED') : stateOf(after)];
}

function stateOf({ isArray, units }: ModelJob): State {
  if (!isArray) return units[0]?.state ?? 'FAILED';
  if (units.some(({ state }) => state !== 'SUCCEEDED' && state !== 'FAILED')) return 'PENDING';
  return units.some(({ state }) => state === 'FAILED') ? 'FAILED' : 'SUCCEEDED';
}

type Step =
  | {
      readonly kind: 'submit';
      readonly size: number;
      readonly attempts: number;
      readonly after: number;
      readonly byIndex: boolean;
      readonly sequential: boolean;
    }
  | { readonly kind: 'start' | 'succeed' | 'fail' | 'lose'; readonly which: number }
  | { readonly kind: 'cancel' | 'terminate'; readonly which: number; readonly child: boolean };

const submit = fc.record({
  kind: fc.constant('submit' as const),
  size: fc.constantFrom(0, 0, 2, 3, 5),
  attempts: fc.integer({ min: 1, max: 3 }),
  after: fc.integer({ min: -4, max: 5 }),
  byIndex: fc.boolean(),
  sequential: fc.boolean(),
});
const which = fc.nat({ max: 20 });
const steps: fc.Arbitrary<Step[]> = fc.array(
  fc.oneof(
    { weight: 3, arbitrary: submit },
    {
      weight: 6,
      arbitrary: fc.record({
        kind: fc.constantFrom('start' as const, 'succeed' as const, 'fail' as const, 'lose' as const),
        which,
      }),
    },
    {
      weight: 2,
      arbitrary: fc.record({
        kind: fc.constantFrom('cancel' as const, 'terminate' as const),
        which,
        child: fc.boolean(),
      }),
    },
  ),
  { maxLength: 40 },
);

class Rig {
  readonly model = new Model();
  readonly engine = new ScriptedEngine(SLOTS);
  readonly live = new Map<Unit, ScriptedRun>();
  readonly call: (operation: string, input: object) => Record<string, unknown>;

  constructor(store: Awaited<ReturnType<typeof openStore>>) {
    let ids = 0;
    const uuid = () => `00000000-0000-4000-8000-${String(++ids).padStart(12, '0')}`;
    const context = { store, clock: new TestClock(), uuid, endpoint: () => 'http://127.0.0.1:1' };
    const { operations } = createBatch(context, this.engine, { append: () => undefined });
    const caller = { account: '111122223333', region: 'eu-west-1', requestId: 'r' };
    this.call = (operation, input) =>
      operations[operation]?.({ ...caller, operation, input: { ...input } }) as Record<string, unknown>;
    this.call('CreateComputeEnvironment', {
      computeEnvironmentName: 'c',
      type: 'MANAGED',
      computeResources: { type: 'FARGATE', maxvCpus: 100, subnets: ['s'], securityGroupIds: ['g'] },
    });
    this.call('CreateJobQueue', {
      jobQueueName: 'q',
      priority: 1,
      computeEnvironmentOrder: [{ order: 1, computeEnvironment: 'c' }],
    });
    const resourceRequirements = [
      { type: 'VCPU', value: '1' },
      { type: 'MEMORY', value: '2048' },
    ];
    const containerProperties = { image: 'i', executionRoleArn: 'arn:x', resourceRequirements };
    this.call('RegisterJobDefinition', {
      jobDefinitionName: 'd',
      type: 'container',
      platformCapabilities: ['FARGATE'],
      containerProperties,
    });
  }

  async take(step: Step): Promise<void> {
    if (step.kind === 'submit') this.submit(step);
    else if ('child' in step) this.stop(step);
    else this.move(step);
    this.model.settle();
    await settle();
    this.pair();
    this.compare();
  }

  submit({ size, attempts, after, byIndex, sequential }: Step & { kind: 'submit' }): void {
    const upstream = this.model.jobs[after];
    const tied = byIndex && size > 0 && upstream?.isArray === true && upstream.units.length === size;
    const inTurn = sequential && size > 0;
    const { jobId } = this.call('SubmitJob', {
      jobName: 'j',
      jobQueue: 'q',
      jobDefinition: 'd',
      retryStrategy: { attempts },
      ...(size ? { arrayProperties: { size } } : {}),
      dependsOn: [
        ...(upstream ? [{ jobId: upstream.id, ...(tied ? { type: 'N_TO_N' } : {}) }] : []),
        ...(inTurn ? [{ type: 'SEQUENTIAL' }] : []),
      ],
    });
    const units = Array.from({ length: size || 1 }, (): Unit => ({ state: 'PENDING', attempts: 0, stopped: false }));
    this.model.jobs.push({
      id: String(jobId),
      isArray: size > 0,
      allowed: attempts,
      units,
      after: upstream,
      byIndex: tied,
      sequential: inTurn,
    });
  }

  stop({ kind, which: pick, child }: Step & { kind: 'cancel' | 'terminate' }): void {
    const job = this.model.jobs[pick % Math.max(1, this.model.jobs.length)];
    if (!job) return;
    const index = child && job.isArray ? pick % job.units.length : undefined;
    this.call(kind === 'cancel' ? 'CancelJob' : 'TerminateJob', {
      jobId: index === undefined ? job.id : `${job.id}:${index}`,
      reason: 'x',
    });
    for (const unit of index === undefined ? job.units : job.units.slice(index, index + 1)) {
      if (unit.state === 'PENDING' || unit.state === 'RUNNABLE') unit.state = 'FAILED';
      else if (kind === 'terminate' && (unit.state === 'STARTING' || unit.state === 'RUNNING')) unit.stopped = true;
    }
  }

  move({ kind, which: pick }: { readonly kind: 'start' | 'succeed' | 'fail' | 'lose'; readonly which: number }): void {
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
  pair(): void {
    for (const { id, isArray, units } of this.model.jobs) {
      for (const [index, unit] of units.entries()) {
        const placed = unit.state === 'STARTING' || unit.state === 'RUNNING';
        if (placed && !this.live.has(unit)) this.live.set(unit, this.engine.of(isArray ? `${id}:${index}` : id));
      }
    }
  }

  compare(): void {
    for (const { id, isArray, units, allowed, after, byIndex, sequential } of this.model.jobs) {
      const expected = units.map(({ state, attempts }) => [state, attempts]);
      const ids = isArray ? units.map((_, index) => `${id}:${index}`) : [id];
      const { jobs } = this.call('DescribeJobs', { jobs: ids }) as { jobs: JobDetail[] };
      expect(jobs.map(({ status, attempts }) => [status, attempts?.length])).toEqual(expected);
      const [parent] = (this.call('DescribeJobs', { jobs: [id] }) as { jobs: JobDetail[] }).jobs;
      expect(parent?.status).toBe(stateOf({ id, isArray, units, allowed, after, byIndex, sequential }));
      if (!isArray) continue;
      const counts: Record<string, number> = {};
      for (const { state } of units) counts[state] = (counts[state] ?? 0) + 1;
      expect(parent?.arrayProperties?.statusSummary).toEqual({
        SUBMITTED: 0,
        PENDING: 0,
        RUNNABLE: 0,
        STARTING: 0,
        RUNNING: 0,
        SUCCEEDED: 0,
        FAILED: 0,
        ...counts,
      });
    }
    expect(this.engine.runs.filter(run => [...this.live.values()].includes(run)).length).toBe(
      this.model.placed().length,
    );
  }
}

test('BATCH-164 any sequence of calls and events leaves every job in the state that the rules give it', async () => {
  const store = await openStore();
  // Each sequence in tables of its own, on one store: a folder each would take most of the time.
  let sequence = 0;
  await fc.assert(
    fc.asyncProperty(steps, async sequenceSteps => {
      const prefix = `${++sequence}/`;
      const rig = new Rig({ ...store, table: name => store.table(prefix + name) });
      for (const step of sequenceSteps) await rig.take(step);
    }),
    { numRuns: Number(process.env['BATCH_MODEL_RUNS'] ?? 200) },
  );
  await store.close();
}, 120_000);
