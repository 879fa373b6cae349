import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import type { Definition } from '../../src/definitions/model.ts';
import { planRegistration } from '../../src/definitions/plan.ts';
import { applyRegistration } from '../../src/definitions/register.ts';
import { RemoteError } from '../../src/errors.ts';
import type { BatchPort } from '../../src/ports.ts';
import { startInProcessBatch } from './in-process-batch.ts';
import { LocalRegions } from './local-regions.ts';
import { bend, definitionOf, ec2, ecs, eks, fargate, multinode, TARGET } from './requests.ts';

const [WEST, EAST] = ['eu-west-1', 'us-east-1'] as const;
let regions: LocalRegions;

beforeEach(async () => {
  regions = await LocalRegions.start();
});
afterEach(() => regions.stop());

function named(name: string, region: string = WEST, changes: Readonly<Record<string, unknown>> = {}): Definition {
  return definitionOf(bend(ec2(), { jobDefinitionName: name, ...changes }), { ...TARGET, region });
}

async function actions(definitions: readonly Definition[]) {
  const plan = await planRegistration(definitions, regions.ports());
  return plan.definitions.map(({ definition, action, live }) => [
    definition.target.region,
    definition.name,
    action,
    live?.revision,
  ]);
}

async function register(definitions: readonly Definition[]): Promise<void> {
  const plan = await planRegistration(definitions, regions.ports());
  const result = await applyRegistration(plan, { onFailure: 'undo', stamp: {} }, regions.ports());
  expect(result.definitions.flatMap(({ outcome }) => (outcome.status === 'failed' ? [outcome.error] : []))).toEqual([]);
}

describe('a plan', () => {
  test('says of every definition in every region: new, changed or unchanged', async () => {
    await register([named('a'), named('b')]);
    const wanted = [named('a'), named('b', WEST, { schedulingPriority: 9 }), named('c'), named('a', EAST)];
    expect(await actions(wanted)).toEqual([
      [WEST, 'a', 'unchanged', 1],
      [WEST, 'b', 'register-changed', 1],
      [WEST, 'c', 'register-new', undefined],
      [EAST, 'a', 'register-new', undefined],
    ]);
  });

  test('has a diff of what changes, and of nothing else', async () => {
    await register([named('a')]);
    const plan = await planRegistration([named('a', WEST, { schedulingPriority: 9 }), named('b')], regions.ports());
    expect(plan.definitions.map(({ diff }) => diff.filter(line => /^[-+]/.test(line)))).toEqual([
      ['-  "schedulingPriority": 5', '+  "schedulingPriority": 9'],
      [],
    ]);
  });

  test.each([
    ['ec2', ec2],
    ['fargate', fargate],
    ['ecs', ecs],
    ['eks', eks],
    ['multinode', multinode],
  ] as const)('of a registered %s definition is empty', async (_family, request) => {
    await register([definitionOf(request())]);
    expect(await actions([definitionOf(request())])).toEqual([[WEST, 'cues-small', 'unchanged', 1]]);
  });

  test('compares with the highest revision that is ACTIVE', async () => {
    const batch = regions.batch(WEST);
    for (const priority of [1, 2, 3]) await batch.registerJobDefinition(bend(ec2(), { schedulingPriority: priority }));
    const third = definitionOf(bend(ec2(), { schedulingPriority: 3 }));
    expect(await actions([third])).toEqual([[WEST, 'cues-small', 'unchanged', 3]]);
    await batch.deregisterJobDefinition({ jobDefinition: 'cues-small:3' });
    expect(await actions([third])).toEqual([[WEST, 'cues-small', 'register-changed', 2]]);
  });

  test('goes by the content when a revision has no stamp', async () => {
    await regions.batch(WEST).registerJobDefinition(ec2());
    expect(await actions([definitionOf(ec2())])).toEqual([[WEST, 'cues-small', 'unchanged', 1]]);
  });

  test('does not trust a stamp that stands on other content', async () => {
    await register([definitionOf(ec2())]);
    const [live] = await regions.described(WEST);
    await regions.batch(WEST).registerJobDefinition({ ...bend(ec2(), { schedulingPriority: 9 }), tags: live?.tags });
    expect(await actions([definitionOf(ec2())])).toEqual([[WEST, 'cues-small', 'register-changed', 2]]);
  });
});

