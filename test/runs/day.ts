/**
 * A day of AWS Batch in seconds: the local Batch behind the ports, without a connection between, on the simulated engine and a virtual
 * clock that stands still while anybody works.
 */
import { createHash } from 'node:crypto';
import type { Batch } from '@aws-sdk/client-batch';
import type { CloudWatchLogs } from '@aws-sdk/client-cloudwatch-logs';
import type { DefinitionConfig, RunConfig, TargetConfig } from '../../src/config/model.ts';
import type { ToolkitEvent } from '../../src/events.ts';
import { createRateLimiter } from '../../src/limiter.ts';
import { createBatch } from '../../src/local/batch/create-batch.ts';
import {
  createSimulatedEngine,
  type SimulatedEngineOptions,
} from '../../src/local/engines/simulated/simulated-engine.ts';
import type { SimulationModel } from '../../src/local/engines/simulated/simulation-model.ts';
import { createVirtualClock, type VirtualClock } from '../../src/local/engines/simulated/virtual-clock.ts';
import type { ServiceEvent } from '../../src/local/events/events.ts';
import { createLogs } from '../../src/local/logs/create-logs.ts';
import { type JsonService, ServiceError } from '../../src/local/model.ts';
import { openStore } from '../../src/local/store.ts';
import type { StorePort } from '../../src/ports.ts';
import type { RunPorts } from '../../src/runs/ports.ts';
import { ACCOUNT, definitionsOf, PRIORITIES, registerTiers, targetOf } from './cues-fleet.ts';

export interface Fault {
  /** The call is answered by this instead; `lost`: it is done, and then the connection breaks; `stale`: as the same call was before. */
  readonly kind: 'throttle' | 'lost' | 'reset' | 'stale';
}

export interface DayOptions {
  readonly model: SimulationModel;
  readonly regions?: readonly string[] | undefined;
  readonly logLines?: SimulatedEngineOptions['logLines'];
  readonly maxvCpus?: number | undefined;
  /** Decides over every call; `number` counts them. */
  readonly fault?: ((operation: string, number: number) => Fault | undefined) | undefined;
  readonly visibleAfterMs?: number | undefined;
  readonly historyHours?: number | undefined;
  /** Hears of every change of a job's state. */
  readonly onEvent?: ((event: ServiceEvent) => void) | undefined;
}

export interface Day {
  readonly clock: VirtualClock;
  readonly ports: RunPorts;
  readonly events: ToolkitEvent[];
  /** How often each operation was called. */
  readonly calls: Map<string, number>;
  readonly batch: (region?: string) => Batch;
  /** No fault from here on. */
  heal(): void;
  /** The ports of a process that dies at its `at`-th call, of Batch or of the ledger: it sends nothing more and hears no answer. */
  mortal(store: StorePort, death: { readonly at: number; readonly when: 'before' | 'after' }): Mortal;
  /** Lets time pass until the work is done. */
  run<Result>(work: Promise<Result>): Promise<Result>;
  targets(config: Partial<RunConfig>): readonly TargetConfig[];
  definitions(config: Partial<RunConfig>): readonly DefinitionConfig[];
  messages(level?: string): string[];
  stop(): Promise<void>;
}

export interface Mortal {
  readonly ports: RunPorts;
  readonly store: StorePort;
  /** Resolves when it has died and what it had sent has been handled. */
  readonly died: Promise<void>;
  readonly calls: () => number;
}

