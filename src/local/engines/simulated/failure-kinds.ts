/**
 * How a simulated container can go wrong, in the words of Batch and the ECS agent.
 * https://docs.aws.amazon.com/AmazonECS/latest/developerguide/stopped-task-error-codes.html
 */
import { OUT_OF_MEMORY } from '../failures.ts';
import type { ContainerOutcome, ContainerRequest } from '../model.ts';
import type { Draws } from './draws.ts';

/** What probabilities are given for. In the order in which they are drawn. */
export const FAILURE_KINDS = [
  'imagePullError',
  'imageMissing',
  'hostError',
  'spotReclaimBeforeOutput',
  'spotReclaimAfterOutput',
  'outOfMemory',
  'suspectSuccess',
  'killed',
  'crash',
  'applicationError',
  'lostAnswer',
  'hang',
] as const;
export type FailureKind = (typeof FAILURE_KINDS)[number];
/** The last comes of the rate of reclaims alone. */
export type FateKind = FailureKind | 'success' | 'spotReclaimBeforeStart';

/** One way in which a program fails by itself. */
export interface ApplicationError {
  /** How often beside the others. Default 1. */
  readonly weight?: number;
  readonly exitCode: number;
  /** Its last log lines; `{n}` stands for a number that is another for each container. */
  readonly lines: readonly string[];
}

/** For a world that looks real. */
export const USUAL_ERRORS: readonly ApplicationError[] = [
  {
    weight: 3,
    exitCode: 1,
    lines: ['Traceback (most recent call last):', 'ValueError: account {n} has no tickets to learn from'],
  },
  { exitCode: 1, lines: ['Traceback (most recent call last):', "KeyError: 'locale' in ticket {n}"] },
  { exitCode: 2, lines: ['error: the model of account {n} did not converge after 200 rounds'] },
];

/** It never comes to run. */
export const NEVER_RUN: ReadonlySet<FateKind> = new Set<FateKind>([
  'imagePullError',
  'imageMissing',
  'hostError',
  'spotReclaimBeforeStart',
]);

/** The output is there, whatever Batch says. */
export const WITH_OUTPUT: ReadonlySet<FateKind> = new Set<FateKind>([
  'success',
  'spotReclaimAfterOutput',
  'suspectSuccess',
  'lostAnswer',
]);

export function describeOutcome(
  kind: FateKind,
  request: ContainerRequest,
  error: ApplicationError | undefined,
  draw: Draws,
): ContainerOutcome {
  switch (kind) {
    case 'success':
      return { kind: 'exited', exitCode: 0 };
    case 'applicationError':
      return { kind: 'exited', exitCode: error?.exitCode ?? 1 };
    case 'outOfMemory':
      return { kind: 'exited', exitCode: 137, reason: OUT_OF_MEMORY };
    case 'suspectSuccess':
      // A child process was killed, and the program did not mind: https://github.com/aws/amazon-ecs-agent/issues/2467
      return { kind: 'exited', exitCode: 0, reason: OUT_OF_MEMORY };
    case 'killed':
      return { kind: 'exited', exitCode: 137 };
    case 'crash':
      return { kind: 'exited', exitCode: 139 };
    case 'hang':
      return { kind: 'exited', exitCode: 143 };
    case 'lostAnswer':
      // It may have succeeded: https://github.com/aws/amazon-ecs-agent/issues/2312
      return {
        kind: 'not-started',
        reason: 'CannotInspectContainerError: Could not transition to inspecting; timed out after waiting 30s',
      };
    case 'hostError':
      return {
        kind: 'not-started',
        reason: 'DockerTimeoutError: Could not transition to created; timed out after waiting 4m0s',
      };
    case 'imagePullError':
      return {
        kind: 'not-started',
        reason: `CannotPullContainerError: pull image manifest has been retried 5 time(s): failed to resolve ref ${request.image}: dial tcp: i/o timeout`,
      };
    case 'imageMissing':
      return {
        kind: 'not-started',
        reason: `CannotPullContainerError: pull image manifest has been retried 1 time(s): failed to resolve ref ${request.image}: ${request.image}: not found`,
      };
    default:
      return { kind: 'host-lost', statusReason: describeReclaim(request, draw) };
  }
}

function describeReclaim({ capacity }: ContainerRequest, draw: Draws): string {
  if (capacity === 'FARGATE_SPOT') return 'Your Spot Task was interrupted.';
  return `Host EC2 (instance i-${instanceId(draw('instance'))}) terminated.`;
}

function instanceId(drawn: number): string {
  return Math.floor(drawn * 2 ** 52)
    .toString(16)
    .padStart(17, '0');
}

/** What the program says last. */
export function lastLines(kind: FateKind, error: ApplicationError | undefined, draw: Draws): readonly string[] {
  if (kind === 'crash') return ['Fatal Python error: Segmentation fault'];
  if (kind !== 'applicationError' || !error) return [];
  const number = String(Math.floor(draw('number') * 1e6));
  return error.lines.map(line => line.replaceAll('{n}', number));
}

export function chooseError(errors: readonly ApplicationError[], drawn: number): ApplicationError | undefined {
  let left = drawn * errors.reduce((sum, { weight = 1 }) => sum + weight, 0);
  for (const error of errors) {
    left -= error.weight ?? 1;
    if (left < 0) return error;
  }
  return errors.at(-1);
}
