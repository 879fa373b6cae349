/** The manifest of a request: its body, as it comes, or an address in S3. */
import type { Clock } from '../ports.ts';
import type { ByteStream, ManifestItems } from '../runs/manifest/lines.ts';
import { type ManifestFormat, openBytes } from '../runs/manifest/open-manifest.ts';
import { ProblemError } from './problem.ts';
import { readInTime } from './read-in-time.ts';
import { NDJSON } from './routes.ts';

const FORMATS: Readonly<Record<string, ManifestFormat>> = {
  [NDJSON]: 'ndjson',
  'application/ndjson': 'ndjson',
  'application/jsonl': 'ndjson',
  'text/csv': 'csv',
  'application/json': 'json',
};

export interface ManifestBody {
  readonly stream: ByteStream | null;
  readonly contentType: string | undefined;
  readonly format: ManifestFormat | undefined;
  readonly mostBytes: number;
  readonly clock: Clock;
}

/** Between two chunks. Milliseconds. */
const LONGEST_PAUSE = 60_000;

/** Nothing is read yet. Throws ProblemError, also while it is read: for a body that is too long, or stops coming. */
export function openBody({ stream, contentType, format, mostBytes, clock }: ManifestBody): ManifestItems {
  const type = contentType?.split(';')[0]?.trim().toLowerCase();
  const chosen = format ?? FORMATS[type ?? ''];
  if (!stream)
    throw new ProblemError(
      'invalid',
      'There is no manifest: send one as the body, or say with `manifest` where in S3 it is.',
    );
  if (chosen === undefined || chosen === 'listing') {
    const accepted = Object.keys(FORMATS).join(', ');
    const detail = `A manifest cannot be read as ${type ?? 'nothing'}. Send it with Content-Type ${accepted}, or say which with \`format\`.`;
    throw new ProblemError('unsupported-media-type', detail, { accept: accepted });
  }
  return openBytes(limit(readInTime(stream, LONGEST_PAUSE, clock), mostBytes), chosen);
}

async function* limit(stream: ByteStream, most: number): AsyncGenerator<Uint8Array> {
  let bytes = 0;
  for await (const chunk of stream) {
    bytes += chunk.length;
    if (bytes > most) {
      const detail = `The manifest is longer than ${most} bytes. Put it into S3 and say with \`manifest\` where, or start the server with a larger --max-body-mib.`;
      throw new ProblemError('too-large', detail);
    }
    yield chunk;
  }
}
