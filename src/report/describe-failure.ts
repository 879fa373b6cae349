import { CancelledError, ConfigurationError, DeadlineError, RemoteError } from '../errors.ts';

/** An error as it is shown to the user. What is not one of the toolkit's own kinds is our bug, and shows its stack. */
export function describeFailure(error: unknown): string {
  if (error instanceof AggregateError) return error.errors.map(describeFailure).join('\n');
  if (
    error instanceof ConfigurationError ||
    error instanceof RemoteError ||
    error instanceof DeadlineError ||
    error instanceof CancelledError
  ) {
    return error.message;
  }
  const stack = error instanceof Error ? (error.stack ?? error.message) : String(error);
  return `Something went wrong inside Batchwright; please report it with these lines.\n${stack}`;
}
