import { ConfigurationError } from '../../errors.ts';
import { parseObjectUri } from '../../jobs/objects.ts';
import type { AwsPorts, FilesPort } from '../../ports.ts';
import { callManifest } from './call-manifest.ts';
import type { ByteStream, ManifestItems } from './lines.ts';
import { readNdjson } from './lines.ts';
import { listObjects } from './list-objects.ts';
import { readCsv } from './read-csv.ts';
import { readJson } from './read-json.ts';

export interface ManifestPorts {
  readonly aws: Pick<AwsPorts, 's3'>;
  readonly files: Pick<FilesPort, 'open'>;
  readonly signal?: AbortSignal | undefined;
}

export const MANIFEST_FORMATS = ['ndjson', 'csv', 'json', 'listing'] as const;
export type ManifestFormat = (typeof MANIFEST_FORMATS)[number];

/**
 * Opens a file of this machine, an S3 object, or the listing of an S3 prefix (`s3://bucket/prefix/`). The name's ending tells the
 * format, unless it is given. Nothing is read before somebody asks for it. Throws ConfigurationError, and RemoteError while reading.
 */
export function openManifest(
  source: string,
  { format, region }: { readonly format?: ManifestFormat | undefined; readonly region: string },
  ports: ManifestPorts,
): ManifestItems {
  const chosen = format ?? formatOf(source);
  if (chosen === 'listing') {
    const [, bucket, prefix = ''] = /^s3:\/\/([^/]+)\/?(.*)$/s.exec(source) ?? [];
    if (!bucket) throw new ConfigurationError(`"${source}" cannot be listed: it is not s3://bucket/prefix/`);
    return { unit: 'entry', chunks: listObjects({ bucket, prefix, region }, ports) };
  }
  const bytes = source.startsWith('s3://') ? readObject(source, region, ports) : ports.files.open(source);
  return openBytes(bytes, chosen);
}

/** A manifest from wherever its bytes come. */
export function openBytes(bytes: ByteStream, format: Exclude<ManifestFormat, 'listing'>): ManifestItems {
  if (format === 'json') return { unit: 'entry', chunks: readJson(bytes) };
  return { unit: 'line', chunks: format === 'csv' ? readCsv(bytes) : readNdjson(bytes) };
}

function formatOf(source: string): ManifestFormat {
  if (source.startsWith('s3://') && source.endsWith('/')) return 'listing';
  const ending = /\.([a-z]+)$/.exec(source.toLowerCase())?.[1];
  if (ending === 'csv' || ending === 'json') return ending;
  if (ending === 'ndjson' || ending === 'jsonl') return 'ndjson';
  throw new ConfigurationError({
    message: `cannot tell what kind of manifest "${source}" is`,
    remedy:
      'Its name may end in .ndjson, .jsonl, .csv, .json, or, for a listing, s3://bucket/prefix/. Or say which with format.',
  });
}

async function* readObject(
  uri: string,
  region: string,
  { aws, signal }: ManifestPorts,
): ByteStream & AsyncGenerator<Uint8Array> {
  const failure = { doing: `reading the manifest ${uri}`, operation: 'GetObject', target: uri };
  const { Body } = await callManifest(failure, async () =>
    (await aws.s3(region)).getObject(parseObjectUri(uri), signal ? { abortSignal: signal } : {}),
  );
  if (Body) yield* Body.transformToWebStream();
}
