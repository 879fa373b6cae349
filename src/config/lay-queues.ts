import { mergeDeep } from './merge.ts';

type Queues<Queue> = Readonly<Record<string, Queue>>;

/** `jobQueue` stands for every priority known so far; `jobQueues` beside it may then differ for some. */
export function layQueues<Queue>(
  below: Queues<Queue>,
  { jobQueues, jobQueue }: { readonly jobQueues?: Queues<Queue> | undefined; readonly jobQueue?: Queue | undefined },
): Queues<Queue> {
  if (jobQueue === undefined) return mergeDeep(below, jobQueues);
  const priorities = Object.keys({ ...below, ...jobQueues });
  const same = (priorities.length > 0 ? priorities : ['default']).map(priority => [priority, jobQueue] as const);
  return { ...Object.fromEntries(same), ...jobQueues };
}
