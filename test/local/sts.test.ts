import {
  AssumeRoleCommand,
  AssumeRoleWithWebIdentityCommand,
  GetCallerIdentityCommand,
  STSClient,
} from '@aws-sdk/client-sts';
import { describe, expect, test } from '@jest/globals';
import { idToken } from './fixtures/id-token.ts';
import { clientOptions, useLocalAws } from './fixtures/local.ts';

const local = useLocalAws({ clock: { now: () => Date.UTC(2026, 0, 2, 3, 4, 5, 678), sleep: () => Promise.resolve() } });
const sts = () => new STSClient(clientOptions(local()));
const role = { RoleArn: 'arn:aws:iam::444455556666:role/ci/deploy', RoleSessionName: 'run-7' };

function callerWith(credentials: { AccessKeyId?: string | undefined; SessionToken?: string | undefined } | undefined) {
  const { AccessKeyId: accessKeyId = '', SessionToken: sessionToken = '' } = credentials ?? {};
  const client = new STSClient({
    ...clientOptions(local()),
    credentials: { accessKeyId, secretAccessKey: 'x', sessionToken },
  });
  return client.send(new GetCallerIdentityCommand({}));
}

test('STS-1 GetCallerIdentity gives the account, a user and its id', async () => {
  expect(await sts().send(new GetCallerIdentityCommand({}))).toMatchObject({
    Account: '111122223333',
    Arn: 'arn:aws:iam::111122223333:user/local',
    UserId: expect.stringMatching(/^AIDA/),
  });
});

describe('a role taken', () => {
  test('STS-2 gives credentials of the role’s account, for an hour', async () => {
    const { Credentials, AssumedRoleUser } = await sts().send(new AssumeRoleCommand(role));
    expect(Credentials?.AccessKeyId).toMatch(/^ASIA[A-Z0-9]{16}$/);
    expect(Credentials?.Expiration).toEqual(new Date(Date.UTC(2026, 0, 2, 4, 4, 5)));
    expect(AssumedRoleUser?.Arn).toBe('arn:aws:sts::444455556666:assumed-role/deploy/run-7');
    expect(await callerWith(Credentials)).toMatchObject({
      Account: '444455556666',
      Arn: 'arn:aws:sts::444455556666:assumed-role/deploy/run-7',
      UserId: AssumedRoleUser?.AssumedRoleId,
    });
  });

  test('STS-2 with a web identity needs no signature, and tells whose token it was', async () => {
    const token = idToken({ iss: 'https://token.example.com', exp: 4e9 });
    const body = new URLSearchParams({ Action: 'AssumeRoleWithWebIdentity', ...role, WebIdentityToken: token });
    expect((await fetch(local().url, { method: 'POST', body })).status).toBe(200);
    const answer = await sts().send(
      new AssumeRoleWithWebIdentityCommand({ ...role, WebIdentityToken: token, DurationSeconds: 900 }),
    );
    expect(answer).toMatchObject({
      SubjectFromWebIdentityToken: 'repo:us/app:ref:refs/heads/main',
      Audience: 'sts.amazonaws.com',
      Provider: 'token.example.com',
      Credentials: { Expiration: new Date(Date.UTC(2026, 0, 2, 3, 19, 5)) },
    });
    expect((await callerWith(answer.Credentials)).Account).toBe('444455556666');
  });

  test('a token that is not ours leaves the plain user', async () => {
    for (const SessionToken of ['nonsense', Buffer.from('{"Arn":1}').toString('base64')]) {
      expect((await callerWith({ AccessKeyId: '444455556666', SessionToken })).Arn).toBe(
        'arn:aws:iam::444455556666:user/local',
      );
    }
  });

  const null1 = '1 validation error detected: Value null at';
  test.each([
    ['no role', { RoleArn: undefined }, `${null1} 'roleArn' failed to satisfy constraint: Member must not be null`],
    [
      'no session name',
      { RoleSessionName: undefined },
      `${null1} 'roleSessionName' failed to satisfy constraint: Member must not be null`,
    ],
    ['something that is no role', { RoleArn: 'arn:aws:iam::1:role/x' }, 'arn:aws:iam::1:role/x is invalid'],
    [
      'a wrong session name',
      { RoleSessionName: 'a b' },
      "Value 'a b' at 'roleSessionName' failed to satisfy constraint: Member must satisfy regular expression pattern: [\\w+=,.@-]*",
    ],
    [
      'too short a time',
      { DurationSeconds: 899 },
      "Value '899' at 'durationSeconds' failed to satisfy constraint: Member must have value greater than or equal to 900",
    ],
    ['too long a time', { DurationSeconds: 43201 }, 'Member must have value less than or equal to 43200'],
  ])('%s is a ValidationError', async (_, change, message) => {
    const asking = sts().send(new AssumeRoleCommand({ ...role, ...change } as never));
    await expect(asking).rejects.toMatchObject({ name: 'ValidationError', message: expect.stringContaining(message) });
  });

  test('no web identity token is a ValidationError', async () => {
    const asking = sts().send(new AssumeRoleWithWebIdentityCommand({ ...role, WebIdentityToken: undefined }));
    await expect(asking).rejects.toThrow("'webIdentityToken' failed");
  });
});
