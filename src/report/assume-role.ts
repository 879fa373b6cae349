import type { Diagnosis, Session } from '../credentials/model.ts';
import type { Block, Cell, Document } from './document.ts';
import { formatTime } from './format.ts';

/** Whose credentials the steps after this one have. */
export function reportSession(role: string, { arn, expiresAt }: Pick<Session, 'arn' | 'expiresAt'>): Document {
  const until = ` until ${formatTime(expiresAt)}; our own actions renew them.`;
  return [
    {
      type: 'paragraph',
      content: ['The next steps have credentials of ', { code: role }, ' as ', { code: arn }, until],
    },
  ];
}

/** What AWS saw in the token, the statement that would match it, and what is usually wrong. */
export function reportRefusal({ summary, facts, statement, causes }: Diagnosis): Document {
  const matching: Block[] = statement
    ? [
        { type: 'paragraph', content: 'This statement in the role’s trust policy would let the token in:' },
        { type: 'code', language: 'json', text: JSON.stringify(statement, null, 2) },
      ]
    : [];
  return [
    { type: 'heading', level: 2, content: 'The role was not given' },
    { type: 'paragraph', content: summary },
    {
      type: 'table',
      columns: [{ title: 'The token says' }, { title: '' }],
      rows: facts.map(([claim, value]) => [{ code: claim }, { code: value }]),
    },
    ...matching,
    { type: 'paragraph', content: causes.length > 1 ? 'What is usually wrong, the likeliest first:' : 'What to do:' },
    { type: 'list', items: causes.map(withCode) },
  ];
}

/** Words between backticks are code. */
function withCode(text: string): Cell {
  return text.split('`').map((part, index) => (index % 2 === 1 ? { code: part } : part));
}
