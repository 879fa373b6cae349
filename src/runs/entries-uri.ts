import type { Ledger } from './ledger.ts';
import type { RunPlan } from './model.ts';

/**
 * Where the children of a run read their entries and write their results: where its entries were written when it was planned. What the
 * configuration says by now is for runs that are planned now.
 */
export function entriesUriOf(
  { entriesUri, config }: Pick<RunPlan, 'entriesUri' | 'config'>,
  { store }: Pick<Ledger, 'store'>,
): string {
  return entriesUri ?? config.entries ?? store.uri;
}
