import type { Definition, LintFinding } from '../definitions/model.ts';
import type { Cell, Document } from './document.ts';
import { count } from './format.ts';

/** The rendered definitions and what lint found in them; equal findings of many definitions are one line. */
export function reportLint(definitions: readonly Definition[], findings: readonly LintFinding[]): Document {
  const errors = findings.filter(({ level }) => level === 'error').length;
  const warnings = findings.length - errors;
  const targets = new Set(definitions.map(({ target }) => `${target.environment} ${target.region}`));
  const verdict: Cell =
    errors > 0
      ? { badge: 'bad', text: count(errors, 'error') }
      : { badge: warnings > 0 ? 'warning' : 'good', text: warnings > 0 ? count(warnings, 'warning') : 'no findings' };
  const head: Document = [
    { type: 'heading', level: 2, content: 'Job definitions: render and lint' },
    {
      type: 'paragraph',
      content: [
        `${count(definitions.length, 'definition')} rendered for ${count(targets.size, 'target')}: `,
        verdict,
        '.',
      ],
    },
  ];
  return findings.length === 0 ? head : [...head, findingsTable(groupFindings(findings))];
}

export interface FindingGroup extends LintFinding {
  /** How many definitions have this very finding. */
  readonly definitions: number;
}

/** Findings that say the same about the same template line are told once. */
export function groupFindings(findings: readonly LintFinding[]): readonly FindingGroup[] {
  const groups = new Map<string, { finding: LintFinding; definitions: number }>();
  for (const finding of findings) {
    const { path, line, column } = finding.position;
    const key = JSON.stringify([finding.rule, finding.level, finding.message, path, line, column]);
    const group = groups.get(key);
    groups.set(key, { finding, definitions: (group?.definitions ?? 0) + 1 });
  }
  return [...groups.values()]
    .map(({ finding, definitions }) => ({ ...finding, definitions }))
    .sort((a, b) => Number(a.level === 'warning') - Number(b.level === 'warning'));
}

function findingsTable(groups: readonly FindingGroup[]): Document[number] {
  return {
    type: 'table',
    columns: [
      { title: '' },
      { title: 'Where' },
      { title: 'What' },
      { title: 'Rule' },
      { title: 'Definitions', align: 'right' },
    ],
    rows: groups.map(({ level, position, message, rule, definitions }) => [
      { badge: level === 'error' ? 'bad' : 'warning', text: level },
      { code: `${position.path}:${position.line}` },
      message,
      { code: rule },
      String(definitions),
    ]),
  };
}
