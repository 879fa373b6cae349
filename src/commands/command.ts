import type { Target } from '../config/model.ts';
import type { Notify } from '../events.ts';
import type { SourceRevision } from '../image/model.ts';
import type { InputTable, InputValues } from '../inputs.ts';
import type {
  AwsPorts,
  Clock,
  CommandPort,
  DockerConfigPort,
  FilesPort,
  GitHubPort,
  HttpPort,
  IdentityTokenPort,
  StorePort,
} from '../ports.ts';
import type { Document } from '../report/document.ts';
import type { Holder } from '../runs/model.ts';

/** Everything outside that a command may touch, made once by whichever face runs it. */
export interface Ports {
  readonly aws: AwsPorts;
  readonly http: HttpPort;
  readonly command: CommandPort;
  readonly files: FilesPort;
  readonly dockerConfig: DockerConfigPort;
  readonly github: GitHubPort;
  readonly identityTokens: IdentityTokenPort;
  readonly clock: Clock;
  /** From 0 to 1. */
  readonly random: () => number;
  readonly notify: Notify;
  /** Aborted when the workflow is cancelled or the user presses Ctrl-C. */
  readonly signal: AbortSignal;
  /** The process's environment: looked up by templates' `env` helpers and for nothing else. */
  readonly environment: Readonly<Record<string, string>>;
  readonly registryHost: (target: Target) => string;
  /** Whether this is the local AWS: no console shows it, and looking often costs nobody anything. */
  readonly localAws: boolean;
  /** The commit being built, or undefined outside a repository. */
  readonly readSourceRevision: () => Promise<SourceRevision | undefined>;
  /** The ledger of runs at `s3://bucket/prefix`, reached from `region`, or in a folder. Throws ConfigurationError for neither. */
  readonly openStore: (uri: string, region: string) => StorePort;
  /** This process, and whether another of this machine is still there: two must not drive one run. */
  readonly process: {
    readonly holder: Holder;
    readonly isAlive: (pid: number) => boolean;
    /** The id of this workflow run, the same when it is run again; undefined outside of GitHub. */
    readonly workflowRunId?: string | undefined;
  };
  /** An input as whoever runs this gives it: `--run` on a command line, ``the input `run` `` in a workflow. */
  readonly nameInput: (name: string) => string;
  /** A folder for files that later steps of the job read: the runner's, which is no part of the checkout. */
  readonly temporaryFolder: string;
  /** Writes a file of results, making its folder. */
  readonly writeText: (path: string, text: string | AsyncIterable<Uint8Array>) => Promise<void>;
}

export interface CommandResult {
  /** 0 done, 1 failed, 2 differs: of the process on a command line. */
  readonly exitCode: 0 | 1 | 2;
  /** One sentence for the red line at the end. With it a step of a workflow fails; 2 without it is an answer, not a failure. */
  readonly failure?: string | undefined;
  /** Step outputs: stable names, scalars or JSON text. */
  readonly outputs: Readonly<Record<string, string>>;
  /** Environment variables for the steps after this one, on GitHub. */
  readonly environment?: Readonly<Record<string, string>> | undefined;
  readonly report: Document;
  /** What `--output json` prints: plain data. */
  readonly json: unknown;
}

/** One verb, for the action and the CLI alike: its inputs, and what it does with them. */
export interface Command<Table extends InputTable = InputTable> {
  readonly name: string;
  readonly inputs: Table;
  /** Why it is of use in a job of GitHub Actions alone; a command line says so, and does not run it. */
  readonly needsGitHub?: string | undefined;
  readonly run: (inputs: InputValues<Table>, ports: Ports) => Promise<CommandResult>;
}

/** Keeps the table's own type, so that `run` sees each input as what its kind parses to. */
export function defineCommand<const Table extends InputTable>(command: Command<Table>): Command<Table> {
  return command;
}
