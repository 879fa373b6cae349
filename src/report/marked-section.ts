/** A part of somebody's text that is ours to write, and the rest theirs. */
import { ConfigurationError } from '../errors.ts';
import { fitMarkdown } from './fit-markdown.ts';

export interface Section {
  /** An HTML comment on one line, which Markdown does not show. */
  readonly marker: string;
  /** Markdown. */
  readonly body: string;
  /** Of the whole text, in characters. */
  readonly most: number;
}

/**
 * The text with the section where it was, or at the end when there was none. Only the section is ever cut. Throws ConfigurationError
 * when the author's own text leaves no room for it.
 */
export function placeSection(
  text: string,
  { marker, body, most }: Section,
): { readonly text: string; readonly how: 'created' | 'updated' } {
  const end = marker.replace('<!--', '<!-- end of');
  const from = text.indexOf(marker);
  const to = text.indexOf(end, from);
  // Without its end nobody can tell where the author goes on; what follows is kept, and a new section is made after it.
  const found = from >= 0 && to >= 0;
  const before = found ? text.slice(0, from) : text.trimEnd() && `${text.trimEnd()}\n\n`;
  const after = found ? text.slice(to + end.length) : '\n';
  const frame = (content: string) => `${before}${marker}\n${content}\n${end}${after}`;
  const room = most - frame('').length;
  if (room < LEAST_CHARACTERS && room < body.trimEnd().length) {
    throw new ConfigurationError({
      message: `the text has ${text.length} of at most ${most} characters, which leaves no room for another section`,
      remedy: 'Shorten it.',
    });
  }
  return { text: frame(fitMarkdown(body.trimEnd(), room, CUT)), how: found ? 'updated' : 'created' };
}

const CUT = '**This section was cut at the limit of the text.** The summary of the workflow run holds all of it.';
/** Less than this tells nothing. */
const LEAST_CHARACTERS = CUT.length + 100;
