/** What comes of a token, by what STS answers; the answers are STS's own. */
import { ExpiredTokenException, InvalidIdentityTokenException, STSServiceException } from '@aws-sdk/client-sts';
import { expect, test } from '@jest/globals';
import { exchangeToken } from '../../src/credentials/exchange.ts';
import { ConfigurationError } from '../../src/errors.ts';
import type { ToolkitEvent } from '../../src/events.ts';
import { answering } from '../definitions/answers.ts';

const ROLE = 'arn:aws:iam::111122223333:role/deploy';
const CLAIMS = { iss: 'i', sub: 's', aud: 'a', repository: 'models/models', run_id: '7' };
const TOKEN = `e.${Buffer.from(JSON.stringify(CLAIMS)).toString('base64url')}.s`;
const CREDENTIALS = {
  AccessKeyId: 'ASIA',
  SecretAccessKey: 'secret',
  SessionToken: 'token',
  Expiration: new Date(5000),
};
const $metadata = {};

/** The answers one after the other, the last for ever. */
async function exchange(...answers: readonly (object | Error)[]) {
  const events: ToolkitEvent[] = [];
  let asked = 0;
  const assumeRoleWithWebIdentity = () => {
    const answer = answers[Math.min(asked, answers.length - 1)] ?? {};
    asked += 1;
    if (answer instanceof Error) throw answer;
    return answer;
  };
  const request = { role: ROLE, region: 'eu-west-1', audience: 'a', durationSeconds: 900 };
  const result = await exchangeToken(request, {
    tokens: { readToken: async () => TOKEN },
    aws: answering({ sts: { assumeRoleWithWebIdentity } }),
    notify: event => events.push(event),
  });
  return { result, asked, secrets: events.flatMap(event => (event.type === 'secret' ? [event.value] : [])) };
}

test.each<[string, object, string]>([
  [
    'with its ARN',
    { AssumedRoleUser: { Arn: 'arn:aws:sts::1:assumed-role/deploy/x' } },
    'arn:aws:sts::1:assumed-role/deploy/x',
  ],
  ['without one', {}, ''],
])('a session %s; its secrets are told before it', async (_, user, arn) => {
  const { result, secrets } = await exchange({ Credentials: CREDENTIALS, ...user });
  expect(result).toMatchObject({
    session: { accessKeyId: 'ASIA', secretAccessKey: 'secret', sessionToken: 'token', expiresAt: 5000, arn },
    sessionName: 'models-models-7',
  });
  expect(secrets).toEqual([TOKEN, 'secret', 'token', 'ASIA']);
});

test.each([undefined, 'AccessKeyId', 'SecretAccessKey', 'SessionToken', 'Expiration'])(
  'an answer without credentials, or without %s of them, is an error and no session',
  async missing => {
    const answer = missing ? { Credentials: { ...CREDENTIALS, [missing]: undefined } } : {};
    await expect(exchange(answer)).rejects.toThrow(
      `taking the role ${ROLE} in eu-west-1: the answer holds no credentials.`,
    );
  },
);

const expired = new ExpiredTokenException({ message: 'Token must not be expired', $metadata });
test('a token that has grown old is replaced once, and then told', async () => {
  expect(await exchange(expired, { Credentials: CREDENTIALS })).toMatchObject({ asked: 2, result: { session: {} } });
  expect(await exchange(expired)).toMatchObject({
    asked: 2,
    result: { refusal: { code: 'ExpiredToken', message: 'Token must not be expired' }, claims: CLAIMS },
  });
});

test('any other refusal is told after one question', async () => {
  const refused = new InvalidIdentityTokenException({ message: 'No OpenIDConnect provider found', $metadata });
  expect(await exchange(refused)).toMatchObject({
    asked: 1,
    result: { refusal: { code: 'InvalidIdentityToken', message: 'No OpenIDConnect provider found' } },
  });
});

test.each<[string, Error]>([
  [
    'AWS is busy',
    new STSServiceException({ name: 'ThrottlingException', $fault: 'client', $metadata, message: 'why' }),
  ],
  ['AWS is broken', new STSServiceException({ name: 'InternalFailure', $fault: 'server', $metadata, message: 'why' })],
  [
    'the issuer is not reached',
    new STSServiceException({ name: 'IDPCommunicationError', $fault: 'client', $metadata, message: 'why' }),
  ],
  ['AWS is not reached', Object.assign(new Error('why'), { code: 'ECONNREFUSED' })],
  ['this machine is not set up', new ConfigurationError('why')],
])('that %s is no refusal', async (_, error) => {
  await expect(exchange(error)).rejects.toThrow(/^taking the role \S+ in eu-west-1: .*why/);
});
