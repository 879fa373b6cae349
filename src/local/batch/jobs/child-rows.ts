/**
 * How far the children of one array job have come, in columns: about twenty bytes for a child that goes the usual way (placed, run,
 * ended, one attempt). Whatever else happens to a child is kept as it is.
 */
import type { Attempt, JobState, Progress } from '../records.ts';

/** Texts that many children share, as small numbers; one list for all arrays of an account and region. */
export class Words {
  readonly #numbers = new Map<string, number>();
  readonly #texts: string[] = [];
  readonly #most: number;

  constructor(most: number) {
    this.#most = most;
  }

  /** undefined when there is no room for another. */
  numberOf(text: string): number | undefined {
    const known = this.#numbers.get(text);
    if (known !== undefined || this.#texts.length >= this.#most) return known;
    this.#numbers.set(text, this.#texts.length);
    return this.#texts.push(text) - 1;
  }

  textOf(number: number | undefined): string {
    return this.#texts[number ?? -1] ?? '';
  }
}

export interface Vocabulary {
  readonly environments: Words;
  readonly statusReasons: Words;
}

export function createVocabulary(): Vocabulary {
  return { environments: new Words(0xff), statusReasons: new Words(0xffff) };
}

const NONE = 0;
const ODD = 255;
const USUAL = ['', 'RUNNABLE', 'STARTING', 'RUNNING', 'SUCCEEDED', 'FAILED'] as const;
type Usual = Exclude<(typeof USUAL)[number], ''>;
const CODES: { readonly [State in JobState]?: number } = {
  RUNNABLE: 1,
  STARTING: 2,
  RUNNING: 3,
  SUCCEEDED: 4,
  FAILED: 5,
};
const ENDED = 4;
const EXIT_CODES = { least: -32_768, most: 32_767 };

export class ChildRows {
  readonly #words: Vocabulary;
  readonly #odd = new Map<number, Progress>();
  #count = 0;
  #codes = new Uint8Array(0);
  #environments = new Uint8Array(0);
  #statusReasons = new Uint16Array(0);
  #exitCodes = new Int16Array(0);
  #startedAt = new Float64Array(0);
  #stoppedAt = new Float64Array(0);

  constructor(words: Vocabulary) {
    this.#words = words;
  }

  /** How many children have a row. */
  get count(): number {
    return this.#count;
  }

  has(index: number): boolean {
    return (this.#codes[index] ?? NONE) !== NONE;
  }

  get(index: number): Progress | undefined {
    const code = this.#codes[index] ?? NONE;
    if (code === ODD) return this.#odd.get(index);
    // Any other code but NONE has been put there by `put`.
    return code === NONE ? undefined : this.#describe(index, USUAL[code] as Usual);
  }

  /** The attempts that have ended, without the rest. */
  attempts(index: number): readonly Attempt[] | undefined {
    const code = this.#codes[index] ?? NONE;
    return code < ENDED ? undefined : this.get(index)?.attempts;
  }

  put(index: number, progress: Progress): void {
    if (index >= this.#codes.length) this.#grow(index + 1);
    const before = this.#codes[index];
    if (before === ODD) this.#odd.delete(index);
    else if (before === NONE) this.#count += 1;
    if (this.#putUsual(index, progress)) return;
    this.#codes[index] = ODD;
    this.#odd.set(index, progress);
  }

  delete(index: number): boolean {
    if (!this.has(index)) return false;
    this.#odd.delete(index);
    this.#codes[index] = NONE;
    this.#count -= 1;
    return true;
  }

  *entries(): IterableIterator<[number, Progress]> {
    for (let index = 0; index < this.#codes.length; index++) {
      const progress = this.get(index);
      if (progress) yield [index, progress];
    }
  }

  #describe(index: number, status: Usual): Progress {
    if (status === 'RUNNABLE') return { status };
    const environment = this.#words.environments.textOf(this.#environments[index]);
    if (status === 'STARTING') return { status, environment };
    const startedAt = this.#startedAt[index];
    if (status === 'RUNNING') return { status, environment, startedAt };
    const statusReason = this.#words.statusReasons.textOf(this.#statusReasons[index]);
    const stoppedAt = this.#stoppedAt[index] ?? 0;
    const attempt = { environment, startedAt, stoppedAt, statusReason, exitCode: this.#exitCodes[index] };
    return { status, statusReason, startedAt, stoppedAt, attempts: [attempt] };
  }

  /** False when the columns cannot hold it. */
  #putUsual(index: number, progress: Progress): boolean {
    const { status, environment, startedAt, attempts, isCancelled, isTerminated, rest } = progress;
    const code = CODES[status];
    if (code === undefined || isCancelled !== undefined || isTerminated !== undefined || rest) return false;
    if (code >= ENDED) return environment === undefined && this.#putEnded(index, code, progress);
    if (attempts || progress.statusReason !== undefined || progress.stoppedAt !== undefined) return false;
    if ((status === 'RUNNING') !== (startedAt !== undefined)) return false;
    if ((status === 'RUNNABLE') !== (environment === undefined)) return false;
    if (environment !== undefined && !this.#putEnvironment(index, environment)) return false;
    if (startedAt !== undefined) this.#startedAt[index] = startedAt;
    this.#codes[index] = code;
    return true;
  }

  #putEnded(index: number, code: number, { statusReason, startedAt, stoppedAt, attempts }: Progress): boolean {
    const [only] = attempts ?? [];
    if (!only || attempts?.length !== 1 || !isPlain(only)) return false;
    if (statusReason === undefined || startedAt === undefined) return false;
    if (only.statusReason !== statusReason || only.startedAt !== startedAt || only.stoppedAt !== stoppedAt)
      return false;
    const reason = this.#words.statusReasons.numberOf(statusReason);
    if (reason === undefined || !this.#putEnvironment(index, only.environment)) return false;
    this.#statusReasons[index] = reason;
    this.#exitCodes[index] = only.exitCode;
    this.#startedAt[index] = startedAt;
    this.#stoppedAt[index] = stoppedAt;
    this.#codes[index] = code;
    return true;
  }

  #putEnvironment(index: number, environment: string): boolean {
    const number = this.#words.environments.numberOf(environment);
    if (number === undefined) return false;
    this.#environments[index] = number;
    return true;
  }

  /** Arrays have their children in the order of their indexes, so doubling is seldom needed more than a few times. */
  #grow(least: number): void {
    const size = Math.max(least, 2 * this.#codes.length, 64);
    this.#codes = enlarged(this.#codes, new Uint8Array(size));
    this.#environments = enlarged(this.#environments, new Uint8Array(size));
    this.#statusReasons = enlarged(this.#statusReasons, new Uint16Array(size));
    this.#exitCodes = enlarged(this.#exitCodes, new Int16Array(size));
    this.#startedAt = enlarged(this.#startedAt, new Float64Array(size));
    this.#stoppedAt = enlarged(this.#stoppedAt, new Float64Array(size));
  }
}

/** It exited by itself, with nothing that the columns have no room for. */
function isPlain(attempt: Attempt): attempt is Attempt & { readonly exitCode: number } {
  const { exitCode, reason, containers } = attempt;
  if (exitCode === undefined || reason !== undefined || containers) return false;
  return exitCode >= EXIT_CODES.least && exitCode <= EXIT_CODES.most;
}

function enlarged<Column extends { set(from: Column): void }>(from: Column, to: Column): Column {
  to.set(from);
  return to;
}
