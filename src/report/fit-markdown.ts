/** Cuts at a line's end, closes what the cut left open, and ends with `note`, so that the whole has at most `most` characters. */
export function fitMarkdown(text: string, most: number, note: string): string {
  if (text.length <= most) return text;
  const end = `\n${note}\n`;
  const cut = dropRest(text.slice(0, Math.max(0, most - end.length)));
  const closed = closeOpen(cut);
  // What closes takes room itself; what was open in a longer text is at least what is open in a shorter one of the same lines.
  const shorter = dropRest(cut.slice(0, Math.max(0, most - end.length - closed.length)));
  return `${shorter}${closeOpen(shorter)}${end}`;
}

function dropRest(text: string): string {
  return text.replace(/[^\n]*$/, '');
}

/** A fold or a code block that was cut open would swallow what follows. */
function closeOpen(text: string): string {
  const fences = text.match(/^```/gm)?.length ?? 0;
  const folds = (text.match(/<details/g)?.length ?? 0) - (text.match(/<\/details>/g)?.length ?? 0);
  return `${fences % 2 === 1 ? '```\n' : ''}${'</details>\n'.repeat(Math.max(0, folds))}`;
}
