/** Whether this process still works on something, or everybody in it sleeps: what a clock must know that jumps to the next wake-up. */
import { subscribe, unsubscribe } from 'node:diagnostics_channel';
import type { ClientRequest, IncomingMessage, ServerResponse } from 'node:http';
import type { Socket } from 'node:net';
import { oneTurn } from './virtual-clock.ts';

/** Bytes on their way between two sockets of one machine arrive within one or two turns of the event loop. */
const CALM_TURNS = 4;
/**
 * Files (FSReqPromise, CloseReq), names (GetAddrInfoReqWrap), new connections (TCPConnectWrap). Not writes: a body stays half written
 * while its call is held up. Compression and cryptography on Node's threads cannot be seen.
 */
const UNDER_WAY = /^FSReq|Req$|ReqWrap$|ConnectWrap$/;

export interface Activity {
  /** Resolves once nothing has been under way for some turns of the event loop. */
  quiet(): Promise<void>;
  /** From here until the promise ends, the call counts as asleep, and so does the client of this process that made it. */
  holdUp(request: IncomingMessage, until: Promise<void>): Promise<void>;
  close(): void;
}

type Exchange = ClientRequest | ServerResponse;

/** Sees the calls of Node's own HTTP client and to its HTTP servers, in this process. */
export function watchActivity(): Activity {
  const exchanges = new Set<Exchange>();
  /** Ports of the clients whose calls are held up. */
  const held = new Set<number>();
  const channels = [
    ['http.client.request.start', ({ request }: { request: ClientRequest }) => exchanges.add(request)],
    ['http.client.response.finish', ({ request }: { request: ClientRequest }) => exchanges.delete(request)],
    ['http.server.request.start', ({ response }: { response: ServerResponse }) => exchanges.add(response)],
  ] as const;
  // Node types what a channel carries as unknown; these are documented.
  const listeners = channels.map(([name, listener]) => [name, listener as (message: unknown) => void] as const);
  for (const [name, listener] of listeners) subscribe(name, listener);

  const isUnderWay = (exchange: Exchange): boolean => {
    if (exchange.destroyed || exchange.closed) exchanges.delete(exchange);
    else return !isHeld(exchange, held);
    return false;
  };
  const isBusy = (): boolean =>
    [...exchanges].some(isUnderWay) || process.getActiveResourcesInfo().some(name => UNDER_WAY.test(name));
  return {
    async quiet() {
      for (let calm = 0; calm < CALM_TURNS; calm = isBusy() ? 0 : calm + 1) await oneTurn();
    },
    async holdUp({ socket: { remotePort = 0 } }, until) {
      held.add(remotePort);
      try {
        await until;
      } finally {
        held.delete(remotePort);
      }
    },
    close() {
      for (const [name, listener] of listeners) unsubscribe(name, listener);
    },
  };
}

/** The same number is the local port of who asks and the remote port of who answers. */
function isHeld(exchange: Exchange, held: ReadonlySet<number>): boolean {
  const socket: Socket | null = exchange.socket;
  return held.has(('req' in exchange ? socket?.remotePort : socket?.localPort) ?? -1);
}
