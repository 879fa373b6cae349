/**
 * The ECS agent's own words for what went wrong with a container, which tools match on.
 * https://docs.aws.amazon.com/AmazonECS/latest/developerguide/stopped-task-error-codes.html and amazon-ecs-agent, agent/engine/errors.go
 */
import type { ContainerOutcome } from './model.ts';

export const OUT_OF_MEMORY = 'OutOfMemoryError: Container killed due to memory usage';

export function cannotPull(cause: unknown): ContainerOutcome {
  return { kind: 'not-started', reason: `CannotPullContainerError: ${messageOf(cause)}` };
}

export function cannotCreate(cause: unknown): ContainerOutcome {
  return { kind: 'not-started', reason: `CannotCreateContainerError: ${fromDaemon(cause)}` };
}

export function cannotStart(cause: unknown): ContainerOutcome {
  return { kind: 'not-started', reason: `CannotStartContainerError: ${fromDaemon(cause)}` };
}

/** Stopped (a terminated job) while its image was still coming: nothing ran, so there is no exit code. */
export const STOPPED_BEFORE_START: ContainerOutcome = {
  kind: 'not-started',
  reason: 'TaskStoppedError: stopped before the container started',
};

/** `exec: "x": executable file not found in $PATH`, in the words of the container runtime (runc). */
export function programNotFound(program: string): Error {
  const why = program.includes('/')
    ? `stat ${program}: no such file or directory`
    : 'executable file not found in $PATH';
  return new Error(`${RUNTIME}: exec: "${program}": ${why}: unknown`);
}

export function programNotExecutable(program: string): Error {
  return new Error(`${RUNTIME}: exec: "${program}": permission denied: unknown`);
}

const RUNTIME =
  'failed to create task for container: failed to create shim task: OCI runtime create failed: runc create failed: unable to start container process';

function fromDaemon(cause: unknown): string {
  const message = messageOf(cause);
  return message.startsWith('Error response from daemon') ? message : `Error response from daemon: ${message}`;
}

/** Not by `instanceof`: errors may come from another realm. */
export function messageOf(cause: unknown): string {
  return typeof cause === 'object' && cause !== null && 'message' in cause ? String(cause.message) : String(cause);
}
