/** The rules without a clock: which entries go again and how, what is one failure, what it cost. */
import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { createMemoryStore } from '../../src/adapters/memory-store.ts';
import type { FailureClass } from '../../src/failure-classes.ts';
import { createAccountant } from '../../src/runs/account.ts';
import { adviseTiers } from '../../src/runs/advise.ts';
import type { ChildLine } from '../../src/runs/children-file.ts';
import { compareRuns } from '../../src/runs/compare.ts';
import { decideRetry } from '../../src/runs/decide-retry.ts';
import { createSampler } from '../../src/runs/distribution.ts';
import { createEntriesBuffer, entryAt } from '../../src/runs/entries-file.ts';
import { entriesUriOf } from '../../src/runs/entries-uri.ts';
import { chooseTails, groupFailures, maskText } from '../../src/runs/failure-groups.ts';
import type { EntryOutcome, RunPlan, Shard } from '../../src/runs/model.ts';
import { countFailedEntries, countSpotLosses, failedPositions } from '../../src/runs/outcomes.ts';
import { createPaceMeter, describeProgress, sumCounts } from '../../src/runs/progress.ts';
import { createShardWriter } from '../../src/runs/shard-writer.ts';
import { createSpending } from '../../src/runs/spending.ts';
import type { RunSummary } from '../../src/runs/summary.ts';
import { runConfig } from './cues-fleet.ts';

describe('retrying', () => {
  const tiers = ['small', 'medium', 'large'];
  const decide = (
    kind: FailureClass,
    over: { tier?: string; retryable?: boolean; spotLosses?: number; priority?: string } = {},
    retry: Partial<RunPlan['config']['retry']> = {},
  ) => {
    const config = runConfig({
      retry: { rounds: 2, classes: [], onDemandAfter: 2, onDemandQueues: { low: 'q' }, ...retry },
    });
    return decideRetry(
      { region: 'r', tier: 'small', priority: 'low', class: kind, retryable: false, spotLosses: 0, ...over },
      { config, tiers },
    );
  };

  test.each([
    ['out-of-memory', {}, {}, { retry: true, as: 'larger-tier', tier: 'medium' }],
    ['out-of-memory', { tier: 'medium' }, {}, { retry: true, as: 'larger-tier', tier: 'large' }],
    ['out-of-memory', { tier: 'large' }, {}, { retry: false, why: 'largest-tier' }],
    [
      'out-of-memory',
      { tier: 'large' },
      { classes: ['out-of-memory'] },
      { retry: true, as: 'asked-for', tier: 'large' },
    ],
    ['spot-reclaim', { spotLosses: 1 }, {}, { retry: true, as: 'same', onDemand: false }],
    ['spot-reclaim', { spotLosses: 2 }, {}, { retry: true, as: 'on-demand', onDemand: true }],
    ['spot-reclaim', { spotLosses: 2, priority: 'high' }, {}, { retry: true, as: 'same', onDemand: false }],
    ['host', { retryable: true }, {}, { retry: true, as: 'same', tier: 'small' }],
    ['image-pull', {}, {}, { retry: false, why: 'permanent' }],
    ['application', {}, {}, { retry: false, why: 'not-asked-for' }],
    ['application', {}, { classes: ['application'] }, { retry: true, as: 'asked-for' }],
    ['timeout', {}, {}, { retry: false, why: 'not-asked-for' }],
    ['cancelled', { retryable: true }, {}, { retry: false, why: 'not-asked-for' }],
    ['cancelled', {}, { classes: ['cancelled'] }, { retry: true, as: 'asked-for' }],
  ] as const)('%s %j %j', (kind, over, retry, expected) => {
    expect(decide(kind, over, retry)).toMatchObject(expected);
  });

  test.each([
    [['spot-reclaim'], 'spot-reclaim', 2],
    [['spot-reclaim', 'application'], 'spot-reclaim', 1],
    [[], 'spot-reclaim', 1],
    [['spot-reclaim'], 'application', 0],
  ] as const)('losses in a row: %j then %s', (earlier, last, losses) => {
    expect(countSpotLosses({ earlier, class: last })).toBe(losses);
  });
});

