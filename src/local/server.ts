/** The local AWS: one process, one port, every service, any account and region. */
import { randomUUID } from 'node:crypto';
import type { IncomingMessage } from 'node:http';
import { setTimeout } from 'node:timers/promises';
import type { Clock } from '../ports.ts';
import { createBatch } from './batch/create-batch.ts';
import { createSecretFetcher } from './batch/scheduling/secrets.ts';
import type { BatchSettings } from './batch/settings.ts';
import { clientEnvironment } from './client-environment.ts';
import { createEc2 } from './ec2/ec2.ts';
import { createEcr, type EcrOptions } from './ecr/ecr.ts';
import type { Engine, ImageSource } from './engines/model.ts';
import { createEvents } from './events/events.ts';
import { handleExchange } from './exchange.ts';
import { createFaults, type Faults } from './faults.ts';
import { isLoopback } from './foreign-pages.ts';
import { createIam } from './iam/iam.ts';
import { openIdentity } from './iam/identity.ts';
import { type Listener, listen } from './listen.ts';
import { createLogs } from './logs/create-logs.ts';
import type { LocalContext, Store } from './model.ts';
import { createPricing } from './pricing/pricing.ts';
import { createRates } from './rates.ts';
import type { Services } from './route.ts';
import { createS3 } from './s3/s3.ts';
import { createSecretsManager } from './secrets-manager/secrets-manager.ts';
import { createSqs } from './sqs/sqs.ts';
import { createSsm } from './ssm/ssm.ts';
import { openStore } from './store.ts';
import { createSts } from './sts/sts.ts';

export interface LocalAwsOptions {
  /** 0 or absent: any free one. */
  readonly port?: number | undefined;
  readonly host?: string | undefined;
  /** Allows a host that is not loopback. */
  readonly allowRemote?: boolean | undefined;
  /** Where the state lives on after the process; without it everything is forgotten. */
  readonly stateFolder?: string | undefined;
  /** How containers run. It is closed with the server. */
  readonly engine: Engine | EngineFactory;
  /** How the registry answers where there is a choice. */
  readonly ecr?: EcrOptions | undefined;
  readonly clock?: Clock | undefined;
  readonly uuid?: (() => string) | undefined;
  /**
   * Called before each call is worked on, with the milliseconds that a fault delays it (0: none). By default it sleeps that long on
   * the clock; a simulation makes its own of it.
   */
  readonly holdUp?: ((milliseconds: number, request: IncomingMessage) => Promise<void>) | undefined;
  /** Holds callers to the real services' rates, with token buckets. */
  readonly rates?: boolean | undefined;
  /** What the local Batch does that AWS does at a time of its own: lag, history, how long changes take. */
  readonly batch?: BatchSettings | undefined;
  /** Told of errors that are the local AWS's own; the caller of the API gets a 500. */
  readonly onInternalError?: ((error: unknown) => void) | undefined;
}

export type EngineFactory = (context: EngineContext) => Engine | Promise<Engine>;

export interface EngineContext extends LocalContext {
  /** The images behind the local registry, for engines that unpack them. */
  readonly images: ImageSource;
  /** The registry's password for an account, for engines that pull. */
  readonly registryPassword: (account: string) => string;
}

export interface LocalAws {
  readonly url: string;
  readonly port: number;
  readonly engine: Engine;
  readonly faults: Faults;
  /** The variables that point any SDK, and the AWS CLI, at this server. */
  environment(account?: string, region?: string): Record<string, string>;
  /** Ends running requests and jobs, writes the state, closes every connection. May be called twice. */
  stop(): Promise<void>;
}

/** Throws ConfigurationError when the port or the state folder cannot be had. */
export async function startLocalAws(options: LocalAwsOptions): Promise<LocalAws> {
  const { clock = systemClock, uuid = randomUUID } = options;
  const store = await openStore({ folder: options.stateFolder });
  try {
    let listener: Listener | undefined;
    const context: LocalContext = { store, clock, uuid, endpoint: () => requireListener(listener).url };
    const { port = 0, host = '127.0.0.1', allowRemote = false } = options;
    const parts = await createParts(context, options);
    const faults = createFaults(furthest => parts.services.batch.past?.keep(furthest));
    const exchange = {
      services: parts.services,
      faults,
      store,
      holdUp: options.holdUp ?? (async milliseconds => (milliseconds > 0 ? clock.sleep(milliseconds) : undefined)),
      uuid,
      clock,
      control: {
        ...{ faults, engine: parts.engine, startedAt: clock.now(), clock },
        ...{ services: parts.services, localOnly: isLoopback(host) },
      },
      admit: options.rates ? createRates(clock) : () => true,
      onInternalError: options.onInternalError ?? (() => undefined),
    };
    listener = await listen((request, response) => void handleExchange(exchange, request, response), {
      port,
      host,
      allowRemote,
      name: 'the local AWS',
      danger: 'it checks no signature, so whoever reaches it may do everything',
    });
    parts.services.batch.start?.();
    return describeRunning(listener, parts, faults, store);
  } catch (error) {
    await store.close();
    throw error;
  }
}

interface Parts {
  readonly services: Services;
  readonly engine: Engine;
}

/** Images before the engine, the engine before Batch. */
async function createParts(
  context: LocalContext,
  { engine: given, ecr: ecrOptions, batch }: LocalAwsOptions,
): Promise<Parts> {
  const logs = createLogs(context);
  const ecr = createEcr(context, ecrOptions);
  const engine =
    typeof given === 'function'
      ? await given({ ...context, images: ecr.images, registryPassword: ecr.registryPassword })
      : given;
  const identity = openIdentity(context.store);
  const sqs = createSqs(context);
  const events = createEvents(context, sqs.deliver);
  const ssm = createSsm(context);
  const secretsManager = createSecretsManager(context);
  const neighbours = { bus: events.bus, fetchSecrets: createSecretFetcher(ssm, secretsManager) };
  const services: Services = {
    batch: createBatch(context, engine, logs, batch, neighbours),
    sqs: sqs.api,
    events: events.api,
    ecr: ecr.api,
    registry: ecr.registry,
    logs: logs.api,
    ssm,
    secretsManager,
    sts: createSts(identity, context),
    iam: createIam(identity, context),
    ec2: createEc2(context),
    pricing: createPricing(),
    s3: createS3(context),
  };
  return { services, engine };
}

function describeRunning(listener: Listener, { services, engine }: Parts, faults: Faults, store: Store): LocalAws {
  const { url, port } = listener;
  let stopped: Promise<void> | undefined;
  const stop = async (): Promise<void> => {
    await listener.close();
    await services.batch.stop?.();
    await engine.close();
    for (const service of Object.values(services)) if (service !== services.batch) await service.stop?.();
    await store.close();
  };
  return {
    url,
    port,
    engine,
    faults,
    environment: (account, region) => ({ ...clientEnvironment(url, account, region) }),
    stop() {
      stopped ??= stop();
      return stopped;
    },
  };
}

function requireListener(listener: Listener | undefined): Listener {
  if (!listener) throw new Error('the endpoint is not known before the server listens');
  return listener;
}

const systemClock: Clock = {
  now: () => Date.now(),
  sleep: (milliseconds, signal) => setTimeout(milliseconds, undefined, signal ? { signal } : {}),
};
