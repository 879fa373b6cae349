/** One HTTP exchange from the first byte to the last: caller, route, faults, the work, durability, the answer. */
import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Clock } from '../ports.ts';
import { readCaller, type SignedCaller } from './caller.ts';
import { type ControlContext, handleControl } from './control.ts';
import type { FaultEffect, Faults } from './faults.ts';
import { comesFromForeignPage } from './foreign-pages.ts';
import { ServiceError, type ServiceRequest, type Store } from './model.ts';
import { type Route, routeRequest, type Services } from './route.ts';
import { commonError, type FailedCall, internalError } from './service-errors.ts';
import { hasExpired } from './sts/session.ts';
import { type Answer, parseJsonInput, readBody, sendError, sendOutput } from './wire.ts';

export interface ExchangeContext {
  readonly services: Services;
  readonly faults: Faults;
  readonly store: Store;
  /** Called before each call is worked on, with how long a fault holds it up. */
  readonly holdUp: (milliseconds: number, request: IncomingMessage) => Promise<void>;
  readonly uuid: () => string;
  /** By which sessions of roles expire. */
  readonly clock: Clock;
  readonly control: ControlContext;
  /** Whether a call is within the real services' rates. */
  readonly admit: (call: FailedCall) => boolean;
  /** Told of errors that are ours. */
  readonly onInternalError: (error: unknown) => void;
}

type CallRoute = Extract<Route, { kind: 'call' }>;
type StreamRoute = Extract<Route, { kind: 'stream' }>;

/** Larger than the largest request of any JSON service: UploadLayerPart, 20 MiB in base64. */
const bodyLimitBytes = 32 << 20;

const unsignedOperations = new Set(['sts:AssumeRoleWithWebIdentity']);

export async function handleExchange(
  context: ExchangeContext,
  request: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  const url = parseTarget(request);
  if (!url) {
    response.writeHead(400).end();
    return;
  }
  if (context.control.localOnly && comesFromForeignPage(request.headers)) {
    request.resume();
    response.writeHead(403).end('A web page of another origin may not use the local AWS.\n');
    return;
  }
  const route = routeRequest(request, url, context.services);
  if (route.kind === 'control') {
    return handleControl(context.control, request, response, url).catch(error => failAloud(context, response, error));
  }
  const named = route.kind === 'stream' ? route.service.callerOf?.(request, url) : undefined;
  const caller = { ...readCaller(request.headers, url), ...named };
  const requestId = context.uuid();
  return route.kind === 'call'
    ? handleCall(context, route, caller, requestId, request, response)
    : handleStream(context, route, caller, requestId, url, request, response);
}

async function handleCall(
  context: ExchangeContext,
  route: CallRoute,
  caller: SignedCaller,
  requestId: string,
  request: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  let call: FailedCall = { ...caller, service: route.service.name, operation: route.operation };
  const { protocol, operation: named, service } = route;
  let answer: Answer = { protocol, requestId, operation: named, namespace: service.xmlNamespace };
  try {
    const input = readInput(route, await readBody(request, bodyLimitBytes));
    const operation = route.operation || readAction(input);
    call = { ...call, operation };
    answer = { ...answer, operation };
    const hasPast = service.past?.answers(operation);
    const effect = await meetFault(context, { ...call, hasPast }, response);
    if (response.destroyed) return;
    const output = await callOperation(context, route, caller, call, { requestId, input, asOf: effect.asOf });
    await context.store.commit();
    if (effect.kind === 'lose') loseConnection(response);
    else sendOutput(response, answer, output);
  } catch (error) {
    sendError(response, answer, asServiceError(context, call, error));
  }
}

function readInput(route: CallRoute, body: Buffer): Record<string, unknown> {
  if (route.protocol !== 'awsQuery' && route.protocol !== 'ec2Query')
    return { ...parseJsonInput(body), ...route.input };
  return { ...route.input, ...Object.fromEntries(new URLSearchParams(body.toString('utf8'))) };
}

