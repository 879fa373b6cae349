import { describe, expect, test } from '@jest/globals';
import { appendLayer, emptyConfigFile, type ImageConfigFile, parsePlatform } from '../../src/image/image-config.ts';
import { baseLabels, sourceLabels } from '../../src/image/labels.ts';
import { COMMIT, layerConfig } from './workshop.ts';

const base: ImageConfigFile = {
  os: 'linux',
  architecture: 'arm64',
  variant: 'v8',
  created: '2020-01-01T00:00:00Z',
  config: {
    Entrypoint: ['/tini', '--'],
    Cmd: ['bash'],
    Env: ['PATH=/usr/bin', 'LANG=C'],
    WorkingDir: '/',
    User: 'nobody',
    Labels: { z: '1', a: '1' },
  },
  rootfs: { type: 'layers', diff_ids: ['sha256:one'] },
  history: [{ created_by: 'FROM' }],
};
const layer = (more = {}) => ({ diffId: 'sha256:two', config: layerConfig('src', more) });

describe('the configuration of an image with one more layer', () => {
  test('keeps all of the base that is not changed', () => {
    const edited = appendLayer({ ...base, extension: 1 } as ImageConfigFile, layer(), {});
    expect(edited).toEqual({
      ...base,
      extension: 1,
      created: '1980-01-02T00:00:00.000Z',
      config: { ...base.config, Labels: { a: '1', z: '1' } },
      rootfs: { type: 'layers', diff_ids: ['sha256:one', 'sha256:two'] },
      history: [
        { created_by: 'FROM' },
        { created: '1980-01-02T00:00:00.000Z', created_by: 'batchwright: layer at /opt/app' },
      ],
    });
  });

  test.each([
    ['a command replaces the command', { command: ['x'] }, { Entrypoint: ['/tini', '--'], Cmd: ['x'] }],
    ['an entrypoint drops the command of the base', { entrypoint: ['y'] }, { Entrypoint: ['y'], Cmd: null }],
    ['both', { entrypoint: ['y'], command: ['x'] }, { Entrypoint: ['y'], Cmd: ['x'] }],
    ['an empty entrypoint', { entrypoint: [], command: ['x'] }, { Entrypoint: [], Cmd: ['x'] }],
    ['working directory', { workingDirectory: '/opt/app' }, { WorkingDir: '/opt/app' }],
    ['user', { user: '1000:1000' }, { User: '1000:1000' }],
    [
      'variables are replaced in place and added by name',
      { environment: { Z: '1', LANG: 'de=DE', B: '' } },
      { Env: ['PATH=/usr/bin', 'LANG=de=DE', 'B=', 'Z=1'] },
    ],
    [
      'a variable called like a member of every object',
      { environment: { constructor: 'x' } },
      { Env: ['PATH=/usr/bin', 'LANG=C', 'constructor=x'] },
    ],
  ])('%s', (_, more, expected) => {
    expect(appendLayer(base, layer(more), {}).config).toMatchObject(expected);
  });

  test('begins empty without a base', () => {
    const edited = appendLayer(emptyConfigFile({ os: 'linux', architecture: 'amd64' }), layer(), { l: 'v' }, 86_400);
    expect(edited).toEqual({
      os: 'linux',
      architecture: 'amd64',
      created: '1970-01-02T00:00:00.000Z',
      config: { Env: [], Labels: { l: 'v' } },
      rootfs: { type: 'layers', diff_ids: ['sha256:two'] },
      history: [{ created: '1970-01-02T00:00:00.000Z', created_by: 'batchwright: layer at /opt/app' }],
    });
  });

  test('takes a base whose members are null', () => {
    const bare = { ...base, config: { Env: null, Labels: null, Cmd: null }, history: undefined };
    const edited = appendLayer(bare, layer({ environment: { A: '1' } }), {});
    expect(edited.config).toEqual({ Env: ['A=1'], Labels: null, Cmd: null });
    expect(edited.history).toHaveLength(1);
  });
});

describe('labels', () => {
  test.each([
    [
      'all that is known',
      { version: '1.2.3', repositoryUrl: 'https://github.com/a/b' },
      0,
      {
        source: 'https://github.com/a/b',
        revision: COMMIT,
        version: '1.2.3',
        created: '1970-01-01T00:00:00.000Z',
      },
    ],
    ['nothing that is not', {}, undefined, { revision: COMMIT }],
    ['uncommitted changes', { dirty: true }, undefined, { revision: `${COMMIT}-dirty` }],
  ])('say %s', (_, source, created, expected) => {
    const prefixed = Object.fromEntries(
      Object.entries(expected).map(([name, value]) => [`org.opencontainers.image.${name}`, value]),
    );
    expect(sourceLabels({ commit: COMMIT, ...source }, created)).toEqual(prefixed);
  });

  test('say what the layer was put on', () => {
    expect(baseLabels({ name: 'host/a:b', digest: 'sha256:x' })).toEqual({
      'org.opencontainers.image.base.name': 'host/a:b',
      'org.opencontainers.image.base.digest': 'sha256:x',
    });
  });
});

describe('a platform', () => {
  test.each([
    ['linux/amd64', { os: 'linux', architecture: 'amd64' }],
    ['linux/arm/v7', { os: 'linux', architecture: 'arm', variant: 'v7' }],
  ])('%s is read', (text, expected) => expect(parsePlatform(text)).toEqual(expected));

  test.each(['linux', 'linux/', '/amd64', 'linux/arm/', 'linux/arm/v7/x', ''])('%j is refused', text => {
    expect(() => parsePlatform(text)).toThrow('is not a platform');
  });
});
