import { expect, test } from '@jest/globals';
import { withinTime } from '../../src/adapters/within-time.ts';

const never = (limit: AbortSignal) =>
  new Promise<never>((_, reject) => limit.addEventListener('abort', () => reject(limit.reason)));

test('what takes too long ends with a TimeoutError, without anybody’s signal too', async () => {
  await expect(withinTime(never, { signal: undefined, timeoutMilliseconds: 5 })).rejects.toMatchObject({
    name: 'TimeoutError',
    message: 'no answer in 0.005 s',
  });
});

test('a cancellation, also one of before, ends it with its own reason', async () => {
  const end = new AbortController();
  const work = withinTime(never, { signal: end.signal, timeoutMilliseconds: 60_000 });
  end.abort(new Error('cancelled'));
  await expect(work).rejects.toThrow('cancelled');
  const late = withinTime(async limit => limit.throwIfAborted(), { signal: end.signal, timeoutMilliseconds: 60_000 });
  await expect(late).rejects.toThrow('cancelled');
});
