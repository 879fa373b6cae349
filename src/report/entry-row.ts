import type { ChildLine } from '../runs/children-file.ts';

/** One entry's last child; what the table of a run's page shows. */
export interface EntryRow {
  readonly id: string;
  readonly status: ChildLine['status'];
  /** Empty unless it failed. */
  readonly class: string;
  readonly tier: string;
  readonly priority: string;
  readonly region: string;
  readonly round: number;
  /** Seconds; -1 when that is not known. */
  readonly ran: number;
  readonly cost: number;
  readonly job: string;
  /** Within an array job; -1 for a plain job. */
  readonly index: number;
}

/** Makes rows that share the words they repeat: of a hundred thousand, each would have its own copy of them. */
export function createRows(): (id: string, line: ChildLine, status: ChildLine['status']) => EntryRow {
  const words = new Map<string, string>();
  const share = (text: string): string => {
    const known = words.get(text);
    if (known === undefined) words.set(text, text);
    return known ?? text;
  };
  return (id, line, status) => {
    const { startedAt, stoppedAt, jobId } = line;
    const known = startedAt !== undefined && stoppedAt !== undefined;
    return {
      id,
      status: status === 'FAILED' ? 'FAILED' : 'SUCCEEDED',
      class: status === 'FAILED' ? share(line.class ?? '') : '',
      tier: share(line.tier),
      priority: share(line.priority),
      region: share(line.region),
      round: line.round,
      ran: known ? Math.round((stoppedAt - startedAt) / 1000) : -1,
      cost: Number(line.cost.toPrecision(3)),
      job: share(jobId.split(':')[0] ?? ''),
      index: jobId.includes(':') ? line.index : -1,
    };
  };
}
