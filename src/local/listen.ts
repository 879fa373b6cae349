/** An HTTP server: where it may listen, and how it ends. */
import { createServer, type RequestListener, type Server } from 'node:http';
import { isIP } from 'node:net';
import { setTimeout } from 'node:timers/promises';
import { ConfigurationError } from '../errors.ts';
import { isLoopback } from './foreign-pages.ts';

export interface ListenOptions {
  readonly port: number;
  readonly host: string;
  readonly allowRemote: boolean;
  /** `the local AWS`, for errors. */
  readonly name: string;
  /** Why nobody else may reach it unless that is allowed, as the end of a sentence. */
  readonly danger: string;
  /** How long running requests may go on when it is closed. Milliseconds. */
  readonly graceMilliseconds?: number;
  /** A connection on which nothing moves for so long is closed; never when absent. Milliseconds. */
  readonly idleMilliseconds?: number;
}

export interface Listener {
  readonly port: number;
  readonly url: string;
  /** Lets running requests end for a moment, then closes every connection. */
  close(): Promise<void>;
}

const GRACE = 250;

/** Throws ConfigurationError when the port is taken, or the host is not loopback and that was not allowed. */
export async function listen(listener: RequestListener, options: ListenOptions): Promise<Listener> {
  const { port, host, allowRemote, name, danger, graceMilliseconds = GRACE, idleMilliseconds = 0 } = options;
  if (!allowRemote && !isLoopback(host)) {
    throw new ConfigurationError({
      message: `${name} does not listen on ${host}: ${danger}`,
      remedy: 'Listen on 127.0.0.1, or allow remote access explicitly (--allow-remote).',
    });
  }
  // A push of a large layer may take longer than Node's five minutes for one request.
  const server = createServer({ keepAlive: true, requestTimeout: 0 }, listener);
  server.keepAliveTimeout = 60_000;
  server.setTimeout(idleMilliseconds);
  await start(server, port, host);
  const address = server.address();
  const actual = typeof address === 'object' && address ? address.port : port;
  return {
    port: actual,
    url: `http://${urlHost(host)}:${actual}`,
    close: () => closeServer(server, graceMilliseconds),
  };
}

function start(server: Server, port: number, host: string): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once('error', error => reject(asConfigurationError(error, port, host)));
    server.listen(port, host, () => {
      server.removeAllListeners('error');
      resolve();
    });
  });
}

async function closeServer(server: Server, graceMilliseconds: number): Promise<void> {
  const closed = new Promise<void>(resolve => server.close(() => resolve()));
  server.closeIdleConnections();
  const stop = new AbortController();
  const grace = setTimeout(graceMilliseconds, undefined, { signal: stop.signal }).catch(() => undefined);
  await Promise.race([closed, grace]);
  stop.abort();
  server.closeAllConnections();
  await closed;
}

function urlHost(host: string): string {
  // S3 clients put the bucket before a name but not before an address.
  if (host === 'localhost' || host === '0.0.0.0' || host === '::') return '127.0.0.1';
  return isIP(host) === 6 ? `[${host}]` : host;
}

function asConfigurationError(error: Error, port: number, host: string): Error {
  const { code } = error as NodeJS.ErrnoException;
  if (code === 'EADDRINUSE') {
    return new ConfigurationError({
      message: `port ${port} on ${host} is in use`,
      remedy: 'Give another --port, or 0 for any free one.',
    });
  }
  if (code === 'EACCES' || code === 'EADDRNOTAVAIL') {
    return new ConfigurationError(`cannot listen on ${host}:${port}: ${error.message}`, { cause: error });
  }
  return error;
}
