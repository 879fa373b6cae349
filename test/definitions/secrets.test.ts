import { expect, test } from '@jest/globals';
import { isSecretName, isSecretValue, secretFormat } from '../../src/definitions/secrets.ts';

test.each([
  'PASSWORD',
  'DB_PASSWORD',
  'dbPassword',
  'db-password',
  'API_KEY',
  'apiKey',
  'APIKEY',
  'PRIVATE_KEY',
  'AWS_SECRET_ACCESS_KEY',
  'GITHUB_TOKEN',
  'splunk-token',
  'MY_PWD',
  'CLIENT_SECRET',
  'CREDENTIALS',
  'SSH_KEY_PASSPHRASE',
])('%s is the name of a secret', name => {
  expect(isSecretName(name)).toBe(true);
});

test.each([
  'TOKENIZERS_PARALLELISM',
  'MAX_TOKENS',
  'SECRET_ARN',
  'SECRET_NAME',
  'PASSWORD_FILE',
  'TOKEN_URL',
  'KEY',
  'PRIMARY_KEY',
  'KEYS',
  'TOKEN_TTL',
  '',
  '___',
  'MONKEY',
  'SECRETARY',
  'PASSWORDLESS',
])('%s is not', name => {
  expect(isSecretName(name)).toBe(false);
});

test.each([
  [`AKIA${'ABCDEFGHIJKLMNOP'}`, 'an AWS access key'],
  [`ASIA${'ABCDEFGHIJKLMNOP'}`, 'an AWS access key'],
  [`x=ghp_${'a'.repeat(36)}`, 'a GitHub token'],
  [`github_pat_${'a'.repeat(40)}`, 'a GitHub token'],
  ['xoxb-1234567890-abc', 'a Slack token'],
  [`AIza${'a'.repeat(35)}`, 'a Google API key'],
  [`sk_live_${'a'.repeat(16)}`, 'a Stripe key'],
  ['-----BEGIN RSA PRIVATE KEY-----', 'a private key'],
  ['-----BEGIN PRIVATE KEY-----', 'a private key'],
  ['eyJhbGciOiJIUzI1.eyJzdWIiOiIxMjM0.abc', 'a JSON web token'],
  [`hf_${'a'.repeat(30)}`, 'a Hugging Face token'],
  ['postgres://user:hunter2@db/x', 'a password in a URL'],
  ['AKIASHORT', undefined],
  ['https://example.com/a', undefined],
  ['s3://bucket/a:b@c', undefined],
  ['postgres://user@db/x', undefined],
  ['eyJ is no token', undefined],
])('%s is %s', (text, what) => {
  expect(secretFormat(text)).toBe(what);
});

test.each([
  ['PASSWORD', 'hunter2', true],
  ['X', `ghp_${'a'.repeat(36)}`, true],
  ['X', 'hunter2', false],
  ['PASSWORD', '', false],
  ['PASSWORD', 'arn:aws:ssm:eu-west-1:123456789012:parameter/x', false],
  ['TOKEN', 's3://bucket/key', false],
  ['TOKEN', '/run/secrets/token', false],
  ['TOKEN', 'TRUE', false],
  ['TOKEN', '12345', false],
  ['TOKEN', '123456', true],
  ['TOKEN', 'Ref::token', false],
])('%s=%s: %s', (name, value, expected) => {
  expect(isSecretValue(name, value)).toBe(expected);
});
