import type { Definition, LintFinding } from '../definitions/model.ts';
import type { WrittenFile } from '../init/model.ts';
import type { Document } from './document.ts';
import { count } from './format.ts';
import { reportLint } from './lint.ts';

export interface InitOutcome {
  readonly config: string;
  /** Whether it was read from what is live, so that a plan of it must be empty. */
  readonly isLive: boolean;
  readonly written: readonly WrittenFile[];
  readonly definitions: readonly Definition[];
  readonly findings: readonly LintFinding[];
  readonly open: readonly { readonly setting: string; readonly value: unknown; readonly note: string }[];
  /** What was left out of the workflows, and why. */
  readonly remarks: readonly string[];
  /** What must be there before the first deployment and is nobody's but the team's. */
  readonly needed: readonly string[];
}

/** Which files are there now, what must still be said, and what lint finds in all of it. */
export function reportInit(outcome: InitOutcome): Document {
  const { written, definitions, findings, open, remarks, needed, config, isLive } = outcome;
  const made = written.filter(({ how }) => how !== 'left as it was').length;
  const left = written.length - made;
  const summary = `${count(made, 'file')} written${left > 0 ? `, ${left} left as ${left === 1 ? 'it was' : 'they were'}` : ''}.`;
  return [
    { type: 'heading', level: 2, content: 'A repository to deploy from' },
    { type: 'paragraph', content: summary },
    {
      type: 'table',
      columns: [{ title: 'File' }, { title: '' }],
      rows: written.map(({ path, how }) => [{ code: path }, how]),
    },
    ...remarks.map(content => ({ type: 'paragraph', content }) as const),
    ...(open.length === 0 ? [] : reportOpen(open, config)),
    ...reportLint(definitions, findings),
    ...reportErrors(findings),
    ...reportNeeded(needed, config),
    {
      type: 'paragraph',
      content: ['Next: ', { code: nextStep(config, isLive) }, isLive ? ', which finds no changes.' : '.'],
    },
  ];
}

function nextStep(config: string, isLive: boolean): string {
  const given = config === 'batchwright.yml' ? '' : ` --config ${config}`;
  return isLive ? `batchwright plan --image live${given}` : `batchwright lint${given}`;
}

/** They do not fail `init`, which did what it was asked for; whatever registers stops at them. */
function reportErrors(findings: InitOutcome['findings']): Document {
  const errors = findings.filter(({ level }) => level === 'error').length;
  if (errors === 0) return [];
  const content = `The files are written, and nothing can be registered before ${count(errors, 'lint error')} ${errors === 1 ? 'is' : 'are'} mended.`;
  return [{ type: 'paragraph', content }];
}

function reportNeeded(needed: readonly string[], config: string): Document {
  if (needed.length === 0) return [];
  return [
    { type: 'heading', level: 3, content: `To be there before the first deployment (names are those of ${config})` },
    { type: 'list', items: needed },
  ];
}

function reportOpen(open: InitOutcome['open'], config: string): Document {
  return [
    { type: 'heading', level: 3, content: `To be given in ${config}` },
    {
      type: 'list',
      items: open.map(({ setting, value, note }) => [
        { code: setting },
        `: ${note}; it is ${JSON.stringify(value)} for now`,
      ]),
    },
  ];
}
