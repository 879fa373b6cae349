/** What an hour costs, asked of AWS when a run is planned. */
import { Batch } from '@aws-sdk/client-batch';
import { EC2 } from '@aws-sdk/client-ec2';
import { Pricing } from '@aws-sdk/client-pricing';
import { afterEach, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import { systemClock } from '../../src/adapters/clock.ts';
import type { PriceSource } from '../../src/config/model.ts';
import { ConfigurationError } from '../../src/errors.ts';
import { createRateLimiter } from '../../src/limiter.ts';
import { createQueues } from '../../src/local/queues.ts';
import type { RunPlan, Shard } from '../../src/runs/model.ts';
import type { RunPorts } from '../../src/runs/ports.ts';
import { lookUpPrices } from '../../src/runs/prices/look-up.ts';
import { hourlyCost } from '../../src/runs/spending.ts';
import { clientOptions, useLocalAws } from '../local/fixtures/local.ts';
import { runConfig } from './cues-fleet.ts';

const NOW = Date.parse('2026-11-29T12:00:00Z');
const REGIONS = ['eu-west-1', 'ap-southeast-2'];
const QUEUES = [
  { name: 'spot', capacity: 'SPOT' },
  { name: 'named', capacity: 'SPOT', instanceTypes: ['m5.large', 'r5.2xlarge', 't3.large'] },
  { name: 'ondemand', capacity: 'EC2' },
  { name: 'fargate', capacity: 'FARGATE' },
  { name: 'fargate-spot', capacity: 'FARGATE_SPOT' },
] as const;
const local = useLocalAws();
const warnings: string[] = [];

beforeAll(async () => {
  await createQueues(local(), { queues: QUEUES, account: '111122223333', regions: REGIONS });
});
beforeEach(() => void warnings.splice(0));
afterEach(() => local().faults.clear());

/** `page`: answers come in pages of that size. */
function portsOf(page?: number): RunPorts {
  const options = (region: string) => clientOptions(local(), undefined, region);
  const clock = { ...systemClock, now: () => NOW };
  const more = page === undefined ? {} : { MaxResults: page };
  const unasked = () => Promise.reject(new Error('not asked for prices'));
  return {
    aws: {
      batch: async region => new Batch(options(region)),
      batchOnce: unasked,
      logs: unasked,
      async ec2(region) {
        const client = new EC2(options(region));
        return {
          describeInstanceTypes: request => client.describeInstanceTypes({ ...request, ...more }),
          describeSpotPriceHistory: request => client.describeSpotPriceHistory({ ...request, ...more }),
        };
      },
      async pricing(region) {
        const client = new Pricing(options(region));
        return { getProducts: request => client.getProducts({ ...request, ...more }) };
      },
    },
    clock,
    notify: event => void (event.type === 'message' && event.level === 'warning' && warnings.push(event.text)),
    limiter: createRateLimiter(clock),
  };
}

/** One job in each of the regions, in the job queue of that name. */
function planOf(
  prices: PriceSource,
  jobQueue: string,
  { regions = ['eu-west-1'], config = {} }: { regions?: readonly string[]; config?: Partial<RunPlan['config']> } = {},
) {
  const definition = { arn: 'a', vcpus: 2, memoryMiB: 4096, gpus: 0 };
  return {
    config: runConfig({ prices, ...config }),
    jobQueues: Object.fromEntries(regions.map(region => [region, { low: jobQueue }])),
    definitions: regions.flatMap(region => [
      { ...definition, region, tier: 'small' },
      { ...definition, region, tier: 'arm', architecture: 'ARM64' as const },
    ]),
    shards: regions.map(region => ({ region, priority: 'low', tier: 'small' }) as Shard),
  };
}

async function hoursOf(plan: ReturnType<typeof planOf>, page?: number) {
  const pricing = await lookUpPrices(plan, portsOf(page));
  if (!pricing) throw new Error('prices are looked up');
  const cost = (tier: string) =>
    hourlyCost({ ...plan, pricing } as unknown as RunPlan, { region: 'eu-west-1', priority: 'low', tier });
  return { pricing, cost };
}

test('prices that are configured are not looked up', async () => {
  const prices = { vcpuHour: 1, gibHour: 1, gpuHour: 0 };
  local().faults.on('*').deny();
  expect(
    await lookUpPrices(planOf('spot', 'spot', { config: { pricesByPriority: { low: prices } } }), portsOf()),
  ).toBeUndefined();
});

test.each([undefined, 3])('fargate: the list price by architecture, in pages of %s', async page => {
  const { pricing, cost } = await hoursOf(planOf('fargate', 'fargate'), page);
  expect(pricing.askedAt).toBe('2026-11-29T12:00:00.000Z');
  expect(pricing.missing).toEqual([]);
  expect(pricing.quotes).toEqual([
    {
      ...{ region: 'eu-west-1', priority: 'low', tiers: ['small'], source: 'fargate' },
      ...{ vcpuHour: 0.040_48, gibHour: 0.004_445, gpuHour: 0 },
      basis: 'Fargate’s list price for Linux on X86_64, published 2026-01-01',
    },
    {
      ...{ region: 'eu-west-1', priority: 'low', tiers: ['arm'], source: 'fargate' },
      ...{ vcpuHour: 0.032_38, gibHour: 0.003_56, gpuHour: 0 },
      basis: 'Fargate’s list price for Linux on ARM64, published 2026-01-01',
    },
  ]);
  expect(cost('small')).toBeCloseTo(2 * 0.040_48 + 4 * 0.004_445, 9);
  expect(cost('arm')).toBeCloseTo(2 * 0.032_38 + 4 * 0.003_56, 9);
});

describe('spot', () => {
  test.each([
    ['spot', undefined],
    ['spot', 20],
    ['named', undefined],
  ])('no instance of %s is priced higher than it is, and one just so (pages of %s)', async (queue, page) => {
    const { pricing } = await hoursOf(planOf('spot', queue), page);
    const [quote, ...others] = pricing.quotes;
    if (!quote) throw new Error('there is a quote');
    expect([others, pricing.missing]).toEqual([[], []]);
    const ec2 = new EC2(clientOptions(local()));
    const patterns = queue === 'named' ? ['m5.large', 'r5.2xlarge', 't3.large'] : ['m6i.*', 'c6i.*', 'r6i.*', 'c7i.*'];
    const { InstanceTypes: types = [] } = await ec2.describeInstanceTypes({
      Filters: [{ Name: 'instance-type', Values: patterns }],
    });
    const { SpotPriceHistory: prices = [] } = await ec2.describeSpotPriceHistory({
      InstanceTypes: types.flatMap(({ InstanceType }) => InstanceType ?? []),
    });
    const shares = prices.map(({ InstanceType, SpotPrice }) => {
      const type = types.find(each => each.InstanceType === InstanceType);
      const gib = (type?.MemoryInfo?.SizeInMiB ?? 0) / 1024;
      return ((type?.VCpuInfo?.DefaultVCpus ?? 0) * quote.vcpuHour + gib * quote.gibHour) / Number(SpotPrice);
    });
    expect(shares.length).toBeGreaterThanOrEqual(9);
    expect(Math.max(...shares)).toBeCloseTo(1, 9);
    expect(quote.vcpuHour).toBeCloseTo(9 * quote.gibHour, 12);
    expect(quote.basis).toMatch(
      /^the spot price of \S+ in eu-west-1a, 0\.\d+ an hour, the least for its size of \d+ instance types, split so that a vCPU costs as much as 9 GiB$/,
    );
  });

  test('all tiers of a region have one quote, each region its own', async () => {
    const { pricing } = await hoursOf(planOf('spot', 'named', { regions: REGIONS }));
    expect(pricing.quotes.map(({ region, tiers }) => [region, tiers])).toEqual(
      REGIONS.map(region => [region, ['small', 'arm']]),
    );
  });
});

const OWN = 'et the prices of this priority in runs.pricesByPriority.';
const grant = (action: string) => `needs ${action}. Grant ${action} to the role that plans runs, or s${OWN}`;

describe('what has no price', () => {
  test.each<[source: PriceSource, queue: string, denied: string | undefined, why: string, currency?: string]>([
    ['fargate', 'fargate', 'pricing:GetProducts', grant('pricing:GetProducts')],
    ['fargate', 'fargate', 'batch:DescribeJobQueues', grant('batch:DescribeJobQueues')],
    ['fargate', 'fargate-spot', undefined, `its job queue uses FARGATE_SPOT, which has no public list price. S${OWN}`],
    ['fargate', 'spot', undefined, `its job queue does not run on Fargate. S${OWN}`],
    ['fargate', 'none', undefined, `its job queue does not exist. S${OWN}`],
    [
      ...(['fargate', 'fargate', undefined] as const),
      `pricing:GetProducts failed: Error: the list has no price in EUR for Linux on X86_64 in eu-west-1. S${OWN}`,
      'EUR',
    ],
    ['spot', 'spot', 'ec2:DescribeSpotPriceHistory', grant('ec2:DescribeSpotPriceHistory')],
    ['spot', 'spot', 'ec2:DescribeInstanceTypes', grant('ec2:DescribeInstanceTypes')],
    ['spot', 'spot', 'batch:DescribeComputeEnvironments', grant('batch:DescribeComputeEnvironments')],
    ['spot', 'ondemand', undefined, `its job queue has no compute environment of type SPOT. S${OWN}`],
    ['spot', 'spot', undefined, `spot prices are in USD, not in EUR. S${OWN}`, 'EUR'],
  ])('%s in %s, denied %s: %s', async (source, queue, denied, why, currency = 'USD') => {
    if (denied) local().faults.on(denied).deny();
    const expected = `no price for priority low in eu-west-1: ${why}`;
    const { pricing, cost } = await hoursOf(planOf(source, queue, { config: { currency } }));
    expect([pricing.quotes, pricing.missing, warnings]).toEqual([[], [expected], [expected]]);
    expect(cost('small')).toBe(0);
    await expect(lookUpPrices(planOf(source, queue, { config: { currency, maxCost: 5 } }), portsOf())).rejects.toEqual(
      new ConfigurationError(`runs.maxCost cannot be kept: ${expected}`),
    );
  });

  test('the second region refuses: the first has its price all the same', async () => {
    local().faults.on('ec2:DescribeSpotPriceHistory', { region: 'ap-southeast-2' }).deny();
    const { pricing } = await hoursOf(planOf('spot', 'spot', { regions: REGIONS }));
    expect(pricing.quotes.map(({ region }) => region)).toEqual(['eu-west-1']);
    expect(pricing.missing).toEqual([
      `no price for priority low in ap-southeast-2: ${grant('ec2:DescribeSpotPriceHistory')}`,
    ]);
  });

  test.each(['throttle', 'fail'] as const)('a call that meets %s: asked again, or said', async kind => {
    const rule = local().faults.on('pricing:GetProducts');
    (kind === 'throttle' ? rule.throttle() : rule.fail()).times(1);
    const { pricing } = await hoursOf(planOf('fargate', 'fargate'));
    expect(pricing.missing.length).toBe(kind === 'throttle' ? 0 : 1);
  });

  test('cancelled, nothing is said', async () => {
    const cancelled = { ...portsOf(), signal: AbortSignal.abort(new Error('cancelled')) };
    await expect(lookUpPrices(planOf('spot', 'spot'), cancelled)).rejects.toThrow('cancelled');
    expect(warnings).toEqual([]);
  });
});

test.each([
  ['eu-west-1', 'eu-central-1'],
  ['ap-southeast-2', 'ap-south-1'],
  ['sa-east-1', 'us-east-1'],
  ['me-central-1', 'eu-central-1'],
])('the price list of %s is asked for in %s', async (region, endpoint) => {
  await createQueues(local(), {
    queues: [{ name: 'fargate', capacity: 'FARGATE' }],
    account: '111122223333',
    regions: [region],
  });
  const asked: string[] = [];
  const ports = portsOf();
  const pricing = (where: string) => {
    asked.push(where);
    return ports.aws.pricing(where);
  };
  const found = await lookUpPrices(planOf('fargate', 'fargate', { regions: [region] }), {
    ...ports,
    aws: { ...ports.aws, pricing },
  });
  expect(asked).toEqual([endpoint]);
  expect(found?.quotes.map(({ vcpuHour }) => vcpuHour)).toEqual([0.040_48, 0.032_38]);
});
