/** The manifest that the benches of runs share. */
import type { PlanRunRequest } from '../../src/runs/plan-run.ts';
import { definitionsOf, PRIORITIES, runConfig, targetOf } from '../../test/runs/cues-fleet.ts';

/** Nine cells of equal size. */
export async function* manifestBytes(entries: number): AsyncGenerator<Uint8Array> {
  for (let from = 0; from < entries; from += 1000) {
    const lines = Array.from({ length: Math.min(1000, entries - from) }, (_, at) => {
      const index = from + at;
      return `${JSON.stringify({ id: `account-${index}`, tickets: [10, 2000, 200_000][index % 3], priority: PRIORITIES[Math.floor(index / 3) % 3] })}\n`;
    });
    yield new TextEncoder().encode(lines.join(''));
  }
}

/** `retryPriority` is `runs.retry.priority`. */
export function planRequest(
  items: PlanRunRequest['manifest']['items'],
  entriesUri: string,
  retryPriority?: string,
): PlanRunRequest {
  const { retry } = runConfig();
  const target = targetOf('eu-west-1', { retry: { ...retry, priority: retryPriority } });
  return {
    run: 'bench',
    targets: [target],
    definitions: definitionsOf(target),
    manifest: { source: 'accounts.ndjson', items },
    skipInvalid: false,
    entriesUri,
  };
}
