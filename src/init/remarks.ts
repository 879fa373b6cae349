/** What people wrote for each other into a file: comments, and members that are none of the API's. */
import { visit } from 'jsonc-parser';

const REMARK_MEMBERS = new Set(['_comment', 'comment']);

/**
 * By the path, joined with `/`, of the member that they stand before; `prefix` is where the file's content stands in a request. What
 * follows no member is kept by nobody.
 */
export function readRemarks(
  text: string,
  prefix: readonly string[],
  unmark: (text: string) => string,
): ReadonlyMap<string, readonly string[]> {
  const remarks = new Map<string, readonly string[]>();
  let waiting: string[] = [];
  let isRemark = false;
  visit(
    text,
    {
      onComment: (offset, length) => {
        const lines = text
          .slice(offset, offset + length)
          .replace(/^\/\*+|\*+\/$|^\/\//g, '')
          .split('\n');
        waiting.push(
          ...lines
            .map(line =>
              unmark(line)
                .replace(/^\s*\*?\s*/, '')
                .trim(),
            )
            .filter(Boolean),
        );
      },
      onObjectProperty: (name, _offset, _length, _line, _column, pathOf) => {
        isRemark = REMARK_MEMBERS.has(name);
        if (isRemark || name === '$schema' || waiting.length === 0) return;
        remarks.set([...prefix, ...pathOf(), name].join('/'), waiting);
        waiting = [];
      },
      onLiteralValue: value => {
        if (isRemark && typeof value === 'string') waiting.push(unmark(value));
        isRemark = false;
      },
    },
    { disallowComments: false, allowTrailingComma: true },
  );
  return remarks;
}
