import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { childText, readXml, writeXmlDocument } from '../../src/local/xml.ts';
import { anyCharacter } from '../any-character.ts';

test('values become elements: lists repeat, undefined is left out, text is escaped', () => {
  const text = writeXmlDocument(
    'A',
    { b: 'x<&>"\r\u0001', c: ['1', { d: true }], e: undefined, f: [undefined, 2], g: '' },
    'urn:x',
  );
  expect(text).toBe(
    '<?xml version="1.0" encoding="UTF-8"?>\n<A xmlns="urn:x"><b>x&lt;&amp;&gt;&quot;&#13;&#1;</b><c>1</c><c><d>true</d></c><f>2</f><g></g></A>',
  );
});

test('text comes back as it was written', () => {
  fc.assert(
    fc.property(fc.string({ unit: anyCharacter }), text => {
      expect(childText(readXml(writeXmlDocument('A', { b: text })), 'b') ?? '').toBe(text);
    }),
  );
});

test('what clients send is read: prologue, attributes, prefixes, comments, CDATA, entities', () => {
  const root = readXml(
    '<?xml version="1.0"?>\n<!-- a --><s:Delete xmlns:s="urn:x"><s:Key a=">"> a &amp; b&#x41;&#66;&apos;&unknown; </s:Key><Key><![CDATA[<c>]]></Key><Empty/></s:Delete>\n',
  );
  expect(root?.name).toBe('Delete');
  expect(root?.children.map(({ name, text }) => [name, text])).toEqual([
    ['Key', " a & bAB'&unknown; "],
    ['Key', '<c>'],
    ['Empty', ''],
  ]);
  expect([childText(root, 'absent'), childText(undefined, 'x')]).toEqual([undefined, undefined]);
});

describe('what is not well formed is refused', () => {
  test.each(['<a>', '</a>', '<a></b>', '<a', 'a & b <', '<a></a></a>'])('%s', text => {
    expect(readXml(text)).toBeUndefined();
  });
  test.each(['', 'text only'])('%j has no element', text => {
    expect(readXml(text)).toBeUndefined();
  });
});

test('a character reference beyond Unicode stays as it is', () => {
  expect(readXml('<a>&#x110000;</a>')?.text).toBe('&#x110000;');
});
