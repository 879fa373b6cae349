import { describe, expect, test } from '@jest/globals';
import { ConfigurationError } from '../../../src/errors.ts';
import { probeDocker } from '../../../src/image/docker/probe.ts';
import type { CommandPort } from '../../../src/ports.ts';

type Answers = Readonly<Record<string, { exitCode?: number; stdout?: string; stderr?: string } | Error>>;

const commandOf = (answers: Answers): CommandPort => ({
  run: async (_, args) => {
    const answer = answers[args.slice(0, 2).join(' ')] ?? { exitCode: 1 };
    if (answer instanceof Error) throw answer;
    return { exitCode: 0, stdout: '', stderr: '', ...answer };
  },
});

const VERSION = 'version --format';
const driver = (name: string) => ({ stdout: `Name:   x\nDriver: ${name}\nLast Activity: never\n` });

describe('which Docker is here', () => {
  test.each([
    [
      'buildx',
      { [VERSION]: { stdout: '28.2.2' }, 'buildx version': {}, 'buildx inspect': driver('docker') },
      'buildx',
      'docker',
    ],
    [
      'a builder in a container',
      { [VERSION]: { stdout: '28.2.2' }, 'buildx version': {}, 'buildx inspect': driver('docker-container') },
      'buildx',
      'docker-container',
    ],
    [
      'buildx that does not tell its driver',
      { [VERSION]: { stdout: '28.2.2' }, 'buildx version': {} },
      'buildx',
      'docker',
    ],
    ['a docker before 23', { [VERSION]: { stdout: '20.10.24+dfsg1' } }, 'buildkit', 'docker'],
    ['a docker from 23 without the plug-in', { [VERSION]: { stdout: '23.0.0' } }, 'legacy', 'docker'],
  ])('%s', async (_, answers, builder, name) => {
    expect(await probeDocker({ command: commandOf(answers) })).toEqual({ tool: { builder, driver: name } });
  });

  test.each([
    ['no program', { [VERSION]: new ConfigurationError('not found') }, 'there is no docker program'],
    ['no daemon', { [VERSION]: { exitCode: 1, stdout: '28.0', stderr: 'a\nCannot connect\n' } }, 'Cannot connect'],
    ['no daemon, and no word', { [VERSION]: { exitCode: 1 } }, 'no Docker daemon answers'],
  ])('%s', async (_, answers, reason) => {
    expect(await probeDocker({ command: commandOf(answers) })).toEqual({ tool: undefined, reason });
  });

  test('an abort and an error of our own are not taken for an absence', async () => {
    const broken = commandOf({ [VERSION]: new TypeError('bug') });
    await expect(probeDocker({ command: broken })).rejects.toThrow('bug');
    const signal = AbortSignal.abort(new Error('cancelled'));
    await expect(probeDocker({ command: broken, signal })).rejects.toThrow('cancelled');
  });
});
