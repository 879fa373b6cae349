/** A template's text, from the tree that describes it. */
import type { Item, Member, Part, TemplateNode } from './model.ts';

const WIDTH = 110;

/** `head` stands before it, as comments. */
export function writeTemplate(root: TemplateNode, head: readonly string[]): string {
  return [...head.map(writeComment), ...writeLines(root)].join('\n').concat('\n');
}

/** A node as lines; the first may be put behind a name, and a comma behind the last. */
function writeLines(node: TemplateNode): readonly string[] {
  const line = writeInline(node);
  if (line !== undefined && line.length <= WIDTH) return [line];
  if (node.kind === 'object') return ['{', ...node.members.flatMap(writeMember), '}'];
  if (node.kind === 'list') return ['[', ...node.items.flatMap(item => wrap(item, '')), ']'];
  return [line ?? ''];
}

/** Undefined when it takes more than one line. */
function writeInline(node: TemplateNode): string | undefined {
  if (node.kind === 'scalar') return JSON.stringify(node.value);
  if (node.kind === 'text') return writeText(node.parts);
  if (node.kind === 'raw') return `{{${node.expression}}}`;
  const items: readonly (Item & Partial<Member>)[] = node.kind === 'object' ? node.members : node.items;
  if (items.some(({ when, remarks }) => when !== undefined || remarks !== undefined)) return undefined;
  const written = items.map(({ node: own, name }) => {
    // Requests are read member by member: what holds others gets lines of its own, unless it is a list's only scalars.
    if (own.kind === 'object' && own.members.length > 0 && (node.kind === 'object' || items.length > 1))
      return node.kind === 'object' ? undefined : prefix(name, writeInline(own));
    return prefix(name, writeInline(own));
  });
  if (node.kind === 'list' && written.length > 1 && items.some(({ node: own }) => own.kind === 'object'))
    return undefined;
  if (written.includes(undefined)) return undefined;
  if (node.kind === 'list') return `[${written.join(', ')}]`;
  return written.length === 0 ? '{}' : `{ ${written.join(', ')} }`;
}

function prefix(name: string | undefined, text: string | undefined): string | undefined {
  return name === undefined || text === undefined ? text : `${writeName(name)}: ${text}`;
}

function writeMember(member: Member): readonly string[] {
  const remarks = (member.remarks ?? []).map(remark => `  ${writeComment(remark)}`);
  return [...remarks, ...wrap(member, `${writeName(member.name)}: `)];
}

function wrap({ node, when }: Item, before: string): readonly string[] {
  const [opening = '', ...rest] = writeLines(node);
  const lines = [`${before}${opening}`, ...rest];
  const closed = [...lines.slice(0, -1), `${lines.at(-1)},`].map(line => `  ${line}`);
  return when === undefined ? closed : [`  {{#if ${when}}}`, ...closed, '  {{/if}}'];
}

/** Handlebars reads comments too. */
function writeComment(text: string): string {
  return `// ${text.replaceAll('{{', '{ {').replaceAll(/\s*\n\s*/g, ' ')}`;
}

function writeName(name: string): string {
  return `"${escapeText(name, false, false)}"`;
}

function writeText(parts: readonly Part[]): string {
  const written = parts.map((part, index) =>
    typeof part === 'string' ? escapeText(part, index > 0, index < parts.length - 1) : `{{${part.expression}}}`,
  );
  return `"${written.join('')}"`;
}

/**
 * As JSON has it, and so that Handlebars sees no mustache in it, nor takes a brace or a backslash beside an expression for a part of
 * one.
 */
function escapeText(text: string, afterExpression: boolean, beforeExpression: boolean): string {
  const json = JSON.stringify(text)
    .slice(1, -1)
    .replaceAll(/\{(?=\{)/g, '\\u007b');
  const opened = afterExpression ? json.replace(/^\}/, '\\u007d') : json;
  return beforeExpression ? opened.replace(/\{$/, '\\u007b').replace(/\\\\$/, '\\u005c') : opened;
}
