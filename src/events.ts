/**
 * What the core tells its host while it works. The core never prints: the Actions host groups and annotates, the terminal host
 * shows progress, the demo draws, a test records.
 */
import type { SourcePosition } from './errors.ts';

export type ToolkitEvent =
  /** A step begins. Everything until the next `step` belongs to it (a log group on GitHub). */
  | { readonly type: 'step'; readonly title: string }
  /** A plain line. `warning` and `error` become annotations, on the file's line when a position is given. */
  | {
      readonly type: 'message';
      readonly level: 'debug' | 'info' | 'notice' | 'warning' | 'error';
      readonly text: string;
      readonly position?: SourcePosition | undefined;
    }
  /** One line that a child program (docker) printed. */
  | { readonly type: 'output'; readonly text: string }
  /** How one blob came to be in a repository, so that nobody wonders where the time went. */
  | {
      readonly type: 'blob';
      readonly digest: string;
      readonly bytes: number;
      readonly how: 'exists' | 'mounted' | 'uploaded' | 'copied';
      readonly repository: string;
    }
  /** A job, or an array job as a whole, changed status. `counts` are the children by status, for an array job. */
  | {
      readonly type: 'job-status';
      readonly jobId: string;
      readonly jobName: string;
      readonly region: string;
      readonly status: string;
      readonly statusReason?: string | undefined;
      readonly counts?: Readonly<Record<string, number>> | undefined;
    }
  /** One line of a child's log. */
  | {
      readonly type: 'log';
      readonly jobId: string;
      readonly arrayIndex?: number | undefined;
      readonly region: string;
      /** Milliseconds since the epoch. */
      readonly timestamp: number;
      readonly text: string;
    }
  /** A value that must never be shown from here on. A host masks it before anything else is told. */
  | { readonly type: 'secret'; readonly value: string };

/** Takes the events of a verb. Called in order; never throws; never awaited. */
export type Notify = (event: ToolkitEvent) => void;
