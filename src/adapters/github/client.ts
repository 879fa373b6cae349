/** GitHub's own client for one token, loaded when first asked: loading it takes longer than most actions take to their first call. */
import { ConfigurationError } from '../../errors.ts';
import { VERSION } from '../../version.ts';
import { withinTime } from '../within-time.ts';
import { explain } from './explain.ts';
import { createOnce, type PatiencePorts, sendPatiently } from './patience.ts';

export interface GitHubWorld extends PatiencePorts {
  readonly environment: Readonly<Record<string, string | undefined>>;
  /** For one exchange; 30 seconds when absent. */
  readonly timeoutMilliseconds?: number | undefined;
}

type Octokit = ReturnType<typeof import('@actions/github').getOctokit>;

export interface GitHubClient {
  readonly octokit: Octokit;
  readonly repository: { readonly owner: string; readonly repo: string };
  /** See createOnce. */
  createOnce<Made>(create: () => Promise<Made>, look: () => Promise<Made | undefined>): Promise<Made>;
}

/** What is being done, for the error that tells of it. */
export interface Doing {
  /** `creating a deployment to production`. */
  readonly doing: string;
  /** As GitHub names it: `repos.createDeployment`. */
  readonly operation: string;
  readonly target: string;
  /** The line below `permissions:` that allows it. */
  readonly permission: string;
}

export type WithClient = <Result>(
  token: string,
  doing: Doing,
  work: (client: GitHubClient) => Promise<Result>,
) => Promise<Result>;

const TIMEOUT_MILLISECONDS = 30_000;

/** GITHUB_API_URL is honoured, so GitHub Enterprise Server works as github.com does. */
export function createClients(world: GitHubWorld): WithClient {
  const clients = new Map<string, GitHubClient>();
  return async (token, doing, work) => {
    world.notify({ type: 'secret', value: token });
    const client = clients.get(token) ?? (await createClient(token, world));
    clients.set(token, client);
    try {
      return await work(client);
    } catch (error) {
      throw explain(error, doing, world.clock.now());
    }
  };
}

async function createClient(token: string, world: GitHubWorld): Promise<GitHubClient> {
  const repository = readRepository(world.environment);
  const { getOctokit } = await import('@actions/github');
  const tell = (text: string) => world.notify({ type: 'message', level: 'debug', text });
  const octokit = getOctokit(token, {
    baseUrl: world.environment['GITHUB_API_URL'] || 'https://api.github.com',
    userAgent: `batchwright/${VERSION}`,
    log: { debug: () => undefined, info: () => undefined, warn: tell, error: tell },
  });
  const { signal, timeoutMilliseconds = TIMEOUT_MILLISECONDS } = world;
  octokit.hook.wrap('request', async (request, options) => {
    const send = () =>
      withinTime(
        async limit => {
          // Octokit's own hooks see the options that came in, and never those that are passed on.
          options.request.signal = limit;
          return await request(options);
        },
        { signal, timeoutMilliseconds },
      );
    // PATCH sets what it names to what it says: twice is as good as once.
    const what = { name: `${options.method} ${options.url}`, repeatable: options.method !== 'POST' };
    return await sendPatiently(send, what, world);
  });
  return { octokit, repository, createOnce: (create, look) => createOnce(create, look, world) };
}

function readRepository(environment: GitHubWorld['environment']): GitHubClient['repository'] {
  const [owner, repo] = environment['GITHUB_REPOSITORY']?.split('/') ?? [];
  if (owner && repo) return { owner, repo };
  throw new ConfigurationError({
    message: 'no repository on GitHub is known: GITHUB_REPOSITORY is not set',
    remedy: 'Run it in a workflow, or set GITHUB_REPOSITORY to owner/name.',
  });
}
