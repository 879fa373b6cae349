/**
 * Filter patterns for unstructured text: all terms must occur, of those marked `?` any one, none of those marked `-`; quotes hold a
 * phrase together; `%…%` is a regular expression. https://docs.aws.amazon.com/AmazonCloudWatch/latest/logs/FilterAndPatternSyntax.html
 */
import { invalidParameter } from './validation.ts';

type Test = (message: string) => boolean;

/** Throws InvalidParameterException for patterns over JSON and columns, which are not understood here, and for broken ones. */
export function parseFilterPattern(pattern: string): Test {
  const text = pattern.trim();
  if (/^[{[]/.test(text)) {
    throw invalidParameter(
      'Invalid filter pattern: the local AWS understands terms, not patterns over JSON or columns.',
    );
  }
  const term = /([?-]?)(?:"((?:[^"\\]|\\.)*)"|%([^%]+)%|([^\s"]+))/g;
  if (text.replace(term, '').trim() !== '') throw invalidParameter('Invalid filter pattern');
  const terms = [...text.matchAll(term)];
  const marked = (mark: string): Test[] => terms.filter(([, given]) => given === mark).map(toTest);
  const [all, any, none] = [marked(''), marked('?'), marked('-')];
  return message =>
    all.every(test => test(message)) &&
    (any.length === 0 || all.length > 0 || any.some(test => test(message))) &&
    !none.some(test => test(message));
}

function toTest([, , phrase, expression, word]: RegExpMatchArray): Test {
  if (expression !== undefined) return toExpression(expression);
  const wanted = phrase?.replace(/\\(.)/g, '$1') ?? word ?? '';
  return message => message.includes(wanted);
}

function toExpression(source: string): Test {
  try {
    const expression = new RegExp(source);
    return message => expression.test(message);
  } catch {
    throw invalidParameter('Invalid filter pattern');
  }
}