export async function startDay(options: DayOptions): Promise<Day> {
  const { regions = ['eu-west-1'], model } = options;
  let fault: NonNullable<DayOptions['fault']> = () => undefined;
  let underWay = 0;
  let quiet = 0;
  /** Nobody works when for some turns no call was under way. */
  const settle = async () => {
    for (quiet = 0; quiet < 4; quiet += 1) {
      await new Promise(setImmediate);
      if (underWay > 0) quiet = 0;
    }
  };
  const clock = createVirtualClock({ settle });
  const store = await openStore();
  let ids = 0;
  const uuid = () => {
    ids += 1;
    return createHash('sha256')
      .update(`job ${ids}`)
      .digest('hex')
      .replace(/^(.{8})(.{4})(.{4})(.{4})(.{12}).*$/, '$1-$2-$3-$4-$5');
  };
  const context = { store, clock, uuid, endpoint: () => 'http://127.0.0.1' };
  const logs = createLogs(context);
  const engine = createSimulatedEngine({ clock, model, logLines: options.logLines });
  const { onEvent } = options;
  const bus = onEvent && { hasRules: () => true, put: (_: unknown, event: ServiceEvent) => onEvent(event) };
  const service = createBatch(context, engine, logs, options, { bus });
  const calls = new Map<string, number>();
  const before = new Map<string, unknown>();
  const clientOf = <Client>(api: JsonService, region: string): Client => {
    const call = async (operation: string, input: Record<string, unknown>) => {
      underWay += 1;
      quiet = 0;
      try {
        const number = (calls.get(operation) ?? 0) + 1;
        calls.set(operation, number);
        await new Promise(setImmediate);
        const broken = fault(operation, number);
        if (broken?.kind === 'throttle') throw remoteError('TooManyRequestsException', 'Too Many Requests', 429);
        if (broken?.kind === 'reset') throw Object.assign(new Error('read ECONNRESET'), { code: 'ECONNRESET' });
        const same = JSON.stringify([region, operation, input]);
        const answer = (broken?.kind === 'stale' && before.get(same)) || handle(api, operation, input, region);
        before.set(same, answer);
        if (broken?.kind === 'lost') throw Object.assign(new Error('socket hang up'), { code: 'ECONNRESET' });
        return answer;
      } finally {
        underWay -= 1;
        quiet = 0;
      }
    };
    const operationOf = (method: string) => method.charAt(0).toUpperCase() + method.slice(1);
    return new Proxy(
      {},
      {
        get: (_target, method) =>
          typeof method === 'string' && operationOf(method) in api.operations
            ? (input: Record<string, unknown> = {}) => call(operationOf(method), input)
            : undefined,
      },
    ) as Client;
  };
  const batch = (region = regions[0] ?? '') => clientOf<Batch>(service, region);
  const events: ToolkitEvent[] = [];
  const notify = (event: ToolkitEvent) => void events.push(event);
  service.start?.();
  for (const region of regions) await furnish(clientOf<Batch>(service, region), options.maxvCpus ?? 1_000_000);
  calls.clear();
  fault = options.fault ?? fault;
  return {
    clock,
    events,
    calls,
    batch,
    heal() {
      fault = () => undefined;
    },
    ports: {
      aws: {
        batch: async region => batch(region),
        batchOnce: async region => batch(region),
        logs: async region => clientOf<CloudWatchLogs>(logs.api, region),
        ec2: unasked,
        pricing: unasked,
      },
      clock,
      notify,
      limiter: createRateLimiter(clock, notify),
    },
    mortal(inner, { at, when }) {
      const silence = new Promise<never>(() => undefined);
      const death = Promise.withResolvers<void>();
      let count = 0;
      let dead = false;
      const under = new Set<Promise<unknown>>();
      const die = () => {
        dead = true;
        void Promise.allSettled(under).then(() => death.resolve());
        return silence;
      };
      const send = async <Answer>(call: () => Promise<Answer>): Promise<Answer> => {
        if (dead) return silence;
        count += 1;
        const hit = count === at;
        if (hit && when === 'before') return die();
        const answer = call();
        under.add(answer);
        await answer.catch(() => undefined);
        under.delete(answer);
        if (hit) return die();
        return dead ? silence : answer;
      };
      const wrap = <Client extends object>(client: Client): Client =>
        new Proxy(client, {
          get: (target, method) => {
            const own = Reflect.get(target, method) as ((input: unknown) => Promise<unknown>) | undefined;
            return own && ((input: unknown) => send(() => own(input)));
          },
        });
      const notify = (event: ToolkitEvent) => void (dead || events.push(event));
      return {
        died: death.promise,
        calls: () => count,
        store: {
          ...inner,
          read: key => send(() => inner.read(key)),
          write: (key, bytes, condition) => send(() => inner.write(key, bytes, condition)),
        },
        ports: {
          aws: {
            batch: async region => wrap(batch(region)),
            batchOnce: async region => wrap(batch(region)),
            logs: async region => wrap(clientOf<CloudWatchLogs>(logs.api, region)),
            ec2: unasked,
            pricing: unasked,
          },
          clock: { now: clock.now, sleep: async (time, signal) => (dead ? silence : clock.sleep(time, signal)) },
          notify,
          limiter: createRateLimiter(clock, notify),
        },
      };
    },
    async run(work) {
      let done = false;
      const end = () => {
        done = true;
      };
      work.then(end, end);
      await clock.run(() => done);
      return work;
    },
    targets: config => regions.map(region => targetOf(region, config)),
    definitions: config => regions.flatMap(region => definitionsOf(targetOf(region, config))),
    messages: level =>
      events.flatMap(event => (event.type === 'message' && (!level || event.level === level) ? [event.text] : [])),
    async stop() {
      await service.stop?.();
      await store.close();
    },
  };
}

const unasked = () => Promise.reject(new Error('prices are configured here'));

function handle(
  { operations }: JsonService,
  operation: string,
  input: Record<string, unknown>,
  region: string,
): unknown {
  try {
    const sent = JSON.parse(JSON.stringify(input)) as Record<string, unknown>;
    const answer = operations[operation]?.({ account: ACCOUNT, region, operation, requestId: 'id', input: sent });
    return JSON.parse(JSON.stringify(answer ?? {}));
  } catch (error) {
    if (error instanceof ServiceError) throw remoteError(error.code, error.message, error.status);
    throw error;
  }
}

function remoteError(name: string, message: string, httpStatusCode: number): Error {
  return Object.assign(new Error(message), { name, $metadata: { httpStatusCode } });
}

async function furnish(batch: Batch, maxvCpus: number): Promise<void> {
  await batch.createComputeEnvironment({
    computeEnvironmentName: 'spot',
    type: 'MANAGED',
    computeResources: {
      type: 'EC2',
      minvCpus: 0,
      maxvCpus,
      instanceTypes: ['optimal'],
      instanceRole: 'r',
      subnets: ['s'],
      securityGroupIds: ['sg-1'],
    },
  });
  const computeEnvironmentOrder = [{ order: 1, computeEnvironment: 'spot' }];
  for (const [priority, jobQueueName] of [...PRIORITIES, 'on-demand'].entries()) {
    await batch.createJobQueue({ jobQueueName: `cues-${jobQueueName}`, priority, computeEnvironmentOrder });
  }
  const { arn: schedulingPolicyArn } = await batch.createSchedulingPolicy({ name: 'fair', fairsharePolicy: {} });
  const shared = { jobQueueName: 'cues-shared', priority: 1, schedulingPolicyArn };
  await batch.createJobQueue({ ...shared, computeEnvironmentOrder });
  await registerTiers(batch, 2);
}
