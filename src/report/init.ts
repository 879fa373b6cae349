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
}

/** Which files are there now, what must still be said, and what lint finds in all of it. */
export function reportInit({ written, definitions, findings, open, config, isLive }: InitOutcome): Document {
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
    ...(open.length === 0 ? [] : reportOpen(open, config)),
    ...reportLint(definitions, findings),
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
