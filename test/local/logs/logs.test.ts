import * as sdk from '@aws-sdk/client-cloudwatch-logs';
import { describe, expect, test } from '@jest/globals';
import { startLocalAws } from '../../../src/local/server.ts';
import { clientOptions, idleEngine, useLocalAws } from '../fixtures/local.ts';
import { useTemporaryFolders } from '../fixtures/temporary-folder.ts';

const day = 86_400_000;
let now = Date.UTC(2026, 5, 1);
const clock = { now: () => now, sleep: () => Promise.resolve() };
const local = useLocalAws({ clock });
const newFolder = useTemporaryFolders();
const clients = new Map<string, sdk.CloudWatchLogs>();
function logs(account = '111122223333', region = 'eu-west-1'): sdk.CloudWatchLogs {
  const key = `${account}/${region}`;
  const client = clients.get(key) ?? new sdk.CloudWatchLogs(clientOptions(local(), account, region));
  clients.set(key, client);
  return client;
}

let groupNumber = 0;
/** A group of its own for each test, with these streams. */
async function newGroup(...streams: string[]): Promise<string> {
  groupNumber += 1;
  const logGroupName = `/test/${String(groupNumber).padStart(3, '0')}`;
  await logs().createLogGroup({ logGroupName });
  for (const logStreamName of streams) await logs().createLogStream({ logGroupName, logStreamName });
  return logGroupName;
}

const put = (logGroupName: string, logStreamName: string, ...messages: [offset: number, message: string][]) =>
  logs().putLogEvents({
    logGroupName,
    logStreamName,
    logEvents: messages.map(([offset, message]) => ({ timestamp: now + offset, message })),
  });

const messagesOf = ({ events = [] }: { events?: { message?: string | undefined }[] | undefined }) =>
  events.map(({ message }) => message);

describe('groups', () => {
  test('LOGS-1 are created once, described with both ARNs, and deleted with their streams', async () => {
    const logGroupName = await newGroup('one');
    await put(logGroupName, 'one', [0, 'hello']);
    await expect(logs().createLogGroup({ logGroupName })).rejects.toMatchObject({
      name: 'ResourceAlreadyExistsException',
      message: 'The specified log group already exists',
    });
    const { logGroups } = await logs().describeLogGroups({ logGroupNamePrefix: logGroupName });
    expect(logGroups).toEqual([
      {
        logGroupName,
        creationTime: now,
        metricFilterCount: 0,
        arn: `arn:aws:logs:eu-west-1:111122223333:log-group:${logGroupName}:*`,
        logGroupArn: `arn:aws:logs:eu-west-1:111122223333:log-group:${logGroupName}`,
        storedBytes: 31,
        logGroupClass: 'STANDARD',
      },
    ]);
    await logs().deleteLogGroup({ logGroupName });
    await logs().createLogGroup({ logGroupName });
    expect((await logs().describeLogStreams({ logGroupName })).logStreams).toEqual([]);
  });

  test('FRAME-1 of other accounts and regions are not seen', async () => {
    const logGroupName = await newGroup();
    for (const other of [logs('444455556666'), logs('111122223333', 'us-east-1')]) {
      expect((await other.describeLogGroups({ logGroupNamePrefix: logGroupName })).logGroups).toEqual([]);
      await other.createLogGroup({ logGroupName });
    }
  });

  test('LOGS-2 are listed by name in pages, by prefix or by a part of the name in any case', async () => {
    const client = logs('777788889999');
    for (const name of ['b/Two', 'a/one', 'c/two', 'b/three']) await client.createLogGroup({ logGroupName: name });
    const names: (string | undefined)[][] = [];
    for await (const page of sdk.paginateDescribeLogGroups({ client, pageSize: 3 }, {})) {
      names.push(page.logGroups?.map(group => group.logGroupName) ?? []);
    }
    expect(names).toEqual([['a/one', 'b/Two', 'b/three'], ['c/two']]);
    const listed = async (input: sdk.DescribeLogGroupsCommandInput) =>
      (await client.describeLogGroups(input)).logGroups?.map(group => group.logGroupName);
    expect(await listed({ logGroupNamePrefix: 'b/' })).toEqual(['b/Two', 'b/three']);
    expect(await listed({ logGroupNamePattern: 'TWO' })).toEqual(['b/Two', 'c/two']);
    await expect(listed({ logGroupNamePattern: 'x', logGroupNamePrefix: 'x' })).rejects.toMatchObject({
      name: 'InvalidParameterException',
      message: 'LogGroup name prefix and LogGroup name pattern are mutually exclusive parameters.',
    });
  });

  test('LOGS-3 keep their retention until it is deleted, and what is older is not given', async () => {
    const logGroupName = await newGroup('one');
    await put(logGroupName, 'one', [-3 * day, 'old']);
    await put(logGroupName, 'one', [0, 'new']);
    await logs().putRetentionPolicy({ logGroupName, retentionInDays: 1 });
    const described = async () => (await logs().describeLogGroups({ logGroupNamePrefix: logGroupName })).logGroups?.[0];
    expect((await described())?.retentionInDays).toBe(1);
    expect(messagesOf(await logs().getLogEvents({ logGroupName, logStreamName: 'one' }))).toEqual(['new']);
    expect(messagesOf(await logs().filterLogEvents({ logGroupName }))).toEqual(['new']);
    await logs().deleteRetentionPolicy({ logGroupName });
    expect(await described()).not.toHaveProperty('retentionInDays');
    expect(messagesOf(await logs().getLogEvents({ logGroupName, logStreamName: 'one' }))).toEqual(['old', 'new']);
    await expect(logs().putRetentionPolicy({ logGroupName, retentionInDays: 2 })).rejects.toThrow(
      "1 validation error detected: Value '2' at 'retentionInDays' failed to satisfy constraint: Member must satisfy enum value set: [1, 3, 5,",
    );
  });
});

