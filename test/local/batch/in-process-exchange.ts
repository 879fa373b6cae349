/** Calls that take the server's whole way (route, faults, work, answer) without a socket: tens of thousands a second. */
import type { IncomingMessage, ServerResponse } from 'node:http';
import { Readable } from 'node:stream';
import { type ExchangeContext, handleExchange } from '../../../src/local/exchange.ts';
import { createFaults, type Faults } from '../../../src/local/faults.ts';
import type { JsonService, LocalContext } from '../../../src/local/model.ts';

export interface Exchanged {
  /** undefined: the connection was reset before an answer. */
  readonly status: number | undefined;
  /** `x-amzn-errortype`. */
  readonly error: string | undefined;
  readonly output: Record<string, unknown>;
}

export interface InProcessExchange {
  readonly faults: Faults;
  call(operation: string, input: object): Promise<Exchanged>;
}

export function exchangeWith(batch: JsonService, { store, uuid }: LocalContext): InProcessExchange {
  const faults = createFaults(furthest => batch.past?.keep(furthest));
  // Only Batch is called, and nothing of the control API.
  const context = {
    services: { batch },
    control: { localOnly: false },
    faults,
    store,
    uuid,
    holdUp: () => Promise.resolve(),
    admit: () => true,
    onInternalError: (error: unknown) => {
      throw error;
    },
  } as unknown as ExchangeContext;
  return {
    faults,
    async call(operation, input) {
      const request = requestOf(operation, input);
      const { response, exchanged } = responseTo(request);
      await handleExchange(context, request, response);
      return exchanged();
    },
  };
}

const authorization = 'AWS4-HMAC-SHA256 Credential=111122223333/20260101/eu-west-1/batch/aws4_request';

function requestOf(operation: string, input: object): IncomingMessage {
  const body = Readable.from([Buffer.from(JSON.stringify(input))]);
  const head = { method: 'POST', url: `/v1/${operation.toLowerCase()}`, headers: { authorization } };
  // What the server reads of a request: its head, and the body as a stream.
  return Object.assign(body, head) as unknown as IncomingMessage;
}

function responseTo(request: IncomingMessage): { response: ServerResponse; exchanged: () => Exchanged } {
  let status: number | undefined;
  let error: string | undefined;
  let text = '{}';
  const response = {
    req: Object.assign(request, { socket: { resetAndDestroy: () => undefined } }),
    destroyed: false,
    headersSent: false,
    writeHead(code: number, headers: Record<string, string>) {
      status = code;
      error = headers['x-amzn-errortype'];
    },
    end(body: Buffer) {
      text = body.toString();
    },
    destroy() {
      response.destroyed = true;
    },
  };
  const exchanged = () => ({
    status: response.destroyed ? undefined : status,
    error,
    output: JSON.parse(text) as Record<string, unknown>,
  });
  return { response: response as unknown as ServerResponse, exchanged };
}
