/** Runs containers on a Docker daemon. */
import { randomBytes } from 'node:crypto';
import { availableParallelism, hostname } from 'node:os';
import type { Readable } from 'node:stream';
import type { Clock } from '../../ports.ts';
import type { DockerApi } from './docker-api.ts';
import {
  containerName,
  type DaemonTraits,
  describeContainer,
  HOST_LABEL,
  OWNER_LABEL,
  type Owner,
} from './docker-container.ts';
import { sharesLoopback } from './docker-loopback.ts';
import { readDockerOutput } from './docker-output.ts';
import { createPuller, type Pull, type RegistryLogin } from './docker-pull.ts';
import { cannotCreate, cannotPull, cannotStart, messageOf, OUT_OF_MEMORY, STOPPED_BEFORE_START } from './failures.ts';
import { isAlive } from './liveness.ts';
import type { ContainerOutcome, ContainerRequest, ContainerRun, Engine } from './model.ts';
import { createStopSwitch, type StopSwitch } from './stop-switch.ts';

export interface DockerEngineOptions {
  readonly docker: DockerApi;
  readonly clock: Clock;
  /** For images of the local registry; others are pulled without a login. */
  readonly login?: RegistryLogin | undefined;
  readonly concurrency?: number | undefined;
  /** This process, unless a test says otherwise. */
  readonly owner?: Owner | undefined;
}

const INIT_PROGRAM = 'docker-init';

/** Removes the containers of processes that died, then is ready. */
export async function createDockerEngine(options: DockerEngineOptions): Promise<Engine> {
  const owner = options.owner ?? { pid: process.pid, host: hostname() };
  await removeContainers(options.docker, pid => pid !== owner.pid && !isAlive(pid), owner.host);
  const daemon = { sharesLoopback: await sharesLoopback(options.docker), hasInit: true };
  const runs = new DockerRuns(options, owner, daemon);
  return {
    name: 'docker',
    caveats: describeCaveats(daemon),
    // Two cores are busy with four containers starting at once; more only makes each slower.
    concurrency: options.concurrency ?? availableParallelism(),
    run: request => runs.run(request),
    close: () => runs.close(),
  };
}

function describeCaveats(daemon: DaemonTraits): string[] {
  if (daemon.sharesLoopback) {
    return [
      'Containers share the network of this machine, so that they reach the local AWS, and their vCPUs are not limited.',
    ];
  }
  return [
    'Docker does not run on this machine itself (Docker Desktop, for one, is a virtual machine): containers reach the local AWS as host.docker.internal, and images can be pulled from it only when that is among the insecure registries of Docker.',
    'The vCPUs of containers are not limited.',
  ];
}

async function removeContainers(docker: DockerApi, isDead: (pid: number) => boolean, host: string): Promise<void> {
  const filters = JSON.stringify({ label: [OWNER_LABEL, `${HOST_LABEL}=${host}`] });
  const found = (await docker.call(
    'GET',
    `/containers/json?all=1&filters=${encodeURIComponent(filters)}`,
  )) as readonly {
    Id: string;
    Labels: Readonly<Record<string, string>>;
  }[];
  const dead = found.filter(({ Labels }) => isDead(Number(Labels[OWNER_LABEL])));
  await Promise.all(dead.map(({ Id }) => remove(docker, Id)));
}

/** One that is gone, or on its way, is no error; whatever cannot be removed is swept at the next start. */
async function remove(docker: DockerApi, id: string): Promise<void> {
  await docker.call('DELETE', `/containers/${id}?force=1&v=1`).catch(() => {});
}

class DockerRuns {
  readonly #docker: DockerApi;
  readonly #clock: Clock;
  readonly #owner: Owner;
  readonly #pull: Pull;
  readonly #running = new Set<ContainerRun>();
  #daemon: DaemonTraits;

  constructor({ docker, clock, login }: DockerEngineOptions, owner: Owner, daemon: DaemonTraits) {
    this.#daemon = daemon;
    this.#docker = docker;
    this.#clock = clock;
    this.#owner = owner;
    this.#pull = createPuller(docker, login);
  }

