/** CloudWatch Logs. */
import type { JsonService, LocalContext, LogWriter } from '../model.ts';

export interface Logs extends LogWriter {
  readonly api: JsonService;
}

export function createLogs(_context: LocalContext): Logs {
  return { api: { name: 'logs', operations: {} }, append: () => undefined };
}