describe('entries files', () => {
  test('whatever the texts, each is found by its position alone, at a fixed stride', () => {
    fc.assert(
      fc.property(fc.array(fc.dictionary(fc.string(), fc.string()), { minLength: 1, maxLength: 50 }), objects => {
        const texts = objects.map(each => JSON.stringify(each));
        const buffer = createEntriesBuffer();
        for (const text of texts) buffer.append(text);
        const { bytes, stride } = buffer.take();
        expect(bytes.length).toBe(stride * texts.length);
        texts.forEach((text, at) => {
          expect(entryAt(bytes, stride, at)).toBe(text);
          expect(bytes[(at + 1) * stride - 1]).toBe(0x0a);
        });
      }),
    );
  });
});

test.each([
  ['where it was planned to be', { entriesUri: 's3://then', entries: 's3://now' }, 's3://then'],
  ['of a plan that does not say so, where its configuration had it', { entries: 's3://other' }, 's3://other'],
  ['and the ledger otherwise', {}, 's3://ledger'],
])('children read their entries %s', (_, { entriesUri, entries }: { entriesUri?: string; entries?: string }, uri) => {
  const plan = { entriesUri, config: runConfig({ entries }) };
  expect(entriesUriOf(plan, { store: createMemoryStore('s3://ledger') })).toBe(uri);
});

describe('shards', () => {
  const shardsOf = async (counts: readonly number[], pack = 1) => {
    const files = new Map<string, number>();
    const writer = createShardWriter({
      round: 0,
      pack,
      targetOf: ({ tier }) => ({ jobQueue: 'q', jobDefinitionArn: tier }),
      nameJob: id => id,
      writeEntries: async (key, bytes) => void files.set(key, bytes.length),
    });
    let id = 0;
    for (const [cell, count] of counts.entries()) {
      for (let at = 0; at < count; at += 1) {
        id += 1;
        await writer.add({
          id: `${id}`,
          tier: `t${cell}`,
          priority: 'low',
          region: 'r',
          text: JSON.stringify({ id: `${id}` }),
        });
      }
    }
    const shards = await writer.finish();
    expect([...files.keys()].sort()).toEqual(shards.map(({ key }) => key).sort());
    return shards;
  };

  test.each<[readonly number[], number, readonly number[]]>([
    [[1], 1, [1]],
    [[2], 1, [2]],
    [[10_000], 1, [10_000]],
    [[10_001], 1, [10_000, 1]],
    [[3, 20_002], 1, [3, 10_000, 10_000, 2]],
    [[7], 3, [3]],
  ])('%j entries, %i to a child', async (counts, pack, sizes) => {
    const shards = await shardsOf(counts, pack);
    expect(shards.map(({ size }) => size)).toEqual(sizes);
    expect(shards.reduce((sum, { entries }) => sum + entries, 0)).toBe(counts.reduce((sum, count) => sum + count, 0));
    expect(new Set(shards.map(({ id }) => id)).size).toBe(shards.length);
  });

  test('fifty thousand entries in nine cells are never more than thirteen shards', async () => {
    const counts = [40_001, 2001, 1, 1, 1, 1, 1, 1, 7993];
    expect((await shardsOf(counts)).length).toBeLessThanOrEqual(13);
  });

  test('of a packed shard that failed: what its child had done is not failed', () => {
    const shard = { pack: 3, entries: 7 } as Shard;
    expect(failedPositions(shard, { index: 2, class: 'application', evidence: '', retryable: false })).toEqual([6]);
    expect(
      failedPositions(shard, { index: 1, class: 'application', evidence: '', retryable: false, done: [3, 5] }),
    ).toEqual([4]);
    const failed = [
      { index: 0, class: 'application', evidence: '', retryable: false, done: [0] } as const,
      { index: 2, class: 'application', evidence: '', retryable: false } as const,
    ];
    expect(countFailedEntries(shard, { shard: 's', how: 'ended', succeeded: 1, failed })).toBe(3);
  });
});

