import { RemoteError } from '../errors.ts';
import { hasEnded } from './children.ts';
import { classifyFailure } from './failure.ts';
import type { JobFacts } from './job-facts.ts';
import { type LogPorts, readLastLines } from './logs.ts';
import type { ChildResult, LogLine } from './model.ts';
import type { WatchPorts } from './watch.ts';

/** The log of each of so many failed children is read, and of every child when there are no more than so many. */
const MOST_FAILED_LOGS = 10;
const MOST_LOGS = 20;

/** The children as they are reported: with their failure, and the last lines of the logs that somebody will want to see. */
export async function describeChildren(
  children: readonly JobFacts[],
  { region, logLines, entryOf }: { region: string; logLines: number; entryOf: (index: number) => string | undefined },
  ports: WatchPorts & LogPorts,
): Promise<readonly ChildResult[]> {
  const results: ChildResult[] = [];
  let failed = 0;
  for (const facts of children) {
    const failure = hasEnded(facts) ? classifyFailure(facts) : undefined;
    if (failure) failed += 1;
    const shown = children.length <= MOST_LOGS || (failure && failed <= MOST_FAILED_LOGS);
    const logTail = shown ? await readTail(facts, region, logLines, ports) : [];
    const { jobId, arrayIndex, status, statusReason, exitCode, reason, attempts, logStreamName } = facts;
    const entry = entryOf(arrayIndex ?? 0);
    const said = { jobId, arrayIndex, entry, status, statusReason, exitCode, reason, attempts, logStreamName };
    results.push({ ...said, failure, logTail, objects: [] });
  }
  return results;
}

async function readTail(
  { logGroupName, logStreamName }: JobFacts,
  region: string,
  count: number,
  ports: WatchPorts & LogPorts,
): Promise<readonly LogLine[]> {
  if (!logGroupName || !logStreamName) return [];
  try {
    return await readLastLines({ region, logGroupName, logStreamName }, count, ports);
  } catch (error) {
    // A verdict without its log is still a verdict.
    if (!(error instanceof RemoteError)) throw error;
    ports.notify({ type: 'message', level: 'warning', text: error.message });
    return [];
  }
}
