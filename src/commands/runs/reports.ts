import { renderMarkdown } from '../../report/render-markdown.ts';
import { reportRun } from '../../report/run.ts';
import { renderMetrics } from '../../report/run-metrics.ts';
import { collectRows, renderRunPage } from '../../report/run-page.ts';
import { parseChildLines } from '../../runs/children-file.ts';
import type { RoundState } from '../../runs/drive.ts';
import type { Ledger } from '../../runs/ledger.ts';
import type { RunSummary } from '../../runs/summary.ts';
import type { Ports } from '../command.ts';

export interface Reported {
  readonly summary: RunSummary;
  readonly advice: readonly string[];
  readonly ledger: Ledger;
  readonly rounds: readonly Pick<RoundState, 'shards'>[];
}

/**
 * Writes what other tools read, and people look at: `report.html`, `report.md`, `summary.json`, `metrics.txt`, and, where the children
 * were accounted for, `children.ndjson`.
 */
export async function writeReports(
  folder: string,
  { summary, advice, ledger, rounds }: Reported,
  { writeText, notify }: Pick<Ports, 'writeText' | 'notify'>,
): Promise<void> {
  const files = {
    'report.html': await renderReport({ summary, advice, ledger, rounds }),
    'report.md': renderMarkdown(reportRun(summary, advice)),
    'summary.json': `${JSON.stringify({ ...summary, advice }, null, 2)}\n`,
    'metrics.txt': renderMetrics(summary),
    ...(summary.account && { 'children.ndjson': readChildrenFiles(rounds, ledger) }),
  };
  for (const [name, text] of Object.entries(files)) await writeText(`${folder}/${name}`, text);
  notify({ type: 'message', level: 'info', text: `Wrote ${Object.keys(files).join(', ')} to ${folder}` });
}

/** The run as one page, with every entry. */
export async function renderReport({ summary, advice, ledger, rounds }: Reported): Promise<string> {
  return renderRunPage(summary, advice, await collectRows(readLines(rounds.toReversed(), ledger)));
}

async function* readLines(rounds: Reported['rounds'], ledger: Ledger) {
  for await (const bytes of readChildrenFiles(rounds, ledger)) yield parseChildLines(bytes);
}

/** What is known of every child, NDJSON; a shard at a time, so that a million are never in memory together. */
export async function* readChildrenFiles(
  rounds: Reported['rounds'],
  { store, keyOf }: Ledger,
): AsyncGenerator<Uint8Array> {
  for (const { id } of rounds.flatMap(({ shards }) => shards)) {
    const kept = await store.read(keyOf(`children/${id}.ndjson`));
    if (kept) yield kept.bytes;
  }
}