describe('failures as groups', () => {
  const failed = (id: string, evidence: string, kind: FailureClass = 'application', tier = 'small'): EntryOutcome => ({
    id,
    status: 'failed',
    tier,
    region: 'r',
    priority: 'low',
    round: 0,
    shard: 's',
    index: 1,
    jobId: 'j',
    class: kind,
    evidence,
    earlier: [],
  });

  test.each([
    ['KeyError: 12345 at 0x7f00deadbeef01', '12345', 'KeyError: … at …x7f00deadbeef01'],
    ['job 8a9c1b2d-1111-2222-3333-444455556666 took 12.5 s', '', 'job … took … s'],
    ['Host EC2 (instance i-0123456789abcdef0) terminated.', '', 'Host EC2 (instance …) terminated.'],
    ['exit code 137: Essential container in task exited', '', 'exit code 137: Essential container in task exited'],
  ])('%s', (text, id, masked) => {
    if (text.startsWith('KeyError')) expect(maskText(text, id)).toMatch(/^KeyError: … at /);
    else expect(maskText(text, id)).toBe(masked);
  });

  test.each([
    ['d1', 'no data in s3://models/d1/101: d12 is not d1', 'no data in s3://models/…/…: d… is not …'],
    ['daily-2026-11-29.b', 'lost daily-2026-11-29.b (2026-11-29T08:00:01Z)', 'lost … (…-…-…T…Z)'],
    ['101-a', 'run 101-a, account 101', 'run …, account …'],
    ['night', 'Sun Nov 29 08:00:01 UTC 2026: nightly model at 29-Nov-2026', '… … UTC …: nightly model at …-…'],
    ['a', 'Marker 5 of a May or December 24', 'Marker … of a May or …'],
  ])('of run %s: %s', (run, text, masked) => {
    expect(maskText(text, '101', run)).toBe(masked);
  });

  test('a failure that names its run and its day is the same one in the next run', () => {
    const groupsOf = (run: string, day: string) => {
      const lastWords = `no tickets in s3://tickets/${run}/101.csv of ${day}`;
      return groupFailures(
        [failed('101', 'exit code 1: x')],
        new Map([['101', { jobId: 'j', lastWords, lines: [] }]]),
        run,
      );
    };
    const summaryOf = (run: string, day: string) => ({
      run,
      entries: { total: 1, failed: 1 },
      groups: groupsOf(run, day),
    });
    const [monday, tuesday] = [
      summaryOf('monday', 'Mon Nov 30'),
      summaryOf('d2', 'Tue, 1 Dec'),
    ] as unknown as RunSummary[];
    if (!monday || !tuesday) throw new Error('there are two');
    expect(compareRuns(monday, tuesday)).toMatchObject({ newGroups: [], goneGroups: [] });
  });

  test('similar last lines are one group, the biggest first; entries whose log was not read are a group of their own', () => {
    const outcomes = [
      failed('101', 'exit code 1: x'),
      failed('102', 'exit code 1: x', 'application', 'large'),
      failed('103', 'exit code 1: x'),
      failed('104', 'OutOfMemoryError', 'out-of-memory'),
    ];
    const tails = new Map([
      ['101', { jobId: 'j:1', lastWords: 'no tickets for account 101 in 2026', lines: ['a', 'b'] }],
      ['102', { jobId: 'j:2', lastWords: 'no tickets for account 102 in 2025', lines: ['c'] }],
    ]);
    expect(groupFailures(outcomes, tails, 'daily')).toEqual([
      {
        class: 'application',
        evidence: 'exit code 1: x',
        lastWords: 'no tickets for account … in …',
        entries: 2,
        tiers: { small: 1, large: 1 },
        ids: ['101', '102'],
        sample: { id: '101', jobId: 'j:1', lines: ['a', 'b'] },
      },
      {
        class: 'out-of-memory',
        evidence: 'OutOfMemoryError',
        lastWords: undefined,
        entries: 1,
        tiers: { small: 1 },
        ids: ['104'],
      },
      {
        class: 'application',
        evidence: 'exit code 1: x',
        lastWords: undefined,
        entries: 1,
        tiers: { small: 1 },
        ids: ['103'],
      },
    ]);
  });

  test('logs are read of every kind of failure in turn, and of none whose reason is known', () => {
    const outcomes = [
      ...Array.from({ length: 50 }, (_, at) => failed(`a${at}`, 'exit code 1: x')),
      failed('b', 'exit code 2: x'),
      failed('c', 'Host EC2', 'spot-reclaim'),
    ];
    const chosen = chooseTails(outcomes, 5).map(({ id }) => id);
    expect(chosen).toHaveLength(5);
    expect(chosen).toContain('b');
    expect(chosen).not.toContain('c');
  });
});

