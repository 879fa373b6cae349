/** Runs no process at all: what becomes of each container is drawn from a seeded model, on a clock that may be virtual. */
import type { Clock } from '../../../ports.ts';
import type { ContainerListener, ContainerOutcome, ContainerRequest, ContainerRun, Engine } from '../model.ts';
import { createCapacity } from './capacity.ts';
import { createFates, type SimulatedFate } from './fate.ts';
import { SimulatedRun, type SimulatedWorld } from './simulated-run.ts';
import { checkModel, type SimulationModel } from './simulation-model.ts';
import type { Sleeper } from './sleepers.ts';
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

const NO_LINES: readonly string[] = [];

/** Throws ConfigurationError when the model makes no sense. */
export function createSimulatedEngine(options: SimulatedEngineOptions): Engine {
  const { clock, model, onOutput, logLines } = options;
  checkModel(model);
  const running = new Set<SimulatedRun>();
  let whenIdle: (() => void) | undefined;
  const world: SimulatedWorld = {
    ...timelineOf(clock),
    now: () => clock.now(),
    fates: createFates(model),
    firstLines: logLines ?? (() => NO_LINES),
    onOutput,
    forget(run) {
      running.delete(run);
      if (!running.size) whenIdle?.();
    },
  };
  const launch = (request: ContainerRequest, listener: ContainerListener): SimulatedRun => {
    const run = new SimulatedRun(world, request, listener);
    running.add(run);
    return run;
  };
  return {
    name: 'simulated',
    caveats: ['Nothing runs: durations and outcomes are drawn from a model.'],
    concurrency: options.concurrency ?? Number.MAX_SAFE_INTEGER,
    capacity: model.capacity && createCapacity(model.capacity, () => clock.now()),
    launch,
    run: request => runWith(launch, request),
    async close() {
      for (const run of running) run.stop();
      if (running.size) await new Promise<void>(resolve => (whenIdle = resolve));
    },
  };
}

function runWith(
  launch: (request: ContainerRequest, listener: ContainerListener) => SimulatedRun,
  request: ContainerRequest,
): ContainerRun {
  const { promise: started, resolve: onRunning } = Promise.withResolvers<void>();
  const { promise: ended, resolve: onOutcome } = Promise.withResolvers<ContainerOutcome>();
  const run = launch(request, { onRunning, onOutcome });
  return { started: Promise.race([started, ended.then(() => undefined)]), ended, stop: () => run.stop() };
}

function timelineOf(clock: Clock | VirtualClock): Pick<SimulatedWorld, 'add' | 'remove'> {
  if ('add' in clock) return clock;
  const sleeping = new WeakMap<Sleeper, AbortController>();
  return {
    add(milliseconds, sleeper) {
      const controller = new AbortController();
      sleeping.set(sleeper, controller);
      clock.sleep(milliseconds, controller.signal).then(
        () => sleeper.wake(),
        () => undefined,
      );
    },
    remove: sleeper => sleeping.get(sleeper)?.abort(),
  };
}
