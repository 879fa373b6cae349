import type { LogLine } from './model.ts';

/** A frame of a stack trace, in JavaScript's, Java's and Python's form; never what went wrong, only where. */
const STACK_FRAME = /(^|\s)at .*[(:]|(^|\s)File ".*", line \d+|^\s*\.{3} \d+ more/;

const LONGEST = 300;

/** The last line of a log that says something: below it there are only frames of a stack trace. Undefined for an empty log. */
export function lastWords(lines: readonly LogLine[]): string | undefined {
  const line = lines.findLast(({ text }) => text.trim() !== '' && !STACK_FRAME.test(text)) ?? lines.at(-1);
  const words = line?.text.trim();
  if (!words) return undefined;
  return words.length > LONGEST ? `${words.slice(0, LONGEST)}…` : words;
}
