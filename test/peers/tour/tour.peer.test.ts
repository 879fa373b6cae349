/** One tour of calls, walked by every client that teams use, each against a local AWS of its own. */
import { existsSync, readFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { beforeAll, describe, expect, test } from '@jest/globals';
import { type LocalAws, startLocalAws } from '../../../src/local/server.ts';
import { findTool, peerTest, type Tool } from '../tools.ts';
import { startBoto3, startCli, startJavaScript } from './clients.ts';
import { findDepartures, findDifferences } from './compare.ts';
import { tourEngine } from './engine.ts';
import { readTour, type TourClient } from './model.ts';
import { type Passed, walkTour } from './walk.ts';

/** Where `.ci/run` puts a current boto3 and AWS CLI beside Debian's. */
const environment = process.env['BATCHWRIGHT_PYTHON'] ?? join(tmpdir(), 'batchwright-peers', 'python');
const inEnvironment = (program: string, args: string[]): Tool => {
  const path = join(environment, 'bin', program);
  const why = `${path} is not there: python3 -m venv ${environment} and its pip install boto3 awscli`;
  return existsSync(path) ? findTool(path, args) : { name: program, path: undefined, why };
};
const python = inEnvironment('python', ['-c', 'import boto3']);
const currentCli = inEnvironment('python', ['-c', 'import awscli']);
const debianCli = findTool('/usr/bin/python3', ['-c', 'import awscli; assert awscli.__version__.startswith("2.")']);

interface Walker {
  readonly name: string;
  readonly tools: readonly Tool[];
  readonly start: (local: LocalAws) => TourClient;
}
const javaScript: Walker = { name: 'the JavaScript SDK', tools: [], start: startJavaScript };
const boto3: Walker = { name: 'boto3', tools: [python], start: local => startBoto3(local, python) };
const current: Walker = {
  name: 'a current AWS CLI',
  tools: [currentCli],
  start: local => startCli(local, currentCli, '2026-10'),
};
const debian: Walker = {
  name: 'Debian’s AWS CLI 2',
  tools: [debianCli],
  start: local => startCli(local, debianCli, '2023-01'),
};

const steps = readTour();
const walks = new Map<Walker, Promise<readonly Passed[]>>();

/** Each walks once, on a local AWS of its own. */
function walkOf(walker: Walker): Promise<readonly Passed[]> {
  const known = walks.get(walker);
  if (known) return known;
  const walking = walk(walker);
  walks.set(walker, walking);
  return walking;
}

async function walk({ start }: Walker): Promise<readonly Passed[]> {
  const local = await startLocalAws({ engine: tourEngine });
  const client = start(local);
  try {
    return await walkTour(client, local.url, steps);
  } finally {
    await client.close();
    await local.stop();
  }
}

const patience = 900_000;

describe('the tour', () => {
  test('is of at least 60 calls that all clients know, each backed by a promise and its source', () => {
    const promised = readFileSync('src/local/BEHAVIOUR.md', 'utf8');
    const unbacked = steps.filter(({ fact }) => {
      const ids = fact.match(/\b[A-Z0-9]+-\d+\b/g) ?? [];
      return !/\[[A-Za-z, ]+\]$/.test(fact) || !ids.length || ids.some(id => !promised.includes(`**${id}**`));
    });
    expect(unbacked.map(({ name }) => name)).toEqual([]);
    expect(steps.filter(({ since }) => since === undefined).length).toBeGreaterThan(60);
    expect(steps.filter(({ answer, error }) => (answer === undefined) === (error === undefined))).toEqual([]);
  });

  const factsTest = (walker: Walker): void =>
    peerTest(
      walker.tools,
      `is answered by the facts: ${walker.name}`,
      async () => {
        const passed = await walkOf(walker);
        const left = steps.filter(({ name }) => passed.every(({ step }) => step.name !== name));
        expect(left.filter(({ since }) => since === undefined)).toEqual([]);
        expect(passed.length).toBeGreaterThan(steps.length - 5);
        expect(findDepartures(passed)).toEqual([]);
      },
      patience,
    );

  factsTest(javaScript);
  factsTest(boto3);

  describe('of one process a call', () => {
    // Both at the same time: a process a call takes them minutes.
    beforeAll(() => {
      for (const each of [current, debian]) {
        if (each.tools.every(({ path }) => path !== undefined)) walkOf(each).catch(() => undefined);
      }
    });
    factsTest(current);
    factsTest(debian);
  });

  peerTest(
    [python, currentCli, debianCli],
    'is answered alike, whoever asks',
    async () => {
      const theirs = await walkOf(boto3);
      expect(findDifferences(await walkOf(javaScript), theirs, 'all')).toEqual([]);
      expect(findDifferences(await walkOf(current), theirs, 'fewer')).toEqual([]);
      expect(findDifferences(await walkOf(debian), theirs, 'fewer')).toEqual([]);
    },
    patience,
  );
});
