import { errorCode } from '../errors.ts';

const DENIED = /^(AccessDenied(Exception)?|UnauthorizedOperation|NotAuthorized|DENIED|403)$/;

/** The remedy for a call that was refused for want of a permission; undefined when that was not the reason. */
export function remedyForDenied(error: unknown, permissions: string): string | undefined {
  const code = errorCode(error);
  return code !== undefined && DENIED.test(code) ? `The deploy role needs ${permissions}.` : undefined;
}