describe('streams', () => {
  test('LOGS-4 are created once and described with their first and last events', async () => {
    const logGroupName = await newGroup('one', 'two');
    await put(logGroupName, 'one', [-5, 'first'], [7, 'last']);
    await expect(logs().createLogStream({ logGroupName, logStreamName: 'one' })).rejects.toMatchObject({
      name: 'ResourceAlreadyExistsException',
      message: 'The specified log stream already exists',
    });
    const { logStreams } = await logs().describeLogStreams({ logGroupName });
    expect(logStreams?.[0]).toMatchObject({
      logStreamName: 'one',
      creationTime: now,
      lastIngestionTime: now,
      storedBytes: 0,
      firstEventTimestamp: now - 5,
      lastEventTimestamp: now + 7,
      arn: `arn:aws:logs:eu-west-1:111122223333:log-group:${logGroupName}:log-stream:one`,
    });
    expect(logStreams?.[1]).not.toHaveProperty('firstEventTimestamp');
    await logs().deleteLogStream({ logGroupName, logStreamName: 'one' });
    await logs().createLogStream({ logGroupName, logStreamName: 'one' });
    expect(messagesOf(await logs().getLogEvents({ logGroupName, logStreamName: 'one' }))).toEqual([]);
  });

  test('LOGS-5 are listed by name or by last event, either way round, in pages', async () => {
    const logGroupName = await newGroup('b', 'a', 'c', 'ab', 'd');
    for (const [name, offset] of [
      ['a', 3],
      ['b', 1],
      ['c', 2],
      ['ab', 2],
    ] as const)
      await put(logGroupName, name, [offset, 'x']);
    const listed = async (input: Partial<sdk.DescribeLogStreamsCommandInput>) => {
      const names: (string | undefined)[] = [];
      const pages = sdk.paginateDescribeLogStreams({ client: logs(), pageSize: 2 }, { logGroupName, ...input });
      for await (const page of pages) names.push(page.logStreams?.map(stream => stream.logStreamName).join(' '));
      return names;
    };
    expect(await listed({})).toEqual(['a ab', 'b c', 'd']);
    expect(await listed({ descending: true })).toEqual(['d c', 'b ab', 'a']);
    expect(await listed({ orderBy: 'LastEventTime' })).toEqual(['d b', 'ab c', 'a']);
    expect(await listed({ orderBy: 'LastEventTime', descending: true })).toEqual(['a c', 'ab b', 'd']);
    expect(await listed({ logStreamNamePrefix: 'a' })).toEqual(['a ab']);
    await expect(listed({ orderBy: 'LastEventTime', logStreamNamePrefix: 'a' })).rejects.toThrow(
      'Cannot order by LastEventTime with a logStreamNamePrefix.',
    );
    await expect(listed({ orderBy: 'Nothing' as 'LastEventTime' })).rejects.toThrow("Value 'Nothing' at 'orderBy'");
    await expect(logs().describeLogStreams({ logGroupName, nextToken: 'nonsense' })).rejects.toThrow(
      'The specified nextToken is invalid.',
    );
  });
});

