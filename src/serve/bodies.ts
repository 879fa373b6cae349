/** The shapes of the API. What they say is checked when a request comes, and served as the OpenAPI description. */
import { z } from '@hono/zod-openapi';
import { JOB_STATUSES } from '../jobs/model.ts';
import { MANIFEST_FORMATS } from '../runs/manifest/open-manifest.ts';
import { closedObject } from './closed-object.ts';

const count = () => z.int().min(0);
const time = () => z.iso.datetime();
/** As `chooseRun` has it. */
export const runName = z
  .string()
  .regex(
    /^[A-Za-z0-9][A-Za-z0-9_.-]{0,79}$/,
    'must be 1 to 80 letters, digits, -, _ and ., the first a letter or digit',
  )
  .openapi({ example: 'daily-2026-11-29' });

export const problemBody = z
  .object({
    type: z.string().openapi({ example: 'urn:batchwright:problem:not-found' }),
    title: z.string(),
    status: z.int(),
    detail: z.string().describe('What happened, to what, and what to do.'),
    requestId: z.string().describe('As in the header X-Request-Id, and in the log of the server.'),
    problems: z
      .array(z.object({ message: z.string(), line: z.int().optional().describe('Of the manifest; counts from 1.') }))
      .optional()
      .describe('Each thing that is wrong, when there are several.'),
  })
  .openapi('Problem');

const entryCounts = z.object({
  total: count(),
  succeeded: count(),
  failed: count().describe('So far, those that may be retried too; not those that are being retried.'),
  open: count().describe('Not submitted yet, or not ended.'),
  recovered: count().describe('Of the succeeded: in a retry.'),
});

const progressBody = z
  .object({
    at: time().describe('When the jobs were looked at; up to a minute ago.'),
    round: count().describe('0 for the first, 1 and on for retries.'),
    children: z.object(Object.fromEntries(JOB_STATUSES.map(status => [status, count()])) as Counts),
    total: count(),
    perMinute: z.number().optional().describe('Children that ended in a minute, over the last ten minutes.'),
    remainingSeconds: z.number().optional().describe('Until this round has ended, at that pace.'),
    spent: z.number().describe('Estimate of the cost so far.'),
  })
  .openapi('Progress');
type Counts = Record<(typeof JOB_STATUSES)[number], ReturnType<typeof count>>;

const result = z.enum(['passed', 'failed']).describe('Of an ended run: `failed` when an entry failed in the end.');

export const runListItem = z
  .object({
    run: runName,
    plannedAt: time(),
    state: z.enum(['running', 'ended']).describe('`running` until every entry is settled, whoever drives it.'),
    result: result.optional(),
    manifest: z.object({ source: z.string(), digest: z.string(), entries: count(), skipped: count() }),
    entries: entryCounts.optional().describe('Once somebody has watched the run.'),
    cost: z.number().optional(),
    currency: z.string(),
  })
  .openapi('RunListItem');

export const runBody = z
  .object({
    run: runName,
    project: z.string(),
    environment: z.string(),
    plannedAt: time(),
    commit: z.string().optional(),
    manifest: z.object({ source: z.string(), digest: z.string(), entries: count(), skipped: count() }),
    state: z
      .enum(['running', 'halted', 'ended'])
      .describe(
        '`running`: submitted, watched or retried, here or by another process. `halted`: something did not pass; `problem` says what, and it is tried again at `nextTryAt`. `ended`: every entry is settled.',
      ),
    result: result.optional(),
    drivenBy: z.string().optional().describe('The other process that drives it.'),
    problem: z.string().optional(),
    nextTryAt: time().optional(),
    stopped: z.object({ at: time(), reason: z.string() }).optional().describe('Somebody ended it by hand.'),
    entries: entryCounts,
    progress: progressBody.optional().describe('Of the round under way.'),
    rounds: z.array(
      z.object({
        round: count(),
        jobs: count(),
        endedJobs: count(),
        entries: count(),
        failedEntries: count(),
        decisions: z.record(z.string(), count()).optional().describe('Why these entries, and why not others.'),
      }),
    ),
    failedByClass: z.record(z.string(), count()).optional().describe('Of an ended run.'),
    cost: z.number().optional().describe('Of an ended run: a lower bound, at the configured or looked-up prices.'),
    currency: z.string(),
  })
  .openapi('Run');

