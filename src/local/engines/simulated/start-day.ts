/**
 * A local AWS on virtual time, in this process: its clients speak to it over HTTP as to any other, and sleep on the clock that they
 * are given with it. Nobody waits in earnest, so that a day of tens of thousands of jobs passes in seconds; the same seed and the
 * same calls give each child the same outcome, whatever the machine's speed and however often somebody looks.
 */
import type { Clock } from '../../../ports.ts';
import type { BatchSettings } from '../../batch/settings.ts';
import { createQueues, type GivenQueue } from '../../queues.ts';
import { type LocalAws, startLocalAws } from '../../server.ts';
import type { ContainerRequest } from '../model.ts';
import { watchActivity } from './activity.ts';
import { USUAL_ERRORS } from './failure-kinds.ts';
import { createJobIds } from './job-ids.ts';
import { keepTime } from './kept-time.ts';
import { createSelfAdvancingClock } from './self-advancing-clock.ts';
import { createSimulatedEngine, type SimulatedEngineOptions } from './simulated-engine.ts';
import type { SimulationModel } from './simulation-model.ts';
import { createVirtualClock, type VirtualClock } from './virtual-clock.ts';

export interface SimulatedDayOptions extends Pick<SimulatedEngineOptions, 'onOutput' | 'logLines'> {
  readonly seed: string | number;
  /** What is not given is `CALM_MODEL`: nothing fails. */
  readonly model?: Partial<Omit<SimulationModel, 'seed'>> | undefined;
  readonly queues: readonly GivenQueue[];
  readonly account?: string | undefined;
  /** Each has all the queues. Default `eu-west-1`. */
  readonly regions?: readonly string[] | undefined;
  /** Milliseconds since the epoch. Default 1 January 2026. */
  readonly startAt?: number | undefined;
  /** How long each call takes, on the virtual clock. Default 20. */
  readonly answerMilliseconds?: number | undefined;
  /** Holds callers to the rates of AWS, on the virtual clock. Default true. */
  readonly rates?: boolean | undefined;
  readonly batch?: Omit<BatchSettings, 'jobId'> | undefined;
  readonly stateFolder?: string | undefined;
  readonly port?: number | undefined;
  readonly onInternalError?: ((error: unknown) => void) | undefined;
}

export interface SimulatedDay {
  /** `local.stop()` ends the day. */
  readonly local: LocalAws;
  /** For the clients: sleeping on it makes time pass. */
  readonly clock: Clock;
  /** The simulated world's: it can be advanced by hand, and sleeping on it makes no time pass. */
  readonly timeline: VirtualClock;
}

/** Everything succeeds: half of the children start within a minute and then run for three. */
export const CALM_MODEL: Omit<SimulationModel, 'seed'> = {
  start: { medianSeconds: 60, spread: 0.3 },
  duration: { medianSeconds: 180, spread: 0.4 },
  errors: USUAL_ERRORS,
};

/** Throws an Error when the model makes no sense, ConfigurationError as `startLocalAws` does. */
export async function startSimulatedDay(options: SimulatedDayOptions): Promise<SimulatedDay> {
  const { seed, logLines, answerMilliseconds = 20, onInternalError } = options;
  const timeline = createVirtualClock({ startAt: options.startAt });
  const model: SimulationModel = { ...CALM_MODEL, ...options.model, seed };
  const outputs = countUnfinished(options.onOutput);
  const engine = createSimulatedEngine({ clock: timeline, model, onOutput: outputs.onOutput, logLines });
  const activity = watchActivity();
  const clock = createSelfAdvancingClock({
    ...{ timeline, quiet: activity.quiet, onError: onInternalError },
    isWorking: () => outputs.unfinished > 0,
  });
  let isOpen = false;
  let local: LocalAws | undefined;
  try {
    local = await startLocalAws({
      ...options,
      async engine({ store }) {
        await keepTime(timeline, store);
        return engine;
      },
      clock: timeline,
      rates: options.rates ?? true,
      batch: { ...options.batch, jobId: createJobIds(seed) },
      async holdUp(delayMilliseconds, request) {
        const milliseconds = delayMilliseconds + (isOpen ? answerMilliseconds : 0);
        if (milliseconds > 0) await activity.holdUp(request, clock.sleep(milliseconds));
      },
    });
    await createQueues(local, options);
  } catch (error) {
    activity.close();
    await local?.stop();
    throw error;
  }
  isOpen = true;
  const { stop } = local;
  return { local: { ...local, stop: () => stop().finally(activity.close) }, clock, timeline };
}

/** Time must not run on while an output is being written. */
function countUnfinished(onOutput: SimulatedEngineOptions['onOutput']) {
  const counted = {
    unfinished: 0,
    onOutput:
      onOutput &&
      ((request: ContainerRequest): void | Promise<void> => {
        const writing = onOutput(request);
        if (!writing) return;
        counted.unfinished += 1;
        return writing.finally(() => {
          counted.unfinished -= 1;
        });
      }),
  };
  return counted;
}
