/** What went wrong, in three kinds, so that one place can turn any of them into an exit code and a line that helps. */

/** Where in a file of the user's something stands; `line` and `column` count from 1. */
export interface SourcePosition {
  readonly path: string;
  readonly line: number;
  readonly column: number;
}

/** One thing the user can mend. */
export interface Problem {
  readonly message: string;
  readonly position?: SourcePosition | undefined;
  /** The last sentence: what to do, where we know it. */
  readonly remedy?: string | undefined;
}

/** The user can mend it: an input, the configuration, a template, a permission. Holds every problem found, never just the first. */
export class ConfigurationError extends Error {
  override readonly name = 'ConfigurationError';
  readonly problems: readonly Problem[];

  constructor(problems: string | Problem | readonly Problem[], options?: ErrorOptions) {
    const list = typeof problems === 'string' ? [{ message: problems }] : 'message' in problems ? [problems] : problems;
    super(list.map(describeProblem).join('\n'), options);
    this.problems = list;
  }
}

/** AWS, GitHub, Docker or a registry refused, or could not be reached. `message` reads as one line, the remedy last. */
export class RemoteError extends Error {
  override readonly name = 'RemoteError';
  /** The API's own name of the call: `RegisterJobDefinition`, `PUT manifest`, `docker buildx build`. */
  readonly operation: string;
  /** What it was done to: `content-cues-small in eu-west-1`. */
  readonly target: string;
  /** The API's own error code: `AccessDeniedException`, `429`; undefined when no answer came. */
  readonly code: string | undefined;

  constructor(
    failure: {
      doing: string;
      operation: string;
      target: string;
      code?: string | undefined;
      remedy?: string | undefined;
    },
    cause: unknown,
  ) {
    const said = describeCause(cause, failure.code);
    super([`${failure.doing}: ${endSentence(said)}`, failure.remedy].filter(Boolean).join(' '), { cause });
    this.operation = failure.operation;
    this.target = failure.target;
    this.code = failure.code ?? errorCode(cause);
  }
}

/** A wait ended before what was waited for happened. It is a failure of its own kind and never green. */
export class DeadlineError extends Error {
  override readonly name = 'DeadlineError';
}

/** The workflow was cancelled or the user pressed Ctrl-C; what was started has been stopped. */
export class CancelledError extends Error {
  override readonly name = 'CancelledError';
}

/** `file:line:column: message. Remedy.`, the form editors and terminals make a link of. */
export function describeProblem({ message, position, remedy }: Problem): string {
  const where = position ? `${position.path}:${position.line}:${position.column}: ` : '';
  return `${where}${message}${remedy ? `${/[.!?]$/.test(message) ? '' : '.'} ${remedy}` : ''}`;
}

/** The error code of an AWS SDK or Node error: its `name` (`AccessDeniedException`) or `code` (`ECONNRESET`). */
export function errorCode(error: unknown): string | undefined {
  if (typeof error !== 'object' || error === null) return undefined;
  const { name, code } = error as { name?: unknown; code?: unknown };
  if (typeof name === 'string' && name !== 'Error') return name;
  return typeof code === 'string' ? code : undefined;
}

function describeCause(cause: unknown, code = errorCode(cause)): string {
  const message = cause instanceof Error ? cause.message : String(cause);
  return code && !message.startsWith(code) ? `${code}: ${message || 'no message'}` : message || 'no message';
}

function endSentence(text: string): string {
  return /[.!?]$/.test(text) ? text : `${text}.`;
}
