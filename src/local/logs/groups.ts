/** Log groups and streams: create, describe, delete, retention. */
import { type Caller, ServiceError, type ServiceRequest } from '../model.ts';
import { compareText, type LogGroup, type LogStore, type LogStream, newGroup } from './log-store.ts';
import { readPlace, writePlace } from './page-token.ts';
import * as valid from './validation.ts';

const retentionDays = [
  1, 3, 5, 7, 14, 30, 60, 90, 120, 150, 180, 365, 400, 545, 731, 1096, 1827, 2192, 2557, 2922, 3288, 3653,
];
const describeLimit = 50;

export function createGroupOperations(logs: LogStore, now: () => number) {
  return {
    CreateLogGroup(request: ServiceRequest): undefined {
      const name = valid.readName(request.input, 'logGroupName');
      if (logs.group(request, name)) throw valid.alreadyExists('log group');
      const tags = readTags(request.input['tags']);
      const logGroupClass = valid.readText(request.input, 'logGroupClass') ?? 'STANDARD';
      logs.putGroup(request, { ...newGroup(name, now()), logGroupClass, tags });
    },
    DeleteLogGroup(request: ServiceRequest): undefined {
      const { name } = logs.requireGroup(request, valid.readName(request.input, 'logGroupName'));
      logs.deleteGroup(request, name);
    },
    DescribeLogGroups(request: ServiceRequest) {
      const limit = valid.readLimit(request.input, describeLimit);
      const groups = selectGroups(logs.groups(request), request.input);
      const { page, nextToken } = takePage(groups, request.input, limit, group => [group.name]);
      return { logGroups: page.map(group => describeGroup(logs, request, group)), nextToken };
    },
    PutRetentionPolicy(request: ServiceRequest): undefined {
      const group = logs.requireGroup(request, valid.readName(request.input, 'logGroupName'));
      const days = valid.readNumber(request.input, 'retentionInDays');
      if (days === undefined) throw valid.invalidMember('retentionInDays', days, 'not be null');
      if (!retentionDays.includes(days)) {
        throw valid.invalidMember('retentionInDays', days, `satisfy enum value set: [${retentionDays.join(', ')}]`);
      }
      logs.putGroup(request, { ...group, retentionInDays: days });
    },
    DeleteRetentionPolicy(request: ServiceRequest): undefined {
      const { retentionInDays: _, ...group } = logs.requireGroup(
        request,
        valid.readName(request.input, 'logGroupName'),
      );
      logs.putGroup(request, group);
    },
    CreateLogStream(request: ServiceRequest): undefined {
      const { group, stream } = readStreamPath(logs, request);
      if (logs.stream(request, group, stream)) throw valid.alreadyExists('log stream');
      logs.createStream(request, group, stream);
    },
    DeleteLogStream(request: ServiceRequest): undefined {
      const { group, stream } = readStreamPath(logs, request);
      if (!logs.stream(request, group, stream)) throw valid.notFound('log stream');
      logs.deleteStream(request, group, stream);
    },
    DescribeLogStreams(request: ServiceRequest) {
      const { name } = logs.requireGroup(request, valid.readGroupName(request.input));
      const limit = valid.readLimit(request.input, describeLimit);
      const { streams, placeOf } = selectStreams(logs, request, name);
      const { page, nextToken } = takePage(streams, request.input, limit, placeOf);
      return { logStreams: page.map(stream => describeStream(logs, request, name, stream)), nextToken };
    },
  };
}

function readStreamPath(logs: LogStore, request: ServiceRequest): { group: string; stream: string } {
  const group = valid.readName(request.input, 'logGroupName');
  const stream = valid.readName(request.input, 'logStreamName');
  logs.requireGroup(request, group);
  return { group, stream };
}

function selectGroups(groups: readonly LogGroup[], input: valid.Input): LogGroup[] {
  const prefix = valid.readText(input, 'logGroupNamePrefix');
  const pattern = valid.readText(input, 'logGroupNamePattern');
  if (prefix !== undefined && pattern !== undefined) {
    throw valid.invalidParameter('LogGroup name prefix and LogGroup name pattern are mutually exclusive parameters.');
  }
  const wanted = pattern?.toLowerCase() ?? '';
  return groups.filter(({ name }) => name.startsWith(prefix ?? '') && name.toLowerCase().includes(wanted));
}