describe('PutLogEvents', () => {
  test('LOGS-6 takes what is in time, and tells from which event on it was not', async () => {
    const logGroupName = await newGroup('one');
    const { rejectedLogEventsInfo, nextSequenceToken } = await put(
      logGroupName,
      'one',
      [-15 * day, 'too old'],
      [0, 'in time'],
      [7_200_000, 'just in time'],
      [7_200_001, 'too new'],
    );
    expect(rejectedLogEventsInfo).toEqual({ tooOldLogEventEndIndex: 1, tooNewLogEventStartIndex: 3 });
    expect(nextSequenceToken).toMatch(/^\d{56}$/);
    expect(messagesOf(await logs().getLogEvents({ logGroupName, logStreamName: 'one' }))).toEqual([
      'in time',
      'just in time',
    ]);
    await logs().putRetentionPolicy({ logGroupName, retentionInDays: 1 });
    const again = await put(logGroupName, 'one', [-2 * day, 'expired'], [0, 'in time']);
    expect(again.rejectedLogEventsInfo).toEqual({ expiredLogEventEndIndex: 1 });
    expect((await put(logGroupName, 'one', [0, 'all fine'])).rejectedLogEventsInfo).toBeUndefined();
  });

  test.each<[string, [number, string][], string]>([
    [
      'out of order',
      [
        [1, 'a'],
        [0, 'b'],
      ],
      'Log events in a single PutLogEvents request must be in chronological order.',
    ],
    [
      'more than a day',
      [
        [-day - 1, 'a'],
        [0, 'b'],
      ],
      'The batch of log events in a single PutLogEvents request cannot span more than 24 hours.',
    ],
    ['more than a megabyte', [[0, 'x'.repeat(1_048_551)]], 'Upload too large: 1048577 bytes exceeds limit of 1048576'],
    [
      'an empty message',
      [[0, '']],
      "Value '' at 'logEvents.1.member.message' failed to satisfy constraint: Member must have length greater than or equal to 1",
    ],
    [
      'no events',
      [],
      "at 'logEvents' failed to satisfy constraint: Member must have length greater than or equal to 1",
    ],
    [
      '10,001 events',
      Array.from({ length: 10_001 }, () => [0, 'x']),
      'Member must have length less than or equal to 10000',
    ],
  ])('LOGS-7 refuses the whole batch with %s', async (_, events, message) => {
    const logGroupName = await newGroup('one');
    const putting = put(logGroupName, 'one', ...events);
    await expect(putting).rejects.toMatchObject({
      name: 'InvalidParameterException',
      message: expect.stringContaining(message),
    });
    expect(messagesOf(await logs().getLogEvents({ logGroupName, logStreamName: 'one' }))).toEqual([]);
  });
});

