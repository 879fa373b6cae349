/** Buckets, objects and uploads: rows in the store, with the keys of each bucket in order for listing. */
import type { LocalContext, Table } from '../model.ts';
import { errors } from './errors.ts';
import { KeyIndex } from './key-index.ts';
import type { Bucket, Part, S3Call, StoredObject, Upload } from './model.ts';
import { ObjectFiles } from './object-files.ts';

export class ObjectStore {
  readonly files: ObjectFiles;
  readonly now: () => number;
  readonly uuid: () => string;
  readonly commit: () => Promise<void>;
  readonly #buckets: Table<Bucket>;
  readonly #objects: Table<StoredObject>;
  readonly #uploads: Table<Upload>;
  readonly #parts: Table<Part>;
  readonly #keys = new Map<string, KeyIndex>();
  /** The parts of each open upload, by number. */
  readonly #partsOf = new Map<string, Map<number, Part>>();
  /** Files left over from a process that was killed are being removed. */
  readonly swept: Promise<void>;

  constructor(context: LocalContext) {
    const { store, clock } = context;
    this.files = new ObjectFiles(context);
    this.now = () => clock.now();
    this.uuid = context.uuid;
    this.commit = () => store.commit();
    this.#buckets = store.table('s3.buckets');
    this.#objects = store.table('s3.objects');
    this.#uploads = store.table('s3.uploads');
    this.#parts = store.table('s3.parts');
    this.swept = this.#readBack();
  }

  /** Throws NoSuchBucket, AccessDenied for another account's, PermanentRedirect for another region's. */
  requireBucket(call: S3Call): Bucket {
    const { bucket: name, account, region, request } = call;
    const bucket = this.#buckets.get(name);
    if (!bucket) throw errors.noSuchBucket(name);
    const expected = request.headers['x-amz-expected-bucket-owner'];
    if (bucket.owner !== account || (expected !== undefined && expected !== bucket.owner)) throw errors.accessDenied();
    if (bucket.region !== region && !isSignedWithoutRegion(call)) throw errors.wrongRegion(name, bucket.region);
    return bucket;
  }

  bucket(name: string): Bucket | undefined {
    return this.#buckets.get(name);
  }

  /** By name. */
  buckets(owner: string): Bucket[] {
    const all = [...this.#buckets.entries()].map(([, bucket]) => bucket);
    return all.filter(bucket => bucket.owner === owner).sort((a, b) => (a.name < b.name ? -1 : 1));
  }

  putBucket(bucket: Bucket): void {
    this.#buckets.put(bucket.name, bucket);
  }

  async deleteBucket(name: string): Promise<void> {
    for (const upload of this.uploads(name)) await this.deleteUpload(upload);
    this.#keys.delete(name);
    this.#buckets.delete(name);
  }

  keys(bucket: string): KeyIndex {
    let keys = this.#keys.get(bucket);
    if (!keys) {
      keys = new KeyIndex();
      this.#keys.set(bucket, keys);
    }
    return keys;
  }

  object(bucket: string, key: string): StoredObject | undefined {
    return this.#objects.get(`${bucket}/${key}`);
  }

  /** Gives what has to be removed from the disk after the commit. */
  putObject(bucket: string, key: string, object: StoredObject): StoredObject | undefined {
    const replaced = this.object(bucket, key);
    this.#objects.put(`${bucket}/${key}`, object);
    this.keys(bucket).add(key);
    return replaced;
  }

  deleteObject(bucket: string, key: string): StoredObject | undefined {
    const deleted = this.object(bucket, key);
    if (!deleted) return undefined;
    this.#objects.delete(`${bucket}/${key}`);
    this.keys(bucket).delete(key);
    return deleted;
  }

  /** Commits, then removes the files of what is no more. */
  async settle(gone: readonly (StoredObject | undefined)[]): Promise<void> {
    await this.commit();
    for (const object of gone) if (object) await this.files.remove(object.pieces);
  }

  /** By key, then by start. */
  uploads(bucket: string): Upload[] {
    const all = [...this.#uploads.entries()].map(([, upload]) => upload);
    const ofBucket = all.filter(upload => upload.bucket === bucket);
    return ofBucket.sort((a, b) => (a.key === b.key ? a.initiated - b.initiated : a.key < b.key ? -1 : 1));
  }

  putUpload(upload: Upload): void {
    this.#uploads.put(upload.id, upload);
    this.#partsOf.set(upload.id, new Map());
  }

  /** Throws NoSuchUpload. */
  requireUpload({ bucket, key, query }: S3Call): Upload {
    const id = query.get('uploadId') ?? '';
    const upload = this.#uploads.get(id);
    if (!upload || upload.bucket !== bucket || upload.key !== key) throw errors.noSuchUpload(id);
    return upload;
  }

  part(upload: Upload, number: number): Part | undefined {
    return this.#partsOf.get(upload.id)?.get(number);
  }

  /** By number. */
  parts(upload: Upload): Part[] {
    return [...(this.#partsOf.get(upload.id)?.values() ?? [])].sort((a, b) => a.number - b.number);
  }

  putPart(upload: Upload, part: Part): void {
    this.#parts.put(`${upload.id}/${part.number}`, part);
    this.#partsOf.get(upload.id)?.set(part.number, part);
  }

  /** Forgets the upload; `kept` are the parts whose files live on in an object. Commits. */
  async deleteUpload(upload: Upload, kept: readonly Part[] = []): Promise<void> {
    const parts = this.parts(upload);
    for (const { number } of parts) this.#parts.delete(`${upload.id}/${number}`);
    this.#uploads.delete(upload.id);
    this.#partsOf.delete(upload.id);
    await this.commit();
    const files = new Set(kept.map(({ file }) => file));
    await this.files.remove(parts.filter(({ file }) => !files.has(file)));
  }

  #readBack(): Promise<void> {
    const referenced = new Set<string>();
    for (const [path, { pieces }] of this.#objects.entries()) {
      const slash = path.indexOf('/');
      this.keys(path.slice(0, slash)).add(path.slice(slash + 1));
      for (const { file } of pieces) referenced.add(file);
    }
    for (const [id] of this.#uploads.entries()) this.#partsOf.set(id, new Map());
    for (const [path, part] of this.#parts.entries()) {
      this.#partsOf.get(path.slice(0, path.indexOf('/')))?.set(part.number, part);
      referenced.add(part.file);
    }
    return this.files.remove(this.files.orphans(file => referenced.has(file)));
  }
}

/** Signature version 2, which `aws s3 presign` still makes for buckets outside us-east-1 when no other is configured. */
function isSignedWithoutRegion({ request, query }: S3Call): boolean {
  return query.has('AWSAccessKeyId') || (request.headers.authorization ?? '').startsWith('AWS ');
}
