/**
 * A container's output as the daemon sends it: frames of eight header bytes (stream, three zeros, length) and content.
 * https://docs.docker.com/reference/api/engine/version/v1.41/#tag/Container/operation/ContainerAttach
 */
import { createLineSplitter } from '../../lines.ts';
import { createByteReader } from './byte-reader.ts';
import { LONGEST_LINE_BYTES } from './log-lines.ts';

const HEADER_BYTES = 8;
const STDERR = 2;

/** Calls `onLine` for every line of both streams, in the order of their frames. Resolves at the end of the stream. */
export async function readDockerOutput(
  frames: AsyncIterable<Uint8Array>,
  onLine: (line: string) => void,
): Promise<void> {
  const stdout = createLineSplitter(onLine, LONGEST_LINE_BYTES);
  const stderr = createLineSplitter(onLine, LONGEST_LINE_BYTES);
  const reader = createByteReader(frames);
  try {
    for (let header = await reader.read(HEADER_BYTES); header; header = await reader.read(HEADER_BYTES)) {
      const lines = header[0] === STDERR ? stderr : stdout;
      for await (const chunk of reader.stream(header.readUInt32BE(4), 'a frame')) lines.write(chunk);
    }
  } finally {
    stdout.end();
    stderr.end();
  }
}
