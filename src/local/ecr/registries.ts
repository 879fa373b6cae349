/** Every registry of the local ECR: repositories and, per repository, images, tags and blobs. All changes happen within one tick. */
import { randomBytes } from 'node:crypto';
import type { LocalContext, Table } from '../model.ts';
import { BlobFiles } from './blob-files.ts';
import { repositoryAlreadyExists, repositoryNotFound } from './errors.ts';
import type { Blob, Image, Registry, Repository, Upload } from './model.ts';
import { repositoryKey } from './names.ts';

export class Registries {
  readonly files: BlobFiles;
  readonly repositories: Table<Repository>;
  readonly uploads: Table<Upload>;
  readonly #context: LocalContext;

  constructor(context: LocalContext) {
    this.#context = context;
    this.files = new BlobFiles(context.store);
    this.repositories = context.store.table('ecr.repositories');
    this.uploads = context.store.table('ecr.uploads');
    this.#removeStrays();
  }

  now(): number {
    return this.#context.clock.now();
  }

  uuid(): string {
    return this.#context.uuid();
  }

  /** Grows for ever, also across restarts. */
  nextSequence(): number {
    const counters = this.settings<number>('counters');
    const next = (counters.get('push') ?? 0) + 1;
    counters.put('push', next);
    return next;
  }

  /** Seals tokens and download addresses; made once and kept. */
  secret(): string {
    const secrets = this.settings<string>('secrets');
    const known = secrets.get('seal');
    if (known) return known;
    const made = randomBytes(32).toString('base64');
    secrets.put('seal', made);
    return made;
  }

  async commit(): Promise<void> {
    await this.#context.store.commit();
  }

  /** By digest, in order of push. */
  images(repository: Repository): Table<Image> {
    return this.#context.store.table(`ecr.images/${repositoryKey(repository)}`);
  }

  /** From tag to digest. */
  tags(repository: Repository): Table<string> {
    return this.#context.store.table(`ecr.tags/${repositoryKey(repository)}`);
  }

  /** By digest. */
  blobs(repository: Repository): Table<Blob> {
    return this.#context.store.table(`ecr.blobs/${repositoryKey(repository)}`);
  }

  /** Settings of one registry: replication, policy, account settings. */
  settings<Value>(name: string): Table<Value> {
    return this.#context.store.table(`ecr.settings.${name}`);
  }

  find(name: Registry & { readonly name: string }): Repository | undefined {
    return this.repositories.get(repositoryKey(name));
  }

  /** Throws RepositoryNotFoundException. */
  get(name: Registry & { readonly name: string }): Repository {
    const repository = this.find(name);
    if (!repository) throw repositoryNotFound(name);
    return repository;
  }

  /** Sorted by name. */
  list({ account, region }: Registry): Repository[] {
    const mine = [...this.repositories.entries()].map(([, repository]) => repository);
    return mine
      .filter(repository => repository.account === account && repository.region === region)
      .sort((one, other) => (one.name < other.name ? -1 : 1));
  }

  create(repository: Repository): void {
    if (this.find(repository)) throw repositoryAlreadyExists(repository);
    this.repositories.put(repositoryKey(repository), repository);
  }

  /** Changes some members of a repository; gives the new one. */
  change(repository: Repository, changes: Partial<Repository>): Repository {
    const changed = { ...this.get(repository), ...changes };
    this.repositories.put(repositoryKey(repository), changed);
    return changed;
  }

  remove(repository: Repository): void {
    const digests = [...this.images(repository).entries(), ...this.blobs(repository).entries()].map(
      ([digest]) => digest,
    );
    this.repositories.delete(repositoryKey(repository));
    this.settings('lifecycle-preview').delete(repositoryKey(repository));
    for (const table of [this.images(repository), this.tags(repository), this.blobs(repository)]) {
      for (const [key] of table.entries()) table.delete(key);
    }
    for (const [id, upload] of this.uploads.entries()) {
      if (upload.repositoryKey === repositoryKey(repository)) this.removeUpload(id);
    }
    for (const digest of digests) this.forgetFile(digest);
  }

  removeUpload(id: string): void {
    this.uploads.delete(id);
    this.files.removePartial(id);
  }

  #removeStrays(): void {
    const known = new Set<string>();
    for (const [, repository] of this.repositories.entries()) {
      for (const [digest] of this.blobs(repository).entries()) known.add(digest);
      for (const [digest] of this.images(repository).entries()) known.add(digest);
    }
    this.files.removeStrays(
      digest => known.has(digest),
      name => this.uploads.get(name) !== undefined,
    );
  }

  /** Deletes the file of a digest that no repository holds any more. */
  forgetFile(digest: string): void {
    for (const [, repository] of this.repositories.entries()) {
      if (this.blobs(repository).get(digest) || this.images(repository).get(digest)) return;
    }
    this.files.remove(digest);
  }
}