describe('GetLogEvents', () => {
  async function tenEvents() {
    const logGroupName = await newGroup('one');
    await put(logGroupName, 'one', ...Array.from({ length: 10 }, (_, index): [number, string] => [index, `m${index}`]));
    return { logGroupName, logStreamName: 'one' };
  }

  test('LOGS-8 from the head walks forward page by page until the same token comes again, and on when more came', async () => {
    const from = { ...(await tenEvents()), startFromHead: true, limit: 4 };
    const pages: (string | undefined)[][] = [];
    let nextToken: string | undefined;
    for (;;) {
      const page = await logs().getLogEvents({ ...from, nextToken });
      if (page.nextForwardToken === nextToken) break;
      pages.push(messagesOf(page));
      nextToken = page.nextForwardToken;
    }
    expect(pages).toEqual([
      ['m0', 'm1', 'm2', 'm3'],
      ['m4', 'm5', 'm6', 'm7'],
      ['m8', 'm9'],
    ]);
    await put(from.logGroupName, 'one', [9, 'late']);
    expect(messagesOf(await logs().getLogEvents({ ...from, nextToken }))).toEqual(['late']);
  });

  test('LOGS-8 without startFromHead gives the last page and walks back', async () => {
    const from = { ...(await tenEvents()), limit: 4 };
    const last = await logs().getLogEvents(from);
    expect(messagesOf(last)).toEqual(['m6', 'm7', 'm8', 'm9']);
    const before = await logs().getLogEvents({ ...from, nextToken: last.nextBackwardToken });
    expect(messagesOf(before)).toEqual(['m2', 'm3', 'm4', 'm5']);
    const first = await logs().getLogEvents({ ...from, nextToken: before.nextBackwardToken });
    expect(messagesOf(first)).toEqual(['m0', 'm1']);
    const end = await logs().getLogEvents({ ...from, nextToken: first.nextBackwardToken });
    expect([messagesOf(end), end.nextBackwardToken]).toEqual([[], first.nextBackwardToken]);
    expect(messagesOf(await logs().getLogEvents({ ...from, nextToken: first.nextForwardToken }))).toEqual([
      'm2',
      'm3',
      'm4',
      'm5',
    ]);
  });

  test('LOGS-8 of an empty stream gives tokens with which to wait for its first event', async () => {
    const logGroupName = await newGroup('one');
    const from = { logGroupName, logStreamName: 'one', startFromHead: true };
    const empty = await logs().getLogEvents(from);
    expect(empty.events).toEqual([]);
    await put(logGroupName, 'one', [0, 'first']);
    const nextToken = empty.nextForwardToken;
    expect(messagesOf(await logs().getLogEvents({ ...from, nextToken }))).toEqual(['first']);
  });

  test('LOGS-9 gives events in order of time, whenever they came, from startTime on and before endTime', async () => {
    const logGroupName = await newGroup('one');
    await put(logGroupName, 'one', [5, 'five'], [7, 'seven']);
    await put(logGroupName, 'one', [1, 'one'], [5, 'five again'], [6, 'six']);
    const get = (input: object) =>
      logs()
        .getLogEvents({ logGroupName, logStreamName: 'one', ...input })
        .then(messagesOf);
    expect(await get({})).toEqual(['one', 'five', 'five again', 'six', 'seven']);
    expect(await get({ startTime: now + 5, endTime: now + 7 })).toEqual(['five', 'five again', 'six']);
    expect(await get({ startTime: now + 9, endTime: now + 1 })).toEqual([]);
  });

  test('LOGS-10 ends a page at 10,000 events or a megabyte', async () => {
    const logGroupName = await newGroup('many', 'large');
    for (const part of [0, 1, 2]) {
      const length = part === 2 ? 5 : 5000;
      await put(
        logGroupName,
        'many',
        ...Array.from({ length }, (_, index): [number, string] => [part, `${part} ${index}`]),
      );
    }
    for (let index = 0; index < 3; index += 1) await put(logGroupName, 'large', [index, String(index).repeat(500_000)]);
    const sizes = async (logStreamName: string, startFromHead: boolean) => {
      const first = await logs().getLogEvents({ logGroupName, logStreamName, startFromHead });
      const nextToken = startFromHead ? first.nextForwardToken : first.nextBackwardToken;
      const second = await logs().getLogEvents({ logGroupName, logStreamName, startFromHead, nextToken });
      return [first.events?.length, second.events?.length];
    };
    expect(await sizes('many', true)).toEqual([10_000, 5]);
    expect(await sizes('many', false)).toEqual([10_000, 5]);
    expect(await sizes('large', true)).toEqual([2, 1]);
    expect(await sizes('large', false)).toEqual([2, 1]);
  });

  test('LOGS-11 takes the group by name or by ARN, but not the ARN that ends in :*', async () => {
    const { logGroupName, logStreamName } = await tenEvents();
    const logGroupArn = `arn:aws:logs:eu-west-1:111122223333:log-group:${logGroupName}`;
    for (const logGroupIdentifier of [logGroupName, logGroupArn]) {
      expect((await logs().getLogEvents({ logGroupIdentifier, logStreamName })).events).toHaveLength(10);
    }
    await expect(logs().getLogEvents({ logGroupIdentifier: `${logGroupArn}:*`, logStreamName })).rejects.toMatchObject({
      name: 'InvalidParameterException',
      message: `1 validation error detected: Value '${logGroupArn}:*' at 'logGroupIdentifier' failed to satisfy constraint: Member must satisfy regular expression pattern: [\\w#+=/:,.@-]*`,
    });
    await expect(
      logs().getLogEvents({ logGroupName, logGroupIdentifier: logGroupName, logStreamName }),
    ).rejects.toThrow('mutually exclusive');
  });
});

