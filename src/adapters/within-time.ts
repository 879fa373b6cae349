/** Not AbortSignal.any and timeout: what those give may be collected as garbage while somebody still waits for it. */
export async function withinTime<Result>(
  work: (signal: AbortSignal) => Promise<Result>,
  { signal, timeoutMilliseconds }: { signal: AbortSignal | undefined; timeoutMilliseconds: number },
): Promise<Result> {
  const limit = new AbortController();
  const cancel = () => limit.abort(signal?.reason);
  const late = () => limit.abort(new DOMException(`no answer in ${timeoutMilliseconds / 1000} s`, 'TimeoutError'));
  const timer = setTimeout(late, timeoutMilliseconds);
  if (signal?.aborted) cancel();
  signal?.addEventListener('abort', cancel, { once: true });
  try {
    return await work(limit.signal);
  } finally {
    clearTimeout(timer);
    signal?.removeEventListener('abort', cancel);
  }
}
