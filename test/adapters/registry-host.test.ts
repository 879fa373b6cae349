import { describe, expect, test } from '@jest/globals';
import { pointsAtLocalAws, registryHost } from '../../src/adapters/aws/registry-host.ts';

const target = { environment: 'test', region: 'eu-west-1', account: '123456789012', partition: 'aws' };
const LOCAL = 'http://127.0.0.1:4566';

describe('registryHost', () => {
  test.each([
    ['on AWS', target, {}, '123456789012.dkr.ecr.eu-west-1.amazonaws.com'],
    [
      'in China',
      { ...target, region: 'cn-north-1', partition: 'aws-cn' },
      {},
      '123456789012.dkr.ecr.cn-north-1.amazonaws.com.cn',
    ],
    ['on the local AWS', target, { AWS_ENDPOINT_URL: LOCAL }, '127.0.0.1:4566/123456789012/eu-west-1'],
    [
      "by ECR's own endpoint",
      target,
      { AWS_ENDPOINT_URL_ECR: 'http://localhost:1' },
      'localhost:1/123456789012/eu-west-1',
    ],
    [
      'behind a VPC endpoint',
      target,
      { AWS_ENDPOINT_URL: 'https://vpce.example' },
      '123456789012.dkr.ecr.eu-west-1.amazonaws.com',
    ],
  ])('%s', (_, given, environment, host) => {
    expect(registryHost(given, environment)).toBe(host);
  });
});

test.each([
  [LOCAL, {}, true],
  ['http://[::1]:4566', {}, true],
  ['http://127.1.2.3', {}, true],
  ['https://127.0.0.1', {}, false],
  ['http://10.0.0.1', {}, false],
  ['nonsense', {}, false],
  [undefined, {}, false],
  [LOCAL, { AWS_IGNORE_CONFIGURED_ENDPOINT_URLS: 'true' }, false],
])('%s with %j points at the local AWS: %s', (endpoint, environment, expected) => {
  expect(pointsAtLocalAws(endpoint, environment)).toBe(expected);
});