describe('FilterLogEvents', () => {
  test('LOGS-12 gives the streams of a group as one sequence in time, in pages, each event once', async () => {
    const logGroupName = await newGroup('a', 'b', 'c');
    await put(logGroupName, 'a', [0, 'a0'], [2, 'a2'], [2, 'a2 again']);
    await put(logGroupName, 'b', [1, 'b1'], [2, 'b2']);
    await put(logGroupName, 'c', [0, 'c0']);
    const found: string[][] = [];
    const ids = new Set<string | undefined>();
    for await (const page of sdk.paginateFilterLogEvents({ client: logs(), pageSize: 2 }, { logGroupName })) {
      found.push(messagesOf(page).map(String));
      for (const { eventId } of page.events ?? []) ids.add(eventId);
    }
    expect(found).toEqual([
      ['a0', 'c0'],
      ['b1', 'a2'],
      ['a2 again', 'b2'],
    ]);
    expect(ids.size).toBe(6);
    const { events, searchedLogStreams } = await logs().filterLogEvents({
      logGroupName,
      startTime: now + 1,
      endTime: now + 2,
    });
    expect(events).toEqual([
      {
        logStreamName: 'b',
        timestamp: now + 1,
        message: 'b1',
        ingestionTime: now,
        eventId: expect.stringMatching(/^\d{56}$/),
      },
    ]);
    expect(searchedLogStreams).toEqual([]);
  });

  test('LOGS-13 takes up to 100 stream names, or a prefix, not both', async () => {
    const logGroupName = await newGroup('job/1', 'job/2', 'other');
    for (const name of ['job/1', 'job/2', 'other']) await put(logGroupName, name, [0, name]);
    const filter = (input: object) =>
      logs()
        .filterLogEvents({ logGroupName, ...input })
        .then(messagesOf);
    expect(await filter({ logStreamNames: ['other', 'job/2', 'other'] })).toEqual(['job/2', 'other']);
    expect(await filter({ logStreamNamePrefix: 'job/' })).toEqual(['job/1', 'job/2']);
    await expect(filter({ logStreamNamePrefix: 'job/', logStreamNames: ['other'] })).rejects.toThrow(
      'mutually exclusive',
    );
    await expect(filter({ logStreamNames: [] })).rejects.toThrow('greater than or equal to 1');
    await expect(filter({ logStreamNames: Array.from({ length: 101 }, () => 'other') })).rejects.toThrow(
      'less than or equal to 100',
    );
    await expect(filter({ logStreamNames: ['absent'] })).rejects.toMatchObject({ name: 'ResourceNotFoundException' });
    await expect(filter({ nextToken: 'nonsense' })).rejects.toThrow('The specified nextToken is invalid.');
  });

  test.each([
    ['', ['red apple', 'red pear', 'green apple', 'a "b" c']],
    ['red', ['red apple', 'red pear']],
    ['red apple', ['red apple']],
    ['"d a"', ['red apple']],
    ['?green ?pear', ['red pear', 'green apple']],
    ['apple -red', ['green apple']],
    ['%^r.*r$%', ['red pear']],
    ['"\\"b\\""', ['a "b" c']],
  ])('LOGS-14 understands the pattern %s', async (filterPattern, expected) => {
    const logGroupName = await newGroup('one');
    await put(logGroupName, 'one', [0, 'red apple'], [1, 'red pear'], [2, 'green apple'], [3, 'a "b" c']);
    expect(messagesOf(await logs().filterLogEvents({ logGroupName, filterPattern }))).toEqual(expected);
  });

  test.each(['{ $.level = "error" }', '[a, b]', '"open', '%(%'])(
    'LOGS-14 refuses the pattern %s',
    async filterPattern => {
      const logGroupName = await newGroup('one');
      await expect(logs().filterLogEvents({ logGroupName, filterPattern })).rejects.toThrow('Invalid filter pattern');
    },
  );

  test('LOGS-12 ends a page at a megabyte', async () => {
    const logGroupName = await newGroup('a', 'b', 'c');
    for (const name of ['a', 'b', 'c']) await put(logGroupName, name, [0, name.repeat(500_000)]);
    const first = await logs().filterLogEvents({ logGroupName });
    const second = await logs().filterLogEvents({ logGroupName, nextToken: first.nextToken });
    expect([first.events?.length, second.events?.length, second.nextToken]).toEqual([2, 1, undefined]);
  });
});

