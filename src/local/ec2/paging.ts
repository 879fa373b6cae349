/** Pages, by where the next one starts. */
import { ServiceError, type ServiceRequest } from '../model.ts';
import { readText } from '../query-input.ts';

export function readStart(input: ServiceRequest['input']): number {
  const token = readText(input, 'NextToken');
  if (token === undefined) return 0;
  const start = Number(Buffer.from(token, 'base64').toString());
  if (Number.isInteger(start) && start > 0) return start;
  throw new ServiceError('InvalidNextToken', 'The token is invalid.');
}

export function writeStart(start: number): string {
  return Buffer.from(String(start)).toString('base64');
}
