/** CREATING → VALID, UPDATING → VALID, DELETING → gone: what a resource is at a moment, without a timer. */
import type { Settling } from './records.ts';

export type Lifecycle = 'CREATING' | 'UPDATING' | 'DELETING' | 'VALID';

/** A resource's status now; undefined once a deletion has settled. */
export function statusAt(
  record: Settling & { readonly status?: string | undefined },
  now: number,
): Lifecycle | undefined {
  const status =
    record.status === 'CREATING' || record.status === 'UPDATING' || record.status === 'DELETING'
      ? record.status
      : 'VALID';
  if (now < record.settlesAt) return status;
  return status === 'DELETING' ? undefined : 'VALID';
}
