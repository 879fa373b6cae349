import type { ChildResult, Failure, LogLine, SmokeTestResult, SmokeTestRun } from '../jobs/model.ts';
import { nameChild } from '../jobs/verdict.ts';
import type { Block, Cell, Document } from './document.ts';
import { count, formatBytes, formatDuration } from './format.ts';

/** The verdict per region, each child, and for each failed child why, what to do and its last log lines. */
export function reportSmokeTest(result: SmokeTestResult): Document {
  return [
    { type: 'heading', level: 2, content: 'Smoke test' },
    {
      type: 'paragraph',
      content: result.passed
        ? [{ badge: 'good', text: 'passed' }, ` in ${count(result.runs.length, 'region')}.`]
        : describeBad(result.runs.filter(run => run.verdict !== 'passed')),
    },
    runTable(result.runs),
    ...result.runs.flatMap(reportRun),
  ];
}

/** `failed in eu-west-1; undecided in us-east-1.` */
function describeBad(runs: readonly SmokeTestRun[]): Cell {
  const verdicts = [...Map.groupBy(runs, ({ verdict }) => verdict)];
  return verdicts.flatMap(([verdict, own], index): Cell => {
    const end = index < verdicts.length - 1 ? '; ' : '.';
    return [{ badge: 'bad', text: verdict }, ` in ${own.map(({ region }) => region).join(', ')}${end}`];
  });
}

function runTable(runs: readonly SmokeTestRun[]): Block {
  return {
    type: 'table',
    columns: [
      { title: 'Environment' },
      { title: 'Region' },
      { title: 'Verdict' },
      { title: 'Children', align: 'right' },
      { title: 'Took', align: 'right' },
      { title: 'Job definition' },
      { title: 'Job' },
    ],
    rows: runs.map(run => [
      run.environment,
      run.region,
      { badge: run.verdict === 'passed' ? 'good' : 'bad', text: run.verdict },
      describeChildren(run.children),
      run.submittedAt !== undefined && run.endedAt !== undefined ? formatDuration(run.endedAt - run.submittedAt) : '',
      { code: run.jobDefinitionArn.split('/').pop() ?? run.jobDefinitionArn },
      run.jobId === undefined ? '' : run.consoleUrl ? { link: run.consoleUrl, text: run.jobId } : { code: run.jobId },
    ]),
  };
}

function describeChildren(children: readonly ChildResult[]): string {
  const succeeded = children.filter(({ status }) => status === 'SUCCEEDED').length;
  return `${succeeded} of ${children.length} succeeded`;
}

function reportRun(run: SmokeTestRun): Document {
  return [
    { type: 'heading', level: 3, content: `${run.environment} ${run.region}` },
    ...(run.reason ? [{ type: 'paragraph', content: [{ strong: 'Why: ' }, run.reason] } satisfies Block] : []),
    childTable(run.children),
    ...groupFailures(run.children).map(reportFailure),
    ...run.children
      .filter(child => child.failure === undefined && child.logTail.length > 0)
      .map(child => foldedLog(child)),
  ];
}

interface FailureGroup {
  readonly failure: Failure;
  readonly children: readonly ChildResult[];
}

/** Children that failed alike are told once: three failed pulls are one thing to mend. */
function groupFailures(children: readonly ChildResult[]): readonly FailureGroup[] {
  const groups = new Map<string, { failure: Failure; children: ChildResult[] }>();
  for (const child of children) {
    const { failure } = child;
    if (!failure) continue;
    const attempts = child.attempts.map(describeAttempt);
    const key = JSON.stringify([
      failure.class,
      failure.evidence,
      attempts,
      child.logTail.length > 0 ? child.jobId : '',
    ]);
    const group = groups.get(key) ?? { failure, children: [] };
    group.children.push(child);
    groups.set(key, group);
  }
  return [...groups.values()];
}

function childTable(children: readonly ChildResult[]): Block {
  return {
    type: 'table',
    columns: [
      { title: 'Child', align: 'right' },
      { title: 'Entry' },
      { title: 'Status' },
      { title: 'Attempts', align: 'right' },
      { title: 'Exit code', align: 'right' },
      { title: 'Class' },
      { title: 'Reason' },
      { title: 'Objects' },
    ],
    rows: children.map(child => [
      describeIndex(child),
      child.entry ?? '',
      { badge: child.status === 'SUCCEEDED' && !child.failure ? 'good' : 'bad', text: child.status },
      String(child.attempts.length),
      child.exitCode === undefined ? 'none' : String(child.exitCode),
      child.failure?.class ?? '',
      child.failure ? shorten(child.reason ?? child.statusReason ?? '') : '',
      describeObjects(child.objects),
    ]),
  };
}

/** In the table; below it stands whole. */
function shorten(reason: string): string {
  return reason.length > 60 ? `${reason.slice(0, 59)}…` : reason;
}

function describeObjects(objects: ChildResult['objects']): Cell {
  if (objects.length === 0) return '';
  const missing = objects.filter(({ found }) => !found);
  if (missing.length > 0) return { badge: 'bad', text: `missing ${missing.map(({ uri }) => uri).join(', ')}` };
  if (objects.some(({ sameBytes }) => sameBytes === false))
    return { badge: 'bad', text: 'a second run wrote other bytes' };
  const bytes = formatBytes(objects.reduce((sum, object) => sum + (object.bytes ?? 0), 0));
  const proven = objects.every(({ sameBytes }) => sameBytes === true) ? ', same bytes when run again' : '';
  return { badge: 'good', text: `${count(objects.length, 'object')}, ${bytes}${proven}` };
}

function reportFailure({ failure, children }: FailureGroup): Block {
  const [child] = children;
  return {
    type: 'details',
    open: true,
    summary: [{ strong: children.map(nameChild).join(', ') }, ` ${child?.status}: ${failure.class}`],
    blocks: [
      {
        type: 'list',
        items: [
          [{ strong: 'Signal: ' }, failure.evidence],
          [{ strong: 'Attempts: ' }, describeAttempts(child?.attempts ?? [])],
          [{ strong: 'What to do: ' }, failure.advice],
        ],
      },
      child && child.logTail.length > 0
        ? { type: 'code', language: 'text', text: describeLog(child.logTail) }
        : { type: 'paragraph', content: 'No log: the container never ran, or its log could not be read.' },
    ],
  };
}

/** `3, each with no exit code (CannotPullContainerError: …)` when they ended alike, else one after the other. */
function describeAttempts(attempts: ChildResult['attempts']): string {
  const ends = attempts.map(describeAttempt);
  if (ends.length > 1 && new Set(ends).size === 1) return `${ends.length}, each with ${ends[0]}`;
  return ends.map((end, index) => `${index + 1}: ${end}`).join('; ') || 'none';
}

function describeAttempt({ exitCode, reason, statusReason }: ChildResult['attempts'][number]): string {
  const exit = exitCode === undefined ? 'no exit code' : `exit code ${exitCode}`;
  return reason || statusReason ? `${exit} (${reason ?? statusReason})` : exit;
}

function foldedLog(child: ChildResult): Block {
  return {
    type: 'details',
    aside: true,
    summary: [`Log of ${nameChild(child)}, last ${count(child.logTail.length, 'line')}`],
    blocks: [{ type: 'code', language: 'text', text: describeLog(child.logTail) }],
  };
}

function describeLog(lines: readonly LogLine[]): string {
  return lines.map(({ timestamp, text }) => `${new Date(timestamp).toISOString().slice(11, 23)} ${text}`).join('\n');
}

function describeIndex({ arrayIndex }: ChildResult): string {
  return arrayIndex === undefined ? '' : String(arrayIndex);
}
