/** GitHub's own description of its API (see tools/github-openapi.mjs), and whether a request or an answer is as it says. */
import { readFileSync } from 'node:fs';
import { Ajv2020, type AnySchema } from 'ajv/dist/2020.js';
import formats from 'ajv-formats';

interface Operation {
  readonly method: string;
  readonly path: string;
  readonly body?: AnySchema;
  /** `false` where there is no body. */
  readonly responses: Readonly<Record<string, AnySchema>>;
}

interface Description {
  readonly operations: Readonly<Record<string, Operation>>;
}

export interface Called {
  /** `repos/create-deployment`. */
  readonly id: string;
  readonly parameters: Readonly<Record<string, string>>;
}

export interface Checker {
  /** Undefined when GitHub describes no such operation, or we do not call it. */
  find(method: string, path: string): Called | undefined;
  /** What is wrong with it, one line each. */
  checkRequest(called: Called, query: URLSearchParams, body: unknown): readonly string[];
  checkAnswer(called: Called, status: number, body: unknown): readonly string[];
}

/** Any operation may be refused like this, be it described or not. */
const REFUSALS = [401, 403, 404, 422, 429, 500, 502, 503];

const description = JSON.parse(readFileSync(new URL('openapi.json', import.meta.url), 'utf8')) as Description;
export const operationIds: readonly string[] = Object.keys(description.operations);
const options = { allErrors: true, allowUnionTypes: true, strict: true, schemas: [description as AnySchema] };
const bodies = createAjv(false);
/** Paths and queries are text. */
const parameters = createAjv(true);

export const checker: Checker = {
  find(method, path) {
    // A literal segment before a parameter: `releases/tags/v1` is not the release of the id `tags`.
    const found = Object.entries(description.operations)
      .filter(([, operation]) => operation.method === method)
      .map(([id, operation]) => ({ id, match: toPattern(operation.path).exec(path), length: literals(operation.path) }))
      .sort((one, other) => other.length - one.length)
      .find(({ match }) => match);
    if (!found?.match) return undefined;
    const given = Object.entries(found.match.groups ?? {}).map(([name, text]) => [name, decodeURIComponent(text)]);
    return { id: found.id, parameters: Object.fromEntries(given) as Record<string, string> };
  },

  checkRequest(called, query, body) {
    const expectsBody = description.operations[called.id]?.body !== undefined;
    return [
      ...problems(parameters, `${called.id}/pathParameters`, { ...called.parameters }, 'path'),
      ...problems(parameters, `${called.id}/query`, Object.fromEntries(query), 'query'),
      ...(expectsBody ? problems(bodies, `${called.id}/body`, body, 'body') : []),
      ...(!expectsBody && body !== undefined ? ['body: there must be none'] : []),
    ];
  },

  checkAnswer({ id }, status, body) {
    const described = description.operations[id]?.responses[status];
    // Of some refusals it has no words, and GitHub all the same sends its one form of an error.
    if (described === false && status < 400) return body === undefined ? [] : ['answer: there must be no body'];
    if (described) return problems(bodies, `${id}/responses/${status}`, body, 'answer');
    if (described === undefined && !REFUSALS.includes(status)) return [`answer: ${id} never answers ${status}`];
    return problems(bodies, undefined, body, 'answer');
  },
};

function createAjv(coerceTypes: boolean): Ajv2020 {
  const ajv = new Ajv2020({ ...options, coerceTypes, strictRequired: false });
  ajv.addVocabulary(Object.keys(description).filter(key => key !== '$id'));
  // The default export of a CommonJS module, which Node and TypeScript see differently.
  (formats as unknown as { default: (ajv: Ajv2020) => void }).default(ajv);
  return ajv;
}

/** `place` below `operations`; undefined is GitHub's one form of an error. */
function problems(ajv: Ajv2020, place: string | undefined, value: unknown, what: string): readonly string[] {
  const [first, second, ...rest] = place?.split('/') ?? [];
  const pointer = place ? `operations/${first}~1${second}/${rest.join('/')}` : 'schemas/basic-error';
  const validate = ajv.getSchema(`github#/${pointer}`);
  if (!validate) throw new Error(`there is no ${pointer} in GitHub's description`);
  if (validate(value)) return [];
  return (validate.errors ?? []).map(({ instancePath, message, params }) => {
    const which = 'additionalProperty' in params ? `: ${params['additionalProperty']}` : '';
    return `${what}${instancePath}: ${message}${which}`;
  });
}

function toPattern(path: string): RegExp {
  return new RegExp(`^${path.replace(/\{(\w+)\}/g, '(?<$1>[^/]+)')}$`);
}

function literals(path: string): number {
  return path.split('/').filter(segment => !segment.startsWith('{')).length;
}
