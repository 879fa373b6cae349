/** PutLogEvents: what is taken, what is refused one by one, and what refuses the whole call. */
import type { LogEvent, ServiceRequest } from '../model.ts';
import type { LogStore } from './log-store.ts';
import { eventBytes } from './stream-log.ts';
import * as valid from './validation.ts';

const hour = 3_600_000;
const batchLimitBytes = 1_048_576;

export function putLogEvents(logs: LogStore, request: ServiceRequest, now: number) {
  const group = valid.readName(request.input, 'logGroupName');
  const stream = valid.readName(request.input, 'logStreamName');
  const events = readEvents(request.input);
  const { retentionInDays } = logs.requireGroup(request, group);
  const log = logs.requireLog(request, group, stream);
  const tooOld = events.filter(({ timestamp }) => timestamp < now - 14 * 24 * hour).length;
  const expired = retentionInDays === undefined ? 0 : countBefore(events, now - retentionInDays * 24 * hour);
  const tooNew = events.findIndex(({ timestamp }) => timestamp > now + 2 * hour);
  const accepted = events.slice(Math.max(tooOld, expired), tooNew < 0 ? events.length : tooNew);
  checkSpan(accepted);
  logs.addEvents(request, group, stream, accepted);
  const rejected = {
    ...(tooNew < 0 ? {} : { tooNewLogEventStartIndex: tooNew }),
    ...(tooOld === 0 ? {} : { tooOldLogEventEndIndex: tooOld }),
    ...(expired === 0 ? {} : { expiredLogEventEndIndex: expired }),
  };
  return {
    nextSequenceToken: String(log.size).padStart(56, '0'),
    ...(Object.keys(rejected).length > 0 ? { rejectedLogEventsInfo: rejected } : {}),
  };
}

function countBefore(events: readonly LogEvent[], time: number): number {
  return events.filter(({ timestamp }) => timestamp < time).length;
}

function readEvents(input: valid.Input): LogEvent[] {
  const list = valid.readList(input, 'logEvents');
  if (!list) throw valid.invalidMember('logEvents', undefined, 'not be null');
  if (list.length === 0) throw valid.invalidMember('logEvents', '[]', 'have length greater than or equal to 1');
  if (list.length > 10_000) throw valid.invalidMember('logEvents', '[...]', 'have length less than or equal to 10000');
  const events = list.map(readEvent);
  let bytes = 0;
  for (const [index, { timestamp, message }] of events.entries()) {
    const before = events[index - 1];
    if (before && before.timestamp > timestamp) {
      throw valid.invalidParameter('Log events in a single PutLogEvents request must be in chronological order.');
    }
    bytes += eventBytes(message);
  }
  if (bytes > batchLimitBytes) {
    throw valid.invalidParameter(`Upload too large: ${bytes} bytes exceeds limit of ${batchLimitBytes}`);
  }
  return events;
}

function readEvent(value: unknown, index: number): LogEvent {
  const member = `logEvents.${index + 1}.member`;
  if (typeof value !== 'object' || value === null) throw valid.serialization(member, 'a structure');
  const input: valid.Input = { ...value };
  const timestamp = valid.readNumber(input, 'timestamp');
  const message = valid.readText(input, 'message');
  if (timestamp === undefined) throw valid.invalidMember(`${member}.timestamp`, timestamp, 'not be null');
  if (message === undefined) throw valid.invalidMember(`${member}.message`, message, 'not be null');
  if (message === '') throw valid.invalidMember(`${member}.message`, message, 'have length greater than or equal to 1');
  return { timestamp, message };
}

function checkSpan(events: readonly LogEvent[]): void {
  const [first, last] = [events[0], events.at(-1)];
  if (first && last && last.timestamp - first.timestamp > 24 * hour) {
    throw valid.invalidParameter(
      'The batch of log events in a single PutLogEvents request cannot span more than 24 hours.',
    );
  }
}