describe('durations', () => {
  test('quantiles are values that were there, whatever the order', () => {
    fc.assert(
      fc.property(fc.array(fc.nat(10_000_000), { minLength: 1, maxLength: 3000 }), values => {
        const sampler = createSampler();
        for (const value of values) sampler.add(value);
        const { count, p50, p90, longest, bins } = sampler.describe();
        const sorted = values.toSorted((a, b) => a - b);
        expect(count).toBe(values.length);
        expect(longest).toBe(sorted.at(-1));
        expect(p50).toBe(sorted[Math.ceil(values.length * 0.5) - 1]);
        expect(p90).toBe(sorted[Math.ceil(values.length * 0.9) - 1]);
        expect(bins.reduce((sum, bin) => sum + bin, 0)).toBe(values.length);
      }),
      { numRuns: 50 },
    );
  });
});

const PLAN = {
  config: runConfig({
    prices: { vcpuHour: 1, gibHour: 0.5, gpuHour: 0 },
    pricesByPriority: { high: { vcpuHour: 10, gibHour: 0, gpuHour: 0 } },
  }),
  definitions: [{ region: 'r', tier: 'small', arn: 'a', vcpus: 2, memoryMiB: 2048, gpus: 0 }],
} as unknown as RunPlan;
const HOUR = 3_600_000;
const child = (over: Partial<ChildLine>): ChildLine => ({
  vcpuHours: 0,
  gibHours: 0,
  gpuHours: 0,
  cost: 0,
  run: 'x',
  round: 0,
  shard: 's',
  index: 0,
  ids: ['1'],
  tier: 'small',
  priority: 'low',
  region: 'r',
  jobId: 'j',
  status: 'SUCCEEDED',
  createdAt: 0,
  startedAt: HOUR,
  stoppedAt: 2 * HOUR,
  ...over,
});

