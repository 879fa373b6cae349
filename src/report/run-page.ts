/** A run as one page: the report, its charts, and every entry in a table that can be searched. No network. */
import { formatAmount } from '../format-amount.ts';
import { formatCount } from '../format-count.ts';
import type { ChildLine } from '../runs/children-file.ts';
import type { RunSummary } from '../runs/summary.ts';
import { createRows, type EntryRow } from './entry-row.ts';
import { formatDuration, nameRound } from './format.ts';
import { escapeHtml, renderPage } from './render-html.ts';
import { reportRun } from './run.ts';

/** More rows make the page slow to open; failed entries come first, so that they are there. */
const MOST_ROWS = 100_000;

export interface EntryRows {
  /** Those that failed first, then in the order of the manifest's shards. */
  readonly rows: readonly EntryRow[];
  /** Of all entries, those that are not in `rows` too. */
  readonly total: number;
}

/**
 * The last child of every entry, with the cost of all of them. `chunks` are of the last round first, so that no more than the rows of
 * the page and the entries that were retried are in memory.
 */
export async function collectRows(
  chunks: AsyncIterable<Iterable<ChildLine>> | Iterable<Iterable<ChildLine>>,
): Promise<EntryRows> {
  /** Of the entries that were retried: what their rounds before the last cost. */
  const earlier = new Map<string, number>();
  const failed: EntryRow[] = [];
  const others: EntryRow[] = [];
  const describe = createRows();
  let total = 0;
  for await (const lines of chunks) {
    for (const line of lines) {
      for (const id of line.ids) {
        const known = earlier.get(id);
        if (known !== undefined) {
          earlier.set(id, known + line.cost / line.ids.length);
          continue;
        }
        if (line.round > 0) earlier.set(id, 0);
        total += 1;
        const status = line.done?.includes(id) ? 'SUCCEEDED' : line.status;
        const rows = status === 'FAILED' ? failed : others;
        if (rows.length < MOST_ROWS) rows.push(describe(id, line, status));
      }
    }
  }
  const addEarlier = (row: EntryRow): EntryRow => {
    const more = earlier.get(row.id);
    return more ? { ...row, cost: row.cost + more } : row;
  };
  return { rows: [...failed, ...others].slice(0, MOST_ROWS).map(addEarlier), total };
}

export function renderRunPage(summary: RunSummary, advice: readonly string[], { rows, total }: EntryRows): string {
  return renderPage(
    `Run ${summary.run}`,
    reportRun(summary, advice),
    rows.length > 0 ? renderTable(rows, total, summary.currency) : '',
  );
}

function renderTable(rows: readonly EntryRow[], total: number, currency: string): string {
  const part =
    rows.length < total
      ? ` ${formatCount(rows.length)} of ${formatCount(total)} entries are on this page, the failed ones first; the ledger has all.`
      : '';
  const note = `<p>The last job of each, and what all its rounds cost.${part}</p>`;
  return `<h2>Every entry</h2>
${note}<p class="search"><label>Search by id <input id="search" type="search" autocomplete="off"></label> <label>Status <select id="status"><option value="">all</option><option>SUCCEEDED</option><option>FAILED</option></select></label> <span id="found"></span></p>
<div class="table"><table><thead><tr><th scope="col">Entry</th><th scope="col">Status</th><th scope="col">Class</th><th scope="col">Tier</th><th scope="col">Priority</th><th scope="col">Region</th><th scope="col">Round</th><th scope="col" class="number">Ran</th><th scope="col" class="number">Cost (${escapeHtml(currency)})</th><th scope="col">Job</th></tr></thead><tbody id="rows"></tbody></table></div>
<p><button id="more" type="button">Show more</button></p>
<script id="entries" type="application/json">${escapeScript(JSON.stringify(pack(rows)))}</script>
<script>${SCRIPT}</script>
<style>${STYLE}</style>
`;
}

