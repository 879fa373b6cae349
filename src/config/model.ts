/**
 * The resolved configuration: what `batchwright.yml` means for one target, after defaults and overrides. The schema of the file
 * itself is `schema.ts`; every other room knows only these types.
 */
import type { SourcePosition } from '../errors.ts';

export type Variable = string | number | boolean | null | readonly Variable[] | { readonly [name: string]: Variable };

/** One environment in one region. */
export interface Target {
  readonly environment: string;
  readonly region: string;
  /** Twelve digits. */
  readonly account: string;
  /** `aws`, `aws-cn` or `aws-us-gov`, from the region's name. */
  readonly partition: string;
}

/** A named set of resource requirements. */
export interface Tier {
  readonly name: string;
  readonly vcpus: number;
  readonly memoryMiB: number;
  readonly gpus: number;
  /** Per attempt; Batch's least is 60. */
  readonly timeoutSeconds?: number | undefined;
}

/**
 * How a job counts on a job queue with a fair-share scheduling policy, which demands it.
 * https://docs.aws.amazon.com/batch/latest/userguide/fair-share-scheduling.html
 */
export interface FairShare {
  readonly shareIdentifier: string;
  /** 0 to 9999, the higher the earlier within the share; the definition's unless given. */
  readonly schedulingPriority?: number | undefined;
}

export interface TargetConfig extends Target {
  readonly project: string;
  /** Priority name (`low`, `medium`, `high`, or the user's own) → job queue name or ARN. */
  readonly jobQueues: Readonly<Record<string, string>>;
  /** By priority, of those job queues that have a fair-share scheduling policy. */
  readonly fairShares?: Readonly<Record<string, FairShare>> | undefined;
  /** ARNs; a bare role name in the file has become one. */
  readonly executionRoleArn?: string | undefined;
  readonly jobRoleArn?: string | undefined;
  readonly variables: Readonly<Record<string, Variable>>;
  readonly image: ImageConfig;
  readonly smokeTest?: SmokeTestConfig | undefined;
  readonly runs?: RunConfig | undefined;
  /** How many of the newest revisions stay ACTIVE when older ones are retired; undefined keeps all. */
  readonly retention: {
    readonly keep?: number | undefined;
    /** Only revisions registered longer ago are retired. */
    readonly olderThanDays?: number | undefined;
  };
  readonly onFailure: 'undo' | 'keep';
  /** The host of this target's registry, without a scheme: `<account>.dkr.ecr.<region>.amazonaws.com` unless set. */
  readonly registry?: string | undefined;
}

/** One family in one tier at one target: all that a template is rendered with. */
export interface DefinitionConfig extends TargetConfig {
  readonly tier: Tier;
  readonly family: FamilyConfig;
  /** The rendered name of the job definition, unique within a target. */
  readonly jobDefinitionName: string;
}

/** One template and the job definitions made of it. */
export interface FamilyConfig {
  readonly name: string;
  /** Path of the Handlebars template, relative to the working directory. */
  readonly template: string;
}

export interface ImageConfig {
  /** `docker` needs a daemon; `layer` needs nothing; `auto` takes docker when a daemon answers and a Dockerfile is there. */
  readonly builder: 'auto' | 'docker' | 'layer';
  /** The ECR repository's name, the same in every region. */
  readonly repository: string;
  readonly docker?: DockerBuildConfig | undefined;
  readonly layer?: LayerBuildConfig | undefined;
  /** Settings of repositories that the toolkit may create; absent: a missing repository is an error. */
  readonly createRepository?:
    | {
        readonly imageTagMutability: 'MUTABLE' | 'IMMUTABLE';
        readonly scanOnPush: boolean;
        readonly encryption: 'AES256' | 'KMS';
        readonly kmsKey?: string | undefined;
        /** Lifecycle policy text, JSON. */
        readonly lifecyclePolicy?: string | undefined;
        readonly tags: Readonly<Record<string, string>>;
      }
    | undefined;
  /** Tags beside the commit's and the version's. */
  readonly extraTags: readonly string[];
}

export interface DockerBuildConfig {
  readonly context: string;
  readonly dockerfile: string;
  readonly target?: string | undefined;
  readonly platforms: readonly string[];
  readonly buildArgs: Readonly<Record<string, string>>;
  /** BuildKit secrets: id → `env:NAME` or `file:path`. */
  readonly secrets: Readonly<Record<string, string>>;
  readonly cacheFrom: readonly string[];
  readonly cacheTo: readonly string[];
  readonly provenance: boolean;
}

export interface LayerBuildConfig {
  /** `repository:tag`, `repository@sha256:…` in the same registry, a tag of the same repository, or undefined for an empty base. */
  readonly base?: string | undefined;
  /** The folder whose content becomes the layer. */
  readonly source: string;
  /** Where it stands in the image. */
  readonly destination: string;
  /** True: what the base has at the destination is gone. Absent or false: files are added and overwritten, as `COPY` does. */
  readonly replace?: boolean | undefined;
  /** `os/architecture[/variant]`. */
  readonly platform: string;
  readonly entrypoint?: readonly string[] | undefined;
  readonly command?: readonly string[] | undefined;
  readonly workingDirectory?: string | undefined;
  readonly user?: string | undefined;
  readonly environment: Readonly<Record<string, string>>;
  /** Paths left out, in .dockerignore's form. */
  readonly ignore: readonly string[];
}

