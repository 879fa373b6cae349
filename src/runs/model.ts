/** Runs: one manifest of entries, submitted as array jobs, watched, explained, retried and accounted for. */
import type { FairShare, PriceSource, Prices, RunConfig } from '../config/model.ts';
import type { FailureClass } from '../failure-classes.ts';
import type { JobStatus } from '../jobs/model.ts';

/** One customer account's model: one line of a manifest. */
export interface Entry {
  /** Unique within the manifest. */
  readonly id: string;
  readonly tier: string;
  readonly priority: string;
  readonly region: string;
  /** What the child is given: the line itself, as JSON without line ends. */
  readonly text: string;
  /** Goes to a job queue without spot instances. */
  readonly onDemand?: boolean | undefined;
}

/** One array job, or a plain job when only one child is left over. Never changes once it is planned. */
export interface Shard {
  /** `0-small-low-eu-west-1-3`: round, cell and number. Unique within a run. */
  readonly id: string;
  /** 0 for the manifest's own, 1 and on for retries. */
  readonly round: number;
  readonly region: string;
  readonly tier: string;
  readonly priority: string;
  readonly jobQueue: string;
  /** Where the job queue has a fair-share scheduling policy. */
  readonly fairShare?: FairShare | undefined;
  /** With its revision. */
  readonly jobDefinitionArn: string;
  readonly jobName: string;
  readonly entries: number;
  /** Entries that one child works on, one after the other. */
  readonly pack: number;
  /** Children: 1 is a plain job. */
  readonly size: number;
  /** Bytes of each line of the entries file, its line end included. */
  readonly stride: number;
  /** The entries file in the ledger, below the run. */
  readonly key: string;
}

/** A revision that the run is pinned to, with what its container asks for. */
export interface RunDefinition {
  readonly region: string;
  readonly tier: string;
  readonly arn: string;
  readonly vcpus: number;
  readonly memoryMiB: number;
  readonly gpus: number;
  /** Of an attempt; absent where the revision has none. */
  readonly timeoutSeconds?: number | undefined;
  /** X86_64 unless it says so. */
  readonly architecture?: 'ARM64' | undefined;
}

/** What an hour costs in the jobs of some tiers of one cell, by AWS's own word. */
export interface PriceQuote extends Prices {
  readonly region: string;
  readonly priority: string;
  readonly tiers: readonly string[];
  readonly source: PriceSource;
  /** Which price of which list, and how it was split: the rest of a sentence. */
  readonly basis: string;
}

/** Asked once, when the run is planned: budget, report and comparison go by the same prices, however long it takes. */
export interface Pricing {
  /** ISO 8601. */
  readonly askedAt: string;
  readonly quotes: readonly PriceQuote[];
  /** What has no price, and why: a sentence each. It counts as nothing. */
  readonly missing: readonly string[];
}

/** What goes into the jobs of one region. */
export type JobSettings = Pick<RunConfig, 'parameters' | 'environment' | 'command'> &
  Pick<RunConfig['retry'], 'onDemandQueues' | 'onDemandFairShares'>;

/** Written once, before the first SubmitJob; what a resumed run goes by. */
export interface RunPlan {
  readonly format: 1;
  readonly run: string;
  readonly project: string;
  readonly environment: string;
  /** ISO 8601. */
  readonly plannedAt: string;
  readonly manifest: ManifestFacts;
  readonly definitions: readonly RunDefinition[];
  readonly shards: readonly Shard[];
  /** As it stood then: a changed configuration does not change a run under way. What goes into its jobs is the first region's here. */
  readonly config: RunConfig;
  /** By region. Plans of earlier versions lack it; `jobSettingsOf` knows. */
  readonly jobSettings?: Readonly<Record<string, JobSettings>> | undefined;
  /** Where the children read their entries: `s3://bucket/prefix`. Plans of earlier versions lack it; `entriesUriOf` knows. */
  readonly entriesUri?: string | undefined;
  /** Only where the configuration says that prices are to be looked up. */
  readonly pricing?: Pricing | undefined;
  /** Tiers from the least memory to the most. */
  readonly tiers: readonly string[];
  /** Job queue by region and priority. */
  readonly jobQueues: Readonly<Record<string, Readonly<Record<string, string>>>>;
  /** By region and priority, of job queues with a fair-share scheduling policy. */
  readonly fairShares?: Readonly<Record<string, Readonly<Record<string, FairShare>>>> | undefined;
  readonly commit?: string | undefined;
}

export interface ManifestFacts {
  readonly source: string;
  /** sha256 of all its entries in order, hexadecimal. */
  readonly digest: string;
  readonly entries: number;
  /** Lines left out because they were told to be. */
  readonly skipped: number;
}

