/** CloudWatch Logs. */
import type { JsonService, LocalContext, LogWriter } from '../model.ts';
import { filterLogEvents } from './filter-events.ts';
import { getLogEvents } from './get-events.ts';
import { createGroupOperations } from './groups.ts';
import { LogStore } from './log-store.ts';
import { putLogEvents } from './put-events.ts';

export interface Logs extends LogWriter {
  readonly api: JsonService;
}

export function createLogs(context: LocalContext): Logs {
  const logs = new LogStore(context);
  const now = (): number => context.clock.now();
  return {
    append: logs.append.bind(logs),
    api: {
      name: 'logs',
      operations: {
        ...createGroupOperations(logs, now),
        PutLogEvents: request => putLogEvents(logs, request, now()),
        GetLogEvents: request => getLogEvents(logs, request, now()),
        FilterLogEvents: request => filterLogEvents(logs, request, now()),
      },
    },
  };
}