  run(request: ContainerRequest): ContainerRun {
    const stop = createStopSwitch();
    const { promise: started, resolve: markStarted } = Promise.withResolvers<void>();
    const ended = this.#run(request, stop, markStarted).finally(() => {
      markStarted();
      this.#running.delete(run);
    });
    const run: ContainerRun = { started, ended, stop: stop.request };
    this.#running.add(run);
    return run;
  }

  async close(): Promise<void> {
    for (const run of this.#running) run.stop(0);
    await Promise.all([...this.#running].map(run => run.ended));
    await removeContainers(this.#docker, pid => pid === this.#owner.pid, this.#owner.host).catch(() => {});
    this.#docker.close();
  }

  async #run(request: ContainerRequest, stop: StopSwitch, markStarted: () => void): Promise<ContainerOutcome> {
    try {
      await this.#pull(request.image, request.account);
    } catch (error) {
      return cannotPull(error);
    }
    for (;;) {
      if (stop.requested) return STOPPED_BEFORE_START;
      const { hasInit } = this.#daemon;
      const outcome = await this.#runOnce(request, stop, markStarted);
      if (!hasInit || outcome.kind !== 'not-started' || !outcome.reason.includes(INIT_PROGRAM)) return outcome;
      // Debian's package only recommends it.
      this.#daemon = { ...this.#daemon, hasInit: false };
    }
  }

  async #runOnce(request: ContainerRequest, stop: StopSwitch, markStarted: () => void): Promise<ContainerOutcome> {
    let id: string;
    try {
      id = await this.#create(request);
    } catch (error) {
      return cannotCreate(error);
    }
    try {
      return await this.#follow(id, request, stop, markStarted);
    } finally {
      await remove(this.#docker, id);
    }
  }

  async #create(request: ContainerRequest): Promise<string> {
    const name = containerName(request, randomBytes(4).toString('hex'));
    const body = describeContainer(request, this.#owner, this.#daemon);
    const created = (await this.#docker.call('POST', `/containers/create?name=${name}`, { body })) as { Id: string };
    return created.Id;
  }

  async #follow(
    id: string,
    request: ContainerRequest,
    stop: StopSwitch,
    markStarted: () => void,
  ): Promise<ContainerOutcome> {
    let output: Readable | undefined;
    try {
      // Attached before the start, the output is the program's own, to the last byte. What `logs?follow` gives of a container that
      // ends soon can lack its last line.
      output = await this.#docker.stream('POST', `/containers/${id}/attach?stream=1&stdout=1&stderr=1`);
      await this.#docker.call('POST', `/containers/${id}/start`);
    } catch (error) {
      output?.destroy();
      return cannotStart(error);
    }
    markStarted();
    const letGo = stop.listen(graceSeconds => void this.#stop(id, graceSeconds));
    try {
      // Only now: a wait for the next exit that is asked for after the exit waits for ever.
      const ended = this.#docker.call('POST', `/containers/${id}/wait?condition=not-running`);
      const [answer] = await Promise.all([ended, this.#readOutput(output, request)]);
      return await this.#outcome(id, (answer as { StatusCode: number }).StatusCode);
    } catch (error) {
      output.destroy();
      return { kind: 'host-lost', statusReason: `Host EC2 (the Docker daemon) terminated. ${messageOf(error)}` };
    } finally {
      letGo();
    }
  }

  async #readOutput(output: Readable, { onLog }: ContainerRequest): Promise<void> {
    const tell = (line: string): void => onLog(line, this.#clock.now());
    try {
      await readDockerOutput(output, tell);
    } catch (error) {
      // The container's end is known all the same.
      tell(`The rest of this log could not be read from Docker: ${messageOf(error)}`);
    }
  }

  /** OOMKilled is also true when only a child of the program was killed, and 137 also comes from a kill: it takes both. */
  async #outcome(id: string, exitCode: number): Promise<ContainerOutcome> {
    if (exitCode !== 137) return { kind: 'exited', exitCode };
    const { State } = (await this.#docker.call('GET', `/containers/${id}/json`)) as { State: { OOMKilled: boolean } };
    return State.OOMKilled ? { kind: 'exited', exitCode, reason: OUT_OF_MEMORY } : { kind: 'exited', exitCode };
  }

  async #stop(id: string, graceSeconds: number): Promise<void> {
    const path = graceSeconds > 0 ? `stop?t=${Math.ceil(graceSeconds)}` : 'kill';
    // Ended by itself meanwhile (304, 404, 409): as good.
    await this.#docker.call('POST', `/containers/${id}/${path}`).catch(() => {});
  }
}