/** Columns, and a number for every word that repeats: a fifth of the size, and quickly read. */
function pack(rows: readonly EntryRow[]): unknown {
  const words: string[] = [];
  const numbers = new Map<string, number>();
  const word = (text: string): number => {
    const known = numbers.get(text) ?? words.push(text) - 1;
    numbers.set(text, known);
    return known;
  };
  return {
    id: rows.map(({ id }) => id),
    status: rows.map(({ status }) => word(status)),
    class: rows.map(row => word(row.class)),
    tier: rows.map(({ tier }) => word(tier)),
    priority: rows.map(({ priority }) => word(priority)),
    region: rows.map(({ region }) => word(region)),
    round: rows.map(({ round }) => word(nameRound(round))),
    ran: rows.map(({ ran }) => word(ran === undefined ? '' : formatDuration(ran))),
    cost: rows.map(({ cost }) => word(cost > 0 ? formatAmount(cost) : '')),
    job: rows.map(({ job }) => word(job)),
    index: rows.map(({ index }) => index),
    words,
  };
}

/** Text of others must not end the script it stands in. */
function escapeScript(json: string): string {
  return json.replaceAll('<', '\\u003c').replaceAll('\u2028', '\\u2028').replaceAll('\u2029', '\\u2029');
}

const STYLE = `.search { display: flex; flex-wrap: wrap; gap: .75rem 1.25rem; align-items: baseline; }
input, select, button { font: inherit; color: inherit; background: var(--panel); border: 1px solid var(--line); border-radius: 6px; padding: .3rem .6rem; }
button[hidden] { display: none; }
.entry { min-width: 9rem; overflow-wrap: anywhere; } .job { min-width: 12rem; } @media (max-width: 48rem) { .job { grid-column: 1 / -1; } }`;

/** Plain DOM; a page of rows at a time, so that fifty thousand open at once. */
const SCRIPT = `(() => {
  const data = JSON.parse(document.getElementById('entries').textContent);
  const rows = document.getElementById('rows');
  const search = document.getElementById('search');
  const status = document.getElementById('status');
  const found = document.getElementById('found');
  const more = document.getElementById('more');
  const titles = [...rows.parentNode.tHead.rows[0].cells].map(th => th.textContent);
  const page = 100;
  let matches = [];
  const cell = (text, name) => {
    const td = document.createElement('td');
    td.textContent = text;
    if (name) td.className = name;
    return td;
  };
  const show = count => {
    const from = rows.children.length;
    for (const at of matches.slice(from, from + count)) {
      const tr = document.createElement('tr');
      const word = column => data.words[data[column][at]];
      const job = word('job') + (data.index[at] < 0 ? '' : ':' + data.index[at]);
      const badge = document.createElement('span');
      badge.className = 'badge ' + (word('status') === 'FAILED' ? 'bad' : 'good');
      badge.textContent = word('status');
      const statusCell = document.createElement('td');
      statusCell.append(badge);
      const code = document.createElement('code');
      code.textContent = job;
      const jobCell = document.createElement('td');
      jobCell.className = 'job';
      jobCell.append(code);
      tr.append(cell(data.id[at], 'entry'), statusCell, cell(word('class'), 'word'), cell(word('tier')), cell(word('priority')), cell(word('region'), 'word'), cell(word('round'), 'word'), cell(word('ran'), 'number'), cell(word('cost'), 'number'), jobCell);
      [...tr.cells].forEach((td, column) => { td.dataset.title = titles[column]; });
      rows.append(tr);
    }
    more.hidden = rows.children.length >= matches.length;
  };
  const filter = () => {
    const text = search.value.trim().toLowerCase();
    matches = [];
    data.id.forEach((id, at) => {
      if (text && !id.toLowerCase().includes(text)) return;
      if (status.value && data.words[data.status[at]] !== status.value) return;
      matches.push(at);
    });
    found.textContent = matches.length.toLocaleString('en') + ' entries';
    rows.replaceChildren();
    show(page);
  };
  search.addEventListener('input', filter);
  status.addEventListener('change', filter);
  more.addEventListener('click', () => show(page * 5));
  filter();
})();`;
