/** `batchwright local --engine simulated`: a local AWS on virtual time for clients in other processes. */
import { systemClock } from '../adapters/clock.ts';
import { findSchemaProblems } from '../config/schema-problems.ts';
import { readYaml } from '../config/yaml-source.ts';
import { ConfigurationError } from '../errors.ts';
import { createJobIds } from '../local/engines/simulated/job-ids.ts';
import { keepTime } from '../local/engines/simulated/kept-time.ts';
import { type ModelFile, modelSchema } from '../local/engines/simulated/model-schema.ts';
import { paceClock } from '../local/engines/simulated/pace.ts';
import { createSimulatedEngine } from '../local/engines/simulated/simulated-engine.ts';
import type { SimulationModel } from '../local/engines/simulated/simulation-model.ts';
import { CALM_MODEL } from '../local/engines/simulated/start-day.ts';
import { createVirtualClock } from '../local/engines/simulated/virtual-clock.ts';
import type { LocalAwsOptions } from '../local/server.ts';
import type { FilesPort } from '../ports.ts';

export interface Simulation {
  readonly options: Pick<LocalAwsOptions, 'engine' | 'clock' | 'batch'>;
  /** One plain sentence for the user. */
  readonly explanation: string;
  /** Lets time pass; gives a function that stops it. */
  begin(): () => void;
}

/** Throws ConfigurationError when the file is not a model. */
export async function openSimulation(
  {
    model: path,
    seed,
    speed = 60,
  }: { model?: string | undefined; seed?: string | undefined; speed?: number | undefined },
  files: Pick<FilesPort, 'readText'>,
): Promise<Simulation> {
  const given = path ? readModel(path, await files.readText(path)) : {};
  const model: SimulationModel = { ...CALM_MODEL, ...given, seed: seed ?? given.seed ?? 1 };
  const timeline = createVirtualClock({ startAt: systemClock.now() });
  const engine = createSimulatedEngine({ clock: timeline, model });
  return {
    options: {
      async engine({ store }) {
        await keepTime(timeline, store);
        return engine;
      },
      clock: timeline,
      batch: { jobId: createJobIds(model.seed) },
    },
    explanation: `Nothing runs: what becomes of jobs is drawn from the seed "${model.seed}". ${describeSpeed(speed)}`,
    begin: () => (speed === 0 ? () => undefined : paceClock(timeline, speed, systemClock)),
  };
}

function describeSpeed(speed: number): string {
  if (speed === 0) return 'Time stands still but for POST /_batchwright/clock {"advanceSeconds": 60}.';
  if (speed === Number.POSITIVE_INFINITY) return 'Whatever is due happens at once.';
  return `A second is ${speed} of theirs; POST /_batchwright/clock {"advanceSeconds": 60} lets more pass.`;
}

/** Only what the file says: `exactOptionalPropertyTypes` tells an absent member from one that is undefined, and so does a spread. */
export function readModel(path: string, text: string): Partial<SimulationModel> {
  const source = readYaml(path, text);
  const problems = source.problems.length ? source.problems : findSchemaProblems(modelSchema, source.content, source);
  if (problems.length) throw new ConfigurationError(problems);
  const model: ModelFile = modelSchema.parse(source.content);
  // The schema's optional members may be undefined in its type alone: what was not in the file is absent.
  return model as Partial<SimulationModel>;
}
