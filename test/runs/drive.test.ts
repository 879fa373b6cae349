/** Whole runs on a simulated day: what Batch was asked, what became of every entry, and that nothing is lost or done twice. */
import { afterEach, describe, expect, jest, test } from '@jest/globals';
import { createMemoryStore } from '../../src/adapters/memory-store.ts';
import type { RunConfig } from '../../src/config/model.ts';
import { createRateLimiter } from '../../src/limiter.ts';
import { LeaseTakenError } from '../../src/runs/lease.ts';
import { openLedger } from '../../src/runs/ledger.ts';
import { type Day, type DayOptions, startDay } from './day.ts';
import { acceptedJobs, fatefulModel, finalAnswers, manifestOf, type StoryOptions, tellStory } from './story.ts';

// Thousands of calls on one turn of the event loop each: quick alone, slower on a machine with other work.
jest.setTimeout(30_000);

const days: Day[] = [];
afterEach(async () => {
  for (const day of days.splice(0)) await day.stop();
});
const begin = async (options: Partial<DayOptions> = {}): Promise<Day> => {
  const day = await startDay({ model: fatefulModel(), ...options });
  days.push(day);
  return day;
};
const tell = (day: Day, options: Partial<StoryOptions> = {}) =>
  day.run(tellStory({ day, store: createMemoryStore(), manifest: manifestOf(90), ...options }));

/** What a run of 90 entries comes to when nothing disturbs it. */
const calm = (async () => {
  const day = await startDay({ model: fatefulModel() });
  const told = await tell(day);
  await day.stop();
  return finalAnswers(told);
})();

describe('thousands of entries, three tiers and three priorities', () => {
  test('are nine SubmitJob calls, fewer than thirty calls that are no polls, and an answer for each entry', async () => {
    const day = await begin({ model: fatefulModel({ application: 0.005, memory: 0.005, spot: 0.05 }) });
    const told = await tell(day, {
      manifest: manifestOf(2000),
      config: { retry: { rounds: 0, classes: [], onDemandAfter: 1, onDemandQueues: {} } },
    });
    const polls = day.calls.get('DescribeJobs') ?? 0;
    const all = [...day.calls.values()].reduce((sum, number) => sum + number, 0);
    expect(day.calls.get('SubmitJob')).toBe(9);
    expect(all - polls).toBeLessThanOrEqual(30);
    expect(told.plan.shards.reduce((sum, { entries }) => sum + entries, 0)).toBe(2000);
    // Every fate is known beforehand: a share of the entries fails, each with its own class.
    const classes = Map.groupBy(told.outcomes.values(), outcome => outcome.class);
    expect([...classes.keys()].sort()).toEqual(['application', 'out-of-memory', 'spot-reclaim']);
    expect(classes.get('application')?.length).toBeGreaterThan(3);
    expect(classes.get('out-of-memory')?.length).toBeGreaterThan(3);
  });
});

describe('retries', () => {
  test('send out of memory one tier up and a lost instance again, and leave the program’s own errors', async () => {
    const day = await begin();
    const told = await tell(day, { manifest: manifestOf(900) });
    // Once to pin the revisions, and once for all rounds to read them.
    expect([told.rounds, day.calls.get('DescribeJobDefinitions')]).toEqual([3, 2]);
    const outcomes = [...told.outcomes.values()];
    const recovered = outcomes.filter(({ status }) => status === 'succeeded');
    const memory = recovered.filter(({ earlier }) => earlier[0] === 'out-of-memory');
    expect(memory.length).toBeGreaterThan(5);
    expect(memory.filter(({ tier }) => tier === 'small')).toEqual([]);
    expect(recovered.some(({ earlier }) => earlier.includes('spot-reclaim'))).toBe(true);
    const failed = outcomes.filter(({ status }) => status === 'failed');
    expect(failed.filter(({ class: kind, round }) => kind === 'application' && round === 0).length).toBeGreaterThan(10);
    expect(failed.filter(({ class: kind, tier }) => kind === 'out-of-memory' && tier !== 'large')).toEqual([]);
  });

  test('of lost instances go to on-demand queues in the end', async () => {
    const day = await begin({ model: fatefulModel({ application: 0, memory: 0, spot: 0.3 }) });
    const retry = {
      rounds: 1,
      classes: [],
      onDemandAfter: 1,
      onDemandQueues: { low: 'cues-on-demand', medium: 'cues-on-demand', high: 'cues-on-demand' },
    };
    await tell(day, { config: { retry } });
    const jobs = await day.run(acceptedJobs(day));
    const later = [...jobs.keys()].filter(name => name.includes('-daily-1-'));
    expect(later.length).toBeGreaterThan(0);
    expect(later.every(name => name.includes('-on-demand-'))).toBe(true);
  });

  test('of every job queue go to the one that they are to go to, in one array job for each tier', async () => {
    const day = await begin({ model: fatefulModel({ application: 0.3, memory: 0.2, spot: 0 }) });
    const retry = { rounds: 1, classes: ['application'], priority: 'high', onDemandAfter: 1, onDemandQueues: {} };
    const told = await tell(day, { config: { retry } });
    const jobs = await day.run(acceptedJobs(day));
    const later = [...jobs.keys()].map(name => name.split('-daily-')[1] ?? '').filter(name => name.startsWith('1-'));
    expect(later.toSorted()).toEqual(['large', 'medium', 'small'].map(tier => `1-${tier}-high-eu-west-1-0`));
    const again = [...told.outcomes.values()].filter(({ round }) => round === 1);
    expect(new Set(again.map(({ priority }) => priority))).toEqual(new Set(['high']));
    expect(again.length).toBeGreaterThan(20);
  });

  test('of the program’s errors are made when they are asked for', async () => {
    const told = await tell(await begin(), {
      config: { retry: { rounds: 1, classes: ['application'], onDemandAfter: 1, onDemandQueues: {} } },
    });
    expect(
      [...told.outcomes.values()].filter(({ round, class: kind }) => round === 0 && kind === 'application'),
    ).toEqual([]);
  });
});

