/** One simulated container: it starts, runs and ends on the clock. A million may be at it at once, so it is one lean object. */
import { STOPPED_BEFORE_START } from '../failures.ts';
import type { ContainerListener, ContainerOutcome, ContainerRequest } from '../model.ts';
import type { Fates, SimulatedFate } from './fate.ts';
import type { Sleeper } from './sleepers.ts';

/** What all runs of an engine share. */
export interface SimulatedWorld {
  readonly now: () => number;
  add(milliseconds: number, sleeper: Sleeper): void;
  remove(sleeper: Sleeper): void;
  readonly fates: Fates;
  readonly firstLines: (request: ContainerRequest, fate: SimulatedFate) => readonly string[];
  readonly onOutput: ((request: ContainerRequest) => void | Promise<void>) | undefined;
  readonly forget: (run: SimulatedRun) => void;
}

type Phase = 'starting' | 'running' | 'writing' | 'over';

export class SimulatedRun implements Sleeper {
  off = false;
  readonly #world: SimulatedWorld;
  readonly #request: ContainerRequest;
  readonly #listener: ContainerListener;
  #phase: Phase = 'starting';
  /** Drawn when it starts. */
  #fate: SimulatedFate | undefined;

  constructor(world: SimulatedWorld, request: ContainerRequest, listener: ContainerListener) {
    this.#world = world;
    this.#request = request;
    this.#listener = listener;
    this.#sleep(world.fates.startSecondsOf(request));
  }

  wake(): void {
    if (this.#fate) {
      this.#finish(this.#fate);
      return;
    }
    this.#fate = this.#world.fates.of(this.#request);
    if (this.#fate.runs) this.#start(this.#fate);
    else this.#end(this.#fate.outcome);
  }

  /** A program that heeds SIGTERM. One that is writing its output is too late to stop. */
  stop(): void {
    if (this.#phase === 'over' || this.#phase === 'writing') return;
    const outcome = this.#phase === 'starting' ? STOPPED_BEFORE_START : ({ kind: 'exited', exitCode: 143 } as const);
    this.#phase = 'over';
    this.#world.remove(this);
    // Who asked has its say first.
    queueMicrotask(() => this.#end(outcome));
  }

  #start(fate: SimulatedFate): void {
    this.#phase = 'running';
    this.#sleep(fate.runSeconds);
    this.#listener.onRunning();
    this.#log(this.#world.firstLines(this.#request, fate));
  }

  #finish(fate: SimulatedFate): void {
    this.#log(fate.lastLines);
    this.#phase = 'writing';
    const writing = fate.writesOutput ? this.#world.onOutput?.(this.#request) : undefined;
    if (!writing) this.#end(fate.outcome);
    else
      writing.then(
        () => this.#end(fate.outcome),
        error => this.#failToWrite(error),
      );
  }

  /** A program that cannot write its output says so and ends with 1. */
  #failToWrite(error: unknown): void {
    this.#log([String(error)]);
    this.#end({ kind: 'exited', exitCode: 1 });
  }

  #end(outcome: ContainerOutcome): void {
    this.#phase = 'over';
    this.#world.forget(this);
    this.#listener.onOutcome(outcome);
  }

  /** Whole milliseconds, as everybody of one moment is woken together. */
  #sleep(seconds: number): void {
    this.#world.add(Math.round(seconds * 1000), this);
  }

  #log(lines: readonly string[]): void {
    if (!lines.length) return;
    const { onLog } = this.#request;
    for (const line of lines) onLog(line, this.#world.now());
  }
}