/** What became of submitting a shard. Written before SubmitJob is called, and again after it. */
export type Submission =
  | { readonly state: 'submitting'; readonly at: number; readonly tries: number }
  /** Batch has said that it did not take the job: nothing is under way. */
  | { readonly state: 'refused'; readonly at: number; readonly tries: number }
  | {
      readonly state: 'submitted';
      readonly at: number;
      readonly jobId: string;
      /** SubmitJob's answer was lost, and the job was found by its name. */
      readonly reconciled?: boolean | undefined;
    };

/** One child that did not do its work. */
export interface FailedChild {
  readonly index: number;
  readonly class: FailureClass;
  /** As Batch gave it. */
  readonly evidence: string;
  readonly retryable: boolean;
  readonly exitCode?: number | undefined;
  /** Of a packed child: the positions of the entries that it could do, and those that failed have no part in it. */
  readonly done?: readonly number[] | undefined;
}

/** How a shard ended. Batch forgets; this stays. */
export interface ShardEnd {
  readonly shard: string;
  readonly jobId?: string | undefined;
  readonly how: 'ended' | 'stopped' | 'vanished';
  /** One sentence, for everything but `ended`. */
  readonly reason?: string | undefined;
  /** Milliseconds, by Batch's clock. */
  readonly createdAt?: number | undefined;
  readonly startedAt?: number | undefined;
  readonly stoppedAt?: number | undefined;
  readonly succeeded: number;
  /** By index. Every child that is not here succeeded. */
  readonly failed: readonly FailedChild[];
}

/** Somebody ended the run by hand. Whoever drives it submits no more, and plans no round, until one is asked for beyond this stop. */
export interface Stop {
  /** Milliseconds. Tells it from another. */
  readonly at: number;
  readonly reason: string;
}

/** What a server was asked to do with a run. It is done whoever of the servers goes on with it. */
export interface Order {
  /** ISO 8601. */
  readonly at: string;
  /** Who asked: the name of a token. */
  readonly by: string;
  readonly open: boolean;
  /** What a retry allows beyond the plan. */
  readonly retry?:
    | {
        /** The first round that it asks for, and the last one in which the classes are retried too. Absent before it has begun. */
        readonly from?: number | undefined;
        readonly rounds?: number | undefined;
        /** As many rounds on top of those that there are when it begins; absent from then on. */
        readonly more?: number | undefined;
        readonly classes: readonly string[];
        /** When the stop was written that it goes beyond. */
        readonly despiteStop?: number | undefined;
      }
    | undefined;
}

/** How far the round under way is, at a look at its jobs. */
export interface Progress {
  readonly at: number;
  readonly round: number;
  /** Children of the round, those that ended before this watch too. */
  readonly total: number;
  readonly counts: StatusCounts;
  /** Children that end in a minute, and milliseconds until the rest has ended at that pace; absent before anything moved. */
  readonly perMinute?: number | undefined;
  readonly remaining?: number | undefined;
  /** Estimate of the run's cost so far, in its currency. */
  readonly spent: number;
}

/** Children by status. */
export type StatusCounts = Readonly<Record<JobStatus, number>>;

/** The entries that go again, as shards of their own. */
export interface Round {
  readonly round: number;
  /** ISO 8601. */
  readonly plannedAt: string;
  readonly shards: readonly Shard[];
  /** When the stop was written beyond which somebody asked for this round. */
  readonly despiteStop?: number | undefined;
  /** Of a round that somebody asked for: its deadline and its budget begin with it. */
  readonly asked?: { /** What the run had cost by then, in its currency. */ readonly spent: number } | undefined;
  /** What it is pinned to, and the rounds after it, when that is no longer what the plan says. */
  readonly definitions?: readonly RunDefinition[] | undefined;
  /** Entries of the round before, by what was decided of them. */
  readonly decisions: Readonly<Record<string, number>>;
}

/** The final answer for one entry that did not succeed at once. */
export interface EntryOutcome {
  readonly id: string;
  readonly status: 'succeeded' | 'failed';
  readonly tier: string;
  readonly region: string;
  readonly priority: string;
  /** The round that decided. */
  readonly round: number;
  readonly shard: string;
  readonly index: number;
  readonly jobId?: string | undefined;
  readonly class?: FailureClass | undefined;
  readonly evidence?: string | undefined;
  /** The last line of its log that says something, in failures.ndjson: where that log was read. */
  readonly lastWords?: string | undefined;
  /** What earlier rounds ended with, oldest first. */
  readonly earlier: readonly FailureClass[];
}

/** A process, in a form that another on the same machine can look up. */
export interface Holder {
  /** Unlike any other's. */
  readonly id: string;
  readonly host: string;
  readonly pid: number;
  /** For people: a workflow run's address, or host and process. */
  readonly name: string;
}
