import type { FairShare } from './model.ts';
import type { QueueFile } from './queue-schema.ts';

/** Job queues by priority: their names or ARNs, and how those share that have a fair-share scheduling policy. */
export interface ResolvedQueues {
  readonly names: Readonly<Record<string, string>>;
  readonly fairShares: Readonly<Record<string, FairShare>>;
}

/** `fill` fills placeholders in. */
export function resolveQueues(
  queues: Readonly<Record<string, QueueFile>>,
  fill: (text: string) => string,
): ResolvedQueues {
  const names: Record<string, string> = {};
  const fairShares: Record<string, FairShare> = {};
  for (const [priority, queue] of Object.entries(queues)) {
    if (typeof queue === 'string') {
      names[priority] = fill(queue);
      continue;
    }
    const { name, shareIdentifier, schedulingPriority } = queue;
    names[priority] = fill(name);
    fairShares[priority] = { shareIdentifier: fill(shareIdentifier), schedulingPriority };
  }
  return { names, fairShares };
}