describe('calls', () => {
  const registerOthers = (count: number) =>
    Promise.all(
      Array.from({ length: count }, (_, index) =>
        regions.batch(WEST).registerJobDefinition(bend(ec2(), { jobDefinitionName: `other-${index}` })),
      ),
    );

  test('one listing a region, while that is cheapest', async () => {
    await actions([named('a'), named('b'), named('c'), named('a', EAST)]);
    expect(regions.calls.sort()).toEqual([`${WEST} DescribeJobDefinitions`, `${EAST} DescribeJobDefinitions`].sort());
  });

  test('a page of the listing for each 100 revisions of the account', async () => {
    await registerOthers(210);
    const wanted = ['other-7', 'other-209', 'a', 'b'].map(name => named(name));
    expect((await actions(wanted)).map(([, , action]) => action)).toEqual([
      'unchanged',
      'unchanged',
      'register-new',
      'register-new',
    ]);
    expect(regions.count('DescribeJobDefinitions')).toBe(3);
  });

  test('by name where the account has far more revisions than that', async () => {
    await registerOthers(210);
    expect((await actions([named('other-7'), named('a')])).map(([, , action]) => action)).toEqual([
      'unchanged',
      'register-new',
    ]);
    expect(regions.count('DescribeJobDefinitions')).toBe(2 + 2);
  });

  test('by name with all its pages', async () => {
    for (let revision = 1; revision <= 101; revision++) {
      await regions.batch(WEST).registerJobDefinition(bend(ec2(), { schedulingPriority: revision }));
    }
    expect(await actions([definitionOf(bend(ec2(), { schedulingPriority: 101 }))])).toEqual([
      [WEST, 'cues-small', 'unchanged', 101],
    ]);
    expect(regions.count('DescribeJobDefinitions')).toBe(2);
  });
});

test('a fleet takes at most one page for each 100 live revisions and one listing for each region', async () => {
  const local = await startInProcessBatch();
  const { batch } = local.portsOf(TARGET.account);
  /** [region, revisions of each of 20 names, names of others]: 0, 100 sharp, 101, 250 live revisions. */
  const fleet = [
    ['eu-west-1', 0, 0],
    ['us-east-1', 5, 0],
    ['us-west-2', 5, 1],
    ['ap-southeast-2', 10, 50],
  ] as const;
  const names = Array.from({ length: 20 }, (_, index) => `tier-${index}`);
  const pages = new Map<string, number>();
  for (const [region, revisions, others] of fleet) {
    const client = await batch(region);
    for (let revision = 1; revision <= revisions; revision++) {
      for (const name of names)
        await client.registerJobDefinition(named(name, region, { schedulingPriority: revision }).request);
    }
    for (let other = 0; other < others; other++) await client.registerJobDefinition(named(`other-${other}`).request);
  }
  const counted = async (region: string) => {
    const client: BatchPort = await batch(region);
    const describeJobDefinitions: typeof client.describeJobDefinitions = given => {
      pages.set(region, (pages.get(region) ?? 0) + 1);
      return client.describeJobDefinitions(given);
    };
    return Object.assign(Object.create(client) as typeof client, { describeJobDefinitions });
  };
  const wanted = fleet.flatMap(([region, revisions]) =>
    names.map(name => named(name, region, { schedulingPriority: revisions })),
  );
  const plan = await planRegistration(wanted, { ...regions.ports(), aws: { batch: counted, batchOnce: counted } });
  await local.stop();
  expect(Map.groupBy(plan.definitions, ({ action }) => action).get('unchanged')).toHaveLength(60);
  for (const [region, revisions, others] of fleet) {
    const live = revisions * names.length + others;
    expect({ region, pages: pages.get(region) }).toEqual({ region, pages: Math.max(1, Math.ceil(live / 100)) });
  }
});

describe('a region that cannot be read', () => {
  test('is an error that says what to grant', async () => {
    regions.local.faults.on('batch:DescribeJobDefinitions', { region: EAST }).deny();
    const planning = planRegistration([named('a'), named('a', EAST)], regions.ports());
    await expect(planning).rejects.toBeInstanceOf(RemoteError);
    await expect(planning).rejects.toMatchObject({
      operation: 'DescribeJobDefinitions',
      target: `a in ${EAST}`,
      message: expect.stringMatching(
        /^reading what is registered of a in us-east-1: AccessDenied.*Grant batch:DescribeJobDefinitions to the deploy role\.$/,
      ),
    });
  });

  test('is read again when it only throttles, more slowly, and says so', async () => {
    regions.local.faults.on('batch:DescribeJobDefinitions').throttle().times(4);
    expect(await actions([named('a')])).toEqual([[WEST, 'a', 'register-new', undefined]]);
    expect(regions.events).toEqual([
      { type: 'message', level: 'info', text: 'AWS throttles read calls in eu-west-1: slowed to 5 a second.' },
      { type: 'message', level: 'info', text: 'AWS throttles read calls in eu-west-1: slowed to 2.5 a second.' },
    ]);
  });
});
