/** Every figure of a run's report, worked out again from the children alone. */
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { createMemoryStore, type MemoryStore } from '../../src/adapters/memory-store.ts';
import { formatAmount } from '../../src/format-amount.ts';
import { formatDuration, formatTime } from '../../src/report/format.ts';
import { renderMarkdown } from '../../src/report/render-markdown.ts';
import { renderText } from '../../src/report/render-text.ts';
import { reportRun } from '../../src/report/run.ts';
import { renderMetrics } from '../../src/report/run-metrics.ts';
import { collectRows, renderRunPage } from '../../src/report/run-page.ts';
import { adviseTiers } from '../../src/runs/advise.ts';
import { type AccountDetail, type ChildLine, parseChildLines } from '../../src/runs/children-file.ts';
import { compareRuns } from '../../src/runs/compare.ts';
import { findEntry, readRun } from '../../src/runs/history.ts';
import { openLedger } from '../../src/runs/ledger.ts';
import { stopRun } from '../../src/runs/stop-run.ts';
import type { RunSummary } from '../../src/runs/summary.ts';
import { createTimekeeper } from '../../src/runs/timeline.ts';
import { TIERS } from './cues-fleet.ts';
import { type Day, startDay } from './day.ts';
import { fatefulModel, manifestOf, type StoryOptions, summarizeStory } from './story.ts';

const ENTRIES = 600;
const HOUR = 3_600_000;
let day: Day;
let summary: RunSummary;
let lines: readonly ChildLine[];
/** The same, a file at a time, the last round first. */
let chunks: ChildLine[][];
let text: string;
let page: string;

beforeAll(async () => {
  day = await startDay({
    model: fatefulModel(),
    logLines: ({ environment }, fate) =>
      fate.kind === 'applicationError'
        ? ['loading', `<b>no topics</b> for ${environment['AWS_BATCH_JOB_ARRAY_INDEX']}99 | x`]
        : ['built'],
  });
  const store = createMemoryStore();
  summary = await day.run(summarizeStory({ day, store, manifest: manifestOf(ENTRIES) }, 'described'));
  const kept = [...store.values].filter(([key]) => key.includes('/children/'));
  chunks = kept.map(([, { bytes }]) => [...parseChildLines(bytes)]);
  lines = chunks.flat();
  chunks.reverse();
  text = renderText(reportRun(summary, adviseTiers(summary)));
  page = renderRunPage(summary, adviseTiers(summary), await collectRows(chunks));
});
afterAll(() => day.stop());

/** The last child of each entry decides. */
const lastOf = () => {
  const last = new Map<string, ChildLine>();
  for (const line of lines) for (const id of line.ids) if ((last.get(id)?.round ?? -1) < line.round) last.set(id, line);
  return last;
};
const hoursOf = (line: ChildLine) =>
  (line.attempts ?? []).reduce((sum, { startedAt = 0, stoppedAt = 0 }) => sum + (stoppedAt - startedAt), 0) / HOUR;

test('entries: succeeded, failed, recovered', () => {
  const last = [...lastOf().values()];
  expect(last).toHaveLength(ENTRIES);
  const failed = last.filter(({ status }) => status === 'FAILED').length;
  const recovered = last.filter(({ status, round }) => status === 'SUCCEEDED' && round > 0).length;
  expect(summary.entries).toEqual({ total: ENTRIES, succeeded: ENTRIES - failed, failed, open: 0, recovered });
  expect(failed).toBeGreaterThan(5);
  expect(recovered).toBeGreaterThan(5);
  expect(text).toContain(
    `failed ${ENTRIES - failed} of ${ENTRIES} entries succeeded, ${recovered} of them after a retry, ${failed} failed.`,
  );
});

test('rounds, classes and groups', () => {
  for (const { round, entries, failed } of summary.rounds) {
    const own = lines.filter(line => line.round === round);
    expect({ entries: own.length, failed: own.filter(({ status }) => status === 'FAILED').length }).toEqual({
      entries,
      failed,
    });
  }
  const last = [...lastOf().values()].filter(({ status }) => status === 'FAILED');
  const byClass = Object.fromEntries(
    [...Map.groupBy(last, line => line.class)].map(([kind, own]) => [kind, own.length]),
  );
  expect(summary.failedByClass).toEqual(byClass);
  expect(summary.groups.reduce((sum, { entries }) => sum + entries, 0)).toBe(last.length);
  expect(summary.groups[0]).toMatchObject({ class: 'application', lastWords: '<b>no topics</b> for … | x' });
});

