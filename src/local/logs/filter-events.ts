/** FilterLogEvents: the streams of one group as one sequence in time. */
import type { ServiceRequest } from '../model.ts';
import { parseFilterPattern } from './filter-pattern.ts';
import { pageLimit, pageLimitBytes, readRange } from './get-events.ts';
import { compareText, type LogGroup, type LogStore } from './log-store.ts';
import { readPlace, writeEventId, writePlace } from './page-token.ts';
import { eventBytes, type StoredEvent } from './stream-log.ts';
import * as valid from './validation.ts';

interface FoundEvent {
  readonly stream: string;
  readonly event: StoredEvent;
}

export function filterLogEvents(logs: LogStore, request: ServiceRequest, now: number) {
  const { input } = request;
  const group = logs.requireGroup(request, valid.readGroupName(input));
  const limit = valid.readLimit(input, pageLimit);
  const matches = parseFilterPattern(valid.readText(input, 'filterPattern') ?? '');
  const place = readAfter(input);
  const found: FoundEvent[] = [];
  for (const stream of selectStreams(logs, request, group.name)) {
    found.push(...findInStream(logs, request, group, stream, { matches, place, limit, now }));
  }
  found.sort(compareFound);
  const page = cutPage(found, limit);
  const last = page.at(-1);
  return {
    events: page.map(describeFound),
    // Empty since 2019, says the API reference.
    searchedLogStreams: [],
    nextToken: last && found.length > page.length ? writePlace(placeOf(last)) : undefined,
  };
}

function selectStreams(logs: LogStore, request: ServiceRequest, group: string): string[] {
  const names = valid.readList(request.input, 'logStreamNames');
  const prefix = valid.readText(request.input, 'logStreamNamePrefix');
  if (!names) {
    const all = logs.streams(request, group).map(({ name }) => name);
    return all.filter(name => name.startsWith(prefix ?? ''));
  }
  if (prefix !== undefined) {
    throw valid.invalidParameter('logStreamNames and logStreamNamePrefix are mutually exclusive parameters.');
  }
  if (names.length === 0) throw valid.invalidMember('logStreamNames', '[]', 'have length greater than or equal to 1');
  if (names.length > 100) {
    throw valid.invalidMember('logStreamNames', `[${names.join(', ')}]`, 'have length less than or equal to 100');
  }
  return [...new Set(names.map(name => valid.readName({ logStreamName: name }, 'logStreamName')))];
}

interface Search {
  readonly matches: (message: string) => boolean;
  readonly place: FoundPlace | undefined;
  readonly limit: number;
  readonly now: number;
}

/** At most one more than a page: so it is known whether there is another. */
function* findInStream(
  logs: LogStore,
  request: ServiceRequest,
  group: LogGroup,
  stream: string,
  { matches, place, limit, now }: Search,
): Generator<FoundEvent> {
  const log = logs.requireLog(request, group.name, stream);
  const range = readRange(log, request.input, group, now);
  const start = place ? Math.max(range.from, log.indexOf({ timestamp: place.timestamp, sequence: 0 })) : range.from;
  let count = 0;
  for (let index = start; index < range.to && count <= limit; index += 1) {
    const event = log.at(index);
    if (!event || !matches(event.message)) continue;
    if (place && compareFound({ stream, event }, { stream: place.stream, event: place }) <= 0) continue;
    count += 1;
    yield { stream, event };
  }
}

function cutPage(found: readonly FoundEvent[], limit: number): FoundEvent[] {
  let bytes = 0;
  let count = 0;
  for (const { event } of found) {
    bytes += eventBytes(event.message);
    if (count === limit || (bytes > pageLimitBytes && count > 0)) break;
    count += 1;
  }
  return found.slice(0, count);
}

interface FoundPlace {
  readonly timestamp: number;
  readonly stream: string;
  readonly sequence: number;
}

function compareFound(a: Located, b: Located): number {
  return (
    a.event.timestamp - b.event.timestamp || compareText(a.stream, b.stream) || a.event.sequence - b.event.sequence
  );
}

interface Located {
  readonly stream: string;
  readonly event: { readonly timestamp: number; readonly sequence: number };
}

function placeOf({ stream, event }: FoundEvent): (string | number)[] {
  return [event.timestamp, stream, event.sequence];
}

function readAfter(input: valid.Input): FoundPlace | undefined {
  const token = valid.readText(input, 'nextToken');
  if (token === undefined) return undefined;
  const [timestamp, stream, sequence] = readPlace(token, 3);
  return { timestamp: Number(timestamp), stream: String(stream), sequence: Number(sequence) };
}

function describeFound({ stream, event }: FoundEvent) {
  const { timestamp, message, ingestionTime } = event;
  return { logStreamName: stream, timestamp, message, ingestionTime, eventId: writeEventId(stream, event) };
}
