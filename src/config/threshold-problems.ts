/** Thresholds of `runs.tier` that send the larger entries to the smaller tier. */
import { mapping } from './content.ts';
import { deepestPath } from './deepest-path.ts';
import type { Finding } from './finding.ts';
import type { PlainTarget } from './plain-target.ts';
import type { YamlSource } from './yaml-source.ts';

export function findThresholdProblems(target: PlainTarget, source: YamlSource): Finding[] {
  const { runs, tiers } = target;
  const from = mapping(mapping(runs?.['tier'])['from']);
  const sized = Object.entries(from).flatMap(([name, least]) => {
    const { memoryMiB, gpus = 0 } = mapping(tiers[name]);
    const known = typeof least === 'number' && typeof memoryMiB === 'number' && typeof gpus === 'number';
    return known ? [{ name, least, memoryMiB, gpus }] : [];
  });
  const bySize = sized.toSorted((one, other) => one.memoryMiB - other.memoryMiB);
  return bySize.slice(1).flatMap((larger, index): Finding[] => {
    // One with more GPUs is another kind of machine, whatever its memory.
    const above = bySize
      .slice(0, index + 1)
      .filter(one => one.memoryMiB < larger.memoryMiB && one.gpus <= larger.gpus && one.least > larger.least)
      .toSorted((one, other) => other.least - one.least)[0];
    if (!above) return [];
    const path = ['runs', 'tier', 'from', larger.name];
    return [
      {
        path: deepestPath(target, path, source),
        message: `${path.join('.')} is ${larger.least}, below the ${above.least} of ${above.name}, which has less memory (${above.memoryMiB} MiB, ${larger.name} has ${larger.memoryMiB}): from ${above.least} on entries would go to the smaller tier`,
        remedy: `Give ${larger.name} a threshold above ${above.least}, or swap the two.`,
      },
    ];
  });
}
