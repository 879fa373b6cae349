import { RemoteError } from '../errors.ts';
import type { Notify } from '../events.ts';
import type { AwsPorts } from '../ports.ts';
import { callRemote } from './api-error.ts';
import { OUR_REASON } from './failure-rules-batch.ts';
import type { SubmittedJob } from './submit.ts';

/** TerminateJob takes no longer reason. */
const LONGEST_REASON = 1024;

/**
 * Ends a job and all its children, whatever their state; tells whether Batch took the request. Never throws: it is the last thing done
 * for a job that has already gone wrong, and must not hide why. `otherwise` says what follows when it is not taken.
 */
export async function terminateJob(
  { jobId, jobName, region }: SubmittedJob,
  reason: string,
  { aws, notify }: { readonly aws: Pick<AwsPorts, 'batch'>; readonly notify: Notify },
  otherwise = `terminate ${jobId} by hand`,
): Promise<boolean> {
  const target = `${jobName} (${jobId}) in ${region}`;
  try {
    await callRemote({ doing: `terminating ${target}`, operation: 'TerminateJob', target }, async () =>
      // Without the signal: this call is what cancelling is for.
      (await aws.batch(region)).terminateJob({ jobId, reason: `${OUR_REASON}${reason}`.slice(0, LONGEST_REASON) }),
    );
    notify({ type: 'message', level: 'info', text: `terminated ${target}: ${reason}` });
    return true;
  } catch (error) {
    const said = error instanceof RemoteError ? error.message : String(error);
    notify({
      type: 'message',
      level: 'error',
      text: `${said} The job may still be running: ${otherwise}.`,
    });
    return false;
  }
}
