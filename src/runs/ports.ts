import type { Notify } from '../events.ts';
import type { RateLimiter } from '../limiter.ts';
import type { AwsPorts, Clock } from '../ports.ts';
import type { EventFeed } from './event-feed.ts';

/** What driving a run needs of the outside. */
export interface RunPorts {
  readonly aws: Pick<AwsPorts, 'batch' | 'batchOnce' | 'logs' | 'ec2' | 'pricing'>;
  readonly clock: Clock;
  readonly notify: Notify;
  /** Ends the driving, never the jobs: they go on, and whoever drives the run next finds them. */
  readonly signal?: AbortSignal | undefined;
  readonly limiter: RateLimiter;
  /** Of the regions whose job state changes come as events. */
  readonly events?: ReadonlyMap<string, EventFeed> | undefined;
}