function selectStreams(logs: LogStore, request: ServiceRequest, group: string) {
  const orderBy = valid.readText(request.input, 'orderBy') ?? 'LogStreamName';
  const prefix = valid.readText(request.input, 'logStreamNamePrefix');
  if (orderBy !== 'LogStreamName' && orderBy !== 'LastEventTime') {
    throw valid.invalidMember('orderBy', orderBy, 'satisfy enum value set: [LogStreamName, LastEventTime]');
  }
  if (orderBy === 'LastEventTime' && prefix !== undefined) {
    throw valid.invalidParameter('Cannot order by LastEventTime with a logStreamNamePrefix.');
  }
  const lastTime = (stream: LogStream): number => logs.requireLog(request, group, stream.name).last?.timestamp ?? 0;
  const placeOf = (stream: LogStream): readonly (string | number)[] =>
    orderBy === 'LastEventTime' ? [lastTime(stream), stream.name] : [stream.name];
  const streams = logs
    .streams(request, group)
    .filter(({ name }) => name.startsWith(prefix ?? ''))
    .sort((a, b) => comparePlaces(placeOf(a), placeOf(b)));
  return { streams: request.input['descending'] === true ? streams.reverse() : streams, placeOf };
}

/** Goes on after the place that the token names, also when what stood there is gone. */
function takePage<Item>(
  items: readonly Item[],
  input: valid.Input,
  limit: number,
  placeOf: (item: Item) => readonly (string | number)[],
): { page: readonly Item[]; nextToken: string | undefined } {
  const token = valid.readText(input, 'nextToken');
  const direction = input['descending'] === true ? -1 : 1;
  let start = 0;
  if (token !== undefined) {
    const place = readPlace(token, items[0] ? placeOf(items[0]).length : 1);
    start = items.findIndex(item => comparePlaces(placeOf(item), place) * direction > 0);
    if (start < 0) start = items.length;
  }
  const page = items.slice(start, start + limit);
  const last = page.at(-1);
  const nextToken = last !== undefined && start + limit < items.length ? writePlace(placeOf(last)) : undefined;
  return { page, nextToken };
}

function comparePlaces(a: readonly (string | number)[], b: readonly (string | number)[]): number {
  for (const [index, left] of a.entries()) {
    const right = b[index];
    const order =
      typeof left === 'number' && typeof right === 'number' ? left - right : compareText(String(left), String(right));
    if (order !== 0) return order;
  }
  return 0;
}

function describeGroup(logs: LogStore, caller: Caller, group: LogGroup) {
  const logGroupArn = `${arnPrefix(caller)}:log-group:${group.name}`;
  let storedBytes = 0;
  for (const stream of logs.streams(caller, group.name))
    storedBytes += logs.requireLog(caller, group.name, stream.name).bytes;
  return {
    logGroupName: group.name,
    creationTime: group.creationTime,
    retentionInDays: group.retentionInDays,
    metricFilterCount: 0,
    arn: `${logGroupArn}:*`,
    storedBytes,
    logGroupClass: group.logGroupClass,
    logGroupArn,
  };
}

function describeStream(logs: LogStore, caller: Caller, group: string, { name, creationTime }: LogStream) {
  const log = logs.requireLog(caller, group, name);
  return {
    logStreamName: name,
    creationTime,
    firstEventTimestamp: log.first?.timestamp,
    lastEventTimestamp: log.last?.timestamp,
    lastIngestionTime: log.lastIngestionTime,
    uploadSequenceToken: String(log.size).padStart(56, '0'),
    arn: `${arnPrefix(caller)}:log-group:${group}:log-stream:${name}`,
    // Always zero since 2019, says the API reference.
    storedBytes: 0,
  };
}

function arnPrefix({ account, region }: Caller): string {
  return `arn:aws:logs:${region}:${account}`;
}

function readTags(value: unknown): Record<string, string> {
  if (value === undefined || value === null) return {};
  const wellFormed = typeof value === 'object' && Object.values(value).every(tag => typeof tag === 'string');
  if (!wellFormed) throw new ServiceError('SerializationException', 'tags is not a map of strings');
  return { ...(value as Record<string, string>) };
}
