/** What is wrong with a request, in the words of whoever sent it: not a validator's. */
import type { z } from '@hono/zod-openapi';

type Issue = z.core.$ZodIssue;

/** By the part of the request: what a name in it stands for. */
const NAMED: Readonly<Record<string, string>> = { query: 'parameter', json: 'field', param: 'path parameter' };

/** A sentence for each issue. `target` is the part of the request that was looked at: `query`, `json` or `param`. */
export function describeIssues(issues: readonly Issue[], target: string): string {
  const kind = NAMED[target] ?? target;
  return issues.map(issue => describeIssue(issue, kind)).join(' ');
}

function describeIssue(issue: Issue, kind: string): string {
  if (issue.code === 'unrecognized_keys') return `There is no ${kind} ${issue.message}`;
  const subject = issue.path.length === 0 ? 'The body' : `The ${kind} ${issue.path.join('.')}`;
  return `${subject} ${describeFault(issue, kind)}.`;
}

/** Of a kind that no schema of the API has, the validator's own words. */
function describeFault(issue: Issue, kind: string): string {
  switch (issue.code) {
    case 'invalid_type':
      if (isMissing(issue)) return 'is missing';
      // All that stands in an address is text; several of one name come as a list.
      if (issue.expected === 'string' && kind === NAMED['query']) return 'may be given once';
      return `must be ${TYPES[issue.expected] ?? issue.expected}`;
    case 'invalid_value':
      return `must be one of ${issue.values.join(', ')}`;
    case 'too_small':
      return describeBound('least', issue.minimum, issue.origin);
    case 'too_big':
      return describeBound('most', issue.maximum, issue.origin);
    default:
      return issue.message;
  }
}

/** The issue does not hold what was received, its message does. */
function isMissing({ message }: Issue): boolean {
  return message.endsWith('received undefined');
}

const TYPES: Readonly<Record<string, string>> = {
  string: 'text',
  number: 'a number',
  int: 'a whole number',
  array: 'a list',
  object: 'an object with fields',
};

function describeBound(side: 'least' | 'most', bound: number | bigint, origin: string): string {
  if (origin === 'string' && side === 'least' && bound === 1) return 'must not be empty';
  return origin === 'string' ? `must have at ${side} ${bound} characters` : `must be at ${side} ${bound}`;
}
