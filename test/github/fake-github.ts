/**
 * GitHub in a box: the API of one repository and the tokens of its jobs, on a port of 127.0.0.1. Every request and every answer is
 * checked against GitHub's own description; `stop` rejects when one was not as described.
 */

import { randomUUID } from 'node:crypto';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { setTimeout } from 'node:timers/promises';
import { createFaults, type Faults } from '../../src/local/faults.ts';
import { type Listener, listen } from '../../src/local/listen.ts';
import { answerCall, operations } from './api.ts';
import { type Checker, checker as described } from './description.ts';
import { limitHeaders, refuse, takeFromLimit } from './limits.ts';
import { type Answered, type GitHubState, type Permissions, refusal } from './model.ts';
import { answerOidc, type Claims, createOidc, GITHUB_ISSUER, type Oidc } from './oidc.ts';
import { ACTIONS_BOT, createState } from './state.ts';

export interface FakeGitHubOptions {
  /** `acme/models` when absent. */
  readonly repository?: string | undefined;
  /** Where the API is below the server: `/api/v3` makes it a GitHub Enterprise Server. Empty when absent. */
  readonly apiPath?: string | undefined;
  /** Milliseconds since the epoch; the machine's own clock when absent. */
  readonly now?: (() => number) | undefined;
  /** Who signs the tokens of jobs; GitHub itself when absent. Anyone who verifies them needs `oidc.keys()` then. */
  readonly issuer?: string | undefined;
  readonly checker?: Checker | undefined;
}

export interface FakeGitHub {
  readonly url: string;
  readonly apiUrl: string;
  /** That of github-actions[bot], with every permission. */
  readonly token: string;
  /** Another one of github-actions[bot], with these permissions alone. */
  createToken(permissions: Permissions): string;
  /** What the runner gives to a job; `claims` are those of its OIDC token. */
  environment(claims?: Claims): Record<string, string>;
  readonly state: GitHubState;
  readonly oidc: Oidc;
  /**
   * By operation, as `repos:create-deployment` or `oidc:token`: `throttle` is the secondary rate limit, `fail` 502, `deny` 403,
   * `expire` 401; `reset`, `lose` and `delay` as at the local AWS.
   */
  readonly faults: Faults;
  /** What was not as GitHub describes it. A test that meant it empties this before it stops. */
  readonly violations: string[];
  stop(): Promise<void>;
}

export async function startFakeGitHub(options: FakeGitHubOptions = {}): Promise<FakeGitHub> {
  const { repository = 'acme/models', apiPath = '', now = Date.now, checker = described } = options;
  const state = createState(repository, now);
  const oidc = createOidc(repository, now, options.issuer ?? GITHUB_ISSUER);
  const faults = createFaults();
  const violations: string[] = [];
  const ended = new AbortController();
  let listener: Listener | undefined;
  const box = { state, oidc, faults, checker, apiPath, now, ended: ended.signal, nextId: countFrom(1001) };
  listener = await listen(
    (request, response) => {
      handle(request, response, { ...box, url: listener?.url ?? '', violations }).catch(error => {
        if (!ended.signal.aborted) violations.push(`the fake GitHub failed: ${Object(error).stack ?? error}`);
        request.socket.destroy();
      });
    },
    { port: 0, host: '127.0.0.1', allowRemote: false, name: 'the fake GitHub', danger: 'it is for tests' },
  );
  const { url, close } = listener;
  const apiUrl = `${url}${apiPath}`;
  const createToken = (permissions: Permissions) => {
    const token = `ghs_${randomUUID()}`;
    state.tokens.set(token, { account: ACTIONS_BOT, permissions });
    return token;
  };
  return {
    ...{ url, apiUrl, state, oidc, faults, violations, createToken },
    token: createToken(Object.fromEntries(Object.values(operations).map(({ needs }) => [needs[0], 'write']))),
    environment: (claims = {}) => ({
      GITHUB_API_URL: apiUrl,
      GITHUB_GRAPHQL_URL: `${url}/graphql`,
      GITHUB_SERVER_URL: url,
      GITHUB_REPOSITORY: repository,
      GITHUB_REPOSITORY_OWNER: repository.replace(/\/.*/, ''),
      ACTIONS_ID_TOKEN_REQUEST_URL: `${url}/_oidc/token?api-version=2.0`,
      ACTIONS_ID_TOKEN_REQUEST_TOKEN: oidc.admit(claims),
    }),
    async stop() {
      ended.abort();
      await close();
      if (violations.length > 0) throw new Error(`not as GitHub describes it:\n${violations.join('\n')}`);
    },
  };
}

interface Box {
  readonly state: GitHubState;
  readonly oidc: Oidc;
  readonly faults: Faults;
  readonly checker: Checker;
  readonly apiPath: string;
  readonly url: string;
  readonly now: () => number;
  readonly nextId: () => number;
  readonly ended: AbortSignal;
  readonly violations: string[];
}

async function handle(request: IncomingMessage, response: ServerResponse, box: Box): Promise<void> {
  const url = new URL(request.url ?? '/', box.url);
  const body = await readBody(request);
  const isOidc = url.pathname.startsWith('/_oidc/');
  const called = isOidc ? undefined : box.checker.find(request.method ?? '', url.pathname.slice(box.apiPath.length));
  const [service = '', operation = ''] = isOidc ? ['oidc', 'token'] : (called?.id.split('/') ?? []);
  const { kind, delayMilliseconds } = box.faults.take({ service, operation, region: '' });
  if (delayMilliseconds > 0) await setTimeout(delayMilliseconds, undefined, { signal: box.ended });
  if (kind === 'reset') return void request.socket.destroy();
  const refused: Answered | undefined =
    (isOidc ? undefined : takeFromLimit(box.state, box.now())) ?? refuse(kind, box.state);
  const answered =
    refused ?? (isOidc ? answerOidc(request, url, box.oidc) : answerApi(request, { url, body, called }, box));
  box.violations.push(...(answered.violations ?? []).map(text => `${request.method} ${url.pathname}: ${text}`));
  if (kind === 'lose') return void request.socket.destroy();
  const headers = { ...(isOidc ? {} : limitHeaders(box.state)), ...answered.headers };
  response.writeHead(answered.status, { 'content-type': 'application/json; charset=utf-8', ...headers });
  response.end(answered.body === undefined ? undefined : JSON.stringify(answered.body));
}

function answerApi(
  { method, headers }: IncomingMessage,
  { url, body, called }: { url: URL; body: unknown; called: ReturnType<Checker['find']> },
  { state, checker, now, nextId, url: serverUrl, apiPath }: Box,
): Answered {
  if (called && url.pathname.startsWith(apiPath)) {
    const world = { state, now: now(), nextId, apiUrl: `${serverUrl}${apiPath}`, serverUrl };
    return answerCall({ called, headers, query: url.searchParams, body, url }, world, checker);
  }
  const text = `${method} ${url.pathname} is not among the operations that we call`;
  return { ...refusal(404, text), violations: [text] };
}

/** Undefined for none; what is no JSON stays text, which no description allows. */
async function readBody(request: IncomingMessage): Promise<unknown> {
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(chunk as Buffer);
  const text = Buffer.concat(chunks).toString();
  if (text === '') return undefined;
  try {
    return JSON.parse(text);
  } catch {
    return text;
  }
}

function countFrom(first: number): () => number {
  let next = first;
  return () => next++;
}
