/** One log stream of CloudWatch Logs. https://docs.aws.amazon.com/AmazonCloudWatchLogs/latest/APIReference/API_GetLogEvents.html */
import type { GetLogEventsCommandOutput } from '@aws-sdk/client-cloudwatch-logs';
import { errorCode, RemoteError } from '../errors.ts';
import type { AwsPorts } from '../ports.ts';
import { callRemote } from './api-error.ts';
import type { LogLine } from './model.ts';
import type { Pace } from './pace.ts';

export interface LogStream {
  readonly region: string;
  readonly logGroupName: string;
  readonly logStreamName: string;
}

export interface LogPorts {
  readonly aws: Pick<AwsPorts, 'logs'>;
  /** GetLogEvents allows 10 calls a second per account and region; all readers of a region share one pace. */
  readonly pace: Pace;
  readonly signal?: AbortSignal | undefined;
}

/** The calls that one reading may take, so that a stream that never ends cannot hold it for ever. */
const MOST_PAGES = 100;

/**
 * The lines after `token` (from the head without one), and the token to go on from. Empty, with the same token, when the stream does
 * not exist yet. Throws RemoteError.
 */
export async function readNewLines(
  stream: LogStream,
  token: string | undefined,
  ports: LogPorts,
): Promise<{ readonly lines: readonly LogLine[]; readonly token: string | undefined }> {
  const lines: LogLine[] = [];
  let next = token;
  for (let page = 0; page < MOST_PAGES; page += 1) {
    const answer = await readPage(stream, { startFromHead: true, nextToken: next }, ports);
    lines.push(...readLines(answer));
    // The end is where the token stays the same; an empty page is not the end.
    if (!answer || answer.nextForwardToken === next) break;
    next = answer.nextForwardToken;
  }
  return { lines, token: next };
}

/** The last `count` lines, oldest first; none when the stream does not exist. Throws RemoteError. */
export async function readLastLines(stream: LogStream, count: number, ports: LogPorts): Promise<readonly LogLine[]> {
  let lines: LogLine[] = [];
  let next: string | undefined;
  for (let page = 0; page < MOST_PAGES && lines.length < count; page += 1) {
    const answer = await readPage(stream, { startFromHead: false, nextToken: next, limit: count }, ports);
    lines = [...readLines(answer), ...lines];
    if (!answer || answer.nextBackwardToken === next) break;
    next = answer.nextBackwardToken;
  }
  return lines.slice(-count);
}

function readLines(answer: GetLogEventsCommandOutput | undefined): LogLine[] {
  return (answer?.events ?? []).map(({ timestamp = 0, message = '' }) => ({
    timestamp,
    text: message.replace(/\n$/, ''),
  }));
}

async function readPage(
  { region, logGroupName, logStreamName }: LogStream,
  { startFromHead, nextToken, limit }: { startFromHead: boolean; nextToken: string | undefined; limit?: number },
  { aws, pace, signal }: LogPorts,
): Promise<GetLogEventsCommandOutput | undefined> {
  await pace(signal);
  const target = `${logGroupName} ${logStreamName} in ${region}`;
  const request = {
    logGroupName,
    logStreamName,
    startFromHead,
    ...(nextToken && { nextToken }),
    ...(limit && { limit }),
  };
  try {
    return await callRemote({ doing: `reading the log ${target}`, operation: 'GetLogEvents', target }, async () =>
      (await aws.logs(region)).getLogEvents(request, signal ? { abortSignal: signal } : {}),
    );
  } catch (error) {
    const absent = error instanceof RemoteError && errorCode(error.cause) === 'ResourceNotFoundException';
    if (absent) return undefined;
    throw error;
  }
}
