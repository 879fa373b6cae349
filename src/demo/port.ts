/** The port of the local registry is a part of each image's reference: with another one every definition would have changed. */
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { dirname } from 'node:path';
import { ConfigurationError } from '../errors.ts';

/** Starts on the port that `path` remembers, or, when it is taken or there is none, on a free one; and remembers that. */
export async function startWhereItWas<Server extends { readonly port: number }>(
  start: (port: number) => Promise<Server>,
  path: string,
  say: (text: string) => void,
): Promise<Server> {
  const before = Number(await readFile(path, 'utf8').catch(() => '0'));
  const server = await start(before).catch((error: unknown) => {
    if (before === 0 || !(error instanceof ConfigurationError)) throw error;
    say(
      `Port ${before} of the last run is taken, so this one gets another, and every definition names its image anew.`,
    );
    return start(0);
  });
  await mkdir(dirname(path), { recursive: true });
  await writeFile(path, String(server.port));
  return server;
}
