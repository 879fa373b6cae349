/** What the fake GitHub remembers: one repository. */
import type { DeploymentState } from '../../src/ports.ts';

/** What a token may do, as in a job's `permissions:`. */
export type Permissions = Readonly<Record<string, 'none' | 'read' | 'write'>>;

export interface Account {
  readonly login: string;
  readonly type: 'Bot' | 'User';
  readonly association: 'OWNER' | 'MEMBER' | 'COLLABORATOR' | 'CONTRIBUTOR' | 'NONE';
}

export interface DeploymentStatus {
  readonly id: number;
  readonly state: DeploymentState;
  readonly description: string;
  readonly environment: string;
  readonly logUrl: string;
  readonly environmentUrl: string;
  readonly creator: Account;
  /** Milliseconds since the epoch, here and below. */
  readonly createdAt: number;
}

export interface Deployment {
  readonly id: number;
  readonly sha: string;
  readonly ref: string;
  readonly task: string;
  readonly environment: string;
  readonly payload: Record<string, unknown> | string;
  readonly description: string | null;
  readonly productionEnvironment: boolean;
  readonly transientEnvironment: boolean;
  readonly creator: Account;
  readonly createdAt: number;
  /** Oldest first. */
  readonly statuses: DeploymentStatus[];
}

export interface Comment {
  readonly id: number;
  readonly issue: number;
  readonly author: Account;
  readonly createdAt: number;
  body: string;
  updatedAt: number;
}

export interface Release {
  readonly id: number;
  readonly createdAt: number;
  tag: string;
  name: string | null;
  body: string | null;
  draft: boolean;
  prerelease: boolean;
}

export interface Run {
  readonly id: number;
  readonly event: string;
  readonly title: string;
  readonly createdAt: number;
  status: 'queued' | 'in_progress' | 'completed';
  conclusion: 'success' | 'failure' | 'cancelled' | 'timed_out' | null;
  /** What it will be after so many more looks; without it the run stays as it is. */
  ending?: { looks: number; readonly conclusion: Exclude<Run['conclusion'], null> } | undefined;
}

export interface Dispatch {
  readonly eventType: string;
  readonly clientPayload: Readonly<Record<string, unknown>>;
}

export interface GitHubState {
  /** `acme/models`. */
  readonly repository: string;
  readonly deployments: Deployment[];
  readonly comments: Comment[];
  readonly releases: Release[];
  /** By number; comments on anything else are not found. */
  readonly pullRequests: Set<number>;
  /** Those that nobody but a collaborator may comment on. */
  readonly locked: Set<number>;
  readonly runs: Run[];
  readonly dispatches: Dispatch[];
  /** By the secret itself. */
  readonly tokens: Map<string, { readonly account: Account; readonly permissions: Permissions }>;
  /** Of all tokens together; `resetSeconds` since the epoch. `retryAfterSeconds` of the secondary limit; undefined: untold. */
  readonly rateLimit: { limit: number; remaining: number; resetSeconds: number; retryAfterSeconds: number | undefined };
  /** What a workflow makes of a dispatched event: a run with a title, and how it will end. */
  workflow: (dispatch: Dispatch) => Pick<Run, 'title' | 'ending'>;
}

/** What an operation sees of its call. */
export interface Call {
  readonly state: GitHubState;
  readonly parameters: Readonly<Record<string, string>>;
  readonly query: URLSearchParams;
  /** Valid by GitHub's description. */
  readonly body: Readonly<Record<string, unknown>>;
  readonly account: Account;
  readonly mayWrite: (permission: string) => boolean;
  /** Milliseconds since the epoch. */
  readonly now: number;
  readonly nextId: () => number;
  /** Addresses of the API and of the pages, without a `/` at the end. */
  readonly apiUrl: string;
  readonly serverUrl: string;
}

export interface Answer {
  readonly status: number;
  readonly body?: unknown;
  /** The whole list, of which `body` is to be one page; for lists alone. */
  readonly list?: readonly unknown[];
  /** Puts one page where the operation has it. The page itself when absent. */
  readonly wrap?: (page: readonly unknown[], total: number) => unknown;
}

/** What goes over the wire. */
export interface Answered {
  readonly status: number;
  readonly headers?: Readonly<Record<string, string>> | undefined;
  readonly body?: unknown;
  /** What was not as GitHub describes it. */
  readonly violations?: readonly string[] | undefined;
}

export interface Operation {
  /** `deployments: write`. */
  readonly needs: readonly [permission: string, level: 'read' | 'write'];
  readonly run: (call: Call) => Answer;
}
export type Operations = Readonly<Record<string, Operation>>;

/** GitHub's one form of an error. */
export function refusal(status: number, message: string): Answer {
  return { status, body: { message, documentation_url: 'https://docs.github.com/rest', status: String(status) } };
}

/** GitHub's refusal of one field. */
export function invalid(resource: string, field: string, message: string): Answer {
  const errors = [{ resource, field, code: 'custom', message }];
  return {
    status: 422,
    body: { message: 'Validation Failed', errors, documentation_url: 'https://docs.github.com/rest' },
  };
}

export const NOT_FOUND: Answer = refusal(404, 'Not Found');
