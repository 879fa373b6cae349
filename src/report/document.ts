import type { Chart } from './chart.ts';

/**
 * A report, before anybody knows whether it becomes a terminal's text, a job summary's Markdown or a page. Each result is described
 * once, as blocks; the three renderers know nothing of results.
 */
export type Inline =
  | string
  | { readonly code: string }
  | { readonly strong: string }
  | { readonly link: string; readonly text: string }
  | { readonly badge: 'good' | 'bad' | 'warning' | 'idle'; readonly text: string };

export type Cell = Inline | readonly Inline[];

export interface Column {
  readonly title: string;
  readonly align?: 'right';
}

export type Block =
  | { readonly type: 'heading'; readonly level: 1 | 2 | 3; readonly content: Cell }
  | { readonly type: 'paragraph'; readonly content: Cell }
  | { readonly type: 'list'; readonly items: readonly Cell[] }
  | { readonly type: 'table'; readonly columns: readonly Column[]; readonly rows: readonly (readonly Cell[])[] }
  /** Text shown as it is: a diff, a log. */
  | { readonly type: 'code'; readonly language: 'diff' | 'text' | 'json'; readonly text: string }
  | Chart
  /** Folded away where the medium can fold. `aside` is left out where it cannot: it has been told before, line by line. */
  | {
      readonly type: 'details';
      readonly summary: Cell;
      readonly open?: boolean;
      readonly aside?: boolean;
      readonly blocks: readonly Block[];
    };

export type Document = readonly Block[];

export function inlines(cell: Cell): readonly Inline[] {
  return Array.isArray(cell) ? cell : [cell as Inline];
}

/** The words of a cell, without their dress. */
export function plainText(cell: Cell): string {
  return inlines(cell)
    .map(inline => {
      if (typeof inline === 'string') return inline;
      if ('code' in inline) return inline.code;
      return 'strong' in inline ? inline.strong : inline.text;
    })
    .join('');
}
