/**
 * What becomes of a simulated container. Everything is drawn from the seed, the job id and the attempt, so that the order in which
 * containers run, and which others there are, changes nothing.
 */
import type { ContainerOutcome, ContainerRequest } from '../model.ts';
import { createDraws, type Draws, drawLogNormal, drawSecondsUntil } from './draws.ts';
import {
  type ApplicationError,
  chooseError,
  describeOutcome,
  FAILURE_KINDS,
  type FateKind,
  lastLines,
  NEVER_RUN,
  WITH_OUTPUT,
} from './failure-kinds.ts';
import { type Behaviour, createBehaviourFinder, type Durations, type SimulationModel } from './simulation-model.ts';

export interface SimulatedFate {
  readonly kind: FateKind;
  /** Until it runs, or until it is certain that it never will. */
  readonly startSeconds: number;
  /** False: it ends after `startSeconds`. */
  readonly runs: boolean;
  /** Until the end, of whatever kind. */
  readonly runSeconds: number;
  readonly writesOutput: boolean;
  /** What its program says last, when it fails by itself. */
  readonly lastLines: readonly string[];
  readonly outcome: ContainerOutcome;
}

export interface Fates {
  of(request: ContainerRequest): SimulatedFate;
  /** The `startSeconds` of the fate, for less. */
  startSecondsOf(request: ContainerRequest): number;
}

/** The output is written in the last part of a program's time; a reclaim in that part comes after it. */
const LAST_PART = 0.02;
const HANGING_SECONDS = 30 * 24 * 3600;
const SILENT: readonly ApplicationError[] = [{ exitCode: 1, lines: [] }];

export function createFates(model: SimulationModel): Fates {
  const behaviourOf = createBehaviourFinder(model);
  const identityOf = model.identity ?? (({ jobId }: ContainerRequest) => jobId);
  const drawsOf = (request: ContainerRequest): Draws =>
    createDraws(`${model.seed}/${identityOf(request)}/${request.attempt}/`);
  return {
    startSecondsOf(request) {
      const behaviour = behaviourOf(request);
      const draw = drawsOf(request);
      return Math.min(drawStart(behaviour, request, draw), drawReclaim(behaviour, request, draw));
    },
    of(request) {
      const behaviour = behaviourOf(request);
      // Of the container, not of one attempt: what was too little is too little again.
      const needs = () => createDraws(`${model.seed}/${identityOf(request)}/`);
      return drawFate(behaviour, request, drawsOf(request), needs);
    },
  };
}

function drawFate(behaviour: Behaviour, request: ContainerRequest, draw: Draws, needs: () => Draws): SimulatedFate {
  const reclaimed = drawReclaim(behaviour, request, draw);
  const start = drawStart(behaviour, request, draw);
  if (reclaimed < start) return describeFate('spotReclaimBeforeStart', reclaimed, 0, request, behaviour, draw);
  const kind = drawKind(behaviour, request, draw, needs);
  const run = drawRun(kind, behaviour, request, draw);
  if (NEVER_RUN.has(kind) || start + run <= reclaimed) return describeFate(kind, start, run, request, behaviour, draw);
  const late = WITH_OUTPUT.has(kind) && reclaimed - start >= run * (1 - LAST_PART);
  const reclaim = late ? 'spotReclaimAfterOutput' : 'spotReclaimBeforeOutput';
  return describeFate(reclaim, start, reclaimed - start, request, behaviour, draw);
}

function describeFate(
  kind: FateKind,
  startSeconds: number,
  runSeconds: number,
  request: ContainerRequest,
  { errors = SILENT }: Behaviour,
  draw: Draws,
): SimulatedFate {
  const error: ApplicationError | undefined =
    kind === 'applicationError' ? chooseError(errors, draw('error')) : undefined;
  return {
    kind,
    startSeconds,
    runs: !NEVER_RUN.has(kind),
    runSeconds,
    writesOutput: WITH_OUTPUT.has(kind),
    lastLines: lastLines(kind, error, draw),
    outcome: describeOutcome(kind, request, error, draw),
  };
}

function drawKind(
  { outcomes = {}, memory }: Behaviour,
  request: ContainerRequest,
  draw: Draws,
  needs: () => Draws,
): FateKind {
  const drawn = draw('outcome');
  let below = 0;
  for (const kind of FAILURE_KINDS) {
    const chance = outcomes[kind];
    if (chance === undefined) continue;
    below += typeof chance === 'function' ? chance(request) : chance;
    if (drawn < below) return kind;
  }
  const needed = typeof memory === 'function' ? memory(request) : memory;
  if (!needed) return 'success';
  const need = needs();
  const mebibytes = drawLogNormal(needed.medianMiB, needed.spread, need('memory 1'), need('memory 2'));
  return mebibytes > request.memoryMiB ? 'outOfMemory' : 'success';
}

function drawStart({ start, slowStart }: Behaviour, request: ContainerRequest, draw: Draws): number {
  const slow = slowStart && draw('slow start') < slowStart.probability ? slowStart.seconds : 0;
  return slow + drawSeconds(start, request, draw, 'start');
}

/** What fails does so on its way, but what has written its output was at its end. */
function drawRun(kind: FateKind, { duration }: Behaviour, request: ContainerRequest, draw: Draws): number {
  if (kind === 'hang') return HANGING_SECONDS;
  const whole = drawSeconds(duration, request, draw, 'duration');
  return WITH_OUTPUT.has(kind) ? whole : whole * draw('moment');
}

/** Seconds from the placing on. */
function drawReclaim({ reclaimsPerHour }: Behaviour, request: ContainerRequest, draw: Draws): number {
  if (reclaimsPerHour === undefined || !request.capacity?.endsWith('SPOT')) return Number.POSITIVE_INFINITY;
  const perHour = typeof reclaimsPerHour === 'function' ? reclaimsPerHour(request) : reclaimsPerHour;
  return drawSecondsUntil(perHour, draw('reclaim'));
}

function drawSeconds(
  durations: Durations | ((request: ContainerRequest) => Durations),
  request: ContainerRequest,
  draw: Draws,
  what: 'start' | 'duration',
): number {
  const { medianSeconds, spread } = typeof durations === 'function' ? durations(request) : durations;
  return drawLogNormal(medianSeconds, spread, draw(`${what} 1`), draw(`${what} 2`));
}
