/** The local Batch behind the ports without a connection between: thousands of calls a second, for tests that enumerate. */
import type { Batch } from '@aws-sdk/client-batch';
import { createBatch } from '../../src/local/batch/create-batch.ts';
import { createLogs } from '../../src/local/logs/create-logs.ts';
import { type JsonService, ServiceError } from '../../src/local/model.ts';
import { openStore } from '../../src/local/store.ts';
import type { AwsPorts } from '../../src/ports.ts';
import { idleEngine } from '../local/fixtures/idle-engine.ts';

export type BatchPorts = Pick<AwsPorts, 'batch' | 'batchOnce'>;

export interface InProcessPorts extends BatchPorts {
  batch(region: string): Promise<Batch>;
  batchOnce(region: string): Promise<Batch>;
}

export interface InProcessBatch {
  /** The clients of one account. */
  portsOf(account: string): InProcessPorts;
  stop(): Promise<void>;
}

export async function startInProcessBatch(): Promise<InProcessBatch> {
  const store = await openStore();
  const clock = { now: () => 0, sleep: () => new Promise<void>(() => undefined) };
  const context = { store, clock, uuid: () => 'id', endpoint: () => 'http://127.0.0.1' };
  const service = createBatch(context, idleEngine, createLogs(context));
  return {
    portsOf(account) {
      const batch = (region: string) => Promise.resolve(clientOf(service, { account, region }));
      return { batch, batchOnce: batch };
    },
    async stop() {
      await service.stop?.();
      await store.close();
    },
  };
}

/** Answers and errors as the SDK gives them, after a turn of the event loop as over a connection. */
function clientOf({ operations }: JsonService, caller: { account: string; region: string }): Batch {
  const call = async (operation: string, input: Record<string, unknown>) => {
    await new Promise(setImmediate);
    try {
      const handle = operations[operation];
      if (!handle) throw new Error(`there is no ${operation}`);
      // As it goes over the wire: absent members are left out, nothing is shared with the caller.
      const sent = JSON.parse(JSON.stringify(input)) as Record<string, unknown>;
      return handle({ ...caller, operation, requestId: 'id', input: sent });
    } catch (error) {
      if (!(error instanceof ServiceError)) throw error;
      throw Object.assign(new Error(error.message), { name: error.code, $metadata: { httpStatusCode: error.status } });
    }
  };
  const operationOf = (method: string) => method.charAt(0).toUpperCase() + method.slice(1);
  const client = {
    get: (_target: object, method: string | symbol) =>
      typeof method === 'string' && operationOf(method) in operations
        ? (input: Record<string, unknown> = {}) => call(operationOf(method), input)
        : undefined,
  };
  // Every method of the SDK's client that the service has an operation for, and no other.
  return new Proxy({}, client) as Batch;
}
