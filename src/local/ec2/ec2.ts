/** EC2, as far as one must know which instance types there are. Every region offers all of the table. */
import { type JsonService, ServiceError, type ServiceRequest } from '../model.ts';
import { readStructures, readText, readTexts } from '../query-input.ts';
import { INSTANCE_TYPES, type InstanceType } from './instance-types.ts';

export function createEc2(): JsonService {
  return {
    name: 'ec2',
    xmlNamespace: 'http://ec2.amazonaws.com/doc/2016-11-15/',
    operations: { DescribeInstanceTypes: describeInstanceTypes },
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

function selectNamed(names: readonly string[]): readonly InstanceType[] {
  if (names.length === 0) return INSTANCE_TYPES;
  const unknown = names.filter(name => !INSTANCE_TYPES.some(type => type.name === name));
  if (unknown.length === 0) return INSTANCE_TYPES.filter(({ name }) => names.includes(name));
  const message = `The following supplied instance types do not exist: [${unknown.join(', ')}]`;
  throw new ServiceError('InvalidInstanceType', message);
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

function readStart(input: ServiceRequest['input']): number {
  const token = readText(input, 'NextToken');
  if (token === undefined) return 0;
  const start = Number(Buffer.from(token, 'base64').toString());
  if (Number.isInteger(start) && start > 0) return start;
  throw new ServiceError('InvalidNextToken', 'The token is invalid.');
}

function writeStart(start: number): string {
  return Buffer.from(String(start)).toString('base64');
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