test('a retry that is asked for is made in its rounds alone, and takes none from those that the run has by itself', async () => {
  const day = await begin({ model: fatefulModel({ application: 0.5, memory: 0, spot: 0.3 }) });
  const store = createMemoryStore();
  await tell(day, { store, until: 'watched' });
  const told = await tell(day, { store, process: 2, more: { from: 1, rounds: 1, classes: ['application'] } });
  expect(told.rounds).toBe(3);
  const ledger = openLedger('daily', store);
  const decisions = await Promise.all([1, 2].map(async round => (await ledger.readRound(round))?.decisions));
  expect(decisions).toEqual([
    { 'asked-for': expect.any(Number), same: expect.any(Number) },
    { 'not-asked-for': expect.any(Number), same: expect.any(Number) },
  ]);
});

describe('a run in two regions', () => {
  const REGIONS = ['eu-west-1', 'us-east-1'] as const;
  const manifest = Array.from({ length: 90 }, (_, at) =>
    JSON.stringify({ id: `account-${at}`, tickets: 10, region: REGIONS[at % 2] }),
  ).join('\n');
  const queueIn = (region: string) => `arn:aws:batch:${region}:123456789012:job-queue/cues-on-demand`;
  /** What goes into the jobs names the region that they run in. */
  const settingsOf = (region: string, retry: RunConfig['retry']): Partial<RunConfig> => ({
    environment: { BUCKET: `models-${region}` },
    parameters: { from: region },
    command: ['build', region, '{run}'],
    retry: { ...retry, onDemandQueues: { low: queueIn(region) } },
  });
  const beginApart = async () => {
    const day = await begin({ regions: REGIONS, model: fatefulModel({ application: 0, memory: 0, spot: 0.5 }) });
    const targets: Day['targets'] = config =>
      day.targets(config).map(({ runs, ...target }) => ({
        ...target,
        ...(runs && { runs: { ...runs, ...settingsOf(target.region, runs.retry) } }),
      }));
    return { ...day, targets };
  };
  const describeAll = async (day: Day, region: string, jobQueue: string) => {
    const batch = day.batch(region);
    const filters = [{ name: 'AFTER_CREATED_AT', values: ['0'] }];
    const { jobSummaryList = [] } = await batch.listJobs({ jobQueue, filters });
    const { jobs = [] } = await batch.describeJobs({ jobs: jobSummaryList.map(({ jobId = '' }) => jobId) });
    return jobs.map(({ jobDefinition, parameters, container }) => ({
      region: jobDefinition?.split(':')[3],
      parameters,
      command: container?.command,
      bucket: container?.environment?.find(({ name }) => name === 'BUCKET')?.value,
    }));
  };

  test.each(REGIONS)('gives the jobs in %s what is configured for them, retries on demand too', async region => {
    const day = await beginApart();
    await tell(day, { manifest });
    const own = {
      region,
      parameters: { from: region },
      command: ['build', region, 'daily'],
      bucket: `models-${region}`,
    };
    expect(await day.run(describeAll(day, region, 'cues-low'))).toEqual([own]);
    const later = await day.run(describeAll(day, region, queueIn(region)));
    expect(later.length).toBeGreaterThan(0);
    expect(later).toEqual(later.map(() => own));
  });

  test('goes by the one configuration of a plan that was made before regions had their own', async () => {
    const day = await beginApart();
    const store = createMemoryStore();
    const abort = new AbortController();
    const before: typeof store = {
      ...store,
      async write(key, bytes, condition) {
        if (key !== 'daily/plan.json') return store.write(key, bytes, condition);
        abort.abort();
        const { jobSettings: _, entriesUri: _entriesUri, ...plan } = JSON.parse(new TextDecoder().decode(bytes));
        return store.write(key, new TextEncoder().encode(JSON.stringify(plan)), condition);
      },
    };
    const planning = tell(day, { store: before, manifest, ports: { ...day.ports, signal: abort.signal } });
    await expect(planning).rejects.toThrow(/cancelled before .* was submitted/);
    const retry = { rounds: 0, classes: [], onDemandAfter: 1, onDemandQueues: {} };
    await tell(day, { store, manifest, process: 2, retry });
    expect(await day.run(describeAll(day, 'us-east-1', 'cues-low'))).toEqual([
      {
        region: 'us-east-1',
        parameters: { from: 'eu-west-1' },
        command: ['build', 'eu-west-1', 'daily'],
        bucket: 'models-eu-west-1',
      },
    ]);
  });

  test('of which one has no runs takes no entries for that one', async () => {
    const day = await begin({ regions: REGIONS });
    const targets: Day['targets'] = config =>
      day.targets(config).map(({ runs, ...target }) => (target.region === 'us-east-1' ? target : { ...target, runs }));
    await expect(tell({ ...day, targets }, { manifest })).rejects.toThrow(/has region "us-east-1"/);
  });
});

