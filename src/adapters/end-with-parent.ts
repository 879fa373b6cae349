/**
 * Ends this process as SIGTERM would when the one that started it is gone, `kill -9` included, which no process hears of: nobody would
 * know any more what still listens or drives a run. The channel between them closes then. It keeps nobody alive by itself.
 */
export function endWithParent(): void {
  process.once('disconnect', () => process.kill(process.pid, 'SIGTERM'));
  process.channel?.unref();
}
