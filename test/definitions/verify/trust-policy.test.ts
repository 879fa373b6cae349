import { expect, test } from '@jest/globals';
import { readTrust } from '../../../src/definitions/verify/trust-policy.ts';

const TASKS = 'ecs-tasks.amazonaws.com';
const where = { service: TASKS, account: '123456789012', region: 'eu-west-1' };
const allow = (more: object = {}) => ({
  Effect: 'Allow',
  Principal: { Service: TASKS },
  Action: 'sts:AssumeRole',
  ...more,
});
const given = (operator: string, key: string, value: unknown) => allow({ Condition: { [operator]: { [key]: value } } });
const deny = (more: object = {}) => allow({ Effect: 'Deny', ...more });

test.each<[string, unknown, unknown]>([
  ['one statement, no list', allow(), 'trusted'],
  ['a list of statements', [allow({ Principal: { Service: 'ec2.amazonaws.com' } }), allow()], 'trusted'],
  ['a list of services', [allow({ Principal: { Service: ['ec2.amazonaws.com', TASKS] } })], 'trusted'],
  ['everybody', [allow({ Principal: '*' })], 'trusted'],
  ['every service', [allow({ Principal: { Service: '*' } })], 'trusted'],
  ['a list of actions', [allow({ Action: ['sts:TagSession', 'sts:AssumeRole'] })], 'trusted'],
  ['any case, with a wildcard', [allow({ Action: 'STS:Assume*' })], 'trusted'],
  ['every action but another', [allow({ Action: undefined, NotAction: 'sts:TagSession' })], 'trusted'],
  ['no statement', undefined, 'refused'],
  ['another service', [allow({ Principal: { Service: 'batch.amazonaws.com' } })], 'refused'],
  ['the root of an account', [allow({ Principal: { AWS: 'arn:aws:iam::123456789012:root' } })], 'refused'],
  ['a service that only begins alike', [allow({ Principal: { Service: `${TASKS}.cn` } })], 'refused'],
  ['another action', [allow({ Action: 'sts:AssumeRoleWithWebIdentity' })], 'refused'],
  ['no action', [allow({ Action: undefined })], 'refused'],
  ['every action but this', [allow({ Action: undefined, NotAction: 'sts:*' })], 'refused'],
  ['a denial over it', [allow(), deny()], 'refused'],
  [
    'a denial of another account',
    [allow(), deny({ Condition: { StringEquals: { 'aws:SourceAccount': '9' } } })],
    'trusted',
  ],
  [
    'a denial that depends',
    [allow(), deny({ Condition: { Bool: { 'aws:SecureTransport': 'false' } } })],
    { conditional: 'aws:SecureTransport' },
  ],
  ['this account', [given('StringEquals', 'aws:SourceAccount', '123456789012')], 'trusted'],
  ['a list of accounts', [given('StringLike', 'AWS:SourceAccount', ['1', '1234*'])], 'trusted'],
  ['another account', [given('StringEquals', 'aws:SourceAccount', '999999999999')], 'refused'],
  ['this source', [given('ArnLike', 'aws:SourceArn', 'arn:aws:ecs:eu-west-1:123456789012:*')], 'trusted'],
  ['sources anywhere', [given('ArnLikeIfExists', 'aws:SourceArn', 'arn:aws:ecs:*:123456789012:*')], 'trusted'],
  ['every source', [given('StringLike', 'aws:SourceArn', '*')], 'trusted'],
  ['another region', [given('ArnLike', 'aws:SourceArn', 'arn:aws:ecs:us-east-1:123456789012:*')], 'refused'],
  [
    'a source of another service',
    [given('ArnLike', 'aws:SourceArn', 'arn:aws:batch:eu-west-1:123456789012:*')],
    'refused',
  ],
  ['what cannot be told', [given('StringEquals', 'sts:ExternalId', 'x')], { conditional: 'sts:ExternalId' }],
  [
    'an operator that turns it round',
    [given('StringNotEquals', 'aws:SourceAccount', '1')],
    { conditional: 'aws:SourceAccount' },
  ],
  ['one way that surely holds', [given('StringEquals', 'sts:ExternalId', 'x'), allow()], 'trusted'],
  [
    'two conditions, one of which does not hold',
    [allow({ Condition: { StringEquals: { 'sts:ExternalId': 'x', 'aws:SourceAccount': '9' } } })],
    'refused',
  ],
])('%s', (_, Statement, expected) => {
  expect(readTrust(JSON.stringify({ Version: '2012-10-17', Statement }), where)).toEqual(expected);
});
