import { RemoteError } from '../errors.ts';
import { readJobFacts } from '../jobs/job-facts.ts';
import { lastWords } from '../jobs/last-words.ts';
import { readLastLines } from '../jobs/logs.ts';
import { createPace } from '../jobs/pace.ts';
import { describeJobs } from '../jobs/watch.ts';
import type { LogTail } from './failure-groups.ts';
import type { EntryOutcome, Shard } from './model.ts';
import type { RunPorts } from './ports.ts';

const LINES = 15;
/** GetLogEvents allows so many calls a second per account and region. */
const CALLS_PER_SECOND = 8;
const MOST_IDS = 100;

/**
 * The last lines of the logs of some failed entries, by id. Best effort: a log that cannot be read is said once a region and left out,
 * since the answer to what failed does not depend on it.
 */
export async function readTails(
  chosen: readonly EntryOutcome[],
  shards: ReadonlyMap<string, Shard>,
  ports: RunPorts,
): Promise<ReadonlyMap<string, LogTail>> {
  const tails = new Map<string, LogTail>();
  const regions = Map.groupBy(chosen, ({ region }) => region);
  await Promise.all(
    [...regions].map(async ([region, own]) => {
      try {
        for (let from = 0; from < own.length; from += MOST_IDS) {
          await readRegion(region, own.slice(from, from + MOST_IDS), shards, tails, ports);
        }
      } catch (error) {
        if (!(error instanceof RemoteError)) throw error;
        ports.notify({
          type: 'message',
          level: 'warning',
          text: `${error.message} Failures are told without their logs.`,
        });
      }
    }),
  );
  return tails;
}

async function readRegion(
  region: string,
  chosen: readonly EntryOutcome[],
  shards: ReadonlyMap<string, Shard>,
  tails: Map<string, LogTail>,
  ports: RunPorts,
): Promise<void> {
  const idOf = ({ jobId = '', shard, index }: EntryOutcome) =>
    shards.get(shard)?.size === 1 ? jobId : `${jobId}:${index}`;
  const jobs = await describeJobs(region, chosen.map(idOf), ports);
  const pace = createPace(ports.clock, CALLS_PER_SECOND);
  for (const outcome of chosen) {
    const job = jobs.get(idOf(outcome));
    const { logGroupName, logStreamName } = job ? readJobFacts(job) : {};
    if (!logGroupName || !logStreamName) continue;
    const lines = await readLastLines({ region, logGroupName, logStreamName }, LINES, { ...ports, pace });
    tails.set(outcome.id, { jobId: idOf(outcome), lastWords: lastWords(lines), lines: lines.map(({ text }) => text) });
  }
}