describe('job queues with a fair-share scheduling policy', () => {
  const fairShares = {
    low: { shareIdentifier: 'cues', schedulingPriority: 1 },
    medium: { shareIdentifier: 'cues', schedulingPriority: 50 },
    high: { shareIdentifier: 'urgent', schedulingPriority: 99 },
  };
  const jobQueues = { low: 'cues-shared', medium: 'cues-shared', high: 'cues-shared' };
  const describeShares = async (day: Day) => {
    const batch = await day.ports.aws.batch('eu-west-1');
    const filters = [{ name: 'AFTER_CREATED_AT', values: ['0'] }];
    const { jobSummaryList = [] } = await batch.listJobs({ jobQueue: 'cues-shared', filters });
    const ids = jobSummaryList.map(({ jobId = '' }) => jobId);
    const { jobs = [] } = await batch.describeJobs({ jobs: ids });
    return new Set(
      jobs.map(({ jobName = '', shareIdentifier, schedulingPriority }) =>
        [/-(low|medium|high)-eu/.exec(jobName)?.[1], shareIdentifier, schedulingPriority].join(' '),
      ),
    );
  };

  test('get each job with its share and its priority, retries too', async () => {
    const day = await begin();
    const told = await tell(day, { target: { jobQueues, fairShares } });
    expect(told.rounds).toBeGreaterThan(1);
    expect(await day.run(describeShares(day))).toEqual(new Set(['low cues 1', 'medium cues 50', 'high urgent 99']));
    expect(finalAnswers(told)).toEqual(await calm);
  });

  test('refuse what has no share, and the error says how to give it one', async () => {
    const day = await begin();
    await expect(tell(day, { target: { jobQueues } })).rejects.toThrow(
      /shareIdentifier must be specified.*jobQueues as/s,
    );
  });
});

