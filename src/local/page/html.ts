/** HTML in which everything is escaped that was not written as HTML in this folder's own source. */
import { stripVTControlCharacters } from 'node:util';

/** Text that is HTML already: made by the `html` tag alone. */
export class Html {
  readonly text: string;
  constructor(text: string) {
    this.text = text;
  }
}

export type Part = Html | string | number | undefined | readonly Part[];

/** Escapes every value that is not Html; lists are joined, `undefined` is nothing. Values in attributes must stand in double quotes. */
export function html(strings: TemplateStringsArray, ...values: readonly Part[]): Html {
  return new Html(strings.map((piece, at) => piece + (at < values.length ? write(values[at]) : '')).join(''));
}

function write(part: Part): string {
  if (part === undefined) return '';
  if (part instanceof Html) return part.text;
  return typeof part === 'object' ? part.map(write).join('') : escapeText(String(part));
}

const ENTITIES: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  "'": '&#39;',
};

function escapeText(text: string): string {
  // What HTML cannot hold (and a terminal's colours) is left out, so that a log's line never breaks the page.
  return stripVTControlCharacters(text)
    .replace(/(?![\t\n\r])\p{Cc}/gu, '·')
    .replace(/[&<>"']/g, character => ENTITIES[character] ?? '');
}
