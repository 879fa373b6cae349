/** What several pages are made of. */
import { type Html, html, type Part } from './html.ts';

/** The states of jobs in the order in which a reader needs them: what went wrong, what goes on, what waits, what is done. */
export const STATES = ['FAILED', 'RUNNING', 'STARTING', 'RUNNABLE', 'PENDING', 'SUBMITTED', 'SUCCEEDED'] as const;

export type Counts = Readonly<Record<string, number>>;

export function badge(word: string | undefined): Html {
  return html`<span class="badge ${word}">${word}</span>`;
}

/** A bar of the states' shares, each at least a sliver wide, and the counts in words. */
export function stateBar(counts: Counts): Html {
  const present = STATES.map(state => [state, counts[state] ?? 0] as const).filter(([, count]) => count > 0);
  const words = present.map(([state, count]) => `${group(count)} ${state}`).join(', ');
  const segments = present.map(
    ([state, count]) =>
      html`<span class="${state}" style="flex-grow: ${count}" title="${group(count)} ${state}"></span>`,
  );
  return html`<div class="bar" role="img" aria-label="${words}">${segments}</div><span class="counts">${words}</span>`;
}

export function timeOf(milliseconds: number | undefined): Html | undefined {
  if (milliseconds === undefined) return undefined;
  const iso = new Date(milliseconds).toISOString();
  return html`<time datetime="${iso}">${iso.slice(0, 19).replace('T', ' ')}</time>`;
}

/** `350 ms`, `12 s`, `3 min 5 s`, `2 h 3 min`. */
export function describeDuration(milliseconds: number): string {
  if (milliseconds < 1000) return `${Math.round(milliseconds)} ms`;
  const seconds = Math.round(milliseconds / 1000);
  if (seconds < 60) return `${seconds} s`;
  const minutes = Math.floor(seconds / 60);
  return minutes < 60 ? `${minutes} min ${seconds % 60} s` : `${Math.floor(minutes / 60)} h ${minutes % 60} min`;
}

export function describeBytes(bytes: number): string {
  if (bytes < 1024) return `${bytes} B`;
  const power = bytes < 1 << 20 ? 1 : bytes < 1 << 30 ? 2 : 3;
  return `${(bytes / 1024 ** power).toFixed(1)} ${['', 'KiB', 'MiB', 'GiB'][power]}`;
}

/** `10,000`. */
export function group(count: number): string {
  return String(count).replace(/\B(?=(\d{3})+$)/g, ',');
}

/** `words` columns hold free text and may be broken anywhere. */
export interface Column<Row> {
  readonly head: string;
  readonly kind?: 'number' | 'words';
  readonly cell: (row: Row) => Part;
}

/** Each cell carries its column's head, for narrow screens, where it stands before the value. */
export function table<Row>(rows: readonly Row[], columns: readonly Column<Row>[]): Html {
  const heads = columns.map(({ head }) => html`<th scope="col">${head}</th>`);
  const lines = rows.map(row => {
    const cells = columns.map(
      ({ head, kind, cell }) => html`<td class="${kind}" data-label="${head}">${wrap(cell(row))}</td>`,
    );
    return html`<tr>${cells}</tr>\n`;
  });
  return html`<table><thead><tr>${heads}</tr></thead><tbody>\n${lines}</tbody></table>`;
}

/** One element, whatever it is made of: a narrow screen sets it beside the head. */
function wrap(part: Part): Part {
  return part === undefined ? undefined : html`<div>${part}</div>`;
}

/** Names and values; what has no value is left out. */
export function facts(entries: Readonly<Record<string, Part>>): Html {
  const shown = Object.entries(entries).filter(([, value]) => value !== undefined && value !== '');
  return html`<dl>${shown.map(([name, value]) => html`<dt>${name}</dt><dd>${value}</dd>`)}</dl>`;
}

/** Links of which one stands for what is shown. */
export function chips(
  links: readonly { readonly name: string; readonly address: string; readonly chosen: boolean }[],
): Html {
  const items = links.map(({ name, address, chosen }) =>
    chosen
      ? html`<li><a href="${address}" aria-current="true">${name}</a></li>`
      : html`<li><a href="${address}">${name}</a></li>`,
  );
  return html`<ul class="chips">${items}</ul>`;
}

export function more(links: Readonly<Record<string, string | undefined>>): Html | undefined {
  const given = Object.entries(links).filter(([, address]) => address !== undefined);
  if (!given.length) return undefined;
  return html`<p class="more">${given.map(([name, address]) => html`<a href="${address}">${name}</a>`)}</p>`;
}

export function nothing(text: string): Html {
  return html`<p class="muted">${text}</p>`;
}
