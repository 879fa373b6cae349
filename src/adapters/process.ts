import { randomUUID } from 'node:crypto';
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
    // Runners may share a host name and begin their process ids anew.
    holder: { id: randomUUID(), host: GITHUB_RUN_ID ? `${host} ${GITHUB_RUN_ID}` : host, pid: process.pid, name },
    isAlive,
    workflowRunId: GITHUB_RUN_ID,
  };
}

/** Signal 0 is delivered to nobody; not being allowed to send it proves that the process is there. */
function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return errorCode(error) === 'EPERM';
  }
}
