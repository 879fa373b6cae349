/** One look at the page: where, with which query, on which AWS. */
import type { Caller } from '../model.ts';
import { placeAddress, queueAddress } from './addresses.ts';
import type { AwsView } from './aws-view.ts';

export interface Visit {
  readonly aws: AwsView;
  readonly caller: Caller;
  /** What follows the kind in the path: a queue's name, a job's id, a repository's name. */
  readonly name: string;
  readonly query: URLSearchParams;
}

/** Rows on a page: jobs, children, revisions, images. */
export const PAGE_SIZE = 100;

export function given(query: URLSearchParams, name: string): string | undefined {
  return query.get(name) || undefined;
}

type Step = readonly [name: string, address: string];

export function pathTo(caller: Caller, ...more: readonly Step[]): Step[] {
  return [[`${caller.account} · ${caller.region}`, placeAddress(caller)], ...more];
}

export function queueStep(caller: Caller, queue: string): Step {
  return [queue, queueAddress(caller, queue)];
}
