/** What every request goes through: its id, its token, its time, its line in the log. */
import type { Context, MiddlewareHandler } from 'hono';
import type { RequestIdVariables } from 'hono/request-id';
import { routePath } from 'hono/route';
import type { Notify } from '../events.ts';
import type { Clock } from '../ports.ts';
import type { RequestMeter } from './metrics.ts';
import type { Caller } from './model.ts';
import { ProblemError } from './problem.ts';
import type { Recognize } from './tokens.ts';

export interface Variables extends RequestIdVariables {
  caller: Caller;
}
export interface Env {
  Variables: Variables;
}

const REALM = { 'www-authenticate': 'Bearer realm="batchwright"' };
const WRONG = { 'www-authenticate': 'Bearer realm="batchwright", error="invalid_token"' };

/** RFC 6750. A token in the address is none: addresses end up in logs. */
export function requireToken(recognize: Recognize): MiddlewareHandler<Env> {
  return async (context, next) => {
    const given = context.req.header('authorization');
    const [, token] = /^Bearer +(\S+) *$/i.exec(given ?? '') ?? [];
    if (token === undefined)
      throw new ProblemError('unauthorized', 'Send the header `Authorization: Bearer TOKEN`.', REALM);
    const caller = recognize(token);
    if (!caller) throw new ProblemError('unauthorized', 'The server knows no such token.', WRONG);
    // First: the log names whoever is refused, too.
    context.set('caller', caller);
    if (!caller.mayChange && context.req.method !== 'GET' && context.req.method !== 'HEAD')
      throw new ProblemError('forbidden', `The token of ${caller.name} may only read.`);
    await next();
  };
}

/** Counts every request, and tells those that change something. */
export function watchRequests(meter: RequestMeter, clock: Clock, notify: Notify): MiddlewareHandler<Env> {
  return async (context, next) => {
    const from = clock.now();
    await next();
    const seconds = (clock.now() - from) / 1000;
    const { method } = context.req;
    const { status } = context.res;
    meter.count({ method, route: routeOf(context), status }, seconds);
    const level = status >= 500 ? 'warning' : method === 'GET' || method === 'HEAD' ? 'debug' : 'info';
    const caller = (context.get('caller') as Caller | undefined)?.name ?? 'nobody';
    const text = `${method} ${context.req.path}: ${status} for ${caller} in ${seconds.toFixed(2)} s (${context.get('requestId')})`;
    notify({ type: 'message', level, text });
  };
}

/** The pattern of the handler that answered; one word for all that nobody handles, or anybody could fill the memory with names. */
function routeOf(context: Context<Env>): string {
  const route = routePath(context, -1);
  return route.includes('*') ? 'none' : route;
}