function readAction({ Action: action }: Record<string, unknown>): string {
  return typeof action === 'string' ? action : '';
}

async function callOperation(
  context: ExchangeContext,
  { service }: CallRoute,
  caller: SignedCaller,
  call: FailedCall,
  given: Pick<ServiceRequest, 'requestId' | 'input' | 'asOf'>,
): Promise<unknown> {
  const { operation } = call;
  if (!unsignedOperations.has(`${service.name}:${operation}`)) {
    if (!caller.signed) throw commonError('unsigned', call);
    if (hasExpired(caller.sessionToken, context.clock)) throw commonError('expired', call);
  }
  const handler = Object.hasOwn(service.operations, operation) ? service.operations[operation] : undefined;
  if (!handler) throw commonError(service.notDone?.includes(operation) ? 'not-done' : 'unknown-operation', call);
  const { account, region, sessionToken } = caller;
  return handler({ account, region, sessionToken, operation, ...given });
}

async function handleStream(
  context: ExchangeContext,
  route: StreamRoute,
  caller: SignedCaller,
  requestId: string,
  url: URL,
  request: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  const { service, operation } = route;
  const call: FailedCall = { ...caller, service: service.name, operation };
  try {
    const effect = await meetFault(context, call, response);
    if (response.destroyed) return;
    if (effect.kind === 'lose') loseAnswer(response);
    if (hasExpired(caller.sessionToken, context.clock)) throw commonError('expired', call);
    const { account, region, signed } = caller;
    await service.handle(request, response, { account, region, signed, requestId, url });
  } catch (error) {
    if (response.destroyed) return;
    const answer: Answer = { protocol: route.protocol, requestId, operation };
    sendError(response, answer, asServiceError(context, call, error), url.pathname);
    // An unread body would be taken for the next request on this connection.
    request.resume();
  }
}

/** Waits and throws as the faults say. The connection is gone when `response.destroyed`. */
async function meetFault(
  context: ExchangeContext,
  call: FailedCall & { readonly hasPast?: boolean | undefined },
  response: ServerResponse,
): Promise<FaultEffect> {
  const effect = context.faults.take(call);
  await context.holdUp(effect.delayMilliseconds, response.req);
  if (effect.kind === 'reset') loseConnection(response);
  if (effect.kind === 'throttle' || !context.admit(call)) throw commonError('throttled', call);
  if (effect.kind === 'fail') throw commonError('failed', call);
  if (effect.kind === 'expire') throw commonError('expired', call);
  if (effect.kind === 'deny') throw commonError('denied', call);
  return effect;
}

function loseConnection(response: ServerResponse): void {
  response.req.socket.resetAndDestroy();
  response.destroy();
}

/** The service works on, but its first byte of an answer ends the connection. */
function loseAnswer(response: ServerResponse): void {
  response.writeHead = () => {
    loseConnection(response);
    return response;
  };
  response.write = () => true;
  response.end = () => {
    loseConnection(response);
    return response;
  };
}

function failAloud(context: ExchangeContext, response: ServerResponse, error: unknown): void {
  context.onInternalError(error);
  if (response.headersSent) response.destroy();
  else response.writeHead(500).end(`${error instanceof Error ? error.message : String(error)}\n`);
}

function asServiceError(context: ExchangeContext, call: FailedCall, error: unknown): ServiceError {
  if (error instanceof ServiceError) return error;
  context.onInternalError(error);
  return internalError(call, error);
}

function parseTarget({ url = '/', headers }: IncomingMessage): URL | undefined {
  // Proxies send the absolute form; everybody else a path, which may begin with two slashes (an S3 key that begins with one).
  const target = url.startsWith('/') ? `http://${headers.host ?? 'localhost'}${url}` : url;
  return URL.canParse(target) ? new URL(target) : undefined;
}
