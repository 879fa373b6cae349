/** What spot instances cost now, split into vCPUs and memory so that no instance is ever priced higher than it is. */
import type { ComputeEnvironmentDetail } from '@aws-sdk/client-batch';
import type { _InstanceType, InstanceTypeInfo, SpotPrice } from '@aws-sdk/client-ec2';
import type { Prices } from '../../config/model.ts';
import { ask, chunks } from '../../definitions/verify/ask.ts';
import type { Capacity } from '../../definitions/verify/capacity.ts';
import type { Verdict } from '../../definitions/verify/model.ts';
import type { PriceQuote } from '../model.ts';
import type { RunPorts } from '../ports.ts';

/** Of EC2's names in one call: a page of answers holds each in several zones. */
const NAMES_A_CALL = 100;
/**
 * A vCPU weighs as much as so many GiB. The weight decides how a price is split, and not whether the sum is a lower bound: with the
 * least price per weight of all types, an instance full of jobs comes to its own price at most, whatever the weight.
 */
const VCPU_WEIGHT = 9;

interface SpotPorts extends Pick<RunPorts, 'aws' | 'limiter' | 'signal'> {
  readonly asker: string;
  readonly capacity: Capacity;
  readonly askedAt: Date;
}

/**
 * By the type and zone that are cheapest for their size, of all that the compute environments may start. In an environment that also
 * starts on-demand instances, those cost more. The verdict says why there is none.
 */
export async function readSpotPrice(
  region: string,
  environments: readonly ComputeEnvironmentDetail[],
  currency: string,
  ports: SpotPorts,
): Promise<(Prices & Pick<PriceQuote, 'basis'>) | Verdict> {
  if (!environments.some(({ computeResources }) => computeResources?.type === 'SPOT'))
    return { status: 'NG', reason: 'its job queue has no compute environment of type SPOT' };
  if (currency !== 'USD') return { status: 'NG', reason: `spot prices are in USD, not in ${currency}` };
  const answers = await Promise.all(environments.map(each => ports.capacity.instanceTypes(region, each)));
  const refused = answers.find(answer => 'verdict' in answer);
  if (refused && 'verdict' in refused) return refused.verdict;
  const found = answers.flatMap(answer => ('value' in answer ? answer.value : []));
  const types = new Map(found.flatMap(type => (type.InstanceType ? [[type.InstanceType, type] as const] : [])));
  const history = await readHistory(region, [...types.keys()], ports);
  if ('verdict' in history) return history.verdict;
  const priced = history.value.flatMap(({ InstanceType, AvailabilityZone, SpotPrice: text }) => {
    const weight = weightOf(InstanceType && types.get(InstanceType));
    const price = Number(text);
    return price > 0 && weight > 0 ? [{ InstanceType, AvailabilityZone, price, perWeight: price / weight }] : [];
  });
  const [first, ...others] = priced;
  if (!first) return { status: 'NG', reason: 'EC2 has no spot price of the instance types of its job queue' };
  const least = others.reduce((least, each) => (each.perWeight < least.perWeight ? each : least), first);
  const count = new Set(priced.map(({ InstanceType }) => InstanceType)).size;
  return {
    vcpuHour: VCPU_WEIGHT * least.perWeight,
    gibHour: least.perWeight,
    gpuHour: 0,
    basis: `the spot price of ${least.InstanceType} in ${least.AvailabilityZone}, ${least.price} an hour, the least for its size of ${count} instance types, split so that a vCPU costs as much as ${VCPU_WEIGHT} GiB`,
  };
}

function weightOf(type: InstanceTypeInfo | undefined): number {
  return VCPU_WEIGHT * (type?.VCpuInfo?.DefaultVCpus ?? 0) + (type?.MemoryInfo?.SizeInMiB ?? 0) / 1024;
}

/** One price of each type and zone, the newest: EC2 adds the one in effect at the start to those that came until the end. */
function readHistory(region: string, names: readonly _InstanceType[], ports: SpotPorts) {
  return ask(
    {
      region,
      action: 'ec2:DescribeSpotPriceHistory',
      look: async call => {
        const newest = new Map<string, SpotPrice>();
        const ec2 = await ports.aws.ec2(region);
        for (const InstanceTypes of chunks(names, NAMES_A_CALL)) {
          const request = {
            InstanceTypes: [...InstanceTypes],
            ProductDescriptions: ['Linux/UNIX'],
            StartTime: ports.askedAt,
            EndTime: ports.askedAt,
          };
          let NextToken: string | undefined;
          do {
            const page = await call(() =>
              ec2.describeSpotPriceHistory({ ...request, ...(NextToken && { NextToken }) }),
            );
            for (const price of page.SpotPriceHistory ?? []) {
              const key = `${price.InstanceType} ${price.AvailabilityZone}`;
              const known = newest.get(key);
              if (!known || Number(known.Timestamp) < Number(price.Timestamp)) newest.set(key, price);
            }
            NextToken = page.NextToken;
          } while (NextToken);
        }
        return [...newest.values()];
      },
    },
    ports,
  );
}
