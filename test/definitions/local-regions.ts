/** The local AWS with the real SDK clients behind the ports, every call counted, and a clock that never really waits. */
import { Batch, type JobDefinition } from '@aws-sdk/client-batch';
import type { RegistrationPorts } from '../../src/definitions/live.ts';
import type { Definition } from '../../src/definitions/model.ts';
import { planRegistration } from '../../src/definitions/plan.ts';
import { applyRegistration } from '../../src/definitions/register.ts';
import type { ToolkitEvent } from '../../src/events.ts';
import { type LocalAws, startLocalAws } from '../../src/local/server.ts';
import type { AwsPorts, Clock } from '../../src/ports.ts';
import { clientOptions } from '../local/fixtures/local.ts';
import { TARGET } from './requests.ts';

/** Runs nothing: jobs that reach it run until they are stopped. */
const ENGINE = {
  name: 'simulated',
  caveats: [],
  concurrency: 1,
  run: () => ({ started: Promise.resolve(), ended: new Promise<never>(() => undefined), stop: () => undefined }),
  close: () => Promise.resolve(),
} as const;

export class LocalRegions {
  readonly calls: string[] = [];
  readonly events: ToolkitEvent[] = [];
  readonly local: LocalAws;
  readonly #clients = new Map<string, Batch>();

  private constructor(local: LocalAws) {
    this.local = local;
  }

  static async start(): Promise<LocalRegions> {
    return new LocalRegions(await startLocalAws({ engine: ENGINE }));
  }

  async stop(): Promise<void> {
    for (const client of this.#clients.values()) client.destroy();
    await this.local.stop();
  }

  /** A client that tries `maxAttempts` times; its calls are not counted when `maxAttempts` is undefined. */
  batch(region: string, maxAttempts?: number): Batch {
    const key = `${region} ${maxAttempts}`;
    const client =
      this.#clients.get(key) ??
      new Batch({ ...clientOptions(this.local, TARGET.account, region), maxAttempts: maxAttempts ?? 3 });
    if (!this.#clients.has(key) && maxAttempts !== undefined) {
      client.middlewareStack.add(
        (next, { commandName }) =>
          args => {
            this.calls.push(`${region} ${commandName?.replace('Command', '')}`);
            return next(args);
          },
        { step: 'finalizeRequest', priority: 'low' },
      );
    }
    this.#clients.set(key, client);
    return client;
  }

  ports(changes: Partial<RegistrationPorts> = {}): RegistrationPorts {
    const aws: Pick<AwsPorts, 'batch' | 'batchOnce'> = {
      batch: region => Promise.resolve(this.batch(region, 2)),
      batchOnce: region => Promise.resolve(this.batch(region, 1)),
    };
    return { aws, clock: createHastyClock(), notify: event => this.events.push(event), ...changes };
  }

  /** `small:1`, `small:2`: what is ACTIVE in a region. */
  async active(region: string): Promise<readonly string[]> {
    const found = await this.described(region);
    return found.map(({ jobDefinitionName, revision }) => `${jobDefinitionName}:${revision}`).sort();
  }

  async described(region: string): Promise<readonly JobDefinition[]> {
    const found: JobDefinition[] = [];
    let nextToken: string | undefined;
    do {
      const answer = await this.batch(region).describeJobDefinitions({
        status: 'ACTIVE',
        ...(nextToken && { nextToken }),
      });
      found.push(...(answer.jobDefinitions ?? []));
      nextToken = answer.nextToken;
    } while (nextToken);
    return found;
  }

  count(operation: string): number {
    return this.calls.filter(call => call.endsWith(` ${operation}`)).length;
  }
}

/** Plans and applies, and once more; how each definition ended, each time. */
export async function applyTwice(
  definitions: readonly Definition[],
  regions: LocalRegions,
): Promise<readonly (readonly string[])[]> {
  const statuses: string[][] = [];
  for (let times = 1; times <= 2; times++) {
    const plan = await planRegistration(definitions, regions.ports());
    const result = await applyRegistration(plan, { onFailure: 'undo', stamp: {} }, regions.ports());
    statuses.push(result.definitions.map(({ outcome }) => outcome.status));
  }
  return statuses;
}

/** Waiting takes no time; `now` moves on as if it had. */
export function createHastyClock(): Clock {
  let now = 0;
  return {
    now: () => now,
    async sleep(milliseconds, signal) {
      signal?.throwIfAborted();
      const wake = now + milliseconds;
      await Promise.resolve();
      now = Math.max(now, wake);
    },
  };
}
