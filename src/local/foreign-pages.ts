/**
 * Web pages of other people, opened in the browser of somebody who runs the local AWS, must not reach it: whoever submits a job runs
 * programs here. Such a page cannot read answers of another origin, but it can send requests blindly, and with a name of its own that
 * resolves to 127.0.0.1 (DNS rebinding) it even is of the same origin.
 */
import type { IncomingHttpHeaders } from 'node:http';
import { isIP } from 'node:net';

/** A browser says the origin with every request that may change something, and nothing but a browser says one. */
export function comesFromForeignPage({ origin }: IncomingHttpHeaders): boolean {
  if (origin === undefined) return false;
  return !URL.canParse(origin) || !isLoopback(new URL(origin).hostname);
}

/** Whether the caller has addressed this machine by a name that nobody else can give it. */
export function isAddressedLocally({ host = '' }: IncomingHttpHeaders): boolean {
  return URL.canParse(`http://${host}`) && isLoopback(new URL(`http://${host}`).hostname);
}

/** `localhost` and names under it, 127.0.0.0/8, ::1 with or without brackets. */
export function isLoopback(host: string): boolean {
  return /^(?:.+\.)?localhost$|^\[?::1\]?$/.test(host) || (isIP(host) === 4 && host.startsWith('127.'));
}
