/** Which service a request is for, which operation, and in which wire form the answer goes back. */
import type { IncomingMessage } from 'node:http';
import { readScopedService } from './caller.ts';
import type { JsonService, StreamService } from './model.ts';
import type { Protocol } from './wire.ts';

export interface Services {
  readonly batch: JsonService;
  readonly ecr: JsonService;
  readonly logs: JsonService;
  readonly ssm: JsonService;
  readonly secretsManager: JsonService;
  readonly sts: JsonService;
  readonly iam: JsonService;
  readonly ec2: JsonService;
  readonly pricing: JsonService;
  readonly sqs: JsonService;
  readonly events: JsonService;
  readonly registry: StreamService;
  readonly s3: StreamService;
}

export type Route =
  | {
      readonly kind: 'call';
      readonly protocol: 'restJson1' | 'awsJson1.0' | 'awsJson1.1' | 'awsQuery' | 'ec2Query';
      readonly service: JsonService;
      /** Empty when only the body tells (STS, IAM, EC2). */
      readonly operation: string;
      /** Members that the path and the query carry. */
      readonly input: Record<string, unknown>;
    }
  | {
      readonly kind: 'stream';
      readonly protocol: Protocol;
      readonly service: StreamService;
      readonly operation: string;
    }
  | { readonly kind: 'control' };

const targets: Readonly<Record<string, 'ecr' | 'logs' | 'ssm' | 'secretsManager' | 'sqs' | 'events' | 'pricing'>> = {
  AmazonEC2ContainerRegistry_V20150921: 'ecr',
  Logs_20140328: 'logs',
  AmazonSSM: 'ssm',
  secretsmanager: 'secretsManager',
  AmazonSQS: 'sqs',
  AWSEvents: 'events',
  AWSPriceListService: 'pricing',
};

export function routeRequest(request: IncomingMessage, url: URL, services: Services): Route {
  const path = url.pathname;
  if (path === '/v2' || path.startsWith('/v2/')) return toStream('registry', services.registry, request, url);
  if (path === '/_batchwright' || path.startsWith('/_batchwright/')) return { kind: 'control' };
  return (
    routeTarget(request, url, services) ??
    routeBatch(request, url, services.batch) ??
    routeQuery(request, url, services) ??
    routeAbsent(request, url) ??
    toStream('restXml', services.s3, request, url)
  );
}

function toStream(protocol: Protocol, service: StreamService, request: IncomingMessage, url: URL): Route {
  const operation = service.operationOf?.(request, url) ?? request.method ?? '';
  return { kind: 'stream', protocol, service, operation };
}

function routeTarget({ headers }: IncomingMessage, url: URL, services: Services): Route | undefined {
  const [prefix, operation] = String(headers['x-amz-target'] ?? '').split('.');
  const name = prefix ? targets[prefix] : undefined;
  if (!operation) return undefined;
  const service = name ? services[name] : absentService(readScopedService(headers, url) ?? `${prefix}`);
  const protocol = name === 'sqs' ? 'awsJson1.0' : 'awsJson1.1';
  return { kind: 'call', protocol, service, operation, input: {} };
}

/** Any service of AWS that is not here: it has no operations, and says so in its own wire form. */
function absentService(name: string): JsonService {
  return { name, operations: {} };
}

/** `POST /v1/submitjob`; a contract test holds this rule against the paths in the SDK's schemas. No bucket can be named `v1`. */
function routeBatch({ method }: IncomingMessage, url: URL, service: JsonService): Route | undefined {
  if (!url.pathname.startsWith('/v1/')) return undefined;
  const rest = url.pathname.slice('/v1/'.length);
  const call = { kind: 'call', protocol: 'restJson1', service } as const;
  if (rest.startsWith('tags/'))
    return { ...call, ...routeTags(method, decodeURIComponent(rest.slice('tags/'.length)), url) };
  const operation =
    method === 'POST'
      ? [...Object.keys(service.operations), ...(service.notDone ?? [])].find(name => name.toLowerCase() === rest)
      : undefined;
  return { ...call, operation: operation ?? rest, input: {} };
}

function routeTags(method: string | undefined, resourceArn: string, url: URL) {
  if (method === 'GET') return { operation: 'ListTagsForResource', input: { resourceArn } };
  if (method === 'DELETE') {
    return { operation: 'UntagResource', input: { resourceArn, tagKeys: url.searchParams.getAll('tagKeys') } };
  }
  return { operation: 'TagResource', input: { resourceArn } };
}

/** The three services of the query protocols look alike from outside: the credential scope says which one is meant. */
function routeQuery({ method, headers }: IncomingMessage, url: URL, services: Services): Route | undefined {
  if (url.pathname !== '/') return undefined;
  const form =
    method === 'POST' && String(headers['content-type'] ?? '').startsWith('application/x-www-form-urlencoded');
  if (!form && !url.searchParams.has('Action')) return undefined;
  const call = { kind: 'call', operation: '', input: Object.fromEntries(url.searchParams) } as const;
  const name = readScopedService(headers, url);
  if (name === 'ec2') return { ...call, protocol: 'ec2Query', service: services.ec2 };
  if (name === 'iam') return { ...call, protocol: 'awsQuery', service: services.iam };
  // AssumeRoleWithWebIdentity comes without a signature.
  const sts = name === undefined || name === 'sts';
  return { ...call, protocol: 'awsQuery', service: sts ? services.sts : absentService(name) };
}

/** What is left is S3's, unless it is signed for another service: those with paths of their own, such as Lambda. */
function routeAbsent({ headers, method }: IncomingMessage, url: URL): Route | undefined {
  const name = readScopedService(headers, url);
  if (name === undefined || name === '' || name === 's3' || name === 's3express') return undefined;
  return {
    ...{ kind: 'call', protocol: 'restJson1', service: absentService(name), input: {} },
    operation: `${method} ${url.pathname}`,
  };
}
