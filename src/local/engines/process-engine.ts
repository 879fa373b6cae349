/** Runs containers without a daemon: the image unpacked, its program a process of this machine, as isolated as the machine allows. */
import { mkdir, mkdtemp, readdir } from 'node:fs/promises';
import { availableParallelism, tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Clock } from '../../ports.ts';
import { copySmallTree } from './copy-tree.ts';
import { cannotPull, cannotStart, STOPPED_BEFORE_START } from './failures.ts';
import { createImageFolder } from './image-folder.ts';
import { type Namespaces, probeNamespaces } from './isolation.ts';
import { isAlive } from './liveness.ts';
import { createMemoryLimits, type MemoryLimits } from './memory-limit.ts';
import type { ContainerOutcome, ContainerRequest, ContainerRun, Engine, ImageSource, ResolvedImage } from './model.ts';
import { runProcess } from './process-child.ts';
import { describeCaveats, type LaunchPlace, planLaunch, scratchFolder } from './process-launch.ts';
import { removeTree } from './remove-tree.ts';
import { createStopSwitch, type StopSwitch } from './stop-switch.ts';

export interface ProcessEngineOptions {
  readonly images: ImageSource;
  readonly clock: Clock;
  /** Where unpacked images are kept; a temporary folder, removed on close, when not given. */
  readonly folder?: string | undefined;
  /** `plain`: never try namespaces. */
  readonly isolation?: 'auto' | 'plain' | undefined;
  /** Instead of what the machine offers. */
  readonly memoryLimits?: MemoryLimits | undefined;
  readonly concurrency?: number | undefined;
}

export async function createProcessEngine(options: ProcessEngineOptions): Promise<Engine> {
  const folder = options.folder ?? (await mkdtemp(join(tmpdir(), 'batchwright-')));
  await removeLeftovers(folder);
  const namespaces = options.isolation === 'plain' ? undefined : await probeNamespaces(scratchFolder(folder));
  const memory = options.memoryLimits ?? createMemoryLimits();
  const engine = new ProcessRuns(options, folder, namespaces, memory);
  return {
    name: 'process',
    caveats: describeCaveats(namespaces, memory.kind),
    concurrency: options.concurrency ?? availableParallelism(),
    run: request => engine.run(request),
    close: () => engine.close(),
  };
}

/** The scratch folders of processes that died without removing them. */
async function removeLeftovers(folder: string): Promise<void> {
  const names = await readdir(join(folder, 'scratch')).catch(() => []);
  for (const pid of names.map(Number)) {
    if (Number.isInteger(pid) && (pid === process.pid || !isAlive(pid))) await removeTree(scratchFolder(folder, pid));
  }
}

class ProcessRuns {
  readonly #options: ProcessEngineOptions;
  readonly #folder: string;
  readonly #namespaces: Namespaces | undefined;
  readonly #memory: MemoryLimits;
  readonly #unpacked: ReturnType<typeof createImageFolder>;
  readonly #running = new Set<ContainerRun>();
  #count = 0;

  constructor(options: ProcessEngineOptions, folder: string, namespaces: Namespaces | undefined, memory: MemoryLimits) {
    this.#options = options;
    this.#folder = folder;
    this.#namespaces = namespaces;
    this.#memory = memory;
    this.#unpacked = createImageFolder(join(folder, 'images'));
  }

  run(request: ContainerRequest): ContainerRun {
    const stop = createStopSwitch();
    const { promise: started, resolve: markStarted } = Promise.withResolvers<void>();
    const ended = this.#run(request, stop, markStarted)
      .catch(cannotStart)
      .finally(() => {
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
    await this.#memory.close();
    await removeTree(this.#options.folder === undefined ? this.#folder : scratchFolder(this.#folder));
  }

  async #run(request: ContainerRequest, stop: StopSwitch, markStarted: () => void): Promise<ContainerOutcome> {
    let image: ResolvedImage;
    let root: string;
    try {
      image = await this.#options.images.resolve(request.image, platform());
      root = await this.#unpacked.unpack(image);
    } catch (error) {
      return cannotPull(error);
    }
    const place = await this.#place(root);
    try {
      const launch = await planLaunch(image.config, request, place, this.#namespaces);
      if (stop.requested) return STOPPED_BEFORE_START;
      const limit = this.#memory.create(request.memoryMiB);
      return await runProcess(launch, request, { clock: this.#options.clock, limit, stop, markStarted });
    } finally {
      await removeTree(place.scratch);
    }
  }

  async #place(root: string): Promise<LaunchPlace> {
    this.#count += 1;
    const scratch = join(scratchFolder(this.#folder), String(this.#count));
    await mkdir(scratch, { recursive: true });
    return { root, scratch, writableRoot: () => copySmallTree(root, join(scratch, 'root')) };
  }
}

/** Containers are Linux's, also where this machine is not. */
function platform(): { os: string; architecture: string } {
  return { os: 'linux', architecture: process.arch === 'x64' ? 'amd64' : process.arch };
}
