/** The shape of `runs`: what is submitted every day, and what becomes of it. */
import * as z from 'zod/mini';
import { FAILURE_CLASSES, type FailureClass } from '../failure-classes.ts';
import { queueSchema } from './queue-schema.ts';
import { hinted, text, texts, told } from './schema-parts.ts';

const whole = (least: number, most: number) =>
  z.int().check(z.gte(least, `must be at least ${least}`), z.lte(most, `must be at most ${most}`));
const amount = () => z.number().check(z.gte(0, 'must not be negative'));

/** What others call it that ends a job. */
const CLASS_ALIASES: Readonly<Record<string, FailureClass>> = {
  oom: 'out-of-memory',
  memory: 'out-of-memory',
  spot: 'spot-reclaim',
  interruption: 'spot-reclaim',
  preempted: 'spot-reclaim',
  sigkill: 'killed',
  segfault: 'crash',
  'exit-code': 'application',
};

const prices = told(
  "What an hour costs you; 0 unless given. fargate: AWS's list price, spot: what spot instances of the job queues cost when the run is planned.",
  z.union([
    z.enum(['fargate', 'spot']),
    z.strictObject({
      vcpuHour: z.optional(told('One vCPU for an hour.', amount())),
      gibHour: z.optional(told('One GiB of memory for an hour.', amount())),
      gpuHour: z.optional(told('One GPU for an hour.', amount())),
    }),
  ]),
);

const retry = told(
  'Which failed entries are submitted again, as smaller array jobs of their own.',
  z.strictObject({
    rounds: z.optional(told('How many times at most; 2 unless given. 0 retries nothing.', whole(0, 20))),
    classes: z.optional(
      told(
        'Failure classes that are retried although trying again may not help, such as application, killed or timeout.',
        z.array(hinted({ aliases: CLASS_ALIASES }, z.enum(FAILURE_CLASSES))),
      ),
    ),
    priority: z.optional(
      told(
        'Which of jobQueues all that is retried goes to; each entry to its own unless given. Fewer and larger array jobs.',
        text(),
      ),
    ),
    onDemandAfter: z.optional(
      told('After so many rounds lost to spot reclaims an entry goes to onDemandQueues; 1 unless given.', whole(1, 20)),
    ),
    onDemandQueues: z.optional(
      told('Job queues without spot instances, by priority, as in jobQueues.', z.record(z.string(), queueSchema())),
    ),
  }),
);

export const runSchema = told(
  'The daily run: where its ledger is kept, how entries become jobs, what is retried, what it may cost.',
  z.strictObject({
    ledger: z.optional(
      told(
        'Where the ledger and the entries are kept: s3://bucket/prefix, or a folder of this machine; {region} is the first of the environment. All that must be said, at any level.',
        text(),
      ),
    ),
    entries: z.optional(
      told(
        'Where the children read their entries: s3://bucket/prefix, {region} the first too. The ledger unless given; must be given where that is a folder.',
        text(),
      ),
    ),
    events: z.optional(
      told(
        'URL of an SQS queue to which an EventBridge rule sends job state changes of Batch: jobs are looked at when they say so, and seldom otherwise. None unless given.',
        text(),
      ),
    ),
    family: z.optional(told('The family whose definitions are submitted; the first, unless given.', text())),
    id: z.optional(told('The field that names an entry; id unless given.', text())),
    tier: z.optional(
      told(
        'How an entry without a tier gets one: by a field that is a number.',
        z.strictObject({
          field: z.optional(told('The field, such as tickets.', text())),
          from: z.optional(
            told(
              'For each tier, the least value that needs it; more for a tier with more memory.',
              z.record(z.string(), z.number()),
            ),
          ),
        }),
      ),
    ),
    priority: z.optional(
      told('Which of jobQueues an entry without a priority goes to; the first, unless given.', text()),
    ),
    pack: z.optional(
      told(
        'Entries that one child works on, one after the other; 1 unless given. For jobs of seconds.',
        whole(1, 1000),
      ),
    ),
    parameters: z.optional(told('Parameters of the jobs, for Ref::name in the command. {run} is filled in.', texts())),
    environment: z.optional(told('Environment variables added to the container. {run} is filled in.', texts())),
    command: z.optional(told("Replaces the definition's command. {run} is filled in.", z.array(text()))),
    retry: z.optional(retry),
    deadlineHours: z.optional(told('After so long what is left is terminated; never unless given.', amount())),
    maxCost: z.optional(
      told(
        'When the cost so far reaches this, what is left is terminated. Needs prices. Never unless given.',
        amount(),
      ),
    ),
    blockedMinutes: z.optional(
      told('How long jobs may be RUNNABLE for a reason that never passes; 30 unless given.', whole(1, 10_080)),
    ),
    prices: z.optional(prices),
    pricesByPriority: z.optional(
      told('Prices of some job queues, by priority, where they differ: as prices.', z.record(z.string(), prices)),
    ),
    currency: z.optional(told('Of the prices; USD unless given, as AWS has it for those looked up.', text())),
    logTails: z.optional(
      told('Logs of failed children that are read to tell failures apart; 50 unless given.', whole(0, 10_000)),
    ),
  }),
);
export type RunFile = z.infer<typeof runSchema>;
