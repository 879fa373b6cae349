/** Chooses how containers run on this machine, and says why. */
import { ConfigurationError } from '../../errors.ts';
import type { Clock } from '../../ports.ts';
import { type DockerApi, findDocker } from './docker-api.ts';
import { createDockerEngine } from './docker-engine.ts';
import { sharesLoopback } from './docker-loopback.ts';
import type { Engine, ImageSource } from './model.ts';
import { createProcessEngine } from './process-engine.ts';

export type EngineChoice = 'docker' | 'process' | 'auto';

export interface EngineSurroundings {
  readonly images: ImageSource;
  readonly clock: Clock;
  /** `http://127.0.0.1:4566`: the local AWS, whose registry Docker pulls from; known only once it listens. */
  readonly endpoint: () => string;
  /** The password of GetAuthorizationToken for an account. */
  readonly registryPassword: (account: string) => string;
  /** Where unpacked images are kept; a temporary folder when not given. */
  readonly folder?: string | undefined;
  readonly concurrency?: number | undefined;
  /** Instead of looking for one. */
  readonly findDocker?: (() => Promise<DockerApi | undefined>) | undefined;
}

export interface ChosenEngine {
  readonly engine: Engine;
  /** One plain sentence for the user. */
  readonly explanation: string;
}

/**
 * `auto` takes Docker when a daemon answers and its 127.0.0.1 is this machine's, or else images could not be pulled. Throws
 * ConfigurationError when Docker is asked for and none answers.
 */
export async function createEngine(choice: EngineChoice, surroundings: EngineSurroundings): Promise<ChosenEngine> {
  if (choice === 'process') return await runProcesses(surroundings, 'as asked for');
  const docker = await (surroundings.findDocker ?? findDocker)();
  if (choice === 'docker') return await runOnDocker(requireDocker(docker), surroundings);
  if (!docker) return await runProcesses(surroundings, 'since no Docker daemon answers');
  if (await sharesLoopback(docker)) return await runOnDocker(docker, surroundings);
  docker.close();
  return await runProcesses(
    surroundings,
    'since Docker does not run on this machine itself and cannot reach its local registry',
  );
}

function requireDocker(docker: DockerApi | undefined): DockerApi {
  if (docker) return docker;
  throw new ConfigurationError({
    message: 'No Docker daemon answers',
    remedy: 'Start Docker, point DOCKER_HOST at it, or choose the engine "process", which needs none.',
  });
}

async function runOnDocker(docker: DockerApi, surroundings: EngineSurroundings): Promise<ChosenEngine> {
  const { clock, concurrency, endpoint, registryPassword } = surroundings;
  const login = { host: () => new URL(endpoint()).host, password: registryPassword };
  return {
    engine: await createDockerEngine({ docker, clock, login, concurrency }),
    explanation: `Containers run on Docker ${docker.version} at ${docker.address}.`,
  };
}

async function runProcesses(
  { images, clock, folder, concurrency }: EngineSurroundings,
  why: string,
): Promise<ChosenEngine> {
  return {
    engine: await createProcessEngine({ images, clock, folder, concurrency }),
    explanation: `Containers run as processes of this machine, from their unpacked images, ${why}.`,
  };
}