describe('errors', () => {
  const missing = { logGroupName: '/absent', logStreamName: 'one' };
  const client = () => logs();
  test.each<[string, () => Promise<unknown>]>([
    ['DeleteLogGroup', () => client().deleteLogGroup(missing)],
    ['CreateLogStream', () => client().createLogStream(missing)],
    ['DeleteLogStream', () => client().deleteLogStream(missing)],
    ['DescribeLogStreams', () => client().describeLogStreams({ logGroupName: '/absent' })],
    ['PutLogEvents', () => put('/absent', 'one', [0, 'x'])],
    ['GetLogEvents', () => client().getLogEvents(missing)],
    ['FilterLogEvents', () => client().filterLogEvents({ logGroupName: '/absent' })],
    ['PutRetentionPolicy', () => client().putRetentionPolicy({ ...missing, retentionInDays: 1 })],
  ])('LOGS-15 %s of a group that is not there', async (_, call) => {
    await expect(call()).rejects.toMatchObject({
      name: 'ResourceNotFoundException',
      message: 'The specified log group does not exist.',
    });
  });

  test('LOGS-15 a stream that is not there', async () => {
    const logGroupName = await newGroup();
    const message = 'The specified log stream does not exist.';
    await expect(logs().getLogEvents({ logGroupName, logStreamName: 'one' })).rejects.toThrow(message);
    await expect(put(logGroupName, 'one', [0, 'x'])).rejects.toThrow(message);
    await expect(logs().deleteLogStream({ logGroupName, logStreamName: 'one' })).rejects.toThrow(message);
  });

  test.each<[string, object, string]>([
    ['no group name', {}, "Value null at 'logGroupName' failed to satisfy constraint: Member must not be null"],
    ['an empty name', { logGroupName: '' }, 'Member must have length greater than or equal to 1'],
    ['a long name', { logGroupName: 'x'.repeat(513) }, 'Member must have length less than or equal to 512'],
    [
      'a wrong name',
      { logGroupName: 'a b' },
      "Value 'a b' at 'logGroupName' failed to satisfy constraint: Member must satisfy regular expression pattern: [\\.\\-_/#A-Za-z0-9]+",
    ],
  ])('LOGS-16 %s is an InvalidParameterException', async (_, input, message) => {
    const creating = logs().createLogGroup(input as never);
    await expect(creating).rejects.toMatchObject({
      name: 'InvalidParameterException',
      message: expect.stringContaining(message),
    });
  });

  test('LOGS-16 a limit outside its range, and a wrong stream name', async () => {
    await expect(logs().describeLogGroups({ limit: 51 })).rejects.toThrow(
      "Value '51' at 'limit' failed to satisfy constraint: Member must have value less than or equal to 50",
    );
    await expect(logs().describeLogGroups({ limit: 0 })).rejects.toThrow('greater than or equal to 1');
    const logGroupName = await newGroup('one');
    await expect(logs().createLogStream({ logGroupName, logStreamName: 'a:b' })).rejects.toThrow('[^:*]*');
    await expect(logs().getLogEvents({ logGroupName, logStreamName: 'one', nextToken: 'f/1' })).rejects.toThrow(
      'The specified nextToken is invalid.',
    );
    await expect(logs().putRetentionPolicy({ logGroupName, retentionInDays: undefined })).rejects.toThrow(
      "Value null at 'retentionInDays'",
    );
  });

  test.each<[string, string, object]>([
    ['a number for a name', 'CreateLogGroup', { logGroupName: 7 }],
    ['a text for a number', 'DescribeLogGroups', { limit: 'x' }],
    ['a text for a list', 'FilterLogEvents', { logGroupName: '/wire', logStreamNames: 'x' }],
    ['a text for an event', 'PutLogEvents', { logGroupName: '/wire', logStreamName: 'x', logEvents: ['x'] }],
    ['a list for tags', 'CreateLogGroup', { logGroupName: '/tags', tags: { a: 1 } }],
  ])('LOGS-16 %s is a SerializationException', async (_, operation, input) => {
    await logs()
      .createLogGroup({ logGroupName: '/wire' })
      .catch(() => undefined);
    const response = await fetch(local().url, {
      method: 'POST',
      headers: {
        authorization: 'AWS4-HMAC-SHA256 Credential=111122223333/20260101/eu-west-1/logs/aws4_request',
        'x-amz-target': `Logs_20140328.${operation}`,
      },
      body: JSON.stringify(input),
    });
    expect([response.status, await response.json()]).toMatchObject([400, { __type: 'SerializationException' }]);
  });

  test.each([
    [{ message: 'x' }, 'logEvents.1.member.timestamp'],
    [{ timestamp: 1 }, 'logEvents.1.member.message'],
  ])('LOGS-16 an event %j lacks a member', async (event, member) => {
    const logGroupName = await newGroup('one');
    const putting = logs().putLogEvents({ logGroupName, logStreamName: 'one', logEvents: [event as never] });
    await expect(putting).rejects.toThrow(`Value null at '${member}'`);
    await expect(logs().putLogEvents({ logGroupName, logStreamName: 'one', logEvents: undefined })).rejects.toThrow(
      "at 'logEvents'",
    );
  });
});