export const retriedBody = runBody
  .extend({
    retry: z
      .object({
        entries: count().describe('That are submitted again.'),
        notRetried: z.array(z.string()).describe('Why others are not, and how they would be.'),
      })
      .optional()
      .describe('What this comes to; absent of a run under way, of which more may fail.'),
  })
  .openapi('RetriedRun');

export const outcomeBody = z
  .object({
    id: z.string(),
    status: z.enum(['succeeded', 'failed']),
    tier: z.string(),
    region: z.string(),
    priority: z.string(),
    round: count().describe('The round that decided.'),
    shard: z.string(),
    index: count().describe('Array index of the child.'),
    jobId: z.string().optional(),
    class: z.string().optional().describe('Class of the failure.'),
    evidence: z.string().optional().describe('What Batch said.'),
    lastWords: z
      .string()
      .optional()
      .describe(
        'The last line of its log that says something: in the failures of an ended run, where that log was read.',
      ),
    earlier: z.array(z.string()).describe('Classes that earlier rounds ended with.'),
  })
  .openapi('Outcome');

export const failuresBody = z
  .object({
    run: runName,
    complete: z
      .boolean()
      .describe('False while the run is under way: entries may still fail, and some may be retried.'),
    total: count().describe('Of the entries asked for.'),
    failures: z.array(outcomeBody),
    next: z.string().optional().describe('The `cursor` of the next page; absent on the last.'),
  })
  .openapi('Failures');

export const entryBody = z
  .object({
    run: runName,
    plannedAt: time(),
    entry: z.record(z.string(), z.unknown()).describe('As the child was given it.'),
    status: z.enum(['succeeded', 'failed', 'open']),
    outcome: outcomeBody.optional().describe('When it failed at least once.'),
    jobs: z
      .array(z.object({ round: count(), jobName: z.string(), jobId: z.string().optional(), tier: z.string() }))
      .describe('The jobs that worked on it, the first round first.'),
  })
  .openapi('Entry');

export const stopBody = z
  .object({
    run: runName,
    hadEnded: z.boolean().describe('The run had ended before, and there was nothing to stop.'),
    stopped: z.array(z.string()).describe('Ids of the jobs that Batch ends now.'),
    refused: z.array(z.string()).describe('Ids of those that it would not end: look at them by hand.'),
    unknown: z.array(z.string()).describe('Names of jobs of which nobody can say now whether Batch has them.'),
  })
  .openapi('Stop');

export const noQuery = closedObject({});

export const runQuery = closedObject({
  run: runName.describe('Names the run. Asked for again, with the same entries, it is the same run.'),
  manifest: z
    .string()
    .regex(/^s3:\/\/[^/]+\/./, 'must be s3://bucket/key, or s3://bucket/prefix/ for a listing')
    .optional()
    .describe(
      'Where the manifest is: `s3://bucket/key`, or `s3://bucket/prefix/` for an entry per object. Then send no body.',
    ),
  format: z
    .enum(MANIFEST_FORMATS)
    .optional()
    .describe('What the manifest is when its name, or Content-Type, does not tell.'),
  'skip-invalid': z
    .enum(['true', 'false'])
    .optional()
    .describe('Leave out entries that are wrong or repeated, instead of refusing the run.'),
});

export const pageQuery = closedObject({
  limit: z.coerce.number().int().min(1).max(1000).default(100).describe('Items to a page.'),
  cursor: z.string().optional().describe('`next` of the page before.'),
});
export const failuresQuery = closedObject({
  ...pageQuery.shape,
  class: z.string().optional().describe('Only failures of this class, such as `out-of-memory`.'),
});

export const retryRequest = closedObject({
  rounds: z
    .int()
    .min(1)
    .max(20)
    .default(1)
    .describe(
      'In how many more rounds at most, from when it begins; those that the run has by itself are not lessened.',
    ),
  classes: z
    .array(z.string())
    .default([])
    .describe('Classes to retry that are not retried by themselves, such as `cancelled` of a run that was stopped.'),
}).openapi('RetryRequest');
export const stopRequest = closedObject({
  reason: z.string().min(1).max(900).optional().describe("For the jobs' status reason."),
}).openapi('StopRequest');
