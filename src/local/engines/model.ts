/** How the local Batch runs a container. One interface; Docker, host processes and (no process at all) a simulation fit it. */

export interface ContainerRequest {
  /** `<job id>` or `<parent>:<index>`, with the attempt: for names, labels and logs. */
  readonly jobId: string;
  readonly attempt: number;
  /** As the job definition has it. */
  readonly image: string;
  readonly account: string;
  readonly region: string;
  /** Parameters already substituted; undefined: the image's own. */
  readonly command?: readonly string[] | undefined;
  readonly environment: Readonly<Record<string, string>>;
  readonly vcpus: number;
  readonly memoryMiB: number;
  readonly user?: string | undefined;
  readonly readonlyRootFilesystem?: boolean | undefined;
  readonly privileged?: boolean | undefined;
  /** Names of what the job was submitted to, without revision. */
  readonly jobQueue?: string | undefined;
  readonly jobDefinition?: string | undefined;
  readonly jobName?: string | undefined;
  /** The type of the compute environment's resources: `EC2`, `SPOT`, `FARGATE`, `FARGATE_SPOT`; undefined when unmanaged. */
  readonly capacity?: string | undefined;
  /** Each line that the container writes, in order; `timestamp` in milliseconds. */
  readonly onLog: (text: string, timestamp: number) => void;
}

/** Told what becomes of a container, by plain calls, and never before `launch` has returned. */
export interface ContainerListener {
  /** It runs. Not called for one that never will. */
  onRunning(): void;
  /** All log lines have been delivered. */
  onOutcome(outcome: ContainerOutcome): void;
}

export type ContainerOutcome =
  /** It ran. `reason` as the ECS agent words it: `OutOfMemoryError: Container killed due to memory usage`. */
  | { readonly kind: 'exited'; readonly exitCode: number; readonly reason?: string | undefined }
  /** It never ran. `reason` as the ECS agent words it: `CannotPullContainerError: …`, `CannotStartContainerError: …`. */
  | { readonly kind: 'not-started'; readonly reason: string }
  /** The instance was taken away. */
  | { readonly kind: 'host-lost'; readonly statusReason: string }
  /** Batch gave it up before any container was made; no engine says this. */
  | { readonly kind: 'task-failed'; readonly statusReason: string };

export interface ContainerRun {
  /** Resolves when the container runs (STARTING → RUNNING), or when it is certain that it never will. */
  readonly started: Promise<void>;
  /** Never rejects. All log lines have been delivered before it resolves. */
  readonly ended: Promise<ContainerOutcome>;
  /** SIGTERM, then SIGKILL after the grace. Batch gives 30 seconds. */
  stop(graceSeconds: number): void;
}

export interface EngineCapacity {
  /** When there is more of it, milliseconds since the epoch. */
  readonly changesAt: readonly number[];
  /** vCPUs that a compute environment can have now. */
  vcpusFor(computeEnvironment: string): number;
  /** vCPUs of a type of capacity (`SPOT`) that an account can have at once in a region. */
  quotaOf(type: string): number;
}

export interface Engine {
  readonly name: 'docker' | 'process' | 'simulated';
  /** What this engine cannot isolate on this machine, in plain sentences; empty when nothing. Said aloud at the start. */
  readonly caveats: readonly string[];
  /** How many containers at once are sensible here. */
  readonly concurrency: number;
  run(request: ContainerRequest): ContainerRun;
  /**
   * The same without promises, for an engine that runs a million at once: used instead of `run` where it is there. The request may
   * compute its members when they are read.
   */
  launch?(request: ContainerRequest, listener: ContainerListener): Pick<ContainerRun, 'stop'>;
  /** What capacity there is, where it is less than the compute environments allow. */
  readonly capacity?: EngineCapacity | undefined;
  /** Stops and removes whatever is left. */
  close(): Promise<void>;
}

/** The image store behind the local registry, as an engine without a daemon sees it. */
export interface ImageSource {
  /**
   * Resolves a reference of the local registry for a platform. Throws an Error whose message is what `docker pull` would say
   * (`manifest unknown`, `not found`, `no matching manifest for linux/amd64`), to follow `CannotPullContainerError: `.
   */
  resolve(reference: string, platform: { os: string; architecture: string }): Promise<ResolvedImage>;
}

export interface ResolvedImage {
  readonly digest: string;
  readonly config: {
    readonly Entrypoint?: readonly string[] | null;
    readonly Cmd?: readonly string[] | null;
    readonly Env?: readonly string[] | null;
    readonly WorkingDir?: string;
    readonly User?: string;
  };
  /** Bottom first: path of each blob on disk, and its media type (gzip, zstd or plain tar). */
  readonly layers: readonly { readonly digest: string; readonly mediaType: string; readonly path: string }[];
}
