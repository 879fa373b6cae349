import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { createLineSplitter } from '../src/lines.ts';

function split(chunks: readonly Uint8Array[], maxBytes?: number): string[] {
  const lines: string[] = [];
  const splitter = createLineSplitter(line => lines.push(line), maxBytes);
  for (const chunk of chunks) splitter.write(chunk);
  splitter.end();
  return lines;
}

describe('lines', () => {
  test.each([
    ['whole lines', ['a\nb\n'], ['a', 'b']],
    ['a last line without a line feed', ['a\nb'], ['a', 'b']],
    ['a line over three chunks', ['he', 'll', 'o\n'], ['hello']],
    ['several line feeds in one chunk', ['\n\nx\n'], ['', '', 'x']],
    ['Windows line ends, torn between the two bytes', ['a\r', '\nb\r\n'], ['a', 'b']],
    ['a carriage return inside a line stays', ['10%\r20%\n'], ['10%\r20%']],
    ['nothing at all', [], []],
  ])('%s', (_, chunks, expected) => {
    expect(split(chunks.map(chunk => Buffer.from(chunk)))).toEqual(expected);
  });

  test('the chunk given may be overwritten afterwards', () => {
    const lines: string[] = [];
    const splitter = createLineSplitter(line => lines.push(line));
    const buffer = Buffer.from('abc');
    splitter.write(buffer);
    buffer.fill('x');
    splitter.write(Buffer.from('\n'));
    expect(lines).toEqual(['abc']);
  });

  test('any text, cut into chunks at any byte, comes out as its lines', () => {
    const text = fc
      .array(fc.string({ unit: 'grapheme' }).map(line => line.replaceAll(/[\r\n]/g, '')))
      .map(lines => lines.join('\n'));
    fc.assert(
      fc.property(text, fc.array(fc.nat(200)), (whole, cuts) => {
        const bytes = Buffer.from(whole);
        const borders = [...new Set([0, ...cuts.filter(cut => cut < bytes.length), bytes.length])].sort(
          (a, b) => a - b,
        );
        const chunks = borders.slice(1).map((border, index) => bytes.subarray(borders[index], border));
        const expected = whole.split('\n');
        if (expected.at(-1) === '') expected.pop();
        expect(split(chunks)).toEqual(expected);
      }),
    );
  });

  test('a line longer than the limit comes in pieces that hold whole characters and lose nothing', () => {
    const line = 'ab€€€€€€€€c😀😀';
    const pieces = split([Buffer.from(line).subarray(0, 9), Buffer.from(line).subarray(9), Buffer.from('\nnext')], 8);
    expect(pieces.slice(0, -1).join('')).toBe(line);
    expect(pieces.at(-1)).toBe('next');
    expect(Math.max(...pieces.map(piece => Buffer.byteLength(piece)))).toBeLessThanOrEqual(8);
  });

  test('a line of exactly the limit stays whole', () => {
    expect(split([Buffer.from('12345678\n123456789\n')], 8)).toEqual(['12345678', '12345678', '9']);
  });

  test('bytes that are no text are cut at the limit', () => {
    expect(split([Buffer.alloc(10, 0x80)], 8)).toHaveLength(2);
  });
});
