import { ConfigurationError, RemoteError } from '../errors.ts';
import { type InputValues, integer, list, oneOf, text } from '../inputs.ts';
import type { DeploymentState } from '../ports.ts';
import { reportDeployment } from '../report/deployment.ts';
import { VERSION } from '../version.ts';
import { type CommandResult, defineCommand, type Ports } from './command.ts';

const inputs = {
  environment: text,
  state: oneOf('in_progress', 'queued', 'pending', 'success', 'failure', 'error', 'inactive', 'cancelled'),
  'deployment-id': integer(1, Number.MAX_SAFE_INTEGER),
  description: text,
  digest: text,
  version: text,
  region: list,
  'environment-url': text,
  'github-token': text,
};
type Given = InputValues<typeof inputs>;

/**
 * The record of one deployment on GitHub: its beginning, and its end. Before anything is deployed a record that cannot be made is a
 * failure. After that it is a warning: what was deployed is deployed, and a red job would say otherwise.
 */
export const deploymentCommand = defineCommand({
  name: 'deployment',
  inputs,
  run: async (given, ports) => {
    const wanted = readWanted(given);
    const id = given['deployment-id'] ?? (await create(wanted, ports));
    const told = id !== undefined && (await setState(id, wanted, ports));
    return summarise(wanted, { id, told });
  },
});

interface Wanted {
  readonly given: Given;
  readonly token: string;
  readonly state: DeploymentState;
  /** Nothing is deployed yet. */
  readonly before: boolean;
}

function readWanted(given: Given): Wanted {
  const token = given['github-token'];
  const url = given['environment-url'];
  const problems = [
    ...(token ? [] : [{ message: 'there is no token to tell GitHub with', remedy: TOKEN }]),
    ...(given.environment || given['deployment-id'] !== undefined
      ? []
      : [{ message: 'neither an environment nor a deployment is named', remedy: ENVIRONMENT }]),
    ...(url === undefined || /^https?:\/\//.test(url)
      ? []
      : [{ message: `input "environment-url" must be an address that begins with https://, not "${url}"` }]),
  ];
  if (!token || problems.length > 0) throw new ConfigurationError(problems);
  const state = STATES[given.state ?? 'in_progress'];
  return { given, token, state, before: BEFORE.includes(state) };
}

const TOKEN = 'Give `github-token: ${{ github.token }}`, and the job `permissions: { deployments: write }`.';
const ENVIRONMENT = 'Give `environment` to create one, or `deployment-id` to go on with one.';

/**
 * GitHub has no state for what was cancelled. `failure` would say that it was tried and did not work, `inactive` that it once was
 * live; `error` says that something from outside ended it, and nobody knows how far it came.
 */
const STATES: Readonly<Record<NonNullable<Given['state']>, DeploymentState>> = {
  ...{ in_progress: 'in_progress', queued: 'queued', pending: 'pending', success: 'success', failure: 'failure' },
  ...{ error: 'error', inactive: 'inactive', cancelled: 'error' },
};
const BEFORE: readonly DeploymentState[] = ['queued', 'pending', 'in_progress'];

/** Undefined when it could not be made after the fact, which was warned of. */
async function create({ given, token, before }: Wanted, ports: Ports): Promise<number | undefined> {
  const { environment = '', description, digest, version, region: regions } = given;
  const source = await ports.readSourceRevision();
  if (!source) {
    throw new ConfigurationError({
      message: 'no commit is known to deploy',
      remedy: 'Check the repository out before, or run it in a workflow.',
    });
  }
  const run = ports.github.readRun();
  const payload = {
    batchwright: VERSION,
    ...(run && { run_id: run.id, run_attempt: run.attempt, run_url: run.url }),
    ...(digest && { digest }),
    ...(version && { version }),
    ...(regions.length > 0 && { regions }),
  };
  const request = { token, commit: source.commit, environment, description: description ?? describe(given), payload };
  try {
    return (await ports.github.createDeployment(request)).id;
  } catch (error) {
    if (before) throw error;
    warnOf(error, before, ports);
    return undefined;
  }
}

/** Whether GitHub took it; if not, it was warned of. */
async function setState(deploymentId: number, { given, token, state, before }: Wanted, ports: Ports): Promise<boolean> {
  const run = ports.github.readRun();
  try {
    await ports.github.createDeploymentStatus({
      token,
      deploymentId,
      state,
      description: given.description ?? describe(given),
      logUrl: run?.url,
      environmentUrl: given['environment-url'] ?? run?.url,
    });
    return true;
  } catch (error) {
    warnOf(error, before, ports);
    return false;
  }
}

/** `1.2.0, sha256:0123456789ab…, in eu-west-1, us-east-1`; undefined when nothing is known. */
function describe({ state, digest, version, region }: Given): string | undefined {
  const what = [version, digest && `${digest.slice(0, 19)}…`, region.length > 0 && `in ${region.join(', ')}`];
  const known = what.filter(Boolean).join(', ');
  if (state !== 'cancelled') return known || undefined;
  return known ? `Cancelled: ${known}` : 'The workflow run was cancelled.';
}

/** Only of what GitHub said: whoever cancelled asked for no warning, and an error of our own is none of GitHub's. */
function warnOf(error: unknown, before: boolean, { notify }: Ports): void {
  if (!(error instanceof RemoteError)) throw error;
  const what = before
    ? 'The deployment goes on, but GitHub does not show that it began'
    : 'What was deployed stays as it is, but GitHub does not show how it ended';
  notify({ type: 'message', level: 'warning', text: `${what}: ${error.message}` });
}

function summarise({ given, state }: Wanted, { id, told }: { id: number | undefined; told: boolean }): CommandResult {
  return {
    exitCode: 0,
    outputs: { 'deployment-id': id === undefined ? '' : String(id) },
    report: reportDeployment({ environment: given.environment, state, id, told }),
    json: { deploymentId: id, environment: given.environment, state, told },
  };
}
