import { randomUUID } from 'node:crypto';
import { readFileSync, readlinkSync } from 'node:fs';
import { hostname } from 'node:os';
import type { Ports } from '../commands/command.ts';
import { errorCode } from '../errors.ts';

/** This process, as others see it in a ledger. */
export function describeProcess(environment: Readonly<Record<string, string | undefined>>): Ports['process'] {
  const { GITHUB_SERVER_URL, GITHUB_REPOSITORY, GITHUB_RUN_ID, GITHUB_RUN_ATTEMPT } = environment;
  const host = hostname();
  const name = GITHUB_RUN_ID
    ? `${GITHUB_SERVER_URL}/${GITHUB_REPOSITORY}/actions/runs/${GITHUB_RUN_ID}/attempts/${GITHUB_RUN_ATTEMPT ?? 1}`
    : `process ${process.pid} on ${host}`;
  return {
    holder: { id: randomUUID(), host: describeHost(host, GITHUB_RUN_ID), pid: process.pid, name },
    isAlive,
    workflowRunId: GITHUB_RUN_ID,
  };
}

/**
 * Whoever has the same can say whether a process id is still in use. A host name alone is not enough: machines and runners share theirs,
 * and so do containers on the network of their machine, each with process ids of its own.
 */
function describeHost(host: string, workflowRun: string | undefined): string {
  const boot = whereLinux(() => readFileSync('/proc/sys/kernel/random/boot_id', 'utf8').trim());
  const processIds = whereLinux(() => readlinkSync('/proc/self/ns/pid'));
  return [host, boot, processIds, workflowRun].filter(part => part !== undefined).join(' ');
}

function whereLinux(read: () => string): string | undefined {
  try {
    return read();
  } catch {
    return undefined;
  }
}

/** Signal 0 is delivered to nobody; not being allowed to send it proves that the process is there. One that was killed is there until its parent asks. */
function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
  } catch (error) {
    if (errorCode(error) !== 'EPERM') return false;
  }
  const status = whereLinux(() => readFileSync(`/proc/${pid}/stat`, 'utf8'));
  // Its name is in parentheses, and may have some.
  return !/^ [ZX]/.test(status?.slice(status.lastIndexOf(')') + 1) ?? '');
}