describe('the account', () => {
  test('hours, cost by priority, and what was wasted on lost instances and on failures', () => {
    const accountant = createAccountant(PLAN);
    accountant.add(
      child({
        attempts: [
          { startedAt: 0, stoppedAt: HOUR, lost: true },
          { startedAt: HOUR, stoppedAt: 2 * HOUR },
        ],
      }),
    );
    accountant.add(child({ status: 'FAILED', class: 'application' }));
    accountant.add(child({ priority: 'high' }));
    accountant.add(child({ startedAt: undefined, stoppedAt: undefined, status: 'FAILED', class: 'image-pull' }));
    const { total, byTier, byPriority, byClass, timeline } = accountant.describe();
    expect(total).toEqual({
      children: 4,
      succeeded: 2,
      failed: 2,
      attempts: 5,
      vcpuHours: 8,
      gibHours: 8,
      gpuHours: 0,
      cost: 6 + 3 + 20 - 0,
      wastedBySpot: 3,
      wastedByFailure: 3,
    });
    expect(byPriority['high']?.cost).toBe(20);
    expect(byClass.application?.cost).toBe(3);
    expect(byTier['small']?.duration).toMatchObject({ count: 3, p50: HOUR });
    expect(byTier['small']?.wait).toMatchObject({ p50: HOUR });
    expect(timeline.at(-1)).toEqual({ at: 2 * HOUR, ended: 3, running: 0, waiting: 0 });
  });

  test('a child that never started waited until it was stopped, and no median counts it', () => {
    const accountant = createAccountant(PLAN);
    accountant.add(child({}));
    const stopped = { startedAt: undefined, status: 'FAILED', class: 'cancelled', priority: 'high' } as const;
    accountant.add(child({ ...stopped, stoppedAt: 1.5 * HOUR }));
    accountant.add(child({ ...stopped, stoppedAt: 3 * HOUR }));
    // Never submitted.
    accountant.add(child({ ...stopped, createdAt: undefined, stoppedAt: undefined }));
    const { timeline, startedAt, stoppedAt, byPriority } = accountant.describe();
    expect({ startedAt, stoppedAt }).toEqual({ startedAt: HOUR, stoppedAt: 3 * HOUR });
    const stateAt = (hours: number) => timeline.find(({ at }) => at >= hours * HOUR);
    expect(stateAt(1.25)).toMatchObject({ ended: 0, running: 1, waiting: 2 });
    expect(stateAt(1.75)).toMatchObject({ ended: 1, running: 1, waiting: 1 });
    expect(stateAt(2.5)).toMatchObject({ ended: 2, running: 0, waiting: 1 });
    expect(timeline.at(-1)).toMatchObject({ ended: 3, running: 0, waiting: 0 });
    expect(byPriority['high']).toMatchObject({ children: 3, stoppedAt: 3 * HOUR, wait: { count: 0 } });
    expect(byPriority['low']).toMatchObject({ stoppedAt: 2 * HOUR, wait: { count: 1, p50: HOUR, p90: HOUR } });
  });

  test('what nothing of has started is compared with nothing', () => {
    const tellTier = (over: Partial<ChildLine>) => {
      const accountant = createAccountant(PLAN);
      accountant.add(child(over));
      return { run: 'x', entries: { total: 1, failed: 0 }, groups: [], account: accountant.describe() };
    };
    const [built, stopped] = [
      tellTier({}),
      tellTier({ startedAt: undefined, status: 'FAILED' }),
    ] as unknown as RunSummary[];
    if (!built || !stopped) throw new Error('there are two');
    const { median, p90, wait } = compareRuns(built, stopped).tiers['small'] ?? {};
    expect([median, p90, wait]).toEqual([{ before: HOUR }, { before: HOUR }, { before: HOUR }]);
    expect(compareRuns(stopped, built).tiers['small']?.wait).toEqual({ after: HOUR });
  });

  test('children that reached the timeout are counted by tier, with the shortest timeout of it', () => {
    const [definition] = PLAN.definitions;
    if (!definition) throw new Error('there is one');
    const definitions = [
      { ...definition, timeoutSeconds: 90 },
      { ...definition, region: 's', timeoutSeconds: 60 },
      { ...definition, tier: 'large' },
    ];
    const accountant = createAccountant({ ...PLAN, definitions });
    accountant.add(child({ status: 'FAILED', class: 'timeout' }));
    accountant.add(child({}));
    accountant.add(child({ tier: 'large' }));
    const { byTier } = accountant.describe();
    expect(byTier['small']).toMatchObject({ children: 2, timedOut: 1, timeoutSeconds: 60 });
    expect(byTier['large']).toMatchObject({ timedOut: 0 });
    expect(byTier['large']).not.toHaveProperty('timeoutSeconds');
  });

  test('while it runs, what is spent grows with what runs', () => {
    const spending = createSpending(PLAN, 1, 0);
    const shard = { region: 'r', tier: 'small', priority: 'low' } as Shard;
    spending.add([{ shard, job: { arrayProperties: { size: 10, statusSummary: { RUNNING: 4 } } } as never }], HOUR);
    expect(spending.total()).toBe(1 + 4 * 3);
    spending.add([{ shard, job: { status: 'RUNNING' } as never }], 2 * HOUR);
    expect(spending.total()).toBe(1 + 4 * 3 + 3);
  });

  test('advice is given where the numbers ask for it, and only there', () => {
    const tier = (p50: number, p90: number, over: object = {}) => ({
      children: 1000,
      duration: { count: 1000, p50, p90 },
      ...over,
    });
    const summary = (byTier: object, over: object = {}, byPriority: object = {}) =>
      ({
        currency: 'USD',
        groups: [],
        recoveredFromClass: {},
        account: { byTier, byPriority, total: { cost: 100, wastedBySpot: 0 } },
        ...over,
      }) as unknown as RunSummary;
    expect(adviseTiers(summary({ small: tier(180_000, 300_000) }))).toEqual([]);
    expect(adviseTiers(summary({ small: tier(20_000, 30_000) }))).toEqual([
      expect.stringMatching(/half of the children end within 20 s\. .*runs\.pack/),
    ]);
    expect(adviseTiers(summary({ small: tier(120, 300) }))).toEqual([expect.stringContaining('end within 120 ms.')]);
    expect(adviseTiers(summary({ small: tier(0, 0, { duration: { count: 0, p50: 0, p90: 0 } }) }))).toEqual([]);
    expect(adviseTiers(summary({ large: tier(600_000, 7_200_000) }))).toEqual([
      expect.stringContaining('at most 30 min'),
    ]);
    const waiting = (wait: number) => ({ duration: { p50: 600_000 }, wait: { p50: wait } });
    // As it was kept before waits were known by priority.
    const before = { children: 1000 };
    expect(adviseTiers(summary({}, {}, { high: waiting(60_000), low: waiting(3_600_000), medium: before }))).toEqual([
      expect.stringMatching(/^Priority low: half of the children waited longer than 60 min, .*Raise maxvCpus/),
    ]);
    expect(
      adviseTiers(summary({ small: tier(180_000, 300_000) }, { recoveredFromClass: { 'out-of-memory': 20 } })),
    ).toEqual([expect.stringContaining('20 children were out of memory, 2.0 %')]);
    const timedOut = (share: number, over: object = {}) =>
      adviseTiers(summary({ small: tier(30_000, 30_100, { timedOut: 1000 * share, ...over }) }));
    expect(timedOut(0.95, { timeoutSeconds: 30 })).toEqual([
      'Tier small: 95 % of the children reached the timeout of 30 s: raise timeoutSeconds, or look at why they take so long.',
    ]);
    expect(timedOut(0.1)).toEqual([expect.stringContaining('10 % of the children reached their timeout')]);
    expect(timedOut(0.09)).toEqual([expect.stringContaining('runs.pack')]);
  });
});

test('progress: counts, pace over the last minutes, and how long the rest takes at it', () => {
  const measure = createPaceMeter();
  const counts = sumCounts([{ SUCCEEDED: 900, FAILED: 100, RUNNING: 500 }]);
  expect(measure(0, sumCounts([{ SUCCEEDED: 500 }]), 4000)).toEqual({ perMinute: undefined, remaining: undefined });
  const pace = measure(120_000, counts, 4000);
  expect(pace.perMinute).toBeCloseTo(250);
  expect(describeProgress(counts, 4000, pace)).toBe(
    '1,000 of 4,000 ended (25 %), 100 failed; 500 running, 2,500 waiting; 250 a minute, about 12 min to go',
  );
});
