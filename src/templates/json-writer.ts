import type { SourcePosition } from '../errors.ts';
import { isComment, type JsonState, scan } from './json-state.ts';
import type { Content, JsonWriter, Misfit, Output } from './model.ts';
import { floorIndex } from './source.ts';

/** `start` is where an empty output comes from. */
export function createJsonWriter(start: SourcePosition): JsonWriter {
  const parts: string[] = [];
  /** Where each part begins in the output, and what made it: text of a file, character by character, or one value. */
  const starts: number[] = [];
  const makers: (Content | SourcePosition)[] = [];
  let length = 0;
  let state: JsonState = 'outside';
  let afterValue = false;

  const append = (text: string, maker: Content | SourcePosition) => {
    parts.push(text);
    starts.push(length);
    makers.push(maker);
    length += text.length;
  };
  const writeOutside = (json: string, position: SourcePosition) => {
    // Two tokens that touch would be read as one: 1 and 2 as 12.
    if (length > 0 && !/[\s[{,:]$/.test(parts.at(-1) ?? '')) append(' ', position);
    append(json, position);
    afterValue = true;
    state = 'outside';
  };
  const writeInside = (text: string, position: SourcePosition): Misfit | undefined => {
    if (state !== 'string') return 'escape';
    if (text !== '') append(JSON.stringify(text).slice(1, -1), position);
    return undefined;
  };
  const isOutside = () => state === 'outside' || state === 'slash';

  return {
    get inComment() {
      return isComment(state);
    },
    writeContent: content => {
      if (content.text === '') return;
      if (afterValue && !/^[\s\]},:/]/.test(content.text)) append(' ', makers.at(-1) ?? start);
      afterValue = false;
      append(content.text, content);
      const end = content.ends.get(state) ?? scan(state, content.text);
      content.ends.set(state, end);
      state = end;
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
    end: (): Output => ({
      text: parts.join(''),
      positionAt: offset => {
        const index = floorIndex(starts, offset);
        return locate(makers[index] ?? start, offset - (starts[index] ?? 0));
      },
    }),
  };
}

function locate(maker: Content | SourcePosition, distance: number): SourcePosition {
  return 'source' in maker ? maker.source.positionAt(maker.offset + distance) : maker;
}

function misfitOf(value: unknown): Misfit | undefined {
  if (value === null) return 'null';
  if (typeof value !== 'object') return undefined;
  return Array.isArray(value) ? 'list' : 'mapping';
}
