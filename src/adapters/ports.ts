import { mkdir, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname } from 'node:path';
import type { Ports } from '../commands/command.ts';
import { readRenewal } from '../credentials/session-variables.ts';
import type { Notify } from '../events.ts';
import type { Clock, CommandPort } from '../ports.ts';
import { VERSION } from '../version.ts';
import { createAws } from './aws/clients.ts';
import { createObjectStore } from './aws/object-store.ts';
import { pointsAtLocalAws, registryHost } from './aws/registry-host.ts';
import { renewingCredentials } from './aws/renewing-credentials.ts';
import { systemClock } from './clock.ts';
import { systemCommand } from './command.ts';
import { systemDockerConfig } from './docker-config.ts';
import { systemFiles } from './files.ts';
import { createFolderStore } from './folder-store.ts';
import { createGitHub } from './github/github.ts';
import { systemHttp } from './http.ts';
import { createIdentityTokens } from './identity-token.ts';
import { describeProcess } from './process.ts';
import { readSourceRevision } from './source-revision.ts';

export interface Surroundings {
  /** The process's own when absent. */
  readonly environment?: Readonly<Record<string, string | undefined>> | undefined;
  /** The machine's own when absent. */
  readonly clock?: Clock | undefined;
  /** Runs the programs of this machine when absent. */
  readonly command?: CommandPort | undefined;
  /** As a flag of a command line when absent. */
  readonly nameInput?: Ports['nameInput'] | undefined;
}

/** The real outside world, for a command run by a runner or on a terminal. */
export function createPorts(
  notify: Notify,
  signal: AbortSignal,
  {
    environment = process.env,
    clock = systemClock,
    command = systemCommand,
    nameInput = name => `--${name}`,
  }: Surroundings = {},
): Ports {
  const identityTokens = createIdentityTokens({ http: systemHttp, clock, random: Math.random, environment });
  const renewal = readRenewal(environment);
  const credentials = renewal && renewingCredentials(renewal, { environment, identityTokens, clock, notify });
  const aws = createAws({ version: VERSION, credentials });
  return {
    aws,
    http: systemHttp,
    command,
    files: systemFiles,
    dockerConfig: systemDockerConfig,
    identityTokens,
    github: createGitHub({ environment, clock, notify, signal }),
    random: Math.random,
    clock,
    notify,
    signal,
    environment: Object.fromEntries(
      Object.entries(environment).filter((entry): entry is [string, string] => entry[1] !== undefined),
    ),
    localAws: pointsAtLocalAws(environment['AWS_ENDPOINT_URL'], environment),
    registryHost: target => registryHost(target, environment),
    readSourceRevision: () => readSourceRevision(command, environment),
    openStore: (uri, region) =>
      uri.startsWith('s3://') ? createObjectStore(uri, () => aws.s3(region)) : createFolderStore(uri),
    process: describeProcess(environment),
    nameInput,
    temporaryFolder: environment['RUNNER_TEMP'] || tmpdir(),
    writeText: async (path, text) => {
      await mkdir(dirname(path), { recursive: true });
      await writeFile(path, text);
    },
  };
}
