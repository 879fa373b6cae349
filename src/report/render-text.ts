import { renderSparklines } from './chart.ts';
import { type Block, type Cell, type Column, type Document, inlines, plainText } from './document.ts';

/** A document as plain text for a terminal or a log file. Links show their address after their words. */
export function renderText(document: Document): string {
  return `${document
    .filter(block => !isAside(block))
    .map(renderBlock)
    .join('\n\n')}\n`;
}

function isAside(block: Block): boolean {
  return block.type === 'details' && block.aside === true;
}

function renderBlock(block: Block): string {
  switch (block.type) {
    case 'heading': {
      const title = renderCell(block.content);
      return block.level === 3 ? title : `${title}\n${(block.level === 1 ? '=' : '-').repeat(title.length)}`;
    }
    case 'paragraph':
      return renderCell(block.content);
    case 'list':
      return block.items.map(item => `- ${renderCell(item)}`).join('\n');
    case 'table':
      return renderTable(block.columns, block.rows);
    case 'code':
      return indent(block.text);
    case 'chart':
      return renderSparklines(block);
    case 'details':
      return [renderCell(block.summary), ...block.blocks.map(inner => indent(renderBlock(inner)))].join('\n');
  }
}

function renderCell(cell: Cell): string {
  return inlines(cell)
    .map(inline =>
      typeof inline === 'object' && 'link' in inline ? `${inline.text} (${inline.link})` : plainText(inline),
    )
    .join('');
}

function renderTable(columns: readonly Column[], rows: readonly (readonly Cell[])[]): string {
  const texts = [
    columns.map(column => column.title),
    ...rows.map(row => columns.map((_, index) => renderCell(row[index] ?? '').replaceAll('\n', ' '))),
  ];
  const widths = columns.map((_, index) => Math.max(...texts.map(row => row[index]?.length ?? 0)));
  const line = (row: readonly string[]) =>
    columns
      .map(({ align }, index) => {
        const cell = row[index] ?? '';
        return align === 'right' ? cell.padStart(widths[index] ?? 0) : cell.padEnd(widths[index] ?? 0);
      })
      .join('  ')
      .trimEnd();
  const [head = [], ...body] = texts;
  return [line(head), widths.map(width => '-'.repeat(width)).join('  '), ...body.map(line)].join('\n');
}

function indent(text: string): string {
  return text.replace(/^(?=.)/gm, '  ');
}
