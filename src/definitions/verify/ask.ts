/** Asking AWS: each thing once, within its rates, and a refusal told apart from an answer. */
import { errorCode } from '../../errors.ts';
import { ng, skip, type Verdict, type VerifyPorts } from './model.ts';

/** What was asked for, or why it could not be found out. */
export type Answer<Value> = { readonly value: Value } | { readonly verdict: Verdict };

/** Sends one request when its turn comes, and again when it was throttled. */
export type Call = <Result>(send: () => Promise<Result>) => Promise<Result>;

interface Question<Value> {
  readonly region: string;
  /** The IAM action it needs: `iam:GetRole`. */
  readonly action: string;
  readonly look: (call: Call) => Promise<Value>;
  /** Errors that are an answer: what is asked for does not exist. */
  readonly explain?: ((error: unknown) => Verdict | undefined) | undefined;
}

export interface AskPorts extends Pick<VerifyPorts, 'limiter' | 'signal'> {
  /** What the role is for that must be granted more: `verifies`, unless given. */
  readonly asker?: string | undefined;
}

/** A missing permission is SKIP with its name; any other error is NG with its words. Rejects only when aborted. */
export async function ask<Value>(
  { region, action, look, explain }: Question<Value>,
  { limiter, signal, asker = 'verifies' }: AskPorts,
): Promise<Answer<Value>> {
  const bucket = { region, operations: 'read', service: action.split(':')[0] } as const;
  try {
    return { value: await look(send => limiter.run(bucket, send, signal)) };
  } catch (error) {
    signal?.throwIfAborted();
    return { verdict: explain?.(error) ?? describeRefusal(action, error, asker) };
  }
}

/** The same promise for the same key, so that no two definitions ask for the same thing. */
export function remember<Value>(read: (key: string) => Promise<Value>): (key: string) => Promise<Value> {
  const known = new Map<string, Promise<Value>>();
  return key => {
    const value = known.get(key) ?? read(key);
    known.set(key, value);
    return value;
  };
}

/** For APIs that take so many names a call. */
export function chunks<Item>(items: Iterable<Item>, size: number): readonly (readonly Item[])[] {
  const all = [...items];
  return Array.from({ length: Math.ceil(all.length / size) }, (_, index) =>
    all.slice(index * size, (index + 1) * size),
  );
}

export function hasCode(error: unknown, codes: RegExp): boolean {
  return codes.test(errorCode(error) ?? '');
}

/** The HTTP status that came back, where one did. */
export function statusOf(error: unknown): unknown {
  return (Object(error) as { $metadata?: { httpStatusCode?: unknown } }).$metadata?.httpStatusCode;
}

function describeRefusal(asked: string, error: unknown, asker: string): Verdict {
  const message = error instanceof Error ? error.message : String(error);
  // Secrets Manager passes on what KMS refused.
  const action = /\bKMS\b/.test(message) ? 'kms:Decrypt' : asked;
  if (hasCode(error, /^(AccessDenied|UnauthorizedOperation|Forbidden)/)) {
    return skip(`needs ${action}`, `Grant ${action} to the role that ${asker}.`);
  }
  const code = errorCode(error) ?? 'Error';
  // Of an answer without a body, to a HEAD, the SDK knows the status alone.
  return ng(
    `${action} failed: ${code === 'Unknown' ? `HTTP ${statusOf(error)}` : `${code}: ${message || 'no message'}`}`,
  );
}
