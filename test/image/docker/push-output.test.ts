import { describe, expect, test } from '@jest/globals';
import { addLogins } from '../../../src/image/docker/config-file.ts';
import { countPushed, parsePushOutput } from '../../../src/image/docker/push-output.ts';

const digest = (character: string): string => `sha256:${character.repeat(64)}`;

describe('what docker push prints', () => {
  test('tells the digest and the layers that were sent', () => {
    const stdout = [
      'The push refers to repository [h/app]',
      `${'a'.repeat(12)}: Preparing`,
      `${'b'.repeat(12)}: Layer already exists`,
      `${'c'.repeat(12)}: Mounted from team/base`,
      `${'a'.repeat(12)}: Pushed`,
      `v1: digest: ${digest('d')} size: 524`,
      '',
    ].join('\r\n');
    expect(parsePushOutput(stdout)).toEqual({ digest: digest('d'), pushed: ['a'.repeat(12)] });
  });

  test('may tell neither', () => {
    expect(parsePushOutput('something new')).toEqual({ digest: undefined, pushed: [] });
  });

  test.each([
    ['by their uncompressed digests', ['a', 'c'], 101],
    ['by their compressed digests', ['e'], 10],
    ['by none', [], 0],
  ])('layers are counted %s', (_, pushed, bytes) => {
    const layers = ['d', 'e', 'f'].map((name, index) => ({
      mediaType: 'x',
      digest: digest(name),
      size: [1, 10, 100][index] ?? 0,
    }));
    const names = pushed.map(name => name.repeat(12));
    expect(countPushed(names, layers, ['a', 'b', 'c'].map(digest))).toBe(bytes);
  });
});

describe('the configuration with logins', () => {
  const login = { host: 'h:1', username: 'AWS', password: 'p:w' };
  const auth = Buffer.from('AWS:p:w').toString('base64');

  test('keeps all that the user has, and goes before any credential store', () => {
    const own = {
      auths: { 'h:1': { auth: 'old' }, other: { auth: 'x' } },
      credsStore: 'desktop',
      credHelpers: { gcr: 'gcloud' },
      proxies: {},
    };
    expect(JSON.parse(addLogins(JSON.stringify(own), [login]))).toEqual({
      auths: { 'h:1': { auth }, other: { auth: 'x' } },
      credsStore: 'desktop',
      credHelpers: { gcr: 'gcloud', 'h:1': '' },
      proxies: {},
    });
  });

  test.each([undefined, '', 'not json', '[]', 'null', '{"auths": 3}'])('begins anew from %j', text => {
    expect(JSON.parse(addLogins(text, [login]))).toEqual({ auths: { 'h:1': { auth } }, credHelpers: { 'h:1': '' } });
  });
});