test('LOGS-17 groups, streams and events are there after a restart, deleted ones are not', async () => {
  const stateFolder = newFolder();
  let running = await startLocalAws({ engine: idleEngine, stateFolder, clock });
  let client = new sdk.CloudWatchLogs(clientOptions(running));
  const logGroupName = '/kept';
  await client.createLogGroup({ logGroupName, tags: { team: 'a' } });
  for (const logStreamName of ['one', 'two']) {
    await client.createLogStream({ logGroupName, logStreamName });
    for (const message of ['first', 'second']) {
      await client.putLogEvents({ logGroupName, logStreamName, logEvents: [{ timestamp: now, message }] });
    }
  }
  await client.deleteLogStream({ logGroupName, logStreamName: 'two' });
  const before = await client.getLogEvents({ logGroupName, logStreamName: 'one', startFromHead: true, limit: 1 });
  await running.stop();
  running = await startLocalAws({ engine: idleEngine, stateFolder, clock });
  client = new sdk.CloudWatchLogs(clientOptions(running));
  const after = await client.getLogEvents({ logGroupName, logStreamName: 'one', nextToken: before.nextForwardToken });
  expect(messagesOf(after)).toEqual(['second']);
  expect((await client.describeLogStreams({ logGroupName })).logStreams).toHaveLength(1);
  await client.deleteLogGroup({ logGroupName });
  await running.stop();
  running = await startLocalAws({ engine: idleEngine, stateFolder, clock });
  client = new sdk.CloudWatchLogs(clientOptions(running));
  expect((await client.describeLogGroups({})).logGroups).toEqual([]);
  await running.stop();
  now += 1;
});
