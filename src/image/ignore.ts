/**
 * Which paths are left out, in .dockerignore's language: `*`, `?`, `[…]`, `**`, `!` for exceptions, `#` for comments; the last rule
 * that matches a path or one of its parents decides. https://docs.docker.com/build/concepts/context/#dockerignore-files
 */
import { ConfigurationError } from '../errors.ts';

interface Rule {
  readonly pattern: RegExp;
  readonly ignores: boolean;
}

/** Gives a test for `/`-separated relative paths. Throws ConfigurationError naming every pattern that cannot be read. */
export function parseIgnore(lines: readonly string[]): (path: string) => boolean {
  const problems: string[] = [];
  const rules = lines.flatMap(line => {
    const rule = parseRule(line);
    if (rule === 'invalid') problems.push(`"${line}" is not an ignore pattern`);
    return rule === undefined || rule === 'invalid' ? [] : [rule];
  });
  if (problems.length > 0) throw new ConfigurationError(problems.map(message => ({ message })));
  return path => isIgnored(path, rules);
}

function isIgnored(path: string, rules: readonly Rule[]): boolean {
  const parents = path.split('/').map((_, index, parts) => parts.slice(0, index + 1).join('/'));
  let ignored = false;
  for (const { pattern, ignores } of rules) {
    if (ignores !== ignored && parents.some(parent => pattern.test(parent))) ignored = ignores;
  }
  return ignored;
}

function parseRule(line: string): Rule | 'invalid' | undefined {
  if (line.startsWith('#')) return undefined;
  const text = line.trim();
  if (text === '') return undefined;
  const ignores = !text.startsWith('!');
  const cleaned = cleanPath(ignores ? text : text.slice(1).trim());
  if (cleaned === '') return ignores ? undefined : 'invalid';
  try {
    return { pattern: new RegExp(`^${translate(cleaned)}$`, 'su'), ignores };
  } catch {
    return 'invalid';
  }
}

/** As Go's filepath.Clean, with no slash at either end: `./a//b/../c/` is `a/c`. */
function cleanPath(text: string): string {
  const parts: string[] = [];
  for (const part of text.split('/')) {
    if (part === '' || part === '.') continue;
    if (part === '..' && parts.length > 0) parts.pop();
    else if (part !== '..') parts.push(part);
  }
  return parts.join('/');
}

const TOKEN = /\*\*\/|\*\*|\*|\?|\[(?:\\.|[^\]\\])*\]|\\.|./gsu;

/** `**` spans folders, `*` and `?` do not; a backslash takes the next character as it is. */
function translate(pattern: string): string {
  return [...pattern.matchAll(TOKEN)].map(([token]) => translateToken(token)).join('');
}

function translateToken(token: string): string {
  if (token === '**/') return '(?:.*/)?';
  if (token === '**') return '.*';
  if (token === '*') return '[^/]*';
  if (token === '?') return '[^/]';
  // A bracket that nothing closes makes the expression invalid, as it should.
  if (token.startsWith('[')) return token;
  return escapeCharacter(token.length > 1 && token.startsWith('\\') ? token.slice(1) : token);
}

function escapeCharacter(character: string): string {
  return /[\\^$.*+?()[\]{}|/]/.test(character) ? `\\${character}` : character;
}
