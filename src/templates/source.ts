import type { SourcePosition } from '../errors.ts';
import type { Source, TemplateSource } from './model.ts';

export function createSource({ path, text }: TemplateSource): Source {
  const starts = lineStarts(text);
  return {
    path,
    text,
    positionAt: offset => {
      const line = floorIndex(starts, offset);
      return { path, line: line + 1, column: offset - (starts[line] ?? 0) + 1 };
    },
    offsetAt: (line, column) => (starts[line - 1] ?? 0) + column,
  };
}

/** Where one node of the syntax tree begins. */
export function positionOfNode(source: Source, { loc }: Pick<hbs.AST.Node, 'loc'>): SourcePosition {
  return { path: source.path, line: loc.start.line, column: loc.start.column + 1 };
}

function lineStarts(text: string): number[] {
  const starts = [0];
  for (let at = text.indexOf('\n'); at >= 0; at = text.indexOf('\n', at + 1)) starts.push(at + 1);
  return starts;
}

/** The index of the last of the ascending `starts` that is not beyond `offset`. */
export function floorIndex(starts: readonly number[], offset: number): number {
  let low = 0;
  let high = starts.length - 1;
  while (low < high) {
    const middle = (low + high + 1) >> 1;
    if ((starts[middle] ?? 0) <= offset) low = middle;
    else high = middle - 1;
  }
  return low;
}
