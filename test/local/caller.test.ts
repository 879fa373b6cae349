import { expect, test } from '@jest/globals';
import { readCaller, temporaryAccessKeyId } from '../../src/local/caller.ts';

const signed = (credential: string) => ({
  authorization: `AWS4-HMAC-SHA256 SignedHeaders=host, Credential=${credential}, Signature=0`,
});
const url = (path = '/') => new URL(path, 'http://127.0.0.1');
const nobody = { account: '123456789012', region: 'us-east-1', signed: false };

test.each([
  [
    'a signature',
    signed('111122223333/20260101/eu-west-1/batch/aws4_request'),
    '/',
    { account: '111122223333', region: 'eu-west-1', signed: true },
  ],
  [
    'a session of a role',
    signed(`${temporaryAccessKeyId('444455556666', 'AB12')}/20260101/eu-west-1/batch/aws4_request`),
    '/',
    { account: '444455556666', region: 'eu-west-1' },
  ],
  [
    'a key that is no account',
    signed('AKIAIOSFODNN7EXAMPLE/20260101/eu-west-1/batch/aws4_request'),
    '/',
    { account: '123456789012', region: 'eu-west-1', signed: true },
  ],
  [
    'signature 4A, one region',
    { ...signed('111122223333/20260101/s3/aws4_request'), 'x-amz-region-set': 'eu-north-1,eu-west-1' },
    '/',
    { account: '111122223333' },
  ],
  [
    'signature 2',
    { authorization: 'AWS 111122223333:signature' },
    '/',
    { account: '111122223333', region: 'us-east-1', signed: true },
  ],
  [
    'a presigned query',
    {},
    '/b/k?X-Amz-Credential=111122223333%2F20260101%2Feu-west-1%2Fs3%2Faws4_request&X-Amz-Security-Token=t',
    { account: '111122223333', region: 'eu-west-1', signed: true, sessionToken: 't' },
  ],
  ['a presigned query of version 2', {}, '/b/k?AWSAccessKeyId=111122223333', { account: '111122223333', signed: true }],
  ['no credentials', {}, '/', nobody],
  ['another scheme', { authorization: 'Bearer x' }, '/', nobody],
  [
    'a registry path',
    { authorization: 'Basic x' },
    '/v2/444455556666/eu-west-1/app/manifests/x',
    { account: '444455556666', region: 'eu-west-1', signed: true },
  ],
  [
    'a registry path without credentials',
    {},
    '/v2/444455556666/eu-west-1/app/manifests/x',
    { account: '444455556666', region: 'eu-west-1', signed: false },
  ],
  ['the registry itself', {}, '/v2/', nobody],
])('FRAME-1 the caller of %s', (_, headers, path, expected) => {
  expect(readCaller(headers, url(path))).toMatchObject(expected);
});

test.each([
  ['eu-north-1,eu-west-1', 'eu-north-1'],
  ['*', 'us-east-1'],
])('FRAME-1 signature 4A over %s means %s', (regions, region) => {
  const headers = { ...signed('111122223333'), 'x-amz-region-set': regions };
  expect(readCaller(headers, url()).region).toBe(region);
});
