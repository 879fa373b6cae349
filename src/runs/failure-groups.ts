/** Thousands of failures as a few groups that can be read. */
import type { FailureClass } from '../failure-classes.ts';
import type { EntryOutcome } from './model.ts';

export interface FailureGroup {
  readonly class: FailureClass;
  /** The evidence, with what differs between its members masked. */
  readonly evidence: string;
  /** The last line of the log that says something, masked; undefined when no log of the group was read. */
  readonly lastWords?: string | undefined;
  readonly entries: number;
  readonly tiers: Readonly<Record<string, number>>;
  /** The first few. */
  readonly ids: readonly string[];
  /** A member whose log was read, with its last lines. */
  readonly sample?: { readonly id: string; readonly jobId: string; readonly lines: readonly string[] } | undefined;
}

/** The end of one entry's log. */
export interface LogTail {
  readonly jobId: string;
  readonly lastWords?: string | undefined;
  readonly lines: readonly string[];
}

const MOST_IDS = 10;

/** Failed entries by class, evidence and last words, the biggest first. `tails` are by id of the entry; `run` is the run's own name. */
export function groupFailures(
  failed: Iterable<EntryOutcome>,
  tails: ReadonlyMap<string, LogTail>,
  run: string,
): readonly FailureGroup[] {
  const groups = new Map<
    string,
    { members: EntryOutcome[]; evidence: string; lastWords: string | undefined; sample: EntryOutcome | undefined }
  >();
  for (const outcome of failed) {
    const mask = (text: string) => maskText(text, outcome.id, run);
    const evidence = mask(outcome.evidence ?? '');
    const tail = tails.get(outcome.id);
    const lastWords = tail?.lastWords === undefined ? undefined : mask(tail.lastWords);
    const key = JSON.stringify([outcome.class, evidence, lastWords]);
    const group = groups.get(key) ?? { members: [], evidence, lastWords, sample: undefined };
    group.members.push(outcome);
    if (tail) group.sample ??= outcome;
    groups.set(key, group);
  }
  return [...groups.values()]
    .map(({ members, evidence, lastWords, sample }): FailureGroup => {
      const tail = sample && tails.get(sample.id);
      return {
        class: members[0]?.class ?? 'unknown',
        evidence,
        lastWords,
        entries: members.length,
        tiers: countBy(members, ({ tier }) => tier),
        ids: members.slice(0, MOST_IDS).map(({ id }) => id),
        ...(sample && tail && { sample: { id: sample.id, jobId: tail.jobId, lines: tail.lines } }),
      };
    })
    .sort((a, b) => b.entries - a.entries || (a.evidence < b.evidence ? -1 : 1));
}

function countBy<Item>(items: readonly Item[], keyOf: (item: Item) => string): Record<string, number> {
  const counts: Record<string, number> = {};
  for (const item of items) counts[keyOf(item)] = (counts[keyOf(item)] ?? 0) + 1;
  return counts;
}

const MONTH =
  '(?:Jan(?:uary)?|Feb(?:ruary)?|Mar(?:ch)?|Apr(?:il)?|May|June?|July?|Aug(?:ust)?|Sep(?:t(?:ember)?)?|Oct(?:ober)?|Nov(?:ember)?|Dec(?:ember)?)';
/** `Sun, 29 Nov`, `Sun Nov 29`: of a date, what has words in it. */
const DAY = new RegExp(
  `\\b(?:(?:Mon|Tue|Wed|Thu|Fri|Sat|Sun),? +)?(?:${MONTH}[ -]+\\d{1,2}|\\d{1,2}[ /-]${MONTH})\\b`,
  'g',
);

/**
 * Ids, hashes, dates, numbers and the run's own name become `…`: two lines that differ in nothing else are one, in the run of the next
 * day too. Exit codes are words, not numbers.
 */
export function maskText(text: string, id = '', run = ''): string {
  return maskNames(text, id, run)
    .replace(DAY, '…')
    .replace(/\b[0-9a-f]{8}-(?:[0-9a-f]{4}-){3}[0-9a-f]{12}\b/gi, '…')
    .replace(/\b(?:i-)?(?=[0-9a-f]*\d)[0-9a-f]{8,}\b/gi, '…')
    .replace(/(exit (?:code )?)?(?:(?<![A-Za-z])\d+|\d{2,})(?:[.,:]\d+)*/g, (number, exit?: string) =>
      exit ? number : '…',
    );
}

/** The longer name first, for it may hold the other. A run may be called `d1`: its name counts only where it is a word. */
function maskNames(text: string, id: string, run: string): string {
  const maskId = (line: string) => (id.length >= 3 ? line.replaceAll(id, '…') : line);
  const word = new RegExp(`(?<![A-Za-z0-9])${run.replaceAll('.', '\\.')}(?![A-Za-z0-9])`, 'g');
  const maskRun = (line: string) => (run.length >= 2 ? line.replace(word, '…') : line);
  return id.length > run.length ? maskRun(maskId(text)) : maskId(maskRun(text));
}

/**
 * Which entries' logs tell most: of each class and evidence some, in turn, until `most`. Only classes whose reason Batch does not
 * know are worth it.
 */
export function chooseTails(failed: readonly EntryOutcome[], most: number): readonly EntryOutcome[] {
  const worth = failed.filter(
    ({ class: kind, jobId }) => jobId !== undefined && kind !== undefined && TELLING.includes(kind),
  );
  const groups = [
    ...Map.groupBy(worth, ({ class: kind, evidence = '', id }) => `${kind} ${maskText(evidence, id)}`).values(),
  ];
  const chosen: EntryOutcome[] = [];
  for (let turn = 0; chosen.length < most && groups.some(group => group.length > turn); turn += 1) {
    for (const group of groups) {
      const next = group[turn];
      if (next && chosen.length < most) chosen.push(next);
    }
  }
  return chosen;
}

const TELLING: readonly FailureClass[] = [
  'application',
  'command',
  'crash',
  'killed',
  'sigterm',
  'timeout',
  'unknown',
  'suspect-success',
];