describe('one run, whatever happens', () => {
  test('is not submitted again by a second process that is given the same manifest', async () => {
    const day = await begin();
    const store = createMemoryStore();
    const first = await tell(day, { store });
    const submitted = day.calls.get('SubmitJob');
    const again = await tell(day, { store, process: 2 });
    expect(day.calls.get('SubmitJob')).toBe(submitted);
    expect(finalAnswers(again)).toEqual(finalAnswers(first));
  });

  test('refuses other entries under the same name', async () => {
    const day = await begin();
    const store = createMemoryStore();
    await tell(day, { store, until: 'submitted' });
    await expect(tell(day, { store, manifest: manifestOf(91), process: 2 })).rejects.toThrow(
      /other entries .*90 of them.*Give|give another run id/s,
    );
  });

  test('killed before or after any call and begun again, it ends as if nothing had happened, with every job submitted once', async () => {
    const want = await calm;
    const probe = await begin();
    const counted = probe.mortal(createMemoryStore(), { at: Infinity, when: 'before' });
    await tell(probe, { store: counted.store, ports: counted.ports });
    const wrong: string[] = [];
    for (let at = 1, step = 0; at <= counted.calls(); at += 19, step += 1) {
      const when = step % 2 === 0 ? 'before' : 'after';
      const day = await begin();
      const store = createMemoryStore();
      const mortal = day.mortal(store, { at, when });
      tellStory({ day, store: mortal.store, manifest: manifestOf(90), ports: mortal.ports }).catch(() => undefined);
      await day.run(mortal.died);
      const told = await tell(day, { store, process: 2 });
      const jobs = await day.run(acceptedJobs(day));
      const same = JSON.stringify(finalAnswers(told)) === JSON.stringify(want);
      if (!same || [...jobs.values()].some(number => number !== 1)) wrong.push(`${when} call ${at}`);
      await day.stop();
    }
    expect(wrong).toEqual([]);
  });

  test('refused by Batch, it goes on when that is mended, were it days later', async () => {
    const day = await begin();
    const store = createMemoryStore();
    const denied = Object.assign(new Error('not authorized'), {
      name: 'AccessDeniedException',
      $metadata: { httpStatusCode: 403 },
    });
    const before = day.ports.aws.batchOnce;
    const batchOnce: typeof before = async region => ({
      ...(await before(region)),
      submitJob: () => Promise.reject(denied),
    });
    const ports = { ...day.ports, aws: { ...day.ports.aws, batchOnce } };
    await expect(tell(day, { store, ports })).rejects.toThrow('AccessDeniedException: not authorized');
    await day.clock.advanceTo(day.clock.now() + 60 * 3_600_000);
    const looked = day.calls.get('ListJobs');
    const told = await tell(day, { store, process: 2, until: 'submitted' });
    expect([day.calls.get('ListJobs'), told.state]).toEqual([looked, 'running']);
    expect([...(await day.run(acceptedJobs(day))).values()]).toEqual(Array(9).fill(1));
  });

  test('throttled for minutes while it submits, it keeps its lease: another process stands back, and every job is submitted once', async () => {
    let until = Number.POSITIVE_INFINITY;
    const day = await begin({
      fault: operation => (operation === 'SubmitJob' && day.clock.now() < until ? { kind: 'throttle' } : undefined),
    });
    until = day.clock.now() + 300_000;
    const store = createMemoryStore();
    const first = tellStory({ day, store, manifest: manifestOf(90) });
    const limiter = createRateLimiter(day.clock, day.ports.notify);
    const other = day.clock
      .sleep(1000)
      .then(() => tell(day, { store, process: 2, isAlive: () => true, ports: { ...day.ports, limiter } }))
      .catch((error: Error) => error);
    const [told, refused] = await day.run(Promise.all([first, other]));
    expect(refused).toBeInstanceOf(LeaseTakenError);
    expect(finalAnswers(told)).toEqual(await calm);
    expect([...(await day.run(acceptedJobs(day))).values()].filter(times => times !== 1)).toEqual([]);
  });

  test('throttled for minutes while it explains what failed, it goes on watching', async () => {
    let listings = 0;
    const day = await begin({
      fault(operation) {
        if (operation !== 'ListJobs') return undefined;
        listings += 1;
        return listings <= 70 ? { kind: 'throttle' } : undefined;
      },
    });
    const told = await tell(day);
    expect(finalAnswers(told)).toEqual(await calm);
    expect(day.messages('warning')).toContainEqual(
      expect.stringMatching(/listing the FAILED children of .* Still watching\.$/),
    );
  });

  test.each([
    ['lost answers to SubmitJob', 'SubmitJob', 'lost', 3],
    ['SubmitJob calls that never arrived', 'SubmitJob', 'reset', 3],
    ['a throttled SubmitJob', 'SubmitJob', 'throttle', 2],
    ['throttled looks', 'DescribeJobs', 'throttle', 3],
    ['broken looks', 'DescribeJobs', 'reset', 2],
    ['throttled lists', 'ListJobs', 'throttle', 2],
    ['looks that show what was', 'DescribeJobs', 'stale', 2],
    ['lists that show what was', 'ListJobs', 'stale', 2],
  ] as const)('%s change nothing', async (_, operation, kind, every) => {
    const day = await begin({
      fault: (called, number) => (called === operation && number % every === 1 ? { kind } : undefined),
    });
    const told = await tell(day);
    expect(finalAnswers(told)).toEqual(await calm);
    expect([...(await day.run(acceptedJobs(day))).values()].every(number => number === 1)).toBe(true);
  });

  test('jobs that Batch shows late are found all the same when the answer was lost', async () => {
    const day = await begin({
      visibleAfterMs: 6000,
      fault: (called, number) => (called === 'SubmitJob' && number % 2 === 1 ? { kind: 'lost' } : undefined),
    });
    const told = await tell(day);
    expect(finalAnswers(told)).toEqual(await calm);
    expect([...(await day.run(acceptedJobs(day))).values()].every(number => number === 1)).toBe(true);
    expect(day.messages('warning').some(text => text.includes('the answer to SubmitJob was lost'))).toBe(true);
  });

  test('a second process waits for the first, and gives up on one that is alive', async () => {
    const day = await begin();
    const store = createMemoryStore();
    const first = tellStory({ day, store, manifest: manifestOf(90) });
    const second = tellStory({ day, store, manifest: manifestOf(90), process: 2, isAlive: () => true });
    await expect(day.run(second)).rejects.toThrow(/run daily is being driven by process 1/);
    await day.run(first);
  });

  test('cancelled, it leaves the jobs alone and says how to go on', async () => {
    const day = await begin();
    const store = createMemoryStore();
    const abort = new AbortController();
    const told = tellStory({ day, store, manifest: manifestOf(90), ports: { ...day.ports, signal: abort.signal } });
    const heard = expect(told).rejects.toThrow(/its jobs go on.*watch --run daily/);
    await day.clock.advanceTo(day.clock.now() + 60_000);
    abort.abort();
    await day.run(heard);
    expect(day.calls.get('TerminateJob')).toBeUndefined();
    expect(finalAnswers(await tell(day, { store, process: 2 }))).toEqual(await calm);
  });
});

