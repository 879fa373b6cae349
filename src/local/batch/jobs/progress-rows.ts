/** The progress of all jobs of one account and region: as rows of the store under `<job id>` and `<parent>:<index>`, and by index. */
import type { Rows } from '../../model.ts';
import type { Progress } from '../records.ts';
import { ChildRows, createVocabulary } from './child-rows.ts';

/** Stands for the job itself where an index is asked for. */
export const WHOLE = -1;

export class ProgressRows implements Rows<Progress> {
  readonly #words = createVocabulary();
  readonly #jobs = new Map<string, Progress>();
  readonly #children = new Map<string, ChildRows>();

  get size(): number {
    let size = this.#jobs.size;
    for (const children of this.#children.values()) size += children.count;
    return size;
  }

  get(key: string): Progress | undefined {
    const [jobId, index] = partsOf(key);
    return index === WHOLE ? this.#jobs.get(jobId) : this.#children.get(jobId)?.get(index);
  }

  set(key: string, progress: Progress): void {
    const [jobId, index] = partsOf(key);
    if (index === WHOLE) this.#jobs.set(jobId, progress);
    else this.childrenOf(jobId).put(index, progress);
  }

  delete(key: string): boolean {
    const [jobId, index] = partsOf(key);
    if (index === WHOLE) return this.#jobs.delete(jobId);
    const children = this.#children.get(jobId);
    const existed = children?.delete(index) ?? false;
    if (children?.count === 0) this.#children.delete(jobId);
    return existed;
  }

  *entries(): IterableIterator<[string, Progress]> {
    yield* this.#jobs.entries();
    for (const [jobId, children] of this.#children) {
      for (const [index, progress] of children.entries()) yield [`${jobId}:${index}`, progress];
    }
  }

  childrenOf(jobId: string): ChildRows {
    const known = this.#children.get(jobId);
    if (known) return known;
    const children = new ChildRows(this.#words);
    this.#children.set(jobId, children);
    return children;
  }
}

function partsOf(key: string): [jobId: string, index: number] {
  const colon = key.indexOf(':');
  return colon < 0 ? [key, WHOLE] : [key.slice(0, colon), Number(key.slice(colon + 1))];
}
