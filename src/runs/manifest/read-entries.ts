import { ConfigurationError, type Problem } from '../../errors.ts';
import type { Entry } from '../model.ts';
import { createIdIndex } from './id-index.ts';
import type { ManifestItems } from './lines.ts';
import { createMissingId } from './missing-id.ts';
import { type EntryRules, parseEntry } from './parse-entry.ts';

/** So many problems are told one by one. */
const MOST_TOLD = 20;

export interface ReadOptions {
  readonly source: string;
  readonly rules: EntryRules;
  /** Leave out lines that are wrong, and all but the first of those with the same id. */
  readonly skipInvalid: boolean;
  readonly onEntry: (entry: Entry) => Promise<void> | void;
}

export interface ReadResult {
  readonly entries: number;
  readonly skipped: number;
  /** The first of what was left out. */
  readonly problems: readonly Problem[];
}

/**
 * Reads the whole manifest once, entry by entry. Throws ConfigurationError with the first problems, their places and how many there
 * are in all, after everything has been read; nothing that `onEntry` did is to be used then.
 */
export async function readEntries({ unit, chunks }: ManifestItems, options: ReadOptions): Promise<ReadResult> {
  const { source, rules, skipInvalid, onEntry } = options;
  const places = createIdIndex();
  const problems: Problem[] = [];
  const missingId = createMissingId(rules.id);
  let items = 0;
  let skipped = 0;
  const complain = (at: number, message: string) => {
    skipped += 1;
    if (problems.length >= MOST_TOLD) return;
    const position = unit === 'line' ? { path: source, line: at, column: 1 } : undefined;
    problems.push({ message: position ? message : `${source}, entry ${at}: ${message}`, position });
  };
  for await (const chunk of chunks) {
    items += chunk.length;
    for (const { at, value, problem } of chunk) {
      missingId.note(value);
      const entry = problem ?? parseEntry(value, rules);
      if (typeof entry === 'string') {
        complain(at, entry);
        continue;
      }
      const first = places.add(entry.id, at);
      if (first !== undefined) {
        complain(at, `"${entry.id}" was there before, in ${unit} ${first}`);
        continue;
      }
      const written = onEntry(entry);
      if (written) await written;
    }
  }
  missingId.check(source, items);
  if (skipped > 0 && !skipInvalid) throw refuse(source, problems, skipped);
  if (places.size === 0)
    throw new ConfigurationError(
      `the manifest ${source} has no entries${skipped > 0 ? ` that can be used; ${skipped} were left out` : ''}`,
    );
  return { entries: places.size, skipped, problems };
}

function refuse(source: string, problems: readonly Problem[], count: number): ConfigurationError {
  const more = count - problems.length;
  const last: Problem = {
    message: `${count} of the entries of ${source} cannot be used${more > 0 ? `, ${more} more than are shown` : ''}; nothing was submitted`,
    remedy: 'Correct them, or leave them out with skip-invalid.',
  };
  return new ConfigurationError([...problems, last]);
}
