import type { Clock } from '../ports.ts';
import type { ByteStream } from '../runs/manifest/lines.ts';
import { ProblemError } from './problem.ts';

/**
 * The chunks of a body, each within so many milliseconds of being asked for: a sender that has gone quiet holds up those who wait for
 * their turn. Throws ProblemError when one does not come.
 */
export async function* readInTime(stream: ByteStream, milliseconds: number, clock: Clock): AsyncGenerator<Uint8Array> {
  const chunks = stream[Symbol.asyncIterator]();
  for (;;) {
    const timer = new AbortController();
    const late = clock.sleep(milliseconds, timer.signal).then(() => undefined);
    const next = await Promise.race([chunks.next(), late]).finally(() => timer.abort());
    if (next?.done) return;
    if (!next) {
      const detail = `No byte of the manifest came for ${milliseconds / 1000} seconds, and nothing was submitted. Send it again, or put it into S3 and say with \`manifest\` where.`;
      throw new ProblemError('too-slow', detail, { connection: 'close' });
    }
    yield next.value;
  }
}
