import type { GetAuthorizationTokenCommandOutput } from '@aws-sdk/client-ecr';
import { beforeEach, describe, expect, test } from '@jest/globals';
import type { ToolkitEvent } from '../../../src/events.ts';
import { type Authorization, createAuthorization } from '../../../src/image/registry/authorization.ts';
import type { EcrPort } from '../../../src/ports.ts';

const HOUR = 3_600_000;
let now: number;
let calls: number;
let events: ToolkitEvent[];
let controller: AbortController;
let respond: () => Promise<Partial<GetAuthorizationTokenCommandOutput>>;
beforeEach(() => {
  [now, calls, events, controller] = [0, 0, [], new AbortController()];
  respond = async () => ({
    authorizationData: [
      {
        authorizationToken: Buffer.from(`AWS:pass:${calls}`).toString('base64'),
        expiresAt: new Date(now + 12 * HOUR),
        proxyEndpoint: 'https://1.dkr.ecr.eu-west-1.amazonaws.com',
      },
    ],
  });
});

function open(): Authorization {
  const ecr: Pick<EcrPort, 'getAuthorizationToken'> = {
    getAuthorizationToken: async () => {
      calls += 1;
      return { $metadata: {}, ...(await respond()) };
    },
  };
  return createAuthorization('eu-west-1', {
    aws: { ecr: async () => ecr as EcrPort },
    clock: { now: () => now, sleep: async () => {} },
    notify: event => events.push(event),
    signal: controller.signal,
  });
}

describe('the login of a registry', () => {
  test('is told as a secret, whole and in parts, before anybody has it', async () => {
    const token = await open().token();
    const encoded = Buffer.from('AWS:pass:1').toString('base64');
    expect(token).toMatchObject({ header: `Basic ${encoded}`, username: 'AWS', password: 'pass:1' });
    expect(events).toEqual([
      { type: 'secret', value: encoded },
      { type: 'secret', value: 'pass:1' },
    ]);
  });

  test('is asked for once by many at the same time', async () => {
    const authorization = open();
    await Promise.all([authorization.token(), authorization.token(), authorization.token()]);
    await authorization.token();
    expect(calls).toBe(1);
  });

  test.each([
    [11.4 * HOUR, 1],
    [11.6 * HOUR, 2],
    [13 * HOUR, 2],
  ])('after %i ms has been asked for %i time(s)', async (later, expected) => {
    const authorization = open();
    await authorization.token();
    now = later;
    await authorization.token();
    expect(calls).toBe(expected);
  });

  test('lives twelve hours when ECR does not say how long', async () => {
    const encoded = Buffer.from('AWS:x').toString('base64');
    respond = async () => ({ authorizationData: [{ authorizationToken: encoded }] });
    expect(await open().token()).toMatchObject({ expires: 12 * HOUR, endpoint: '' });
  });

  test('is forgotten when it was refused, but not because an older one was', async () => {
    const authorization = open();
    const first = await authorization.token();
    authorization.refuse(first);
    const second = await authorization.token();
    authorization.refuse(first);
    expect(await authorization.token()).toBe(second);
    expect(calls).toBe(2);
  });

  test('that failed is asked for again the next time', async () => {
    const authorization = open();
    const good = respond;
    respond = async () => {
      throw Object.assign(new Error('slow down'), { name: 'ThrottlingException' });
    };
    await expect(authorization.token()).rejects.toMatchObject({
      name: 'RemoteError',
      message: 'Logging in to the registry in eu-west-1: ThrottlingException: slow down.',
    });
    respond = good;
    await expect(authorization.token()).resolves.toBeDefined();
  });

  test('that is not permitted says which permission is missing', async () => {
    respond = async () => {
      throw Object.assign(new Error('no'), { name: 'AccessDeniedException' });
    };
    await expect(open().token()).rejects.toThrow('The deploy role needs ecr:GetAuthorizationToken on "*".');
  });

  test('that is empty is an error', async () => {
    respond = async () => ({ authorizationData: [] });
    await expect(open().token()).rejects.toThrow('ECR gave no token');
  });

  test('ends with the reason of an abort', async () => {
    respond = async () => {
      controller.abort(new Error('cancelled'));
      throw new Error('AbortError');
    };
    await expect(open().token()).rejects.toThrow('cancelled');
  });
});
