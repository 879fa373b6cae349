import { spawn } from 'node:child_process';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { manifestBytes } from './day.ts';

/** Sends so many entries as the body of one request; seconds until the run is planned, and the server's peak memory. */
export async function figuresOfServe(entries: number): Promise<{ readonly seconds: number; readonly peakMiB: number }> {
  const path = fileURLToPath(new URL('./serve-million.ts', import.meta.url));
  const server = spawn(process.execPath, [path], { stdio: ['ignore', 'pipe', 'inherit'] });
  const lines = createInterface({ input: server.stdout })[Symbol.asyncIterator]();
  const { value: url } = await lines.next();
  const started = performance.now();
  const response = await fetch(`${url}/runs?run=bench`, {
    method: 'POST',
    headers: { authorization: 'Bearer bench', 'content-type': 'application/x-ndjson' },
    body: ReadableStream.from(manifestBytes(entries)),
    duplex: 'half',
  } as RequestInit);
  const answer = await response.text();
  if (response.status !== 201) throw new Error(`the server answered ${response.status}: ${answer}`);
  const seconds = (performance.now() - started) / 1000;
  server.kill('SIGTERM');
  const { value: peak } = await lines.next();
  return { seconds, peakMiB: Number(peak) };
}
