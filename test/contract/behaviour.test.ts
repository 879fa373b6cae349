/** src/local/BEHAVIOUR.md and the tests say the same: each promise has a test of its id, each id in a test name is a promise. */

import { globSync, readFileSync } from 'node:fs';
import { describe, expect, test } from '@jest/globals';

const idPattern = /\b(?:FRAME|PAGE|STS|IAM|EC2|PRICING|SSM|SECRETS|LOGS|S3|SQS|EVENTS|BATCH|ECR|ENGINE)-\d+\b/g;
const behaviour = readFileSync('src/local/BEHAVIOUR.md', 'utf8');
const lines = behaviour.split('\n').filter(line => line.startsWith('- '));
const promised = lines.flatMap(line => /^- \*\*([A-Z0-9]+-\d+)\*\* /.exec(line)?.[1] ?? []);

/** The ids in the first argument of `test(`, `it(`, `describe(` and their `.each` forms. */
function idsInTestNames(): Set<string> {
  const names = /\b(?:test|it|describe)(?:\.\w+)*\s*(?:\([^'"`]*?\)\s*)?\(\s*(['"`])((?:\\.|(?!\1)[\s\S])*)\1/g;
  const each = /\)\(\s*(['"`])((?:\\.|(?!\1)[\s\S])*)\1/g;
  const ids = new Set<string>();
  for (const path of globSync('test/**/*.test.ts')) {
    const text = readFileSync(path, 'utf8');
    for (const pattern of [names, each]) {
      for (const match of text.matchAll(pattern)) for (const id of match[2]?.match(idPattern) ?? []) ids.add(id);
    }
  }
  return ids;
}

describe('the promises of the local AWS', () => {
  const tested = idsInTestNames();

  test('every list item is a promise with an id, a sentence and a source', () => {
    expect(lines.filter(line => !/^- \*\*[A-Z0-9]+-\d+\*\* \S.*\. \[[^\]]+\]$/.test(line))).toEqual([]);
  });

  test('no id is used twice', () => {
    expect(promised.filter((id, index) => promised.indexOf(id) !== index)).toEqual([]);
  });

  test('every promise is named by a test', () => {
    expect(promised.filter(id => !tested.has(id))).toEqual([]);
  });

  test('every id in a test name is a promise', () => {
    expect([...tested].filter(id => !promised.includes(id))).toEqual([]);
  });
});
