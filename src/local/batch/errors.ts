/** Batch's two error shapes. https://docs.aws.amazon.com/batch/latest/APIReference/CommonErrors.html */
import { ServiceError } from '../model.ts';

/** A bare ClientException (400). */
export function clientError(text: string): ServiceError {
  return new ServiceError('ClientException', text);
}

/** As most of Batch's own checks word it. Clients match on the inner text. */
export function executionError(requestId: string, text: string): ServiceError {
  return clientError(`Error executing request, Exception : ${text}, RequestId: ${requestId}`);
}

/** What the JSON reader says of a value of the wrong type, before Batch sees the request. */
export function serializationError(text: string): ServiceError {
  return new ServiceError('SerializationException', text);
}

/** What the request's model says: `Value null at 'jobName' failed to satisfy constraint: Member must not be null`. */
export function validationError(problems: readonly string[]): ServiceError {
  const count = `${problems.length} validation error${problems.length === 1 ? '' : 's'} detected`;
  return clientError(`${count}: ${problems.join('; ')}`);
}

/** A check that fails throws its text in the wrapped form; made once a request. */
export type Refuse = (text: string) => never;
export function refuser(requestId: string): Refuse {
  return text => {
    throw executionError(requestId, text);
  };
}
