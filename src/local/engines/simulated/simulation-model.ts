/**
 * What becomes of a simulated container. Everything is drawn from the seed, the job id and the attempt, so that the order in which
 * containers run, and which others there are, changes nothing.
 */
import { OUT_OF_MEMORY } from '../failures.ts';
import type { ContainerOutcome, ContainerRequest } from '../model.ts';

/** Log-normal: half take less than the median; about two thirds lie between the median divided and multiplied by e^spread. */
interface Durations {
  readonly medianSeconds: number;
  /** 0: always the median. 0.5 is usual for model builds. */
  readonly spread: number;
}

/** A number, or what it depends on: the memory of the tier, the size of the input that a variable names. */
type PerRequest<Value> = Value | ((request: ContainerRequest) => Value);

export interface SimulationModel {
  readonly seed: string | number;
  /** From the request to the program running: placing, pulling, starting. */
  readonly start: PerRequest<Durations>;
  /** How long the program runs when nothing goes wrong. */
  readonly duration: PerRequest<Durations>;
  /** Probabilities from 0 to 1; what is left of 1 succeeds. */
  readonly outcomes?: { readonly [Kind in FailureKind]?: PerRequest<number> };
  readonly slowStart?: { readonly probability: number; readonly seconds: number };
}

export type FailureKind =
  | 'imagePullError'
  | 'spotReclaimBeforeOutput'
  | 'spotReclaimAfterOutput'
  | 'outOfMemory'
  | 'applicationError';

export interface SimulatedFate {
  readonly kind: FailureKind | 'success';
  readonly startSeconds: number;
  /** Until the end, of whatever kind. */
  readonly runSeconds: number;
  readonly writesOutput: boolean;
  readonly outcome: ContainerOutcome;
}

const KINDS: readonly FailureKind[] = [
  'imagePullError',
  'spotReclaimBeforeOutput',
  'spotReclaimAfterOutput',
  'outOfMemory',
  'applicationError',
];

/** Throws an Error when the probabilities that are plain numbers make no sense. */
export function checkModel({ outcomes = {}, slowStart }: SimulationModel): void {
  const fixed = KINDS.map(kind => outcomes[kind]).filter(value => typeof value === 'number');
  for (const value of [...fixed, slowStart?.probability ?? 0]) {
    if (!(value >= 0 && value <= 1)) throw new Error(`a probability lies between 0 and 1, and ${value} does not`);
  }
  const sum = fixed.reduce((total, value) => total + value, 0);
  if (sum > 1 + 1e-9) throw new Error(`the probabilities of the failures add up to ${sum}, more than 1`);
}

export function drawFate(model: SimulationModel, request: ContainerRequest): SimulatedFate {
  const draw = createDraws(`${model.seed}/${request.jobId}/${request.attempt}/`);
  const kind = drawKind(model, request, draw('outcome'));
  const slow = model.slowStart && draw('slow start') < model.slowStart.probability ? model.slowStart.seconds : 0;
  const whole = drawSeconds(valueFor(model.duration, request), draw('duration 1'), draw('duration 2'));
  const cut = kind === 'success' || kind === 'spotReclaimAfterOutput' ? 1 : draw('moment');
  return {
    kind,
    startSeconds: slow + drawSeconds(valueFor(model.start, request), draw('start 1'), draw('start 2')),
    runSeconds: whole * cut,
    writesOutput: kind === 'success' || kind === 'spotReclaimAfterOutput',
    outcome: describeOutcome(kind, request, draw),
  };
}

function drawKind({ outcomes = {} }: SimulationModel, request: ContainerRequest, drawn: number): SimulatedFate['kind'] {
  let below = 0;
  for (const kind of KINDS) {
    below += valueFor(outcomes[kind] ?? 0, request);
    if (drawn < below) return kind;
  }
  return 'success';
}

function describeOutcome(
  kind: SimulatedFate['kind'],
  request: ContainerRequest,
  draw: (what: string) => number,
): ContainerOutcome {
  switch (kind) {
    case 'success':
      return { kind: 'exited', exitCode: 0 };
    case 'applicationError':
      return { kind: 'exited', exitCode: 1 };
    case 'outOfMemory':
      return { kind: 'exited', exitCode: 137, reason: OUT_OF_MEMORY };
    case 'imagePullError':
      return {
        kind: 'not-started',
        reason: `CannotPullContainerError: pull image manifest has been retried 5 time(s): failed to resolve ref ${request.image}: dial tcp: i/o timeout`,
      };
    default:
      return { kind: 'host-lost', statusReason: `Host EC2 (instance i-${instanceId(draw('instance'))}) terminated.` };
  }
}

function valueFor<Value extends number | Durations>(value: PerRequest<Value>, request: ContainerRequest): Value {
  return typeof value === 'function' ? value(request) : value;
}

/** By Box and Muller. */
function drawSeconds({ medianSeconds, spread }: Durations, first: number, second: number): number {
  const normal = Math.sqrt(-2 * Math.log(1 - first)) * Math.cos(2 * Math.PI * second);
  return medianSeconds * Math.exp(spread * normal);
}

function instanceId(drawn: number): string {
  return Math.floor(drawn * 2 ** 52)
    .toString(16)
    .padStart(17, '0');
}

/** For each word a number from 0 (included) to 1, which depends on the text and the word alone. */
export function createDraws(text: string): (what: string) => number {
  const start = absorb({ high: 0xdeadbeef, low: 0x41c6ce57 }, text);
  return what => {
    const { high, low } = absorb(start, what);
    const first = mix(high ^ (low >>> 15));
    const second = mix(low ^ (first >>> 13));
    return ((first & 0x1fffff) * 2 ** 32 + second) / 2 ** 53;
  };
}

function absorb({ high, low }: { high: number; low: number }, text: string): { high: number; low: number } {
  for (let at = 0; at < text.length; at += 1) {
    const code = text.charCodeAt(at);
    high = Math.imul(high ^ code, 0x9e3779b1);
    low = Math.imul(low ^ code, 0x5f356495);
  }
  return { high, low };
}

/** murmur3's finaliser: every bit of the input changes half of those that come out. */
function mix(value: number): number {
  let mixed = Math.imul(value ^ (value >>> 16), 0x85ebca6b);
  mixed = Math.imul(mixed ^ (mixed >>> 13), 0xc2b2ae35);
  return (mixed ^ (mixed >>> 16)) >>> 0;
}
