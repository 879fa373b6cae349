import { formatCount } from '../format-count.ts';
import type { FailureGroup } from '../runs/failure-groups.ts';

/** What most of the failed entries failed of, or the most alike of them: the end of a sentence. */
export function describeLargest({ entries, class: kind, lastWords, evidence }: FailureGroup, failed: number): string {
  const why = `${kind}: ${lastWords ?? evidence}`;
  if (entries === failed) return failed === 1 ? why : `all of them ${why}`;
  return entries * 2 > failed
    ? `most of them, ${formatCount(entries)}, ${why}`
    : `among them ${formatCount(entries)} ${why}`;
}