export interface SmokeTestConfig {
  /** Which priority of `jobQueues` it is submitted to. */
  readonly priority: string;
  /** Which tier's definition is submitted, unless `--tier` says otherwise. */
  readonly tier: string;
  readonly family: string;
  /** 1 submits a plain job; 2 to 10,000 an array job. */
  readonly size: number;
  readonly parameters: Readonly<Record<string, string>>;
  readonly environment: Readonly<Record<string, string>>;
  readonly command?: readonly string[] | undefined;
  /** The whole wait, from submit to verdict. */
  readonly deadlineSeconds: number;
  /** How long a job may be RUNNABLE with a blocked reason before it counts as never going to run. */
  readonly blockedSeconds: number;
  /**
   * Objects each child must have written: `s3://bucket/key`, where `{index}` is the array index, `{run}` the smoke test's run id and
   * `{entry}` the index-th of `entries`.
   */
  readonly expectObjects: readonly string[];
  readonly entries: readonly string[];
  /** Submit the same indices again and demand the same bytes. */
  readonly idempotence: boolean;
}

/** The daily run: how the entries of a manifest become jobs, and what becomes of those that fail. */
export interface RunConfig {
  /** `s3://bucket/prefix` or a folder of this machine, the same in every region of the environment; no `/` at its end. */
  readonly ledger: string;
  /** URL of an SQS queue with job state changes of the region. */
  readonly events?: string | undefined;
  /** `s3://bucket/prefix` where the children read their entries; the ledger unless given. */
  readonly entries?: string | undefined;
  readonly family: string;
  /** The field of an entry that names it. */
  readonly id: string;
  /** For entries without a tier: the tier with the highest threshold that the field reaches. */
  readonly tier?: { readonly field: string; readonly from: Readonly<Record<string, number>> } | undefined;
  readonly priority: string;
  /** Entries to a child. */
  readonly pack: number;
  readonly parameters: Readonly<Record<string, string>>;
  readonly environment: Readonly<Record<string, string>>;
  readonly command?: readonly string[] | undefined;
  readonly retry: {
    readonly rounds: number;
    /** Failure classes that are retried because they were asked for. */
    readonly classes: readonly string[];
    /** Whose job queue everything that is retried goes to; each entry's own unless given. */
    readonly priority?: string | undefined;
    /** Rounds lost to spot reclaims before an entry goes to `onDemandQueues`. */
    readonly onDemandAfter: number;
    /** By priority. */
    readonly onDemandQueues: Readonly<Record<string, string>>;
    readonly onDemandFairShares?: Readonly<Record<string, FairShare>> | undefined;
  };
  readonly deadlineSeconds?: number | undefined;
  readonly maxCost?: number | undefined;
  readonly blockedSeconds: number;
  readonly prices: Prices | PriceSource;
  readonly pricesByPriority: Readonly<Record<string, Prices | PriceSource>>;
  readonly currency: string;
  /** Logs of failed children that are read at most. */
  readonly logTails: number;
}

/** Of one hour, in the run's currency. */
export interface Prices {
  readonly vcpuHour: number;
  readonly gibHour: number;
  readonly gpuHour: number;
}

/** Looked up when the run is planned: Fargate's list price, or what EC2's spot instances cost at that moment. */
export type PriceSource = 'fargate' | 'spot';

/** A rule switched off or turned down, with the reason that the configuration must give. */
export interface LintOverride {
  readonly level: 'off' | 'warning' | 'error';
  readonly reason: string;
}

/** The whole file, parsed and valid, before it is resolved for a target. */
export interface Config {
  readonly path: string;
  readonly project: string;
  readonly targets: readonly Target[];
  readonly tiers: readonly string[];
  readonly families: readonly FamilyConfig[];
  readonly lint: Readonly<Record<string, LintOverride>>;
  /** Directory of Handlebars partials, relative to the working directory. */
  readonly partials?: string | undefined;
  readonly resolveTarget: (target: Target) => TargetConfig;
  /** Every definition of a target: family × the tiers that family has. */
  readonly resolveDefinitions: (target: Target) => readonly DefinitionConfig[];
  /** The position of a key or value in the file, for messages about it: `['environments', 'test', 'account']`. */
  readonly positionOf: (path: readonly (string | number)[]) => SourcePosition | undefined;
}

/** What the common flags choose. Empty or absent means all. Unknown names are a ConfigurationError with the nearest known one. */
export interface Selection {
  readonly environments?: readonly string[] | undefined;
  readonly regions?: readonly string[] | undefined;
  readonly tiers?: readonly string[] | undefined;
}
