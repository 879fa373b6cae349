/**
 * Where in JSON (with comments) a writer stands. It need not notice broken JSON, which is found when the whole is read; it must
 * agree with that reader about where strings and comments begin and end.
 */
export type JsonState =
  | 'outside'
  | 'slash'
  | 'line-comment'
  | 'block-comment'
  | 'block-star'
  | 'string'
  | 'escape'
  /** `\u`, and the hexadecimal digits it waits for. */
  | 'unicode-4'
  | 'unicode-3'
  | 'unicode-2'
  | 'unicode-1';

export function isComment(state: JsonState): boolean {
  return state === 'line-comment' || state === 'block-comment' || state === 'block-star';
}

/** Where reading `text` leads. */
export function scan(start: JsonState, text: string): JsonState {
  let state = start;
  for (let at = 0; at < text.length; at += 1) state = nextState(state, text.charCodeAt(at));
  return state;
}

const NEWLINE = 0x0a;
const RETURN = 0x0d;
const QUOTE = 0x22;
const STAR = 0x2a;
const SLASH = 0x2f;
const BACKSLASH = 0x5c;
const LOWER_U = 0x75;

function nextState(state: JsonState, code: number): JsonState {
  switch (state) {
    case 'outside':
      return code === QUOTE ? 'string' : code === SLASH ? 'slash' : 'outside';
    case 'string':
      // A string that is still open at the end of its line is an error, and the reader goes on after it.
      return code === BACKSLASH ? 'escape' : code === QUOTE || endsLine(code) ? 'outside' : 'string';
    case 'escape':
      return code === LOWER_U ? 'unicode-4' : 'string';
    case 'unicode-4':
      return 'unicode-3';
    case 'unicode-3':
      return 'unicode-2';
    case 'unicode-2':
      return 'unicode-1';
    case 'unicode-1':
      return 'string';
    case 'slash':
      return code === SLASH ? 'line-comment' : code === STAR ? 'block-comment' : nextState('outside', code);
    case 'line-comment':
      return endsLine(code) ? 'outside' : 'line-comment';
    case 'block-comment':
      return code === STAR ? 'block-star' : 'block-comment';
    case 'block-star':
      return code === SLASH ? 'outside' : code === STAR ? 'block-star' : 'block-comment';
  }
}

function endsLine(code: number): boolean {
  return code === NEWLINE || code === RETURN;
}
