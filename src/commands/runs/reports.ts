import { renderMarkdown } from '../../report/render-markdown.ts';
import { reportRun } from '../../report/run.ts';
import { renderMetrics } from '../../report/run-metrics.ts';
import { collectRows, renderRunPage } from '../../report/run-page.ts';
import { type ChildLine, parseChildLines } from '../../runs/children-file.ts';
import type { RoundState } from '../../runs/drive.ts';
import type { Ledger } from '../../runs/ledger.ts';
import type { RunPlan } from '../../runs/model.ts';
import type { RunSummary } from '../../runs/summary.ts';
import type { Ports } from '../command.ts';

export interface Reported {
  readonly summary: RunSummary;
  readonly advice: readonly string[];
  readonly plan: RunPlan;
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
  const lines = await readLines(rounds, ledger);
  const files = {
    'report.html': renderRunPage(summary, advice, collectRows(lines)),
    'report.md': renderMarkdown(reportRun(summary, advice)),
    'summary.json': `${JSON.stringify({ ...summary, advice }, null, 2)}\n`,
    'metrics.txt': renderMetrics(summary),
    ...(lines.length > 0 && { 'children.ndjson': lines.map(line => `${JSON.stringify(line)}\n`).join('') }),
  };
  for (const [name, text] of Object.entries(files)) await writeText(`${folder}/${name}`, text);
  notify({ type: 'message', level: 'info', text: `Wrote ${Object.keys(files).join(', ')} to ${folder}` });
}

async function readLines(rounds: Reported['rounds'], { store, keyOf }: Ledger): Promise<readonly ChildLine[]> {
  const lines: ChildLine[] = [];
  for (const { id } of rounds.flatMap(({ shards }) => shards)) {
    const kept = await store.read(keyOf(`children/${id}.ndjson`));
    if (kept) for (const line of parseChildLines(kept.bytes)) lines.push(line);
  }
  return lines;
}
