/** An engine whose containers do what a test says, when it says so. */
import type { ContainerOutcome, ContainerRequest, Engine } from '../../../src/local/engines/model.ts';

export class ScriptedRun {
  readonly request: ContainerRequest;
  readonly started: Promise<void>;
  readonly ended: Promise<ContainerOutcome>;
  /** Graces of the stops that were asked for. */
  readonly stops: number[] = [];
  #start: () => void = () => undefined;
  #end: (outcome: ContainerOutcome) => void = () => undefined;

  constructor(request: ContainerRequest) {
    this.request = request;
    this.started = new Promise(resolve => {
      this.#start = resolve;
    });
    this.ended = new Promise(resolve => {
      this.#end = resolve;
    });
  }

  start(): void {
    this.#start();
  }

  log(text: string, timestamp = 1): void {
    this.request.onLog(text, timestamp);
  }

  end(outcome: ContainerOutcome): void {
    this.#start();
    this.#end(outcome);
  }

  exit(exitCode: number, reason?: string): void {
    this.end({ kind: 'exited', exitCode, ...(reason ? { reason } : {}) });
  }
}

/** What a container does by itself: an outcome at once, or undefined to wait for the test. */
export type Script = (request: ContainerRequest, run: ScriptedRun) => ContainerOutcome | undefined;

export class ScriptedEngine implements Engine {
  name: Engine['name'] = 'simulated';
  readonly caveats = [];
  readonly concurrency: number;
  readonly runs: ScriptedRun[] = [];
  script: Script = () => undefined;

  constructor(concurrency = 1_000_000) {
    this.concurrency = concurrency;
  }

  run(request: ContainerRequest) {
    const run = new ScriptedRun(request);
    this.runs.push(run);
    const outcome = this.script(request, run);
    if (outcome) run.end(outcome);
    return {
      started: run.started,
      ended: run.ended,
      stop: (graceSeconds: number) => {
        run.stops.push(graceSeconds);
      },
    };
  }

  /** The run of a job or child, its latest when there are several. */
  of(jobId: string): ScriptedRun {
    const run = this.runs.findLast(each => each.request.jobId === jobId);
    if (!run) throw new Error(`${jobId} was not run`);
    return run;
  }

  reset(): void {
    this.runs.length = 0;
    this.script = () => undefined;
  }

  close(): Promise<void> {
    return Promise.resolve();
  }
}

export const succeed: Script = () => ({ kind: 'exited', exitCode: 0 });
