/** Stands in for a service that is not there: every call gets the service's own error for an unknown operation. */
import type { JsonService, StreamService } from './model.ts';
import { commonError } from './service-errors.ts';

export function unpluggedJson(name: string): JsonService {
  return { name, operations: {} };
}

export function unpluggedStream(name: string): StreamService {
  return {
    name,
    handle(request, _response, { account, region }) {
      return Promise.reject(
        commonError('unknown-operation', { service: name, operation: request.method ?? '', account, region }),
      );
    },
  };
}
