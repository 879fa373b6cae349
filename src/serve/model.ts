/** Runs over HTTP: what the server works with. */
import type { DefinitionConfig, TargetConfig } from '../config/model.ts';
import type { PauseRange } from '../jobs/pace.ts';
import type { AwsPorts, FilesPort, StorePort } from '../ports.ts';
import type { AccountDetail } from '../runs/children-file.ts';
import type { OpenEntries } from '../runs/ledger.ts';
import type { Holder } from '../runs/model.ts';
import type { RunPorts } from '../runs/ports.ts';

/** One environment, its ledger, and the world around them. */
export interface ServerContext {
  readonly targets: readonly [TargetConfig, ...TargetConfig[]];
  readonly definitions: readonly DefinitionConfig[];
  readonly store: StorePort;
  /** Where the children of runs that are planned now read their entries. */
  readonly entriesUri: string;
  readonly openEntries: OpenEntries;
  /** Its limiter is that of all runs, so that together they stay under the account's rates. */
  readonly ports: RunPorts;
  readonly manifests: { readonly aws: Pick<AwsPorts, 's3'>; readonly files: Pick<FilesPort, 'open'> };
  readonly holder: Holder;
  readonly isAlive: (pid: number) => boolean;
  readonly commit?: string | undefined;
  readonly pauses?: PauseRange | undefined;
  readonly detail?: AccountDetail | undefined;
}

/** Whoever sent a request. */
export interface Caller {
  /** Of the token. */
  readonly name: string;
  readonly mayChange: boolean;
}
