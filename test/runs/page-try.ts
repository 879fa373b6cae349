import { mkdirSync, writeFileSync } from 'node:fs';
import { renderRunPage, collectRows } from '../../src/report/run-page.ts';
import { renderMarkdown } from '../../src/report/render-markdown.ts';
import { renderText } from '../../src/report/render-text.ts';
import { reportRun } from '../../src/report/run.ts';
import { adviseTiers } from '../../src/runs/advise.ts';
import { parseChildLines } from '../../src/runs/children-file.ts';
import { driveRun } from '../../src/runs/drive.ts';
import { takeLease } from '../../src/runs/lease.ts';
import { openLedger } from '../../src/runs/ledger.ts';
import { readNdjson } from '../../src/runs/manifest/lines.ts';
import { planRun } from '../../src/runs/plan-run.ts';
import { summarizeRun } from '../../src/runs/summary.ts';
import { startDay } from './day.ts';
import { createMemoryStore } from './memory-store.ts';
import { manifestOf } from './story.ts';
const N = Number(process.argv[2] ?? 50000);
const day = await startDay({ maxvCpus: 30000, model: { seed: 3, start: { medianSeconds: 40, spread: 0.6 }, duration: { medianSeconds: 180, spread: 0.6 }, outcomes: { applicationError: 0.006, outOfMemory: 0.004, spotReclaimBeforeOutput: 0.08 } },
 logLines: (r, f) => [`reading tickets of account ${r.jobId.length * 77}`, f.kind === 'applicationError' ? ['ValueError: no tickets for account 4711 since 2026-01-01', 'KeyError: topic 12', 'S3 says SlowDown for models/99.json'][r.jobId.charCodeAt(3) % 3]! : 'done'] });
const ledger = openLedger('daily-2026-11-23', createMemoryStore());
const lease = await takeLease(ledger, { ...day.ports, holder: { id: 'a', host: 'h', pid: 1, name: 't' }, isAlive: () => false });
async function* bytes() { yield new TextEncoder().encode(manifestOf(N)); }
const plan = await day.run(planRun({ run: 'daily-2026-11-23', targets: day.targets({}), definitions: day.definitions({}), manifest: { source: 's3://content-cues/accounts.ndjson', items: { unit: 'line', chunks: readNdjson(bytes()) } }, skipInvalid: false, commit: '0123456789abcdef' }, ledger, day.ports));
const result = await day.run(driveRun({ plan, until: 'settled', entriesUri: 's3://x' }, ledger, lease, day.ports));
day.calls.clear();
const summary = await day.run(summarizeRun(plan, result, 'described', ledger, day.ports));
console.log(day.calls);
const advice = adviseTiers(summary);
const lines = [];
for (const { id } of result.rounds.flatMap(r => r.shards)) { const kept = await ledger.store.read(ledger.keyOf(`children/${id}.ndjson`)); if (kept) lines.push(...parseChildLines(kept.bytes)); }
mkdirSync('/tmp/runpage', { recursive: true });
writeFileSync('/tmp/runpage/report.html', renderRunPage(summary, advice, collectRows(lines)));
writeFileSync('/tmp/runpage/report.md', renderMarkdown(reportRun(summary, advice)));
writeFileSync('/tmp/runpage/report.txt', renderText(reportRun(summary, advice)));
await day.stop();
