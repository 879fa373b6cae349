/** The wire forms in which answers and errors leave: restJson1, awsJson1.0 and 1.1, awsQuery (STS, IAM), ec2Query, and those of S3 and the registry. */
import type { IncomingMessage, ServerResponse } from 'node:http';
import { ServiceError } from './model.ts';
import { writeXmlDocument, type XmlValue } from './xml.ts';

export type Protocol = 'restJson1' | 'awsJson1.0' | 'awsJson1.1' | 'awsQuery' | 'ec2Query' | 'restXml' | 'registry';

/** What an answer is written with. */
export interface Answer {
  readonly protocol: Protocol;
  readonly requestId: string;
  readonly operation: string;
  /** Of XML answers. */
  readonly namespace?: string | undefined;
}

const basicChallenge = 'Basic realm="local",service="ecr.amazonaws.com"';

export function sendOutput(response: ServerResponse, answer: Answer, output: unknown): void {
  send(response, answer, writeOutput(answer, output));
}

/** When the answer has begun already, the connection is ended instead: a cut body is the one sign left to give. */
export function sendError(response: ServerResponse, answer: Answer, error: ServiceError, resource = '/'): void {
  if (response.headersSent) response.destroy();
  else send(response, answer, writeError(answer, error, resource));
}

interface Written {
  readonly status: number;
  readonly type: string;
  readonly text: string;
  readonly headers?: Readonly<Record<string, string>>;
}

function writeOutput({ protocol, operation, requestId, namespace }: Answer, output: unknown): Written {
  if (protocol === 'awsQuery' || protocol === 'ec2Query') {
    // The handlers of query services return nested objects of scalars and lists, as XML has them.
    const value = output as { readonly [name: string]: XmlValue };
    const result =
      protocol === 'ec2Query'
        ? { requestId, ...value }
        : { [`${operation}Result`]: value, ResponseMetadata: { RequestId: requestId } };
    return { status: 200, type: 'text/xml', text: writeXmlDocument(`${operation}Response`, result, namespace) };
  }
  // In awsJson an operation without an output has an empty body; in restJson it is an empty object.
  const text = output === undefined && protocol !== 'restJson1' ? '' : JSON.stringify(output ?? {});
  return { status: 200, type: protocol === 'restJson1' ? 'application/json' : jsonType(protocol), text };
}

function writeError(
  { protocol, requestId, namespace }: Answer,
  { code, message, status, members }: ServiceError,
  resource: string,
): Written {
  switch (protocol) {
    case 'restJson1': {
      const headers = { 'x-amzn-errortype': code };
      return { status, type: 'application/json', text: JSON.stringify({ ...members, message }), headers };
    }
    case 'awsJson1.0':
    case 'awsJson1.1': {
      const text = JSON.stringify({ ...members, __type: code, ...(message === '' ? {} : { message }) });
      return { status, type: jsonType(protocol), text };
    }
    case 'registry': {
      const headers: Record<string, string> = status === 401 ? { 'www-authenticate': basicChallenge } : {};
      return { status, type: 'application/json', text: JSON.stringify({ errors: [{ code, message }] }), headers };
    }
    case 'restXml': {
      const error = { Code: code, Message: message, Resource: resource, RequestId: requestId };
      return { status, type: 'application/xml', text: writeXmlDocument('Error', error) };
    }
    case 'awsQuery': {
      const error = { Type: status < 500 ? 'Sender' : 'Receiver', Code: code, Message: message };
      const text = writeXmlDocument('ErrorResponse', { Error: error, RequestId: requestId }, namespace);
      return { status, type: 'text/xml', text };
    }
    case 'ec2Query': {
      const errors = { Errors: { Error: { Code: code, Message: message } }, RequestID: requestId };
      return { status, type: 'text/xml', text: writeXmlDocument('Response', errors) };
    }
  }
}

function jsonType(protocol: Protocol): string {
  return `application/x-amz-json-${protocol === 'awsJson1.0' ? '1.0' : '1.1'}`;
}

function send(response: ServerResponse, answer: Answer, { status, type, text, headers }: Written): void {
  const body = Buffer.from(text, 'utf8');
  response.writeHead(status, {
    [answer.protocol === 'restXml' ? 'x-amz-request-id' : 'x-amzn-requestid']: answer.requestId,
    'content-type': type,
    'content-length': body.length,
    ...headers,
  });
  response.end(response.req.method === 'HEAD' ? undefined : body);
}

/** Throws ServiceError when it is longer than `limitBytes`. */
export async function readBody(request: IncomingMessage, limitBytes: number): Promise<Buffer> {
  const chunks: Buffer[] = [];
  let bytes = 0;
  // Stopping early must leave the connection, on which the error goes back.
  for await (const chunk of request.iterator({ destroyOnReturn: false }) as AsyncIterable<Buffer>) {
    bytes += chunk.length;
    if (bytes > limitBytes) throw new ServiceError('RequestEntityTooLargeException', 'Request size exceeded', 413);
    chunks.push(chunk);
  }
  return chunks.length === 1 && chunks[0] ? chunks[0] : Buffer.concat(chunks);
}

/** Throws ServiceError (SerializationException) when it is not a JSON object. */
export function parseJsonInput(body: Buffer): Record<string, unknown> {
  if (body.length === 0) return {};
  let value: unknown;
  try {
    value = JSON.parse(body.toString('utf8'));
  } catch {
    throw new ServiceError('SerializationException', 'Could not parse the request body as JSON');
  }
  if (typeof value !== 'object' || value === null || Array.isArray(value)) {
    throw new ServiceError('SerializationException', 'Start of structure or map found where not expected.');
  }
  // A parsed JSON object has string keys and unknown values.
  return value as Record<string, unknown>;
}
