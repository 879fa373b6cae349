import { describe, expect, test } from '@jest/globals';
import { fitMarkdown } from '../../src/report/fit-markdown.ts';

const NOTE = '**Cut.**';
const line = 'a line of the plan\n';
const fold = `<details><summary>more</summary>\n\n\`\`\`diff\n${line.repeat(50)}\`\`\`\n</details>\n`;

describe('a Markdown text that is too long', () => {
  test('is left as it is when it is not', () => {
    expect(fitMarkdown(line, line.length, NOTE)).toBe(line);
  });

  test('is cut at the end of a line, and ends with the note', () => {
    expect(fitMarkdown(line.repeat(10), 100, NOTE)).toBe(`${line.repeat(4)}\n${NOTE}\n`);
  });

  test.each([200, 400, 777, 1000])('to %i characters closes the code and the folds that the cut left open', most => {
    const text = fitMarkdown(`# Plan\n${fold}${fold}`, most, NOTE);
    expect(text.length).toBeLessThanOrEqual(most);
    expect(text.match(/^```/gm)?.length ?? 0).toBe(2 * (text.match(/```diff/g)?.length ?? 0));
    expect(text.match(/<\/details>/g)?.length ?? 0).toBe(text.match(/<details/g)?.length ?? 0);
    expect(text.endsWith(`\n\n${NOTE}\n`)).toBe(true);
  });

  test('of one line that is longer still is the note alone', () => {
    expect(fitMarkdown('x'.repeat(500), 100, NOTE)).toBe(`\n${NOTE}\n`);
  });
});
