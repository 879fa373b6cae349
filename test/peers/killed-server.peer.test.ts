/**
 * A local AWS of its own process, killed with -9 at a moment that nobody chose while eleven clients write, some hundred times over:
 * whatever was acknowledged must be there afterwards. `KILLS` says how often.
 */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout } from 'node:timers/promises';
import { expect, test } from '@jest/globals';
import { type Clients, clientsOf, prepare } from './killed-server/clients.ts';
import { type Acknowledged, isKept, WRITERS, type Writer } from './killed-server/writers.ts';

const kills = Number(process.env['KILLS'] ?? 60);
/** A folder goes through so many lives. */
const LIVES = 20;

interface Life {
  readonly child: ChildProcess;
  readonly clients: Clients;
}

async function begin(folder: string): Promise<Life> {
  const args = [new URL('killed-server/serve.ts', import.meta.url).pathname, folder];
  const child = spawn(process.execPath, args, { stdio: ['ignore', 'pipe', 'inherit'] });
  const gone = once(child, 'close').then(() => {
    throw new Error(`the local AWS did not start on ${folder}`);
  });
  const [url] = await Promise.race([once(child.stdout.setEncoding('utf8'), 'data'), gone]);
  gone.catch(() => undefined);
  return { child, clients: clientsOf(String(url).trim()) };
}

/** By name what was acknowledged last. */
type Kept = Map<Writer, Map<string, string>>;

let count = 0;

/** Writes until the server is gone. Gives what went wrong before that. */
async function write(writer: Writer, { child, clients }: Life, acknowledged: Acknowledged[]): Promise<string[]> {
  while (true) {
    try {
      const one = await writer.write(clients, count++);
      if (one) acknowledged.push(one);
      else await setTimeout(2);
    } catch (error) {
      return child.killed ? [] : [`${writer.kind}: ${String(error)}`];
    }
  }
}

/** What of that is not there any more. */
async function findLost(writer: Writer, clients: Clients, wanted: ReadonlyMap<string, string>): Promise<string[]> {
  const found = await writer.find(clients, [...wanted.keys()]);
  const lost = [...wanted].filter(([name, value]) => !isKept(writer.kind, value, found.get(name)));
  return lost.map(([name, value]) => `${writer.kind}: ${name} was ${value} and is ${found.get(name)}`);
}

/** One life from the first write to the kill, and what is there in the next. */
async function liveOnce(life: Life, folder: string, kept: Kept): Promise<{ next: Life; wrong: string[] }> {
  const acknowledged = new Map(WRITERS.map(writer => [writer, [] as Acknowledged[]]));
  const writing = [...acknowledged].map(([writer, list]) => write(writer, life, list));
  while (![...acknowledged.values()].some(({ length }) => length)) await setTimeout(1);
  await setTimeout(Math.random() * 400);
  life.child.kill('SIGKILL');
  await once(life.child, 'close');
  const wrong = (await Promise.all(writing)).flat();
  const next = await begin(folder);
  for (const [writer, list] of acknowledged) {
    const latest = new Map(list.map(({ name, value }) => [name, value]));
    wrong.push(...(await findLost(writer, next.clients, latest)));
    for (const [name, value] of latest) kept.get(writer)?.set(name, value);
  }
  return { next, wrong };
}

/** So many lives on one folder. Gives how many things of each kind were kept over all of them. */
async function liveOn(folder: string, lives: number): Promise<ReadonlyMap<Writer, number>> {
  const kept: Kept = new Map(WRITERS.map(writer => [writer, new Map()]));
  let life = await begin(folder);
  try {
    await prepare(life.clients);
    for (let lived = 0; lived < lives; lived += 1) {
      const { next, wrong } = await liveOnce(life, folder, kept);
      life = next;
      expect(wrong).toEqual([]);
    }
    for (const [writer, wanted] of kept) expect(await findLost(writer, life.clients, wanted)).toEqual([]);
    return new Map([...kept].map(([writer, wanted]) => [writer, wanted.size]));
  } finally {
    life.child.kill('SIGKILL');
  }
}

test(
  'FRAME-10 whatever a local AWS acknowledged outlives its death at any moment',
  async () => {
    const told = new Map<string, number>();
    for (let done = 0; done < kills; done += LIVES) {
      const folder = mkdtempSync(join(tmpdir(), 'killed-server-'));
      const kept = await liveOn(folder, Math.min(LIVES, kills - done));
      for (const [{ kind }, number] of kept) told.set(kind, (told.get(kind) ?? 0) + number);
      rmSync(folder, { recursive: true, force: true });
    }
    process.stderr.write(`${kills} kills: ${[...told].map(([kind, number]) => `${number} ${kind}`).join(', ')}\n`);
    expect([...told].filter(([, number]) => number === 0)).toEqual([]);
  },
  20 * 60_000,
);
