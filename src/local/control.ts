/** `/_batchwright/…`: what is ours and not AWS's. JSON in and out, and the page for people. */
import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Clock } from '../ports.ts';
import { advanceClock, describeClock } from './control-clock.ts';
import type { Engine } from './engines/model.ts';
import { type FaultKind, type FaultRule, type Faults, faultKinds } from './faults.ts';
import { isAddressedLocally } from './foreign-pages.ts';
import { ServiceError } from './model.ts';
import type { ViewedServices } from './page/aws-view.ts';
import { isPagePath, servePage } from './page/serve.ts';
import { parseJsonInput, readBody } from './wire.ts';

export interface ControlContext {
  readonly faults: Faults;
  readonly engine: Engine;
  readonly startedAt: number;
  readonly clock: Clock;
  readonly services: ViewedServices;
  /** Whether only this machine can reach the server: then it must be addressed by a loopback name. */
  readonly localOnly: boolean;
}

type Handler = (context: ControlContext, request: IncomingMessage, id: string) => unknown;

/** `METHOD path`; a last segment `:id` takes anything. */
const routes: Readonly<Record<string, Handler>> = {
  'GET health': ({ engine, startedAt }) => ({
    status: 'running',
    startedAt: new Date(startedAt).toISOString(),
    engine: { name: engine.name, caveats: engine.caveats, concurrency: engine.concurrency },
    services: ['batch', 'ecr', 'logs', 's3', 'sts', 'iam', 'ec2', 'ssm', 'secretsmanager', 'sqs', 'events', 'pricing'],
  }),
  'GET clock': ({ clock }) => describeClock(clock),
  'POST clock': async ({ clock }, request) => advanceClock(clock, await readInput(request)),
  'GET faults': ({ faults }) => ({ faults: faults.list() }),
  'POST faults': async ({ faults }, request) => faults.add(readRule(await readInput(request))).rule,
  'DELETE faults': ({ faults }) => {
    faults.clear();
    return {};
  },
  'DELETE faults/:id': ({ faults }, _request, id) => {
    if (!faults.remove(Number(id))) throw new ServiceError('NotFound', `There is no fault ${id}.`, 404);
    return {};
  },
};

export async function handleControl(
  context: ControlContext,
  request: IncomingMessage,
  response: ServerResponse,
  url: URL,
): Promise<void> {
  try {
    if (context.localOnly && !isAddressedLocally(request.headers)) {
      throw new ServiceError('Forbidden', 'Address this machine as localhost or 127.0.0.1.', 403);
    }
    if (/^(?:GET|HEAD)$/.test(request.method ?? '') && isPagePath(url.pathname)) {
      return await servePage(context.services, request, response, url);
    }
    const [, , name = '', id = ''] = url.pathname.split('/');
    const handler = routes[`${request.method} ${name}${id ? '/:id' : ''}`];
    if (!handler) throw new ServiceError('NotFound', `There is no ${request.method} ${url.pathname} here.`, 404);
    sendJson(response, 200, await handler(context, request, id));
  } catch (error) {
    if (!(error instanceof ServiceError)) throw error;
    sendJson(response, error.status, { error: error.code, message: error.message });
  }
}

function sendJson(response: ServerResponse, status: number, value: unknown): void {
  response.writeHead(status, { 'content-type': 'application/json' });
  response.end(`${JSON.stringify(value)}\n`);
}

async function readInput(request: IncomingMessage): Promise<Record<string, unknown>> {
  // A page in a browser cannot send this type to another origin without asking first, and we never say yes.
  if (!String(request.headers['content-type'] ?? '').startsWith('application/json')) {
    throw new ServiceError('UnsupportedMediaType', 'Send content-type: application/json.', 415);
  }
  return parseJsonInput(await readBody(request, 1 << 16));
}

function readRule(input: Record<string, unknown>): Omit<FaultRule, 'id' | 'hits'> {
  const { on, kind, region, remaining, times = remaining, probability, seed, milliseconds, writes } = input;
  if (typeof on !== 'string' || !/^(\*|[a-z0-9]+(:(\*|\w+))?)$/.test(on)) {
    throw new ServiceError('BadRequest', '"on" must name a call: "batch:SubmitJob", "logs:*" or "*".');
  }
  if (!faultKinds.includes(kind as FaultKind)) {
    throw new ServiceError('BadRequest', `"kind" must be one of ${faultKinds.join(', ')}.`);
  }
  const chance = readNumber('probability', probability, 0);
  if (chance !== undefined && chance > 1) throw new ServiceError('BadRequest', '"probability" must be at most 1.');
  if (kind === 'stale') checkStale(on, milliseconds, writes);
  return {
    on,
    kind: kind as FaultKind,
    region: typeof region === 'string' ? region : undefined,
    remaining: readNumber('times', times, 1),
    probability: chance,
    seed: readNumber('seed', seed, 0),
    milliseconds: readNumber('milliseconds', milliseconds, 0),
    writes: readNumber('writes', writes, 1),
  };
}

function checkStale(on: string, milliseconds: unknown, writes: unknown): void {
  if (!/^(\*|batch(:(\*|(Describe|List)\w+))?)$/.test(on)) {
    throw new ServiceError('BadRequest', 'Only Batch\'s Describe and List calls can be "stale": "batch:ListJobs".');
  }
  if (milliseconds === undefined && writes === undefined) {
    throw new ServiceError('BadRequest', '"stale" needs "milliseconds" (how old the answer is), "writes", or both.');
  }
}

function readNumber(name: string, value: unknown, least: number): number | undefined {
  if (value === undefined) return undefined;
  if (typeof value === 'number' && value >= least) return value;
  throw new ServiceError('BadRequest', `"${name}" must be a number from ${least}.`);
}
