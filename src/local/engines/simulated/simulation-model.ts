/** What a simulated world is like: how long things take, and how often they go wrong, tier by tier. */
import { ConfigurationError } from '../../../errors.ts';
import type { ContainerRequest } from '../model.ts';
import { type CapacityModel, fits } from './capacity.ts';
import { type ApplicationError, FAILURE_KINDS, type FailureKind } from './failure-kinds.ts';

export type { FailureKind } from './failure-kinds.ts';

/** Log-normal: half take less than the median; about two thirds lie between the median divided and multiplied by e^spread. */
export interface Durations {
  readonly medianSeconds: number;
  /** 0: always the median. 0.5 is usual for model builds. */
  readonly spread: number;
}

/** A value, or what it depends on: the memory of the tier, the size of the input that a variable names. */
type PerRequest<Value> = Value | ((request: ContainerRequest) => Value);

export interface Behaviour {
  /** From the request to the program running: placing, pulling, starting. */
  readonly start: PerRequest<Durations>;
  /** How long the program runs when nothing goes wrong. */
  readonly duration: PerRequest<Durations>;
  /** Probabilities from 0 to 1; what is left of 1 succeeds. */
  readonly outcomes?: { readonly [Kind in FailureKind]?: PerRequest<number> };
  /**
   * What the program needs, log-normal as well: one that has less ends out of memory, at each of its attempts. Undefined: what it
   * has is enough.
   */
  readonly memory?: PerRequest<{ readonly medianMiB: number; readonly spread: number } | undefined>;
  /** How often an hour a host of spot capacity is taken away. The others are never. */
  readonly reclaimsPerHour?: PerRequest<number>;
  readonly slowStart?: { readonly probability: number; readonly seconds: number };
  /** How programs fail that fail by themselves. Default: with exit code 1 and without a word; `USUAL_ERRORS` has more to say. */
  readonly errors?: readonly ApplicationError[];
}

export interface SimulationModel extends Behaviour {
  readonly seed: string | number;
  /**
   * What is different for some: by the name of the job queue or of the job definition, or by how it begins (`models-small*`). Where
   * several fit, the later of them wins, member by member.
   */
  readonly tiers?: Readonly<Record<string, Partial<Behaviour>>>;
  /** Without it there is as much as the compute environments allow. */
  readonly capacity?: CapacityModel;
  /** Two containers of the same text and attempt have the same fate. By default the job id, `parent:index` for a child. */
  readonly identity?: (request: ContainerRequest) => string;
}

/** Throws ConfigurationError with all the numbers that make no sense. */
export function checkModel({ tiers = {}, ...model }: SimulationModel): void {
  const problems = [
    ...checkBehaviour('', model),
    ...Object.entries(tiers).flatMap(([name, tier]) =>
      checkBehaviour(`${name}: `, { ...tier, outcomes: { ...model.outcomes, ...tier.outcomes } }),
    ),
  ];
  if (!problems.length) return;
  throw new ConfigurationError(problems.map(message => ({ message: `the simulation's model: ${message}` })));
}

function checkBehaviour(where: string, behaviour: Partial<Behaviour>): string[] {
  const { outcomes = {}, slowStart, reclaimsPerHour, start, duration, memory } = behaviour;
  const fixed = FAILURE_KINDS.map(kind => outcomes[kind]).filter(value => typeof value === 'number');
  const sum = fixed.reduce((total, value) => total + value, 0);
  const positive = [
    ['start', start],
    ['duration', duration],
    ['memory', memory],
  ] as const;
  return [
    ...[...fixed, slowStart?.probability ?? 0]
      .filter(value => !(value >= 0 && value <= 1))
      .map(value => `${where}a probability lies between 0 and 1, and ${value} does not`),
    ...(sum > 1 + 1e-9 ? [`${where}the probabilities of the failures add up to ${sum}, more than 1`] : []),
    ...(typeof reclaimsPerHour === 'number' && !(reclaimsPerHour >= 0)
      ? [`${where}reclaimsPerHour must be 0 or more, and ${reclaimsPerHour} is not`]
      : []),
    ...positive.flatMap(([name, value]) =>
      isSensible(value) ? [] : [`${where}${name} needs a median above 0 and a spread of 0 or more`],
    ),
  ];
}

function isSensible(value: unknown): boolean {
  if (typeof value !== 'object' || value === null) return true;
  return Object.values(value).every(each => typeof each === 'number' && each >= 0 && Number.isFinite(each));
}

/** Finds what holds for a container. Kept by queue and definition, since there are few of those. */
export function createBehaviourFinder(model: SimulationModel): (request: ContainerRequest) => Behaviour {
  const tiers = Object.entries(model.tiers ?? {});
  if (!tiers.length) return () => model;
  const known = new Map<string, Behaviour>();
  return ({ jobQueue = '', jobDefinition = '' }) => {
    const key = `${jobQueue} ${jobDefinition}`;
    const found = known.get(key);
    if (found) return found;
    const fitting = tiers.filter(([pattern]) => fits(pattern, jobQueue) || fits(pattern, jobDefinition));
    const behaviour = fitting.reduce<Behaviour>((sum, [, tier]) => mergeBehaviour(sum, tier), model);
    known.set(key, behaviour);
    return behaviour;
  };
}

/** A tier that speaks of one kind of failure says nothing of the others. */
function mergeBehaviour(base: Behaviour, tier: Partial<Behaviour>): Behaviour {
  return { ...base, ...tier, outcomes: { ...base.outcomes, ...tier.outcomes } };
}
