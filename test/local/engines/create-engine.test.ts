import { afterEach, describe, expect, test } from '@jest/globals';
import { systemClock } from '../../../src/adapters/clock.ts';
import { ConfigurationError } from '../../../src/errors.ts';
import { createEngine, type EngineChoice, type EngineSurroundings } from '../../../src/local/engines/create-engine.ts';
import { findDocker } from '../../../src/local/engines/docker-api.ts';
import { runToEnd } from './engine-fixture.ts';
import { type FakeDaemon, startFakeDaemon } from './fake-daemon.ts';

const stops: (() => Promise<unknown>)[] = [];
afterEach(async () => {
  for (const stop of stops.splice(0).reverse()) await stop();
});

async function choose(choice: EngineChoice, daemon?: FakeDaemon) {
  const surroundings: EngineSurroundings = {
    images: { resolve: () => Promise.reject(new Error('no images')) },
    clock: systemClock,
    endpoint: () => 'http://127.0.0.1:4566',
    registryPassword: account => `of ${account}`,
    findDocker: () => (daemon ? findDocker({ DOCKER_HOST: daemon.host }) : Promise.resolve(undefined)),
  };
  const chosen = await createEngine(choice, surroundings);
  stops.push(() => chosen.engine.close());
  return chosen;
}

async function daemonWith(options: Parameters<typeof startFakeDaemon>[0] = {}): Promise<FakeDaemon> {
  const daemon = await startFakeDaemon(options);
  stops.push(() => daemon.stop());
  return daemon;
}

describe('ENGINE-34 the choice of an engine', () => {
  test.each([
    ['auto', {}, 'docker', /^Containers run on Docker 20\.10 at unix:/],
    ['auto', undefined, 'process', /since no Docker daemon answers\.$/],
    ['auto', { callsBack: false }, 'process', /since Docker does not run on this machine itself/],
    ['docker', {}, 'docker', /Docker 20\.10/],
    ['docker', { callsBack: false }, 'docker', /Docker 20\.10/],
    ['process', {}, 'process', /as asked for\.$/],
  ] as const)('ENGINE-34 %s, with a daemon %j: %s', async (choice, options, name, explanation) => {
    const chosen = await choose(choice, options && (await daemonWith(options)));
    expect(chosen.engine.name).toBe(name);
    expect(chosen.explanation).toMatch(explanation);
  });

  test('ENGINE-34 Docker asked for where there is none is for the user to mend', async () => {
    const failure = await choose('docker').catch((error: unknown) => error);
    expect(failure).toBeInstanceOf(ConfigurationError);
    expect(String(failure)).toMatch(/No Docker daemon answers\. Start Docker, .* or choose the engine "process"/);
  });

  test('ENGINE-34 Docker logs in to the registry at the endpoint', async () => {
    const daemon = await daemonWith();
    const { engine } = await choose('docker', daemon);
    await runToEnd(engine, { image: '127.0.0.1:4566/x:1' });
    expect(daemon.pulls[0]?.login).toEqual({
      username: 'AWS',
      password: 'of 123456789012',
      serveraddress: '127.0.0.1:4566',
    });
  });
});
