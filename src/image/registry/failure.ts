/** What a registry answered when it refused, and whether trying again may help. */
import { errorCode } from '../../errors.ts';
import type { HttpResponse } from '../../ports.ts';

/** An answer that was not hoped for. `message` is the registry's own. */
export class RegistryFailure extends Error {
  override readonly name: string = 'RegistryFailure';
  readonly status: number;
  /** The registry's own code: `TAG_INVALID`, `NAME_UNKNOWN`, `DENIED`. */
  readonly code: string | undefined;
  /** How long the registry asks to be left alone. */
  readonly retryAfterSeconds: number | undefined;

  constructor(failure: {
    status: number;
    message: string;
    code?: string | undefined;
    retryAfterSeconds?: number | undefined;
  }) {
    super(failure.message);
    this.status = failure.status;
    this.code = failure.code;
    this.retryAfterSeconds = failure.retryAfterSeconds;
  }

  /** The same, with what was being done before the message. */
  while(doing: string): RegistryFailure {
    const { status, code, retryAfterSeconds } = this;
    return new RegistryFailure({ status, code, retryAfterSeconds, message: `${doing}: ${this.message}` });
  }
}

/** A login that the registry no longer took, in the middle of a stream that cannot be sent twice. There is a new one by now. */
export class StaleLogin extends RegistryFailure {
  override readonly name = 'StaleLogin';
}

/** Bytes that are not what their digest says. Worth another try: they were cut or spoilt on the way. */
export class DigestMismatch extends Error {
  override readonly name = 'DigestMismatch';
}

/** How much of an error's body is read. */
const LONGEST_ERROR = 65_536;

/** Reads the body of a refusal. */
export async function readFailure(response: HttpResponse): Promise<RegistryFailure> {
  const text = Buffer.from(await readAtMost(response, LONGEST_ERROR)).toString('utf8');
  const first = firstError(text);
  const retryAfter = Number(response.headers['retry-after']);
  return new RegistryFailure({
    status: response.status,
    code: first?.code,
    message:
      `${response.status} ${first ? [first.code, first.message].filter(Boolean).join(': ') : plain(text)}`.trim(),
    retryAfterSeconds: Number.isFinite(retryAfter) && retryAfter > 0 ? retryAfter : undefined,
  });
}

/** https://github.com/opencontainers/distribution-spec/blob/main/spec.md#error-codes */
function firstError(text: string): { code?: string | undefined; message?: string | undefined } | undefined {
  try {
    const body: unknown = JSON.parse(text);
    const errors = (body as { errors?: unknown } | null)?.errors;
    const first: unknown = Array.isArray(errors) ? errors[0] : undefined;
    if (typeof first !== 'object' || first === null) return undefined;
    const { code, message } = first as { code?: unknown; message?: unknown };
    return {
      code: typeof code === 'string' ? code : undefined,
      message: typeof message === 'string' ? message : undefined,
    };
  } catch {
    return undefined;
  }
}

function plain(text: string): string {
  return text
    .replaceAll(/<[^>]*>/g, ' ')
    .replaceAll(/\s+/g, ' ')
    .trim()
    .slice(0, 200);
}

async function readAtMost(response: HttpResponse, limit: number): Promise<Uint8Array> {
  const chunks: Uint8Array[] = [];
  let bytes = 0;
  for await (const chunk of response.body) {
    chunks.push(chunk);
    bytes += chunk.length;
    if (bytes >= limit) break;
  }
  return Buffer.concat(chunks).subarray(0, limit);
}

const TRANSIENT_STATUSES = new Set([408, 429, 500, 502, 503, 504]);
const TRANSIENT_CODES = new Set(['ECONNRESET', 'EPIPE', 'ETIMEDOUT', 'ECONNABORTED', 'EAI_AGAIN']);

/** As crane has it: overload, faults of the server, and connections that broke. */
export function isTransient(error: unknown): boolean {
  if (error instanceof DigestMismatch || error instanceof StaleLogin) return true;
  if (error instanceof RegistryFailure) return TRANSIENT_STATUSES.has(error.status) || error.code === 'TOOMANYREQUESTS';
  const code = errorCode(error);
  return code !== undefined && TRANSIENT_CODES.has(code);
}
