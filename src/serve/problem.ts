/** Errors as RFC 9457 has them: what happened, to what, and what to do. */
import { CancelledError, ConfigurationError, describeProblem, RemoteError } from '../errors.ts';
import { isPassing } from '../jobs/api-error.ts';
import { LeaseTakenError } from '../runs/lease.ts';
import { OtherManifestError } from '../runs/plan-run.ts';

export const PROBLEM_KINDS = {
  'bad-request': { status: 400, title: 'The request is not one that this API knows' },
  unauthorized: { status: 401, title: 'A bearer token is needed' },
  forbidden: { status: 403, title: 'This token may only read' },
  'not-found': { status: 404, title: 'There is none of that name' },
  'too-slow': { status: 408, title: 'The manifest did not come in time' },
  'other-entries': { status: 409, title: 'This run has other entries' },
  'not-ended': { status: 409, title: 'The run has not ended' },
  'driven-elsewhere': { status: 409, title: 'Another process drives this run' },
  'too-large': { status: 413, title: 'The manifest is too large' },
  'unsupported-media-type': { status: 415, title: 'The body is in no form that can be read' },
  invalid: { status: 422, title: 'The request cannot be done as it is' },
  internal: { status: 500, title: 'Something went wrong inside Batchwright' },
  refused: { status: 502, title: 'AWS refused' },
  unavailable: { status: 503, title: 'Not now' },
  'timed-out': { status: 504, title: 'It took too long' },
} as const;

export type ProblemKind = keyof typeof PROBLEM_KINDS;

/** What a handler throws when it knows the answer. */
export class ProblemError extends Error {
  readonly kind: ProblemKind;
  readonly headers: Readonly<Record<string, string>>;

  constructor(kind: ProblemKind, detail: string, headers: Readonly<Record<string, string>> = {}) {
    super(detail);
    this.kind = kind;
    this.headers = headers;
  }
}

export interface ToldProblem {
  readonly kind: ProblemKind;
  readonly detail: string;
  /** Each thing that is wrong, when there are several. */
  readonly problems?: readonly { readonly message: string; readonly line?: number | undefined }[] | undefined;
  readonly headers: Readonly<Record<string, string>>;
  /** Only for the log: what nobody foresaw. */
  readonly unforeseen?: unknown;
}

/** Seconds. */
const SOON = { 'retry-after': '5' };
const LATER = { 'retry-after': '30' };

export function tellProblem(error: unknown): ToldProblem {
  if (error instanceof ProblemError) return { kind: error.kind, detail: error.message, headers: error.headers };
  if (error instanceof LeaseTakenError) return { kind: 'driven-elsewhere', detail: error.message, headers: SOON };
  if (error instanceof OtherManifestError) return { kind: 'other-entries', detail: error.message, headers: {} };
  if (error instanceof ConfigurationError) return tellConfiguration(error);
  if (error instanceof CancelledError)
    return { kind: 'unavailable', detail: 'The server ends just now. Send it again.', headers: SOON };
  if (error instanceof RemoteError) {
    const passing = isPassing(error.cause);
    return { kind: passing ? 'unavailable' : 'refused', detail: error.message, headers: passing ? LATER : {} };
  }
  const detail = 'Please report it with the lines that the server wrote about this request id.';
  return { kind: 'internal', detail, headers: {}, unforeseen: error };
}

function tellConfiguration({ message, problems }: ConfigurationError): ToldProblem {
  if (problems.length < 2) return { kind: 'invalid', detail: message, headers: {} };
  const last = problems.at(-1);
  return {
    kind: 'invalid',
    // Of a manifest the last one sums the others up.
    detail: last && !last.position ? describeProblem(last) : `${problems.length} things are wrong.`,
    problems: problems.map(({ message: one, position, remedy }) => ({
      message: describeProblem({ message: one, remedy }),
      ...(position && { line: position.line }),
    })),
    headers: {},
  };
}
