/** One call of the fake GitHub's API: who asks, whether the request is as GitHub describes it, and the answer likewise. */
import { commentOperations } from './comments.ts';
import { deploymentOperations } from './deployments.ts';
import type { Called, Checker } from './description.ts';
import { type Answer, type Answered, type Call, NOT_FOUND, type Operations, refusal } from './model.ts';
import { releaseOperations } from './releases.ts';
import { runOperations } from './runs.ts';

export const operations: Operations = {
  ...deploymentOperations,
  ...commentOperations,
  ...releaseOperations,
  ...runOperations,
};

export interface Asked {
  readonly called: Called;
  readonly headers: Readonly<Record<string, string | string[] | undefined>>;
  readonly query: URLSearchParams;
  /** Undefined when there was none. */
  readonly body: unknown;
  /** The address that was asked, for the links to other pages. */
  readonly url: URL;
}

type World = Omit<Call, 'parameters' | 'query' | 'body' | 'account' | 'mayWrite'>;

export function answerCall(asked: Asked, world: World, checker: Checker): Answered {
  const { called, query, body } = asked;
  const wrong = [...checkHeaders(asked), ...checker.checkRequest(called, query, body)];
  if (wrong.length > 0) {
    const message = `Invalid request.\n\n${wrong.join('\n')}`;
    return { status: 422, body: refusal(422, message).body, violations: wrong };
  }
  const { answer, headers } = paged(perform(asked, world), asked);
  const violations = checker.checkAnswer(called, answer.status, answer.body);
  return {
    status: answer.status,
    headers: { ...headers, ...permissionHeader(called, answer) },
    body: answer.body,
    violations,
  };
}

function perform({ called, headers, query, body }: Asked, world: World): Answer {
  const { state } = world;
  const token = /^(?:token|bearer) (.+)$/i.exec(String(headers['authorization']))?.[1];
  const identity = state.tokens.get(token ?? '');
  if (!identity) return refusal(401, 'Bad credentials');
  const { parameters } = called;
  if (`${parameters['owner']}/${parameters['repo']}` !== state.repository) return NOT_FOUND;
  const operation = operations[called.id];
  if (!operation) throw new Error(`the fake GitHub does not do ${called.id}`);
  const [permission, level] = operation.needs;
  const granted = identity.permissions[permission] ?? 'none';
  const mayWrite = (name: string) => identity.permissions[name] === 'write';
  if (granted === 'none' || (level === 'write' && !mayWrite(permission)))
    return refusal(403, 'Resource not accessible by integration');
  const given = (body ?? {}) as Call['body'];
  return operation.run({ ...world, parameters, query, body: given, account: identity.account, mayWrite });
}

/** What GitHub demands, or what its documentation asks for, beside what it describes. */
function checkHeaders({ headers, body }: Asked): string[] {
  return [
    ...(headers['user-agent'] ? [] : ['headers: user-agent is missing']),
    ...(/^(token|bearer) \S+$/i.test(String(headers['authorization'])) ? [] : ['headers: authorization is missing']),
    ...(/json/.test(String(headers['accept'])) ? [] : ['headers: accept asks for no JSON']),
    ...(body === undefined || /^application\/json\b/.test(String(headers['content-type']))
      ? []
      : ['headers: content-type is not application/json']),
  ];
}

/** https://docs.github.com/en/rest/using-the-rest-api/using-pagination-in-the-rest-api */
function paged(answer: Answer, { query, url }: Asked): { answer: Answer; headers: Record<string, string> } {
  const { list, wrap = page => page } = answer;
  if (!list) return { answer, headers: {} };
  const size = Math.min(100, Number(query.get('per_page') ?? 30));
  const page = Number(query.get('page') ?? 1);
  const body = wrap(list.slice((page - 1) * size, page * size), list.length);
  if (page * size >= list.length) return { answer: { ...answer, body }, headers: {} };
  const next = new URL(url);
  next.searchParams.set('page', String(page + 1));
  return { answer: { ...answer, body }, headers: { link: `<${next.href}>; rel="next"` } };
}

function permissionHeader({ id }: Called, { status }: Answer): Record<string, string> {
  const [permission, level] = operations[id]?.needs ?? [];
  return status === 403 && permission && level
    ? { 'x-accepted-github-permissions': `${permission.replaceAll('-', '_')}=${level}` }
    : {};
}
