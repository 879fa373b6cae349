/** Shares of job queues that Batch would refuse with the first job. */
import { type Content, isMapping, mapping, text } from './content.ts';
import { deepestPath } from './deepest-path.ts';
import type { Finding } from './finding.ts';
import { type Layer, listQueues } from './layers.ts';
import { fillPlaceholders } from './placeholders.ts';
import type { PlainTarget } from './plain-target.ts';
import { describePath } from './schema-problems.ts';
import type { YamlPath, YamlSource } from './yaml-source.ts';

/** A queue has a fair-share scheduling policy or none, and refuses the other kind of job. */
export function findShareProblems(target: PlainTarget, source: YamlSource): Finding[] {
  const { jobQueues = {}, runs } = target;
  const onDemand = mapping(mapping(runs?.['retry'])['onDemandQueues']);
  const uses = [
    ...listUses(['jobQueues'], jobQueues, target),
    ...listUses(['runs', 'retry', 'onDemandQueues'], onDemand, target),
  ];
  return [...Map.groupBy(uses, ({ queue }) => queue)].flatMap(([queue, same]) => {
    const shared = same.filter(({ isShared }) => isShared).map(({ path }) => path.join('.'));
    if (shared.length === 0) return [];
    const unshared = same.filter(({ isShared }) => !isShared);
    return unshared.map(({ path }) => ({
      path: placeOf(path, target, source),
      message: `${path.join('.')} names the job queue "${queue}" without a share, and ${shared.join(' and ')} with one`,
      remedy: 'A job queue has a fair-share scheduling policy or none: write a share with all of them, or with none.',
    }));
  });
}

interface Use {
  readonly path: YamlPath;
  readonly queue: string;
  readonly isShared: boolean;
}

function listUses(path: YamlPath, queues: Content, { names }: PlainTarget): readonly Use[] {
  return Object.entries(queues).flatMap(([priority, queue]) => {
    const name = text(isMapping(queue) ? queue['name'] : queue);
    if (name === undefined) return [];
    return [{ path: [...path, priority], queue: fillPlaceholders(name, names), isShared: isMapping(queue) }];
  });
}

/** Of a priority itself, or of the `jobQueue` that stands for all priorities and lies over it. */
function placeOf(path: YamlPath, target: PlainTarget, source: YamlSource): YamlPath {
  const own = deepestPath(target, path, source);
  const all = deepestPath(target, ['jobQueue'], source);
  const isNamed = own.at(-1) === path.at(-1);
  const isAll = path[0] === 'jobQueues' && source.has(all) && all.at(-1) === 'jobQueue';
  return isAll && (!isNamed || all.length - 1 > own.length - path.length) ? all : own;
}

/**
 * "Limited to 255 alphanumeric characters, and can be followed by an asterisk"; the guide's own have hyphens too.
 * https://docs.aws.amazon.com/batch/latest/APIReference/API_SubmitJob.html
 */
const SHARE_IDENTIFIER = /^[A-Za-z0-9_-]{1,255}\*?$/;

export function findShareIdentifiers(layer: Layer): Finding[] {
  return listQueues(layer).flatMap(([at, queue]) => {
    const { shareIdentifier: given } = mapping(queue);
    if (typeof given !== 'string' || given === '') return [];
    // What a known placeholder stands for is allowed in a share; an unknown one is told as such.
    const written = given.replace(/\{[A-Za-z][A-Za-z0-9]*\}/g, '');
    if (written === '' || SHARE_IDENTIFIER.test(written)) return [];
    const place = [...at, 'shareIdentifier'];
    const message = `${describePath(place)} may hold up to 255 letters, digits, - and _, not "${given}"`;
    return [{ path: place, message }];
  });
}
