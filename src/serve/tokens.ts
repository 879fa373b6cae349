import { createHash, timingSafeEqual } from 'node:crypto';
import { ConfigurationError, type Problem } from '../errors.ts';
import type { Caller } from './model.ts';

/** Whose token this is; undefined for a token that nobody has. */
export type Recognize = (token: string) => Caller | undefined;

/** 24 random characters are more than anybody guesses; fewer are a password that somebody made up. */
const SHORTEST = 24;
/** RFC 6750, section 2.1. */
const TOKEN = /^[A-Za-z0-9\-._~+/]+=*$/;

/**
 * Reads `NAME TOKEN`, or `NAME TOKEN read` for one that may change nothing, a line each; `#` begins a comment. Only hashes of the tokens
 * are kept. Throws ConfigurationError with every line that is wrong, without the tokens.
 */
export function parseTokens(text: string, path: string): Recognize {
  const problems: Problem[] = [];
  const known: { readonly caller: Caller; readonly hash: Buffer }[] = [];
  for (const [index, line] of text.split('\n').entries()) {
    const words = line.replace(/#.*$/, '').trim().split(/\s+/).filter(Boolean);
    if (words.length === 0) continue;
    const [name = '', token = '', scope] = words;
    const problem = findProblem(words, known);
    if (problem === undefined) known.push({ caller: { name, mayChange: scope === undefined }, hash: hashOf(token) });
    else problems.push({ message: problem, position: { path, line: index + 1, column: 1 } });
  }
  if (problems.length > 0) throw new ConfigurationError(problems);
  if (known.length === 0) {
    throw new ConfigurationError({
      message: `${path} holds no token, and nobody is served without one`,
      remedy: 'Write a line such as `airflow TOKEN`, with the token that `openssl rand -hex 32` gives.',
    });
  }
  return token => {
    const hash = hashOf(token);
    // All of them are compared, and each as long as the others: how long it takes tells nothing.
    const found = known.filter(one => timingSafeEqual(one.hash, hash));
    return found[0]?.caller;
  };
}

function findProblem(
  [name = '', token = '', scope, ...rest]: readonly string[],
  known: readonly { readonly caller: Caller; readonly hash: Buffer }[],
): string | undefined {
  if (token === '') return 'is no NAME TOKEN';
  if (rest.length > 0 || (scope !== undefined && scope !== 'read'))
    return 'has more than NAME TOKEN, or NAME TOKEN read';
  if (token.length < SHORTEST) return `the token of ${name} is shorter than ${SHORTEST} characters`;
  if (!TOKEN.test(token)) return `the token of ${name} has characters that no bearer token may have`;
  if (known.some(one => one.caller.name === name)) return `${name} has a token already`;
  if (known.some(one => one.hash.equals(hashOf(token)))) return `the token of ${name} is another's as well`;
  return undefined;
}

function hashOf(token: string): Buffer {
  return createHash('sha256').update(token).digest();
}
