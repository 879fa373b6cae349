/** GetLogEvents: one stream, forwards and backwards, in pages of 10,000 events or 1 MB. */
import type { ServiceRequest } from '../model.ts';
import type { LogGroup, LogStore } from './log-store.ts';
import { type EventToken, readEventToken, writeEventToken } from './page-token.ts';
import { type Boundary, eventBytes, type StoredEvent, type StreamLog } from './stream-log.ts';
import * as valid from './validation.ts';

export const pageLimit = 10_000;
export const pageLimitBytes = 1_048_576;

export function getLogEvents(logs: LogStore, request: ServiceRequest, now: number) {
  const { input } = request;
  const group = logs.requireGroup(request, valid.readGroupName(input));
  const log = logs.requireLog(request, group.name, valid.readName(input, 'logStreamName'));
  const range = readRange(log, input, group, now);
  const limit = valid.readLimit(input, pageLimit);
  const { direction, boundary } = readStart(log, input, range);
  const at = Math.min(Math.max(log.indexOf(boundary), range.from), range.to);
  const [from, to] =
    direction === 'f' ? [at, forwardEnd(log, at, range.to, limit)] : [backwardStart(log, at, range.from, limit), at];
  const events = eventsBetween(log, from, to);
  const [first, last] = [events[0], events.at(-1)];
  return {
    events: events.map(({ timestamp, message, ingestionTime }) => ({ timestamp, message, ingestionTime })),
    nextForwardToken: writeEventToken({ direction: 'f', boundary: last ? after(last) : boundary }),
    nextBackwardToken: writeEventToken({ direction: 'b', boundary: first ?? boundary }),
  };
}

/** Indices: from `startTime` on, before `endTime`, and nothing that the retention has taken. */
export function readRange(log: StreamLog, input: valid.Input, { retentionInDays }: LogGroup, now: number) {
  const kept = retentionInDays === undefined ? 0 : now - retentionInDays * 86_400_000;
  const start = Math.max(valid.readNumber(input, 'startTime') ?? 0, kept);
  const end = valid.readNumber(input, 'endTime');
  const from = log.indexOf({ timestamp: start, sequence: 0 });
  const to = end === undefined ? log.size : log.indexOf({ timestamp: end, sequence: 0 });
  return { from, to: Math.max(from, to) };
}

/** Without a token: the first page when `startFromHead`, else the last. */
function readStart(log: StreamLog, input: valid.Input, { from, to }: { from: number; to: number }): EventToken {
  const token = valid.readText(input, 'nextToken');
  if (token !== undefined) return readEventToken(token);
  const fromHead = input['startFromHead'] === true;
  return { direction: fromHead ? 'f' : 'b', boundary: boundaryAt(log, fromHead ? from : to) };
}

function boundaryAt(log: StreamLog, index: number): Boundary {
  const event = log.at(index);
  if (event) return event;
  const { last } = log;
  return last ? after(last) : { timestamp: 0, sequence: 0 };
}

function after({ timestamp, sequence }: Boundary): Boundary {
  return { timestamp, sequence: sequence + 1 };
}

function forwardEnd(log: StreamLog, from: number, most: number, limit: number): number {
  let to = from;
  for (let bytes = 0; to < most && to - from < limit; to += 1) {
    bytes += eventBytes(log.at(to)?.message ?? '');
    if (bytes > pageLimitBytes && to > from) break;
  }
  return to;
}

function backwardStart(log: StreamLog, to: number, least: number, limit: number): number {
  let from = to;
  for (let bytes = 0; from > least && to - from < limit; from -= 1) {
    bytes += eventBytes(log.at(from - 1)?.message ?? '');
    if (bytes > pageLimitBytes && from < to) break;
  }
  return from;
}

function eventsBetween(log: StreamLog, from: number, to: number): StoredEvent[] {
  return Array.from({ length: to - from }, (_, offset) => log.at(from + offset)).filter(event => event !== undefined);
}
