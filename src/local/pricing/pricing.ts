/** The price list, as far as it is about Fargate: the published prices of us-east-1, the same in every region. */
import { type JsonService, ServiceError, type ServiceRequest } from '../model.ts';

/** USD an hour. https://aws.amazon.com/fargate/pricing/ */
const PRICES: Readonly<Record<string, string>> = {
  'ECS-EC2-GB-Hours': '0.0000000000',
  'ECS-EC2-vCPU-Hours': '0.0000000000',
  'Fargate-ARM-GB-Hours': '0.0035600000',
  'Fargate-ARM-vCPU-Hours:perCPU': '0.0323800000',
  'Fargate-EphemeralStorage-GB-Hours': '0.0001110000',
  'Fargate-GB-Hours': '0.0044450000',
  'Fargate-Windows-GB-Hours': '0.0051117500',
  'Fargate-Windows-OS-Hours:perCPU': '0.0460000000',
  'Fargate-Windows-vCPU-Hours:perCPU': '0.0465520000',
  'Fargate-vCPU-Hours:perCPU': '0.0404800000',
};
const PUBLISHED = '2026-01-01T00:00:00Z';
/** What usage is named after in a region. */
const PREFIXES: Readonly<Record<string, string>> = {
  'us-east-1': 'USE1',
  'us-west-2': 'USW2',
  'eu-west-1': 'EU',
  'eu-central-1': 'EUC1',
  'ap-south-1': 'APS3',
};
/** https://docs.aws.amazon.com/awsaccountbilling/latest/aboutv2/using-price-list-query-api.html */
const ENDPOINTS = ['us-east-1', 'eu-central-1', 'ap-south-1'];

export function createPricing(): JsonService {
  return { name: 'pricing', operations: { GetProducts: getProducts } };
}

function getProducts({ input, region }: ServiceRequest) {
  if (!ENDPOINTS.includes(region))
    throw new ServiceError(
      'NotFoundException',
      `The price list is asked for in ${ENDPOINTS.join(', ')}, not in ${region}.`,
    );
  const { ServiceCode, FormatVersion = 'aws_v1', MaxResults = 100, NextToken } = input;
  if (ServiceCode !== 'AmazonECS')
    throw new ServiceError('InvalidParameterException', 'The local AWS has the prices of AmazonECS alone.');
  if (FormatVersion !== 'aws_v1') throw new ServiceError('InvalidParameterException', 'FormatVersion must be aws_v1');
  if (!Number.isInteger(MaxResults) || Number(MaxResults) < 1 || Number(MaxResults) > 100)
    throw new ServiceError('InvalidParameterException', 'MaxResults must be from 1 to 100');
  const filters = readFilters(input['Filters']);
  const found = Object.keys(PREFIXES)
    .concat(filters['regionCode'] ?? [])
    .filter((each, at, all) => all.indexOf(each) === at)
    .flatMap(describeRegion)
    .filter(({ product }) =>
      Object.entries(filters).every(
        ([field, value]) => product.attributes[field]?.toLowerCase() === value.toLowerCase(),
      ),
    );
  const start = NextToken === undefined ? 0 : Number(NextToken);
  if (!Number.isInteger(start) || start < 0)
    throw new ServiceError('InvalidNextTokenException', 'The token is invalid.');
  const end = start + Number(MaxResults);
  return {
    FormatVersion,
    PriceList: found.slice(start, end).map(product => JSON.stringify(product)),
    ...(end < found.length && { NextToken: String(end) }),
  };
}

/** Every filter must match, in whatever case. */
function readFilters(filters: unknown): Readonly<Record<string, string>> {
  const list = (filters ?? []) as readonly { Type?: string; Field?: string; Value?: string }[];
  return Object.fromEntries(
    list.map(({ Type = '', Field = '', Value = '' }) => {
      if (!/^(TERM_MATCH|EQUALS)$/.test(Type) || Field === '')
        throw new ServiceError('InvalidParameterException', 'The local AWS does TERM_MATCH and EQUALS of a field.');
      return [Field, Value];
    }),
  );
}

function describeRegion(regionCode: string) {
  const prefix = PREFIXES[regionCode] ?? regionCode.replaceAll('-', '').toUpperCase();
  return Object.entries(PRICES).map(([usage, USD]) => {
    const sku = `${prefix}${usage}`.replaceAll(/[^A-Za-z0-9]/g, '').toUpperCase();
    const attributes: Readonly<Record<string, string>> = {
      regionCode,
      servicecode: 'AmazonECS',
      usagetype: `${prefix}-${usage}`,
      ...(usage.includes('GB') ? { memorytype: 'perGB' } : { cputype: 'perCPU' }),
      ...(usage.includes('ARM') && { cpuArchitecture: 'ARM' }),
    };
    const dimension = { unit: 'hours', beginRange: '0', endRange: 'Inf', pricePerUnit: { USD } };
    const term = { sku, effectiveDate: PUBLISHED, priceDimensions: { [`${sku}.ON.HOUR`]: dimension } };
    return {
      product: { productFamily: 'Compute', sku, attributes },
      serviceCode: 'AmazonECS',
      terms: { OnDemand: { [`${sku}.ON`]: term } },
      publicationDate: PUBLISHED,
    };
  });
}
