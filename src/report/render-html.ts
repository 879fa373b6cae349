import { renderSvg } from './chart.ts';
import { type Block, type Cell, type Document, type Inline, inlines, plainText } from './document.ts';
import { PAGE_STYLE } from './page-style.ts';

/** A document as one self-contained page: no network, no script but what `after`, HTML for the end of the page, brings along. */
export function renderPage(title: string, document: Document, after = ''): string {
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<title>${escapeHtml(title)}</title>
<style>${PAGE_STYLE}</style>
</head>
<body>
<main>
${renderBlocks(document)}
${after}</main>
</body>
</html>
`;
}

/** Charts that follow one another stand side by side where there is room. */
function renderBlocks(blocks: readonly Block[]): string {
  const parts: string[] = [];
  for (const [index, block] of blocks.entries()) {
    const isChart = block.type === 'chart';
    if (isChart && blocks[index - 1]?.type !== 'chart') parts.push('<div class="charts">');
    parts.push(renderBlock(block));
    if (isChart && blocks[index + 1]?.type !== 'chart') parts.push('</div>');
  }
  return parts.join('\n');
}

function renderBlock(block: Block): string {
  switch (block.type) {
    case 'heading':
      return `<h${block.level}>${renderCell(block.content)}</h${block.level}>`;
    case 'paragraph':
      return `<p>${renderCell(block.content)}</p>`;
    case 'list':
      return `<ul>${block.items.map(item => `<li>${renderCell(item)}</li>`).join('')}</ul>`;
    case 'table':
      return renderTable(block);
    case 'code':
      return `<pre class="${block.language}"><code>${renderCode(block.language, block.text)}</code></pre>`;
    case 'chart':
      return renderSvg(block, escapeHtml);
    case 'details':
      return `<details${block.open ? ' open' : ''}><summary>${renderCell(block.summary)}</summary>${renderBlocks(block.blocks)}</details>`;
  }
}

function renderTable({ columns, rows }: Extract<Block, { type: 'table' }>): string {
  const classOf = (index: number, cell: Cell = '') => {
    const name =
      columns[index]?.align === 'right' ? 'number' : isWord(cell) ? 'word' : isProse(cell) ? 'prose' : undefined;
    return name ? ` class="${name}"` : '';
  };
  const head = columns
    .map((column, index) => `<th scope="col"${classOf(index)}>${escapeHtml(column.title)}</th>`)
    .join('');
  // A narrow screen has no room for the head: there each cell says its own title.
  const titleOf = (index: number) => ` data-title="${escapeHtml(columns[index]?.title ?? '')}"`;
  const describeCell = (cell: Cell, index: number) =>
    `<td${classOf(index, cell)}${titleOf(index)}>${renderCell(cell)}</td>`;
  const body = rows.map(row => `<tr>${row.map(describeCell).join('')}</tr>`).join('\n');
  return `<div class="table"><table><thead><tr>${head}</tr></thead><tbody>\n${body}\n</tbody></table></div>`;
}

/** Sentences, which a narrow screen must not break after every word. */
function isProse(cell: Cell): boolean {
  return plainText(cell).length > 40;
}

/** A name such as `eu-west-1`, which a narrow column must not break at its hyphens. */
function isWord(cell: Cell): boolean {
  return typeof cell === 'string' && cell.length <= 32 && !cell.includes(' ');
}

function renderCell(cell: Cell): string {
  return inlines(cell).map(renderInline).join('');
}

function renderInline(inline: Inline): string {
  if (typeof inline === 'string') return escapeHtml(inline);
  if ('code' in inline) return `<code>${escapeHtml(inline.code)}</code>`;
  if ('strong' in inline) return `<strong>${escapeHtml(inline.strong)}</strong>`;
  if ('link' in inline) return `<a href="${escapeHtml(safeHref(inline.link))}">${escapeHtml(inline.text)}</a>`;
  return `<span class="badge ${inline.badge}">${escapeHtml(inline.text)}</span>`;
}

/** Only addresses a reader may follow: never `javascript:`. */
function safeHref(link: string): string {
  return /^(https?:|#|\.?\/|[\w-]+\.html)/.test(link) ? link : '#';
}

function renderCode(language: string, text: string): string {
  if (language !== 'diff') return escapeHtml(text);
  return text
    .split('\n')
    .map(line => {
      const kind = line.startsWith('+') ? 'added' : line.startsWith('-') ? 'removed' : 'same';
      return `<span class="${kind}">${escapeHtml(line)}</span>`;
    })
    .join('\n');
}

export function escapeHtml(text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;').replaceAll('"', '&quot;');
}
