import { describe, expect, test } from '@jest/globals';
import { describeReference, parseReference } from '../../src/image/reference.ts';
import {
  describeRepository,
  isLoopback,
  isSameRegistry,
  parseEcrHost,
  parseRegistryLocation,
} from '../../src/image/registry-location.ts';

const DIGEST = `sha256:${'ab'.repeat(32)}`;
const ECR = '123456789012.dkr.ecr.eu-west-1.amazonaws.com';

describe('a reference', () => {
  test.each([
    ['python', { host: 'docker.io', repository: 'library/python' }],
    ['python:3.12-slim', { host: 'docker.io', repository: 'library/python', tag: '3.12-slim' }],
    ['team/app', { host: 'docker.io', repository: 'team/app' }],
    ['index.docker.io/python:3', { host: 'docker.io', repository: 'library/python', tag: '3' }],
    ['localhost/app', { host: 'localhost', repository: 'app' }],
    ['localhost:5000/app:1', { host: 'localhost:5000', repository: 'app', tag: '1' }],
    [`${ECR}/a/b_c.d:v1`, { host: ECR, repository: 'a/b_c.d', tag: 'v1' }],
    [`${ECR}/app@${DIGEST}`, { host: ECR, repository: 'app', digest: DIGEST }],
    [`${ECR}/app:v1@${DIGEST}`, { host: ECR, repository: 'app', tag: 'v1', digest: DIGEST }],
    [
      '127.0.0.1:4566/123456789012/eu-west-1/content-cues:x',
      { host: '127.0.0.1:4566', repository: '123456789012/eu-west-1/content-cues', tag: 'x' },
    ],
  ])('%s is read as Docker reads it, and written whole', (text, expected) => {
    const parsed = parseReference(text);
    expect(parsed).toEqual(expected);
    expect(parseReference(describeReference(parsed))).toEqual(parsed);
  });

  test.each([
    ['', '"" is not a repository'],
    ['App', 'a repository has no capitals'],
    ['app:', '"" is not a tag'],
    ['app:-x', '"-x" is not a tag'],
    [`app:${'x'.repeat(129)}`, 'is not a tag'],
    ['app@sha256:12', '"sha256:12" is not a digest'],
    [`app@${DIGEST}@${DIGEST}`, 'more than one "@"'],
    ['localhost:5000/', '"" is not a repository'],
    ['a//b', '"a//b" is not a repository'],
    ['a/-b', '"a/-b" is not a repository'],
  ])('%j is refused: %s', (text, reason) => {
    expect(() => parseReference(text)).toThrow(reason);
  });
});

describe('where a registry is', () => {
  test.each([
    [ECR, { account: '123456789012', region: 'eu-west-1', fips: false }],
    [
      '123456789012.dkr.ecr.cn-north-1.amazonaws.com.cn',
      { account: '123456789012', region: 'cn-north-1', fips: false },
    ],
    [
      '123456789012.dkr.ecr-fips.us-gov-west-1.amazonaws.com',
      { account: '123456789012', region: 'us-gov-west-1', fips: true },
    ],
    ['123456789012.dkr-ecr.eu-west-1.on.aws', { account: '123456789012', region: 'eu-west-1', fips: false }],
    ['123456789012.dkr-ecr-fips.us-east-1.on.aws', { account: '123456789012', region: 'us-east-1', fips: true }],
    ['12345.dkr.ecr.eu-west-1.amazonaws.com', undefined],
    ['123456789012.dkr.ecr.eu-west-1.amazonaws.com.evil.example', undefined],
    ['127.0.0.1:4566', undefined],
  ])('%s', (host, expected) => expect(parseEcrHost(host)).toEqual(expected));

  test('the FIPS name of a registry is the same registry, one of another region is not', () => {
    expect(isSameRegistry(ECR, '123456789012.dkr.ecr-fips.eu-west-1.amazonaws.com')).toBe(true);
    expect(isSameRegistry(ECR, '123456789012.dkr.ecr.eu-west-2.amazonaws.com')).toBe(false);
    expect(isSameRegistry(ECR, '210987654321.dkr.ecr.eu-west-1.amazonaws.com')).toBe(false);
    expect(isSameRegistry('localhost:1', 'localhost:1')).toBe(true);
    expect(isSameRegistry('localhost:1', ECR)).toBe(false);
  });

  test.each([
    [ECR, { host: ECR, prefix: '' }, `${ECR}/a/b`],
    ['127.0.0.1:1/123/eu-west-1', { host: '127.0.0.1:1', prefix: '123/eu-west-1' }, '127.0.0.1:1/123/eu-west-1/a/b'],
    ['127.0.0.1:1/123/', { host: '127.0.0.1:1', prefix: '123' }, '127.0.0.1:1/123/a/b'],
  ])('%s is split into host and prefix', (text, location, address) => {
    expect(parseRegistryLocation(text)).toEqual(location);
    expect(describeRepository(location, 'a/b')).toBe(address);
  });

  test.each([
    ['127.0.0.1', true],
    ['127.1.2.3:80', true],
    ['localhost:5000', true],
    ['[::1]:5000', true],
    ['127.example.org', false],
    ['localhost.example.org', false],
    [ECR, false],
  ])('%s is on this machine: %j', (host, expected) => expect(isLoopback(host)).toBe(expected));
});
