/** EC2, as far as one must know which instance types there are, and what they cost. Every region offers all of the table. */
import { type JsonService, type LocalContext, ServiceError, type ServiceRequest } from '../model.ts';
import { readStructures, readText, readTexts } from '../query-input.ts';
import { type InstanceType, selectNamed } from './instance-types.ts';
import { readStart, writeStart } from './paging.ts';
import { describeSpotPriceHistory } from './spot-prices.ts';

export function createEc2({ clock }: Pick<LocalContext, 'clock'>): JsonService {
  return {
    name: 'ec2',
    xmlNamespace: 'http://ec2.amazonaws.com/doc/2016-11-15/',
    operations: {
      DescribeInstanceTypes: describeInstanceTypes,
      DescribeSpotPriceHistory: request => describeSpotPriceHistory(request, clock.now()),
    },
  };
}

function describeInstanceTypes({ input }: ServiceRequest) {
  const named = readTexts(input, 'InstanceType');
  const limit = readLimit(input, named);
  const found = selectNamed(named).filter(matcherOf(input));
  const start = readStart(input);
  const page = found.slice(start, start + limit);
  return {
    instanceTypeSet: { item: page.map(describe) },
    nextToken: start + limit < found.length ? writeStart(start + limit) : undefined,
  };
}

/** Every filter must match; of a filter's values, one. `*` and `?` are wildcards. */
function matcherOf(input: ServiceRequest['input']): (type: InstanceType) => boolean {
  const filters = readStructures(input, 'Filter').map(filter => {
    const name = readText(filter, 'Name') ?? '';
    const read = FILTERS[name];
    if (!read) throw new ServiceError('InvalidParameterValue', `The filter '${name}' is invalid`);
    const patterns = readTexts(filter, 'Value').map(wildcard);
    return (type: InstanceType) => patterns.some(pattern => pattern.test(read(type)));
  });
  return type => filters.every(matches => matches(type));
}

const FILTERS: Readonly<Record<string, (type: InstanceType) => string>> = {
  'instance-type': ({ name }) => name,
  'processor-info.supported-architecture': ({ architecture }) => architecture,
};

function wildcard(value: string): RegExp {
  const escaped = value.replace(/[.+^${}()|[\]\\]/g, '\\$&');
  return new RegExp(`^${escaped.replaceAll('*', '.*').replaceAll('?', '.')}$`);
}

/** 5 to 100, and never beside names. */
function readLimit(input: ServiceRequest['input'], named: readonly string[]): number {
  const given = readText(input, 'MaxResults');
  if (given === undefined) return 100;
  if (named.length > 0) {
    const message = 'The parameter InstanceTypes cannot be used with the parameter MaxResults';
    throw new ServiceError('InvalidParameterCombination', message);
  }
  const limit = Number(given);
  if (Number.isInteger(limit) && limit >= 5 && limit <= 100) return limit;
  throw new ServiceError(
    'InvalidParameterValue',
    `Value ( ${given} ) for parameter MaxResults is invalid. Expecting a value from 5 to 100.`,
  );
}

function describe({ name, vcpus, memoryMiB, architecture, gpus }: InstanceType) {
  const gpu = gpus && { name: gpus.name, manufacturer: 'NVIDIA', count: gpus.count };
  return {
    instanceType: name,
    bareMetal: name.endsWith('.metal'),
    processorInfo: { supportedArchitectures: { item: [architecture] } },
    vCpuInfo: { defaultVCpus: vcpus },
    memoryInfo: { sizeInMiB: memoryMiB },
    ...(gpu && { gpuInfo: { gpus: { item: [gpu] } } }),
  };
}
