/** Spot prices that never change, from what an instance has: nobody's figures, in the order of size of AWS's. */
import { ServiceError, type ServiceRequest } from '../model.ts';
import { readStructures, readText, readTexts } from '../query-input.ts';
import { type InstanceType, selectNamed } from './instance-types.ts';
import { readStart, writeStart } from './paging.ts';

const PRODUCT = 'Linux/UNIX';
const MOST = 1000;
const DAY = 86_400_000;
/** USD an hour. */
const VCPU = 0.012;
const GIB = 0.0014;
const GPU = 0.15;
/** The region's three zones, and how much dearer each is. */
const ZONES = { a: 1, b: 1.05, c: 1.1 } as const;

/** The one price of each type and zone in effect at `StartTime`, since the midnight before it. */
export function describeSpotPriceHistory({ input, region }: ServiceRequest, now: number) {
  if (readStructures(input, 'Filter').length > 0)
    throw new ServiceError('InvalidParameterValue', 'The local AWS filters spot prices by their own parameters alone.');
  const products = readTexts(input, 'ProductDescription');
  const zone = readText(input, 'AvailabilityZone');
  const at = readTime(input, 'StartTime') ?? now;
  if ((readTime(input, 'EndTime') ?? at) < at)
    throw new ServiceError('InvalidParameterValue', 'The start time must be before the end time');
  const types =
    products.length === 0 || products.includes(PRODUCT) ? selectNamed(readTexts(input, 'InstanceType')) : [];
  const prices = types.flatMap(type =>
    Object.entries(ZONES)
      .map(([letter, factor]) => ({ availabilityZone: `${region}${letter}`, factor }))
      .filter(({ availabilityZone }) => zone === undefined || zone === availabilityZone)
      .map(({ availabilityZone, factor }) => ({
        instanceType: type.name,
        availabilityZone,
        productDescription: PRODUCT,
        spotPrice: (priceOf(type) * factor).toFixed(6),
        timestamp: new Date(at - (at % DAY)).toISOString(),
      })),
  );
  const limit = Math.min(Number(readText(input, 'MaxResults') ?? MOST), MOST);
  const start = readStart(input);
  // EC2 ends this list with an empty token.
  const nextToken = start + limit < prices.length ? writeStart(start + limit) : '';
  return { spotPriceHistorySet: { item: prices.slice(start, start + limit) }, nextToken };
}

function priceOf({ vcpus, memoryMiB, gpus }: InstanceType): number {
  return vcpus * VCPU + (memoryMiB / 1024) * GIB + (gpus?.count ?? 0) * GPU;
}

function readTime(input: ServiceRequest['input'], name: string): number | undefined {
  const text = readText(input, name);
  if (text === undefined) return undefined;
  const time = Date.parse(text);
  if (Number.isNaN(time))
    throw new ServiceError('InvalidParameterValue', `Value (${text}) for parameter ${name} is invalid.`);
  return time;
}
