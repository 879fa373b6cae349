import type { RegisterOutcome, RegisterResult } from '../definitions/model.ts';
import { describeProblem } from '../errors.ts';
import type { Block, Cell, Document } from './document.ts';
import { count } from './format.ts';

type Entry = RegisterResult['definitions'][number];

/** What was registered, what was left as it was, and, when a region failed, exactly what stands now. */
export function reportRegister(result: RegisterResult): Document {
  const failed = result.definitions.filter(({ outcome }) => outcome.status === 'failed');
  return [
    { type: 'heading', level: 2, content: 'Job definitions: register' },
    { type: 'paragraph', content: [describeTotals(result)] },
    outcomeTable(result.definitions),
    ...failed.map(
      ({ outcome, definition }): Block => ({
        type: 'paragraph',
        content: [
          { strong: `${definition.name} in ${definition.target.region}: ` },
          outcome.status === 'failed' ? describeProblem({ message: outcome.error.message }) : '',
        ],
      }),
    ),
    ...result.definitions.filter(({ diff }) => diff.length > 0).map(diffDetails),
  ];
}

function describeTotals({ ok, definitions }: RegisterResult): Cell & string {
  const totals = new Map<string, number>();
  for (const { outcome } of definitions) totals.set(outcome.status, (totals.get(outcome.status) ?? 0) + 1);
  const list = [...totals]
    .map(([status, number]) => `${number} ${WORDS[status as RegisterOutcome['status']].text}`)
    .join(', ');
  if (ok && totals.size === 1 && totals.has('unchanged')) {
    return `All ${count(definitions.length, 'definition')} unchanged: nothing was registered.`;
  }
  return `${list}.`;
}

const WORDS = {
  unchanged: { badge: 'idle', text: 'unchanged' },
  registered: { badge: 'good', text: 'registered' },
  undone: { badge: 'warning', text: 'registered, then undone' },
  kept: { badge: 'warning', text: 'registered and kept' },
  failed: { badge: 'bad', text: 'failed' },
  'not-attempted': { badge: 'idle', text: 'not attempted' },
} as const;

function outcomeTable(entries: readonly Entry[]): Block {
  return {
    type: 'table',
    columns: [
      { title: 'Environment' },
      { title: 'Region' },
      { title: 'Tier' },
      { title: 'Job definition' },
      { title: 'Revision', align: 'right' },
      { title: 'Outcome' },
    ],
    rows: entries.map(({ definition, outcome }) => [
      definition.target.environment,
      definition.target.region,
      definition.tier,
      definition.name,
      describeRevision(outcome),
      WORDS[outcome.status],
    ]),
  };
}

function describeRevision(outcome: RegisterOutcome): string {
  if (!('revision' in outcome)) return '';
  const previous = outcome.status === 'registered' ? outcome.previous : undefined;
  return previous === undefined ? String(outcome.revision) : `${previous} → ${outcome.revision}`;
}

function diffDetails({ definition, diff }: Entry): Block {
  return {
    type: 'details',
    summary: [`What changed in ${definition.name} in ${definition.target.region}`],
    blocks: [{ type: 'code', language: 'diff', text: diff.join('\n') }],
  };
}
