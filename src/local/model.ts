/** What the services of the local AWS share: one request, one store, one clock. */
import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Clock } from '../ports.ts';
import type { Staleness } from './past.ts';

/** Who calls, and where: taken from the SigV4 credential scope, never from the path. */
export interface Caller {
  /** The access key id when that is twelve digits, the role's account in a key from AssumeRole, else 123456789012. */
  readonly account: string;
  readonly region: string;
}

/** One HTTP request, routed to a service; `body` is read whole except for services that stream (`registry`, `s3`). */
export interface ServiceRequest extends Caller {
  readonly requestId: string;
  /** The API's name of the call: `SubmitJob`. */
  readonly operation: string;
  /** The parsed JSON (or form) input. */
  readonly input: Record<string, unknown>;
  /** The session token that came with the caller's credentials, if any. */
  readonly sessionToken?: string | undefined;
  /** Answer as things stood then. Given only to operations that the service's `past` answers. */
  readonly asOf?: Staleness | undefined;
}

/**
 * A service that answers JSON (Batch, ECR, CloudWatch Logs, SSM, Secrets Manager) or XML (STS, IAM, EC2): a table from operation to handler. A handler returns the
 * output in its wire form (blobs in base64, times as the protocol has them: numbers), or throws a ServiceError. The server commits
 * the store before the answer leaves, so whatever the handler changed is durable; handlers need not commit themselves.
 */
export interface JsonService {
  /** The service's name in a credential scope: `batch`, `ecr`, `logs`. */
  readonly name: string;
  readonly operations: Readonly<Record<string, (request: ServiceRequest) => unknown>>;
  /** Operations that the real service has and this one does not, where that list is at hand: they are refused by name. */
  readonly notDone?: readonly string[];
  /** Of a service that can answer from before the latest writes. */
  readonly past?: {
    answers(operation: string): boolean;
    /** How far back it may be asked from now on; undefined: not at all. */
    keep(furthest: Staleness | undefined): void;
  };
  /** Of the answers of a service that speaks XML. */
  readonly xmlNamespace?: string;
  /** The accounts and regions in which it has been called, where it knows. */
  callers?(): Iterable<Caller>;
  /** Called once the server listens: from here on the service may work by itself, and the endpoint is known. */
  start?(): void;
  stop?(): Promise<void>;
}

/**
 * A service that reads the request and writes the answer itself, streaming: the OCI registry and S3. It commits the store itself,
 * before it answers. A ServiceError that it throws before it answered is written in its wire form by the server.
 */
export interface StreamService {
  readonly name: string;
  handle(request: IncomingMessage, response: ServerResponse, context: StreamContext): Promise<void>;
  /** Whose registry the request is for, where the path says so; otherwise the credentials do. For faults and rates. */
  callerOf?(request: IncomingMessage, url: URL): Caller | undefined;
  /** What the call is named in faults: `PutObject`, `PutManifest`. Without it, the HTTP method. */
  operationOf?(request: IncomingMessage, url: URL): string;
  stop?(): Promise<void>;
}

export interface StreamContext extends Caller {
  readonly requestId: string;
  readonly url: URL;
  /** Whether the request carries AWS credentials (a signature, in a header or in the query). */
  readonly signed: boolean;
}

/** An error in the API's own words; the server writes it in the service's wire form. */
export class ServiceError extends Error {
  override readonly name = 'ServiceError';
  readonly code: string;
  readonly status: number;
  /** What the error's shape holds beside its message: `lastValidByteReceived`. Written into the body next to it. */
  readonly members: Readonly<Record<string, unknown>>;
  constructor(code: string, message: string, status = 400, members: Readonly<Record<string, unknown>> = {}) {
    super(message);
    this.code = code;
    this.status = status;
    this.members = members;
  }
}

/**
 * Named tables of plain JSON values, in memory, with an append-only journal when a folder is given. `commit` resolves when
 * everything written before it is on disk; without a folder it resolves at once. Values are never changed in place: put a new one.
 */
export interface Store {
  /** `rows`: where the values are kept instead of in a Map, by who knows how to keep many of them in less room. */
  table<Value>(name: string, rows?: Rows<Value>): Table<Value>;
  commit(): Promise<void>;
  /** The hook runs at the start of every commit (also of those that the store starts by itself): for rows that are gathered first. */
  onCommit(hook: () => void): void;
  /** A folder for content-addressed files (blobs, objects); a temporary one when there is no state folder. */
  readonly blobFolder: string;
  /** Whether a state folder was given: only then files in the blob folder need an fsync before they are acknowledged. */
  readonly durable: boolean;
  close(): Promise<void>;
}

/** What a table needs of a Map. What is given back equals what was put, and need not be the same object. */
export interface Rows<Value> {
  get(key: string): Value | undefined;
  set(key: string, value: Value): unknown;
  delete(key: string): boolean;
  entries(): IterableIterator<[string, Value]>;
  readonly size: number;
}

export interface Table<Value> {
  get(key: string): Value | undefined;
  /** In order of first insertion. */
  entries(): IterableIterator<[string, Value]>;
  put(key: string, value: Value): void;
  delete(key: string): boolean;
  readonly size: number;
}

/** What each service is made with. */
export interface LocalContext {
  readonly store: Store;
  readonly clock: Clock;
  /** `http://127.0.0.1:4566`; known only once the server listens, hence a function. */
  readonly endpoint: () => string;
  /** Fresh ids, injectable so that tests are repeatable. */
  readonly uuid: () => string;
}

/** Takes the lines that containers write. Cheap: nothing is written to disk before the next commit. */
export interface LogWriter {
  /** Makes group and stream when they do not exist. */
  append(account: string, region: string, group: string, stream: string, event: LogEvent): void;
}

export interface LogEvent {
  /** Milliseconds. */
  readonly timestamp: number;
  readonly message: string;
}