test('while a retry is under way its entries are open, and the others are as they ended', async () => {
  const store = createMemoryStore();
  const tell = (options: Partial<StoryOptions>) =>
    day.run(summarizeStory({ day, store, run: 'under-way', manifest: manifestOf(ENTRIES), ...options }, 'listed'));
  await tell({ until: 'watched' });
  const { state, entries, rounds, failedByClass } = await tell({ process: 2, watchUntil: day.clock.now() + 60_000 });
  const [failed, retried] = [rounds[0]?.failed ?? 0, rounds[1]?.entries ?? 0];
  expect({ state, rounds: rounds.length }).toEqual({ state: 'running', rounds: 2 });
  expect(retried).toBeGreaterThan(0);
  expect(entries).toEqual({
    total: ENTRIES,
    succeeded: ENTRIES - failed,
    failed: failed - retried,
    open: retried,
    recovered: 0,
  });
  expect(Object.values(failedByClass).reduce((sum, number) => sum + number, 0)).toBe(entries.failed);
});

/** By the nearest rank. */
const rank = (values: readonly number[], share: number) =>
  values.toSorted((a, b) => a - b)[Math.ceil(values.length * share) - 1];

describe.each(Object.entries(TIERS))('tier %s', (tier, memory) => {
  const own = () => lines.filter(line => line.tier === tier);
  const account = () => summary.account?.byTier[tier];

  test('children, attempts, hours and cost', () => {
    const hours = own().reduce((sum, line) => sum + hoursOf(line), 0);
    const vcpus = memory / 1024;
    expect(account()?.children).toBe(own().length);
    expect(account()?.attempts).toBe(own().reduce((sum, { attempts = [] }) => sum + attempts.length, 0));
    expect(account()?.vcpuHours).toBeCloseTo(hours * vcpus, 6);
    expect(account()?.gibHours).toBeCloseTo(hours * vcpus, 6);
    expect(account()?.cost).toBeCloseTo(hours * vcpus * (0.04 + 0.004), 6);
    const told = (what: 'cost' | 'vcpuHours' | 'gibHours') => own().reduce((sum, line) => sum + line[what], 0);
    expect(told('cost')).toBeCloseTo(account()?.cost ?? 0, 6);
    expect(told('vcpuHours')).toBeCloseTo(hours * vcpus, 6);
    expect(told('gibHours')).toBeCloseTo(hours * vcpus, 6);
  });

  test('durations and waits', () => {
    const ran = own().flatMap(({ startedAt, stoppedAt }) => (startedAt && stoppedAt ? [stoppedAt - startedAt] : []));
    const waited = own().flatMap(({ createdAt, startedAt }) => (createdAt && startedAt ? [startedAt - createdAt] : []));
    expect(account()?.duration).toMatchObject({
      count: ran.length,
      p50: rank(ran, 0.5),
      p90: rank(ran, 0.9),
      p99: rank(ran, 0.99),
      longest: Math.max(...ran),
    });
    expect(account()?.wait).toMatchObject({ p50: rank(waited, 0.5), p90: rank(waited, 0.9) });
  });
});

test.each(['low', 'medium', 'high'])('waits and the last end of priority %s', priority => {
  const own = lines.filter(line => line.priority === priority);
  const waited = own.flatMap(({ createdAt, startedAt }) => (createdAt && startedAt ? [startedAt - createdAt] : []));
  const account = summary.account?.byPriority[priority];
  expect(waited.length).toBeGreaterThan(100);
  expect(account?.wait).toMatchObject({ count: waited.length, p50: rank(waited, 0.5), p90: rank(waited, 0.9) });
  expect(account?.stoppedAt).toBe(Math.max(...own.map(({ stoppedAt = 0 }) => stoppedAt)));
});

