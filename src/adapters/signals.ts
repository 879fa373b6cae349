import { CancelledError } from '../errors.ts';

/**
 * Turns SIGINT and SIGTERM into an abort, so that what was started can be stopped. GitHub sends SIGINT when a workflow is cancelled,
 * SIGTERM 7.5 s later and kills after 2.5 s more; an impatient second Ctrl-C ends the process at once.
 */
export function cancelOnSignals(): { signal: AbortSignal; dispose(): void } {
  const controller = new AbortController();
  let interrupts = 0;
  const onSignal = (name: NodeJS.Signals) => {
    interrupts += name === 'SIGINT' ? 1 : 0;
    if (interrupts > 1) process.exit(130);
    controller.abort(new CancelledError(`cancelled by ${name}`));
  };
  process.on('SIGINT', onSignal);
  process.on('SIGTERM', onSignal);
  return {
    signal: controller.signal,
    dispose: () => {
      process.off('SIGINT', onSignal);
      process.off('SIGTERM', onSignal);
    },
  };
}
