import type { SourcePosition } from '../errors.ts';
import type { JsonWriter, Misfit, Output, Source } from './model.ts';
import { floorIndex } from './source.ts';

/** Where in JSON (with comments) the output stands. */
type State = 'outside' | 'slash' | 'line-comment' | 'block-comment' | 'block-star' | 'string' | 'escape' | 'unicode';

/** What made the output from `start` on: text of a file, character by character, or one value. */
interface Piece {
  readonly start: number;
  readonly position: SourcePosition | undefined;
  readonly source: Source | undefined;
  readonly offset: number;
}

/** `start` is where an empty output comes from. */
export function createJsonWriter(start: SourcePosition): JsonWriter {
  const parts: string[] = [];
  const pieces: Piece[] = [];
  let length = 0;
  let state: State = 'outside';
  /** Hexadecimal digits that `\u` still waits for. */
  let digits = 0;
  let lastCharacter = '';
  let afterValue = false;

  const append = (text: string, piece: Omit<Piece, 'start'>) => {
    if (text === '') return;
    pieces.push({ start: length, ...piece });
    parts.push(text);
    length += text.length;
    lastCharacter = text.charAt(text.length - 1);
  };
  // Two tokens that touch would be read as one: 1 and 2 as 12.
  const separate = (position: SourcePosition | undefined, next: string, allowed: RegExp) => {
    if (next !== '' && !allowed.test(next)) append(' ', { position, source: undefined, offset: 0 });
  };
  const scan = (text: string) => {
    for (let at = 0; at < text.length; at += 1) step(text.charCodeAt(at));
  };
  const step = (code: number) => {
    if (state === 'unicode') {
      digits -= 1;
      if (digits === 0) state = 'string';
    } else if (state === 'escape' && code === LOWER_U) {
      state = 'unicode';
      digits = 4;
    } else {
      state = nextState(state, code);
    }
  };
  const writeOutside = (json: string, position: SourcePosition) => {
    separate(position, lastCharacter, /[\s[{,:]/);
    append(json, { position, source: undefined, offset: 0 });
    afterValue = true;
    state = 'outside';
  };
  const writeInside = (text: string, position: SourcePosition): Misfit | undefined => {
    if (state !== 'string') return 'escape';
    append(JSON.stringify(text).slice(1, -1), { position, source: undefined, offset: 0 });
    return undefined;
  };
  const isOutside = () => state === 'outside' || state === 'slash';

  return {
    get inComment() {
      return state === 'line-comment' || state === 'block-comment' || state === 'block-star';
    },
    writeContent: (text, source, offset) => {
      if (afterValue && text !== '') {
        separate(pieces.at(-1)?.position, text.charAt(0), /[\s\]},:/]/);
        afterValue = false;
      }
      append(text, { position: undefined, source, offset });
      scan(text);
    },
    writeValue: (value, position) => {
      if (!isOutside()) return misfitOf(value) ?? writeInside(String(value), position);
      writeOutside(JSON.stringify(value), position);
      return undefined;
    },
    writeJson: (value, position) => {
      if (!isOutside()) return writeInside(JSON.stringify(value), position);
      writeOutside(JSON.stringify(value), position);
      return undefined;
    },
    end: () => createOutput(parts.join(''), pieces, start),
  };
}

const LOWER_U = 0x75;
const NEWLINE = 0x0a;
const RETURN = 0x0d;
const QUOTE = 0x22;
const STAR = 0x2a;
const SLASH = 0x2f;
const BACKSLASH = 0x5c;

function nextState(state: State, code: number): State {
  switch (state) {
    case 'string':
      // A string that is still open at the end of its line is an error, and the reader goes on after it.
      return code === BACKSLASH ? 'escape' : code === QUOTE || endsLine(code) ? 'outside' : 'string';
    case 'escape':
    case 'unicode':
      return 'string';
    case 'slash':
      return code === SLASH ? 'line-comment' : code === STAR ? 'block-comment' : nextState('outside', code);
    case 'line-comment':
      return endsLine(code) ? 'outside' : 'line-comment';
    case 'block-comment':
      return code === STAR ? 'block-star' : 'block-comment';
    case 'block-star':
      return code === SLASH ? 'outside' : code === STAR ? 'block-star' : 'block-comment';
    case 'outside':
      return code === QUOTE ? 'string' : code === SLASH ? 'slash' : 'outside';
  }
}

function endsLine(code: number): boolean {
  return code === NEWLINE || code === RETURN;
}

function misfitOf(value: unknown): Misfit | undefined {
  if (value === null) return 'null';
  if (typeof value !== 'object') return undefined;
  return Array.isArray(value) ? 'list' : 'mapping';
}

function createOutput(text: string, pieces: readonly Piece[], start: SourcePosition): Output {
  const starts = pieces.map(({ start }) => start);
  return {
    text,
    positionAt: offset => {
      const piece = pieces[floorIndex(starts, offset)];
      return piece?.position ?? piece?.source?.positionAt(piece.offset + offset - piece.start) ?? start;
    },
  };
}
