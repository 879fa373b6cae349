/** A document with every kind of block and the text of an attacker in each. */
import type { Document } from '../../src/report/document.ts';

export const NASTY = '<script>alert(1)</script> | `a` **b** @team #12 [x](y) \\ ~z~';

export const EVERYTHING: Document = [
  { type: 'heading', level: 1, content: 'Title' },
  { type: 'heading', level: 2, content: ['Section ', { code: 'x' }] },
  { type: 'heading', level: 3, content: 'Part' },
  {
    type: 'paragraph',
    content: [
      NASTY,
      { strong: NASTY },
      { code: 'a `tick` and ``two``' },
      { link: 'https://example.com/a b)c', text: NASTY },
      { badge: 'good', text: 'ok' },
    ],
  },
  { type: 'list', items: ['one', [{ strong: 'two' }, ' and a half']] },
  {
    type: 'table',
    columns: [{ title: 'Name' }, { title: 'Count', align: 'right' }],
    rows: [
      [NASTY, '1'],
      [{ badge: 'bad', text: 'failed' }, '1000'],
      [
        { badge: 'warning', text: 'line\nbreak' },
        { badge: 'idle', text: '-' },
      ],
    ],
  },
  { type: 'code', language: 'diff', text: '+ added\n- removed\n  same' },
  { type: 'code', language: 'text', text: '```\nfenced <b>\n```' },
  { type: 'details', summary: [NASTY, { code: '<i>' }], blocks: [{ type: 'paragraph', content: 'inside' }] },
  { type: 'details', summary: 'open', open: true, blocks: [{ type: 'code', language: 'json', text: '{}' }] },
];