describe('limits', () => {
  test('at the deadline what is left is terminated, and told as such', async () => {
    const day = await begin({ maxvCpus: 4 });
    const told = await tell(day, { config: { deadlineSeconds: 600 } });
    const cancelled = [...told.outcomes.values()].filter(({ class: kind }) => kind === 'cancelled');
    expect(cancelled.length).toBeGreaterThan(10);
    expect(cancelled[0]?.evidence).toContain('the deadline of the run passed');
    expect(day.messages('warning').some(text => text.startsWith('Terminating what is left of the run'))).toBe(true);
  });

  test('so it is when the budget is spent', async () => {
    const day = await begin({ maxvCpus: 64 });
    const told = await tell(day, { config: { maxCost: 0.5, prices: { vcpuHour: 1, gibHour: 0, gpuHour: 0 } } });
    expect(
      [...told.outcomes.values()].some(
        ({ evidence }) => evidence?.includes('has cost') && evidence.includes('may cost 0.5'),
      ),
    ).toBe(true);
  });

  test('and when a queue can never run what is waiting: why is told long before, and the rest of the run goes on', async () => {
    // The large tier asks for 16 vCPUs.
    const day = await begin({ maxvCpus: 8, model: fatefulModel({ application: 0, memory: 0, spot: 0 }) });
    const told = await tell(day, { config: { blockedSeconds: 900 } });
    const outcomes = [...told.outcomes.values()];
    // Sixty of the ninety succeeded at once, and are told as what is not here.
    expect(outcomes).toHaveLength(30);
    expect(new Set(outcomes.map(({ status, tier }) => `${status} ${tier}`))).toEqual(new Set(['failed large']));
    expect(outcomes.find(({ tier }) => tier === 'large')?.evidence).toMatch(/it could never run: MISCONFIGURATION:/);
    const warnings = day.messages('warning');
    expect(
      warnings.some(text => /^Nothing of cues-daily-0-large-\S+ runs on cues-\S+ in eu-west-1: MISCON/.test(text)),
    ).toBe(true);
  });
});

describe('what Batch has forgotten', () => {
  test('is unknown, never a success, and is not tried again by itself', async () => {
    const day = await begin({ historyHours: 24 });
    const store = createMemoryStore();
    await tell(day, { store, until: 'submitted' });
    await day.clock.advanceTo(day.clock.now() + 48 * 3_600_000);
    const told = await tell(day, { store, process: 2 });
    const outcomes = [...told.outcomes.values()];
    expect(outcomes).toHaveLength(90);
    expect(new Set(outcomes.map(({ status, class: kind }) => `${status} ${kind}`))).toEqual(
      new Set(['failed unknown']),
    );
    expect(outcomes[0]?.evidence).toMatch(
      /Batch does not know job \S+ any more, and how it ended was not written down/,
    );
    expect(told.rounds).toBe(1);
  });
});
