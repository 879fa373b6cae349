import type { Target } from './model.ts';
import type { YamlPath, YamlSource } from './yaml-source.ts';

/** The innermost place in the file that says something at `path` for this target. */
export function deepestPath(
  { environment, region }: Pick<Target, 'environment' | 'region'>,
  path: YamlPath,
  source: YamlSource,
): YamlPath {
  const layers = [['environments', environment, 'regions', region], ['environments', environment], []];
  const paths = layers.map(layer => [...layer, ...path]);
  return (
    paths.find(candidate => source.has(candidate)) ??
    paths.map(candidate => candidate.slice(0, -1)).find(candidate => source.has(candidate)) ??
    path
  );
}
