import { ServiceError } from '../model.ts';

/** IAM and STS word what breaks a rule of their model alike. */
export function invalid(value: string | undefined, member: string, constraint: string): ServiceError {
  const shown = value === undefined ? 'null' : `'${value}'`;
  const message = `1 validation error detected: Value ${shown} at '${member}' failed to satisfy constraint: Member must ${constraint}`;
  return new ServiceError('ValidationError', message);
}
