/** Runs no process at all: what becomes of each container is drawn from a seeded model, on a clock that may be virtual. */
import type { Clock } from '../../../ports.ts';
import { STOPPED_BEFORE_START } from '../failures.ts';
import type { ContainerOutcome, ContainerRequest, ContainerRun, Engine } from '../model.ts';
import { checkModel, drawFate, type SimulatedFate, type SimulationModel } from './simulation-model.ts';
import type { VirtualClock } from './virtual-clock.ts';

export interface SimulatedEngineOptions {
  readonly clock: Clock | VirtualClock;
  readonly model: SimulationModel;
  /** Called when a container has done its work, to write what a real one would: also before a reclaim that comes after output. */
  readonly onOutput?: ((request: ContainerRequest) => void | Promise<void>) | undefined;
  /** The lines that a container logs when it starts; none by default. */
  readonly logLines?: ((request: ContainerRequest, fate: SimulatedFate) => readonly string[]) | undefined;
  /** As many as the compute environments allow, by default. */
  readonly concurrency?: number | undefined;
}

/** Throws an Error when the model makes no sense. */
export function createSimulatedEngine(options: SimulatedEngineOptions): Engine {
  checkModel(options.model);
  const running = new Set<ContainerRun>();
  return {
    name: 'simulated',
    caveats: ['Nothing runs: durations and outcomes are drawn from a model.'],
    concurrency: options.concurrency ?? Number.MAX_SAFE_INTEGER,
    run(request) {
      const stop: Stop = { requested: false, act: undefined };
      const { promise: started, resolve: markStarted } = Promise.withResolvers<void>();
      const ended = simulate(options, request, stop, markStarted).then(outcome => {
        running.delete(run);
        return outcome;
      });
      const run: ContainerRun = {
        started,
        ended,
        stop() {
          stop.requested = true;
          stop.act?.();
        },
      };
      running.add(run);
      return run;
    },
    async close() {
      for (const run of running) run.stop(0);
      await Promise.all([...running].map(run => run.ended));
    },
  };
}

/** An AbortSignal would do, but a million of them take as long as all the rest. */
interface Stop {
  requested: boolean;
  act: (() => void) | undefined;
}

async function simulate(
  { clock, model, onOutput, logLines }: SimulatedEngineOptions,
  request: ContainerRequest,
  stop: Stop,
  markStarted: () => void,
): Promise<ContainerOutcome> {
  const fate = drawFate(model, request);
  const placed = await pause(clock, fate.startSeconds, stop);
  markStarted();
  if (!placed) return STOPPED_BEFORE_START;
  if (fate.outcome.kind === 'not-started') return fate.outcome;
  for (const line of logLines?.(request, fate) ?? []) request.onLog(line, clock.now());
  // A program that heeds SIGTERM.
  if (!(await pause(clock, fate.runSeconds, stop))) return { kind: 'exited', exitCode: 143 };
  if (fate.writesOutput) await onOutput?.(request);
  return fate.outcome;
}

/** False when stopped. Whole milliseconds, as everybody of one moment is woken together. */
function pause(clock: Clock | VirtualClock, seconds: number, stop: Stop): Promise<boolean> {
  if (stop.requested) return Promise.resolve(false);
  const milliseconds = Math.round(seconds * 1000);
  return new Promise(resolve => {
    const callOff = schedule(clock, milliseconds, () => resolve(true));
    stop.act = () => {
      callOff();
      resolve(false);
    };
  });
}

function schedule(clock: Clock | VirtualClock, milliseconds: number, wake: () => void): () => void {
  if ('schedule' in clock) return clock.schedule(milliseconds, wake);
  const controller = new AbortController();
  clock.sleep(milliseconds, controller.signal).then(wake, () => {});
  return () => controller.abort();
}
