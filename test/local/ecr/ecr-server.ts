/** The local AWS with a clock that stands still until it is told, for tests of ECR and its registry. */
import { ECR } from '@aws-sdk/client-ecr';
import type { EcrOptions } from '../../../src/local/ecr/ecr.ts';
import type { Engine, ImageSource } from '../../../src/local/engines/model.ts';
import type { Faults } from '../../../src/local/faults.ts';
import { startLocalAws } from '../../../src/local/server.ts';

export interface EcrServer {
  readonly url: string;
  readonly host: string;
  readonly images: ImageSource;
  /** Milliseconds; set it to let time pass. */
  readonly time: { now: number };
  /** Errors that were ours. */
  readonly faults: unknown[];
  /** Faults on demand. */
  readonly inject: Faults;
  client(account?: string, region?: string): ECR;
  /** From now on whoever sleeps is not woken before the server stops. */
  holdSleepers(): void;
  stop(): Promise<void>;
}

export async function startEcr(ecr: EcrOptions = {}, stateFolder?: string): Promise<EcrServer> {
  const time = { now: Date.UTC(2026, 0, 15) };
  const faults: unknown[] = [];
  let held = false;
  let images: ImageSource | undefined;
  const aws = await startLocalAws({
    ecr,
    stateFolder,
    clock: {
      now: () => time.now,
      sleep: (milliseconds, signal) => (held ? sleepUntil(signal) : advance(time, milliseconds)),
    },
    onInternalError: error => faults.push(error),
    engine: context => {
      images = context.images;
      return idle;
    },
  });
  if (!images) throw new Error('the engine was not made');
  return {
    url: aws.url,
    host: new URL(aws.url).host,
    images,
    time,
    faults,
    inject: aws.faults,
    client: (account = '111122223333', region = 'eu-west-1') =>
      new ECR({
        endpoint: aws.url,
        region,
        credentials: { accessKeyId: account, secretAccessKey: 'local' },
        maxAttempts: 1,
      }),
    holdSleepers() {
      held = true;
    },
    stop: () => aws.stop(),
  };
}

const idle: Engine = {
  name: 'simulated',
  caveats: [],
  concurrency: 1,
  run: () => {
    throw new Error('nothing runs here');
  },
  close: async () => undefined,
};

async function advance(time: { now: number }, milliseconds: number): Promise<void> {
  time.now += milliseconds;
}

function sleepUntil(signal: AbortSignal | undefined): Promise<void> {
  return new Promise((_, reject) => signal?.addEventListener('abort', () => reject(signal.reason)));
}
