/** A day of fifty thousand models on the local AWS, with the real rates on a virtual clock: calls, seconds and memory. */
import { execFile } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { table } from './figures.ts';
import { figuresOfLocalDay } from './runs/drive-local-day.ts';
import { figuresOfServe } from './runs/post-million.ts';
import { figuresOfDay, figuresOfOneByOne } from './runs/run-day.ts';

const ENTRIES = 50_000;
/** One call per job is measured on fewer, and told for as many. */
const ONE_BY_ONE = 5000;

export async function benchRuns(): Promise<string> {
  const own = await figuresOfDay(ENTRIES);
  const one = await figuresOfDay(ENTRIES, 'high');
  const single = await figuresOfOneByOne(ONE_BY_ONE);
  const scale = ENTRIES / ONE_BY_ONE;
  const { stdout } = await promisify(execFile)(process.execPath, [
    fileURLToPath(new URL('./runs/plan-million.ts', import.meta.url)),
  ]);
  const million = JSON.parse(stdout) as { seconds: number; peakMiB: number; shards: number };
  const served = await figuresOfServe(1_000_000);
  const whole = [await figuresOfLocalDay(ENTRIES), await figuresOfLocalDay(1_000_000)];
  const round = (value: number) => value.toFixed(1);
  const both = (tell: (day: Awaited<ReturnType<typeof figuresOfDay>>) => number | string) =>
    [own, one].map(day => String(tell(day)));
  return [
    table(
      `A run of ${ENTRIES} entries, 3 tiers × 3 priorities, about 1 % failures and 5 % spot reclaims`,
      ['', 'retried on its own queue each', 'retried on one queue', 'aim', 'lower bound', 'one call per job'],
      [
        ['SubmitJob calls, first round', ...both(({ firstSubmits }) => firstSubmits), '13', '9', String(ENTRIES)],
        [
          'calls that are no polls, first round',
          ...both(({ firstOthers }) => firstOthers),
          '30',
          '18',
          String(ENTRIES),
        ],
        ['DescribeJobs calls (polls and logs)', ...both(({ polls }) => polls), '', '', `${ENTRIES / 100} a look`],
        ['SubmitJob calls, with all retries', ...both(({ submits }) => submits), '13', '', ''],
        ['calls that are no polls, with all retries', ...both(({ others }) => others), '30', '', ''],
        [
          'virtual seconds until all is submitted',
          ...both(({ submitSeconds }) => round(submitSeconds)),
          '',
          '0.2',
          round(single.seconds * scale),
        ],
        ['entries failed in the end', ...both(({ failed }) => failed), '', '', ''],
        ['entries that are not settled exactly once', ...both(({ unsettled }) => unsettled), '0', '0', ''],
        ['seconds in earnest, local AWS included', ...both(({ seconds }) => round(seconds)), '', '', ''],
        ['peak memory, local AWS included (MiB)', ...both(({ peakMiB }) => round(peakMiB)), '', '', ''],
      ],
    ),
    table(
      'Planning 1,000,000 entries, in a process of its own',
      ['', 'a file', "a request's body"],
      [
        ['array jobs', String(million.shards), String(million.shards)],
        ['seconds', round(million.seconds), round(served.seconds)],
        ['peak memory (MiB)', round(million.peakMiB), round(served.peakMiB)],
      ],
    ),
    table(
      'The whole of batchwright run, from the manifest to the report, against batchwright local in another process',
      ['entries', ...whole.map(({ entries }) => String(entries)), 'aim'],
      [
        ['seconds, the local AWS working beside it', ...whole.map(({ seconds }) => round(seconds)), ''],
        ['peak memory (MiB)', ...whole.map(({ peakMebibytes }) => round(peakMebibytes)), '286'],
      ],
    ),
  ].join('\n');
}