test('what was wasted', () => {
  const rate = ({ tier }: ChildLine) => (TIERS[tier as keyof typeof TIERS] / 1024) * 0.044;
  const spot = lines.reduce(
    (sum, line) => sum + hoursOf({ ...line, attempts: (line.attempts ?? []).filter(({ lost }) => lost) }) * rate(line),
    0,
  );
  const failure = lines
    .filter(({ status }) => status === 'FAILED')
    .reduce(
      (sum, line) =>
        sum + hoursOf({ ...line, attempts: (line.attempts ?? []).slice(-1).filter(({ lost }) => !lost) }) * rate(line),
      0,
    );
  expect(summary.account?.total.wastedBySpot).toBeCloseTo(spot, 6);
  expect(summary.account?.total.wastedByFailure).toBeCloseTo(failure, 6);
  expect(spot).toBeGreaterThan(0);
  expect(text).toContain(
    `The cost is a lower bound, at the configured prices: ${summary.account?.total.cost.toFixed(2)} USD.`,
  );
});

test('small figures keep two digits, in text, Markdown and page', () => {
  const { account } = summary;
  if (!account) throw new Error('it was accounted for');
  const tiny = { vcpuHours: 0.001_14, gibHours: 0.000_25, cost: 0.000_012_3, wastedBySpot: 0.000_004_5 };
  const total = { ...account.total, ...tiny };
  const small = { ...summary, account: { ...account, total, byTier: {}, byPriority: { low: total } } };
  const document = reportRun(small);
  for (const shown of [
    renderText(document),
    renderMarkdown(document),
    renderRunPage(small, [], { rows: [], total: 0 }),
  ]) {
    for (const figure of ['0.0011', '0.00025', '0.000012', '0.0000045']) expect(shown).toContain(figure);
  }
});

test('prices that were looked up are named with where they are from, and what has none', () => {
  const quote = {
    ...{ priority: 'low', tiers: ['small', 'large'], source: 'fargate' as const },
    ...{ vcpuHour: 0.040_48, gibHour: 0.004_445, gpuHour: 0, basis: 'Fargate’s list price' },
  };
  const pricing = {
    askedAt: '2026-11-29T12:10:00.000Z',
    quotes: ['eu-west-1', 'us-east-1'].map(region => ({ ...quote, region })),
    missing: ['no price for priority high in eu-west-1: needs pricing:GetProducts.'],
  };
  const told = renderText(reportRun({ ...summary, pricing })).replaceAll(/\s+/g, ' ');
  expect(told).toContain('The cost is a lower bound, at the prices of 2026-11-29 12:10 UTC where none is configured: ');
  expect(told).toContain(
    'priority low in eu-west-1 (small, large), priority low in us-east-1 (small, large): 0.04048 USD a vCPU-hour and 0.00445 a GiB-hour: Fargate’s list price.',
  );
  expect(told).toContain('no price for priority high in eu-west-1: needs pricing:GetProducts.');
});

test.each([1, 2])('what one entry cost, with %d to a child', async pack => {
  const store = createMemoryStore();
  await day.run(
    summarizeStory({ day, store, run: `pack-${pack}`, manifest: manifestOf(40), config: { pack } }, 'listed'),
  );
  const ledger = openLedger(`pack-${pack}`, store);
  const run = await readRun(ledger);
  if (!run) throw new Error('it was planned');
  const children = [...store.values]
    .filter(([key]) => key.includes('/children/'))
    .flatMap(([, { bytes }]) => [...parseChildLines(bytes)]);
  let sum = 0;
  for (let at = 0; at < 40; at += 1) {
    const found = await findEntry(run, `account-${at}`, ledger);
    const own = children.filter(({ ids }) => ids.includes(`account-${at}`));
    expect(found?.jobs.map(({ cost }) => cost)).toEqual(own.map(({ cost, ids }) => cost / ids.length));
    sum += found?.cost ?? 0;
  }
  expect(sum).toBeCloseTo(run.summary?.account?.total.cost ?? 0, 9);
  expect(sum).toBeGreaterThan(0);
});

