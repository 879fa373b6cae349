import { renderMermaid } from './chart.ts';
import { type Block, type Cell, type Document, type Inline, inlines } from './document.ts';

const BADGES = { good: '✅', bad: '❌', warning: '⚠️', idle: '➖' } as const;

/** A document as GitHub-flavoured Markdown: job summaries, pull-request comments, release notes. */
export function renderMarkdown(document: Document): string {
  return `${document.map(renderBlock).join('\n\n')}\n`;
}

function renderBlock(block: Block): string {
  switch (block.type) {
    case 'heading':
      return `${'#'.repeat(block.level)} ${renderCell(block.content)}`;
    case 'paragraph':
      return renderCell(block.content);
    case 'list':
      return block.items.map(item => `- ${renderCell(item)}`).join('\n');
    case 'table':
      return [
        row(block.columns.map(column => escapeMarkdown(column.title))),
        row(block.columns.map(column => (column.align === 'right' ? '---:' : '---'))),
        ...block.rows.map(cells =>
          row(
            cells.map(cell =>
              renderCell(cell)
                .replace(/(?<!\\)\|/g, '\\|')
                .replaceAll('\n', '<br>'),
            ),
          ),
        ),
      ].join('\n');
    case 'code':
      return fence(block.language, block.text);
    case 'chart':
      return renderMermaid(block);
    case 'details':
      return [
        `<details${block.open ? ' open' : ''}><summary>${renderCell(block.summary, renderInHtml)}</summary>`,
        ...block.blocks.map(renderBlock),
        '</details>',
      ].join('\n\n');
  }
}

function row(cells: readonly string[]): string {
  return `| ${cells.join(' | ')} |`;
}

function renderCell(cell: Cell, render = renderInline): string {
  return inlines(cell).map(render).join('');
}

function renderInline(inline: Inline): string {
  if (typeof inline === 'string') return escapeMarkdown(inline);
  if ('code' in inline) return codeSpan(inline.code);
  // Markdown takes asterisks for emphasis only where they touch the words.
  if ('strong' in inline)
    return inline.strong.replace(
      /^(\s*)(.*?)(\s*)$/s,
      (_, before, words, after) => `${before}**${escapeMarkdown(words)}**${after}`,
    );
  if ('link' in inline)
    return `[${escapeMarkdown(inline.text)}](${inline.link.replaceAll(' ', '%20').replaceAll(')', '%29')})`;
  return `${BADGES[inline.badge]} ${escapeMarkdown(inline.text)}`;
}

/** Markdown is not read inside `<summary>`. */
function renderInHtml(inline: Inline): string {
  if (typeof inline === 'string') return escapeHtml(inline);
  if ('code' in inline) return `<code>${escapeHtml(inline.code)}</code>`;
  if ('strong' in inline) return `<b>${escapeHtml(inline.strong)}</b>`;
  if ('link' in inline) return `<a href="${escapeHtml(inline.link)}">${escapeHtml(inline.text)}</a>`;
  return `${BADGES[inline.badge]} ${escapeHtml(inline.text)}`;
}

function escapeHtml(text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;').replaceAll('"', '&quot;');
}

/** Text of others (a reason, a log line, a name) must not become markup, a mention or an issue link. */
function escapeMarkdown(text: string): string {
  return text.replace(/[\\`*_{}[\]<>|~]/g, '\\$&').replace(/([@#])(?=\w)/g, '$1\u200b');
}

/** A code span whose fence is longer than any run of backticks inside. */
function codeSpan(code: string): string {
  const longest = Math.max(0, ...(code.match(/`+/g) ?? []).map(run => run.length));
  const ticks = '`'.repeat(longest + 1);
  const pad = longest > 0 ? ' ' : '';
  return `${ticks}${pad}${code}${pad}${ticks}`;
}

function fence(language: string, text: string): string {
  const longest = Math.max(2, ...(text.match(/`+/g) ?? []).map(run => run.length));
  const ticks = '`'.repeat(longest + 1);
  return `${ticks}${language}\n${text.replace(/\n$/, '')}\n${ticks}`;
}
