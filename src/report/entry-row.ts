import type { ChildLine } from '../runs/children-file.ts';

/** One entry's last child, and what all of them cost; what the table of a run's page shows. */
export interface EntryRow {
  readonly id: string;
  readonly status: ChildLine['status'];
  /** Empty unless it failed. */
  readonly class: string;
  readonly tier: string;
  readonly priority: string;
  readonly region: string;
  readonly round: number;
  /** Milliseconds; undefined when that is not known. */
  readonly ran: number | undefined;
  /** In the run's currency; of a child that worked on several entries, an equal share. */
  readonly cost: number;
  readonly job: string;
  /** Within an array job; -1 for a plain job. */
  readonly index: number;
}

/** Makes rows of one child each, that share the words they repeat: of a hundred thousand, each would have its own copy of them. */
export function createRows(): (id: string, line: ChildLine, status: ChildLine['status']) => EntryRow {
  const words = new Map<string, string>();
  const share = (text: string): string => {
    const known = words.get(text);
    if (known === undefined) words.set(text, text);
    return known ?? text;
  };
  return (id, line, status) => {
    const { startedAt, stoppedAt, jobId } = line;
    return {
      id,
      status: status === 'FAILED' ? 'FAILED' : 'SUCCEEDED',
      class: status === 'FAILED' ? share(line.class ?? '') : '',
      tier: share(line.tier),
      priority: share(line.priority),
      region: share(line.region),
      round: line.round,
      ran: startedAt !== undefined && stoppedAt !== undefined ? stoppedAt - startedAt : undefined,
      cost: line.cost / line.ids.length,
      job: share(jobId.split(':')[0] ?? ''),
      index: jobId.includes(':') ? line.index : -1,
    };
  };
}