describe('every attempt, asked for when the last ones were kept already', () => {
  const childrenOf = ({ values }: MemoryStore) =>
    [...values].flatMap(([key, { bytes }]) => (key.includes('/children/') ? [...parseChildLines(bytes)] : []));
  const tell = (own: Day, store: MemoryStore, detail: AccountDetail) =>
    own.run(summarizeStory({ day: own, store, manifest: manifestOf(ENTRIES) }, detail));

  test('is read anew, once', async () => {
    const other = await startDay({ model: fatefulModel() });
    const store = createMemoryStore();
    const listed = await tell(other, store, 'listed');
    const described = await tell(other, store, 'described');
    expect([listed.account?.detail, described.account?.detail]).toEqual(['listed', 'described']);
    expect(described.account).toEqual(summary.account);
    expect(described.account?.total.attempts).toBeGreaterThan(listed.account?.total.attempts ?? Infinity);
    expect(childrenOf(store).every(({ attempts = [] }) => attempts.length > 0)).toBe(true);
    const before = other.calls.get('DescribeJobs') ?? 0;
    for (const detail of ['listed', 'described'] as const)
      expect((await tell(other, store, detail)).account).toEqual(described.account);
    // One call a summary, for the logs of what failed.
    expect(other.calls.get('DescribeJobs')).toBe(before + 2);
    await other.stop();
  });

  test('leaves what was kept where Batch has forgotten it, and does not claim more', async () => {
    const other = await startDay({ model: fatefulModel(), historyHours: 24 });
    const store = createMemoryStore();
    const listed = await tell(other, store, 'listed');
    const kept = childrenOf(store);
    await other.clock.advanceTo(other.clock.now() + 48 * HOUR);
    expect((await tell(other, store, 'described')).account).toEqual(listed.account);
    expect(childrenOf(store)).toEqual(kept);
    await other.stop();
  });
});

test('the timeline ends with every child that ran', () => {
  const { timeline = [], startedAt = 0, stoppedAt } = summary.account ?? {};
  const ran = lines.filter(line => line.startedAt && line.stoppedAt);
  expect(timeline.at(-1)).toEqual({ at: stoppedAt, ended: ran.length, running: 0, waiting: 0 });
  const middle = timeline[60];
  if (!middle) throw new Error('there is a middle');
  expect(middle.ended).toBe(ran.filter(line => (line.stoppedAt ?? 0) <= middle.at).length);
  expect(middle.running).toBe(
    ran.filter(line => (line.startedAt ?? 0) <= middle.at && (line.stoppedAt ?? 0) > middle.at).length,
  );
  const first = timeline[0];
  expect(first?.waiting).toBe(
    ran.filter(line => (line.createdAt ?? 0) <= (first?.at ?? 0) && (line.startedAt ?? 0) > (first?.at ?? 0)).length,
  );
  expect(first?.waiting).toBeGreaterThan(0);
  expect(startedAt).toBe(Math.min(...ran.map(line => line.startedAt ?? Infinity)));
});

/** The table of a page: columns of numbers, each of a word. */
const readEntries = (html: string) =>
  JSON.parse(/<script id="entries" type="application\/json">(.*?)<\/script>/s.exec(html)?.[1] ?? '{}') as {
    id: string[];
    words: string[];
  } & Record<'status' | 'round' | 'ran' | 'cost', number[]>;

