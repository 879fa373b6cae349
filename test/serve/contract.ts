/** The OpenAPI description that a server serves, as what its answers are held against. */
import { Ajv2020 } from 'ajv/dist/2020.js';
import addFormats from 'ajv-formats';

export interface Contract {
  /** Throws for an answer that the description does not tell of. */
  check(answer: {
    readonly method: string;
    readonly path: string;
    readonly status: number;
    readonly headers: Headers;
    readonly text: string;
  }): void;
  /** `GET /runs/{run} 200` of everything that was checked. */
  readonly seen: ReadonlySet<string>;
}

interface Description {
  readonly paths: Readonly<
    Record<string, Readonly<Record<string, { readonly responses: Readonly<Record<string, Described>> }>>>
  >;
}
interface Described {
  readonly content?: Readonly<Record<string, { readonly schema: object }>>;
  readonly headers?: Readonly<Record<string, unknown>>;
}

export function openContract(description: unknown): Contract {
  const { paths } = description as Description;
  const ajv = new Ajv2020({ strict: false, allErrors: true });
  addFormats.default(ajv);
  ajv.addSchema(description as object, 'api');
  const seen = new Set<string>();
  const templates = Object.keys(paths).map(path => ({
    path,
    pattern: new RegExp(`^${path.replace(/\{\w+\}/g, '[^/]+')}$`),
  }));
  const pointer = (text: string) => encodeURIComponent(text.replaceAll('~', '~0').replaceAll('/', '~1'));
  return {
    seen,
    check({ method, path, status, headers, text }) {
      const name = path.split('?')[0] ?? '';
      const template = templates.find(({ pattern }) => pattern.test(name))?.path;
      const type = headers.get('content-type') ?? '';
      if (!headers.get('x-request-id')) throw new Error(`${method} ${path} gave no request id`);
      const verb = method.toLowerCase();
      const responses = paths[template ?? '']?.[verb]?.responses;
      if (!template || !responses) {
        if (status !== 404 && status !== 401) throw new Error(`${method} ${path} is not described, and gave ${status}`);
        return;
      }
      const key = responses[status] ? String(status) : 'default';
      const described = responses[key];
      const media = Object.keys(described?.content ?? {}).find(one => type.startsWith(one));
      if (!media) throw new Error(`${method} ${path} gave ${status} ${type}, which is not described`);
      for (const header of Object.keys(described?.headers ?? {}))
        if (!headers.has(header)) throw new Error(`${method} ${path} gave ${status} without ${header}`);
      seen.add(`${method} ${template} ${status}`);
      const parts = ['paths', template, verb, 'responses', key, 'content', media, 'schema'];
      const check = ajv.getSchema(`api#/${parts.map(pointer).join('/')}`);
      const value: unknown = media.endsWith('json') && media !== 'application/x-ndjson' ? JSON.parse(text) : text;
      if (!check) throw new Error(`no schema for ${parts.join(' ')}`);
      if (!check(value)) throw new Error(`${method} ${path} gave ${status}: ${ajv.errorsText(check.errors)}\n${text}`);
    },
  };
}