describe('the page', () => {
  test('holds every entry, the failed first, and runs without a network', () => {
    const data = readEntries(page);
    expect(data.id).toHaveLength(ENTRIES);
    expect(new Set(data.id)).toEqual(new Set(lastOf().keys()));
    const statuses = data.status.map(number => data.words[number]);
    expect(statuses.lastIndexOf('FAILED')).toBeLessThan(statuses.indexOf('SUCCEEDED'));
    expect(page).not.toMatch(/(src|href)="https?:/);
  });

  test('shows what all rounds of an entry cost, which adds up to the cost of the run', async () => {
    const last = lastOf();
    const costs = Map.groupBy(
      lines.flatMap(({ ids, cost }) => ids.map(id => ({ id, cost }))),
      ({ id }) => id,
    );
    const { rows } = await collectRows(chunks);
    for (const { id, cost } of rows)
      expect(cost).toBeCloseTo(
        (costs.get(id) ?? []).reduce((sum, one) => sum + one.cost, 0),
        9,
      );
    expect(rows.reduce((sum, { cost }) => sum + cost, 0)).toBeCloseTo(summary.account?.total.cost ?? 0, 9);
    const shown = readEntries(page);
    const at = shown.id.findIndex(id => last.get(id)?.round === 1);
    const { id, ran = 0, cost = 0 } = rows[at] ?? {};
    expect(id).toBe(shown.id[at]);
    expect([shown.round, shown.ran, shown.cost].map(column => shown.words[column[at] ?? -1])).toEqual([
      'retry 1',
      formatDuration(ran),
      formatAmount(cost),
    ]);
    expect(cost).toBeGreaterThan(last.get(id ?? '')?.cost ?? Infinity);
  });

  test('a cost on the page has two significant digits, a short time its milliseconds', () => {
    const row = {
      ...{ id: 'a', status: 'SUCCEEDED' as const, class: '', tier: 'small', priority: 'low', region: 'eu-west-1' },
      ...{ round: 0, ran: 250, cost: 0.000_004_28, job: 'j', index: 0 },
    };
    const shown = readEntries(
      renderRunPage(summary, [], { rows: [row, { ...row, cost: 0, ran: undefined }], total: 2 }),
    );
    expect([shown.round, shown.ran, shown.cost].map(column => column.map(word => shown.words[word]))).toEqual([
      ['first', 'first'],
      ['250 ms', ''],
      ['0.0000043', ''],
    ]);
  });

  test('shows the words of others as words', async () => {
    expect(page).not.toContain('<b>no topics');
    expect(page).toContain('&lt;b&gt;no topics&lt;/b&gt;');
    const hostile = renderRunPage(
      summary,
      [],
      await collectRows([[{ ...(lines[0] as ChildLine), ids: ['</script><script>alert(1)</script>'] }]]),
    );
    expect(hostile).not.toContain('</script><script>alert(1)');
  });
});

describe('a run that is stopped while some wait and others can never start', () => {
  let stopped: RunSummary;
  let children: readonly ChildLine[];

  beforeAll(async () => {
    // A child of the tier large asks for sixteen vCPUs.
    const own = await startDay({ model: fatefulModel(), maxvCpus: 8 });
    const store = createMemoryStore();
    const running = summarizeStory({ day: own, store, manifest: manifestOf(90) }, 'listed');
    const stopping = own.clock.sleep(400_000).then(async () => {
      const ledger = openLedger('daily', store);
      const plan = await ledger.readPlan();
      if (plan) await stopRun(plan, ledger, 'enough for today', own.ports);
    });
    [stopped] = await own.run(Promise.all([running, stopping]));
    children = [...store.values]
      .filter(([key]) => key.includes('/children/'))
      .flatMap(([, { bytes }]) => [...parseChildLines(bytes)]);
    await own.stop();
  });

  test('its timeline counts what never started as waiting until it was stopped', () => {
    const { timeline = [], startedAt, stoppedAt } = stopped.account ?? {};
    const unstarted = children.filter(line => line.startedAt === undefined);
    expect(unstarted.length).toBeGreaterThan(30);
    expect(startedAt).toBe(Math.min(...children.map(line => line.startedAt ?? Infinity)));
    expect(stoppedAt).toBe(Math.max(...children.map(line => line.stoppedAt ?? 0)));
    for (const { at, ended, running, waiting } of timeline) {
      const isBy = (time: number | undefined) => time !== undefined && time <= at;
      expect({ ended, running, waiting }).toEqual({
        ended: children.filter(line => isBy(line.stoppedAt)).length,
        running: children.filter(line => isBy(line.startedAt) && !isBy(line.stoppedAt)).length,
        waiting: children.filter(line => isBy(line.createdAt) && !isBy(line.startedAt) && !isBy(line.stoppedAt)).length,
      });
    }
    expect(timeline[0]?.waiting).toBeGreaterThan(unstarted.length);
  });

  test('says – of the times of a tier of which nothing started, and compares nothing with them', () => {
    const told = renderText(reportRun(stopped));
    expect(told).toMatch(/^large +30 +30 +– +– +– +– +0\.0 /m);
    expect(told).toMatch(/^small +30 +30 +\d+[^–]+$/m);
    expect(renderMarkdown(reportRun(stopped))).not.toContain('Tier large: how long');
    expect(renderMetrics(stopped)).not.toMatch(/_seconds\{.*tier="large"/);
    const { large, small } = compareRuns(summary, stopped).tiers;
    expect(large?.wait).toEqual({ before: summary.account?.byTier['large']?.wait.p50 });
    expect(small?.wait.after).toBe(stopped.account?.byTier['small']?.wait.p50);
  });
});

test('where timeouts end nearly everything, the report says which timeout to raise', async () => {
  const own = await startDay({ model: fatefulModel() });
  await own.batch().registerJobDefinition({
    jobDefinitionName: 'cues-small',
    type: 'container',
    containerProperties: {
      image: 'cues',
      resourceRequirements: [
        { type: 'VCPU', value: '1' },
        { type: 'MEMORY', value: '1024' },
      ],
    },
    timeout: { attemptDurationSeconds: 60 },
  });
  const store = createMemoryStore();
  const told = await own.run(summarizeStory({ day: own, store, manifest: manifestOf(120) }, 'listed'));
  await own.stop();
  const children = [...store.values]
    .filter(([key]) => key.includes('/children/'))
    .flatMap(([, { bytes }]) => [...parseChildLines(bytes)])
    .filter(({ tier }) => tier === 'small');
  const timedOut = children.filter(line => line.class === 'timeout').length;
  expect(told.account?.byTier['small']).toMatchObject({ timedOut, timeoutSeconds: 60 });
  const share = Math.round((timedOut / children.length) * 100);
  expect(share).toBeGreaterThan(80);
  const report = renderText(reportRun(told, adviseTiers(told)));
  expect(report).toContain(`What to change\n\n- Tier small: ${share} % of the children reached the timeout of 60 s:`);
});

test('the table of priorities: waits, and when the last child ended, in text, Markdown and page', () => {
  const document = reportRun(summary);
  const { byPriority = {} } = summary.account ?? {};
  for (const [priority, { wait, stoppedAt = 0 }] of Object.entries(byPriority)) {
    const cells = [wait?.p50, wait?.p90].map(time => formatDuration(time ?? 0));
    const own = [...cells, formatTime(stoppedAt)];
    expect(renderMarkdown(document)).toContain(` ${own.join(' | ')} | `);
    expect(text).toMatch(new RegExp(`^${priority} .* {2}${own.join(' {2,}')} {2}`, 'm'));
    const titles = ['Median wait', '90 % wait', 'Last end'];
    expect(page).toContain(
      own.map((cell, at) => `<td class="number" data-title="${titles[at]}">${cell}</td>`).join(''),
    );
  }
  expect(Object.keys(byPriority)).toHaveLength(3);
});

test('no pace is told from less than a minute', () => {
  const { account } = summary;
  if (!account) throw new Error('it was accounted for');
  const timekeeper = createTimekeeper();
  for (const at of [0, 10]) timekeeper.add({ createdAt: at, startedAt: at, stoppedAt: at + 2000 });
  const told = renderText(reportRun({ ...summary, account: { ...account, ...timekeeper.describe() } }));
  expect(told).toMatch(/^a minute \|.*\| up to 2$/m);
});

test('the job summary is Markdown with Mermaid, small enough for GitHub', () => {
  const markdown = renderMarkdown(reportRun(summary));
  expect(markdown).toContain('```mermaid\nxychart-beta\n  title "Children by state (ended, running, waiting)"');
  expect(markdown.length).toBeLessThan(50_000);
});

test('metrics: a sample for each figure, labelled with the run', () => {
  const metrics = renderMetrics(summary);
  expect(metrics).toContain(
    `batchwright_run_entries{project="cues",environment="production",run="daily",status="failed"} ${summary.entries.failed}\n`,
  );
  expect(metrics).toContain(
    `batchwright_run_duration_seconds{project="cues",environment="production",run="daily",tier="small",quantile="0.5"} ${(summary.account?.byTier['small']?.duration.p50 ?? 0) / 1000}\n`,
  );
  expect(metrics).toContain(
    `batchwright_run_priority_wait_seconds{project="cues",environment="production",run="daily",priority="low",quantile="0.9"} ${(summary.account?.byPriority['low']?.wait?.p90 ?? 0) / 1000}\n`,
  );
  expect(metrics.endsWith('# EOF\n')).toBe(true);
  for (const line of metrics.trim().split('\n'))
    expect(line).toMatch(/^# (TYPE|UNIT|HELP|EOF)|^[a-z_]+\{([a-z]+="[^"]*",?)*\} [\d.e+-]+$/);
});

test('a child that worked on several entries and could do some of them is no failure of those', async () => {
  const line = { ...(lines[0] as ChildLine), status: 'FAILED' as const, ids: ['a', 'b'], done: ['a'] };
  const { rows, total } = await collectRows([[line]]);
  expect(total).toBe(2);
  expect(rows.map(({ id, status }) => ({ id, status }))).toEqual([
    { id: 'b', status: 'FAILED' },
    { id: 'a', status: 'SUCCEEDED' },
  ]);
});

test('a run is compared with the one that ended before it, also when it is summed up again', async () => {
  const store = createMemoryStore();
  const sumUp = (run: string, entries: number) =>
    day.run(summarizeStory({ day, store, run, manifest: manifestOf(entries) }, 'listed'));
  expect((await sumUp('monday', 9)).comparison).toBeUndefined();
  const tuesday = await sumUp('tuesday', 90);
  expect(tuesday.comparison).toMatchObject({ before: 'monday', after: 'tuesday', entries: { before: 9, after: 90 } });
  expect((await sumUp('tuesday', 90)).comparison).toEqual(tuesday.comparison);
  expect((await sumUp('wednesday', 9)).comparison).toMatchObject({ before: 'tuesday' });
  expect((await sumUp('tuesday', 90)).comparison).toEqual(tuesday.comparison);
  expect((await sumUp('monday', 9)).comparison).toBeUndefined();
  expect(renderText(reportRun(tuesday))).toContain('Compared with monday');
  const { account } = tuesday;
  if (!account) throw new Error('it was accounted for');
  const dear = { ...tuesday, account: { ...account, total: { ...account.total, cost: account.total.cost * 2 } } };
  const told = renderText(reportRun({ ...dear, comparison: compareRuns(tuesday, dear) }));
  expect(told).toMatch(/cost per entry: \+100 %, from [\d.]+ to [\d.]+/);
  expect(renderText(reportRun({ ...tuesday, comparison: compareRuns(tuesday, tuesday) }))).toContain(
    'As fast and as dear within a tenth, and no failure that was not there before.',
  );
});

test('of runs that end at the same moment none is forgotten', async () => {
  const store = createMemoryStore();
  const names = ['a', 'b', 'c', 'd'];
  const stories = names.map(run => summarizeStory({ day, store, run, manifest: manifestOf(9) }, 'listed'));
  const told = await day.run(Promise.all(stories));
  const before = told.map(({ comparison }) => comparison?.before);
  expect(new Set(before).size).toBe(4);
  expect(names.filter(name => !before.includes(name))).toHaveLength(1);
});

test('compared with itself nothing changed; with a slower one it says what', () => {
  const { account } = summary;
  if (!account) throw new Error('it was accounted for');
  const same = compareRuns(summary, summary);
  expect(same).toMatchObject({ newGroups: [], goneGroups: [], cost: { ratio: 1 } });
  const slower = {
    ...summary,
    run: 'later',
    groups: [{ ...summary.groups[0], evidence: 'new' } as never],
    account: { ...account, total: { ...account.total, cost: account.total.cost * 2 } },
  };
  expect(compareRuns(summary, slower)).toMatchObject({
    cost: { ratio: 2 },
    newGroups: [{ evidence: 'new' }],
    goneGroups: expect.arrayContaining([expect.objectContaining({ class: 'application' })]),
  });
});

test('a cost that nobody has prices for is unknown, and a wait of a moment is none that grew', () => {
  const { account } = summary;
  const [tier] = Object.keys(account?.byTier ?? {});
  const own = account?.byTier[tier ?? ''];
  if (!account || !tier || !own) throw new Error('it was accounted for');
  const waiting = (p50: number) => ({
    ...summary,
    account: {
      ...account,
      total: { ...account.total, cost: 0 },
      byTier: { [tier]: { ...own, wait: { ...own.wait, p50 } } },
    },
  });
  const { cost, costPerEntry, tiers } = compareRuns(waiting(61), waiting(1889));
  expect([cost, costPerEntry]).toEqual([{}, {}]);
  expect(tiers[tier]?.wait).toEqual({ before: 61, after: 1889, within: 5000 });
  expect(compareRuns(waiting(61_000), waiting(122_000)).tiers[tier]?.wait.ratio).toBe(2);
});
