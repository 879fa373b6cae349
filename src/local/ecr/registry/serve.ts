/** The registry at `/v2/<account>/<region>/<repository>/…`: OCI distribution 1.1 over the store that the ECR API uses. */
import type { IncomingMessage, ServerResponse } from 'node:http';
import type { StreamService } from '../../model.ts';
import { checkAccess } from '../access.ts';
import { DOWNLOAD_PATH } from '../downloads.ts';
import { repositoryNotFound } from '../errors.ts';
import { applyLifecycle } from '../lifecycle.ts';
import { parseRepositoryKey } from '../names.ts';
import type { Tokens } from '../tokens.ts';
import { RegistryError, send, sendError, sendJson, translateError } from './answer.ts';
import { authorize } from './authorize.ts';
import { cancelUpload, continueUpload, describeUpload, finishUpload, startUpload } from './blob-uploads.ts';
import { deleteBlob, getBlob, getDownload } from './blobs.ts';
import type { Exchange, RegistryParts } from './exchange.ts';
import { listCatalog, listTags } from './listings.ts';
import { deleteManifest, getManifest, listReferrers, putManifest } from './manifests.ts';

type Handler = (exchange: Exchange, parts: RegistryParts) => Promise<void> | void;

interface Route {
  readonly pattern: RegExp;
  readonly methods: Readonly<Record<string, readonly [handler: Handler, action: string]>>;
}

/** The path of a repository comes first and may contain any of these words itself: hence greedy, from the end. */
const ROUTES: readonly Route[] = [
  { pattern: /^\/v2\/(.+)\/blobs\/uploads\/?()$/, methods: { POST: [startUpload, 'ecr:InitiateLayerUpload'] } },
  {
    pattern: /^\/v2\/(.+)\/blobs\/uploads\/([^/]+)$/,
    methods: {
      GET: [describeUpload, 'ecr:UploadLayerPart'],
      PATCH: [continueUpload, 'ecr:UploadLayerPart'],
      PUT: [finishUpload, 'ecr:CompleteLayerUpload'],
      DELETE: [cancelUpload, 'ecr:UploadLayerPart'],
    },
  },
  {
    pattern: /^\/v2\/(.+)\/blobs\/([^/]+)$/,
    methods: {
      GET: [getBlob, 'ecr:GetDownloadUrlForLayer'],
      HEAD: [getBlob, 'ecr:BatchCheckLayerAvailability'],
      DELETE: [deleteBlob, 'ecr:BatchDeleteImage'],
    },
  },
  {
    pattern: /^\/v2\/(.+)\/manifests\/([^/]+)$/,
    methods: {
      GET: [getManifest, 'ecr:BatchGetImage'],
      HEAD: [getManifest, 'ecr:BatchGetImage'],
      PUT: [putManifest, 'ecr:PutImage'],
      DELETE: [deleteManifest, 'ecr:BatchDeleteImage'],
    },
  },
  { pattern: /^\/v2\/(.+)\/tags\/list()$/, methods: { GET: [listTags, 'ecr:ListImages'] } },
  { pattern: /^\/v2\/(.+)\/referrers\/([^/]+)$/, methods: { GET: [listReferrers, 'ecr:BatchGetImage'] } },
];

export function createRegistryService(parts: RegistryParts, tokens: Tokens): StreamService {
  return {
    name: 'registry',
    callerOf: (_request, url) => {
      const path = ROUTES.map(({ pattern }) => pattern.exec(url.pathname)?.[1]).find(name => name !== undefined);
      return parseRepositoryKey(path ?? '');
    },
    operationOf: (request, url) => nameOperation(request.method ?? 'GET', url.pathname),
    async handle(request, response, { url }) {
      try {
        await answer(parts, tokens, request, response, url);
      } catch (error) {
        const told = translateError(error, parts.dialect);
        if (told && !response.headersSent) sendError(response, told);
        // A client that went away has nobody to tell.
        else if (!request.destroyed && !response.destroyed) throw error;
      }
    },
  };
}

async function answer(
  parts: RegistryParts,
  tokens: Tokens,
  request: IncomingMessage,
  response: ServerResponse,
  url: URL,
): Promise<void> {
  if (url.pathname.startsWith(DOWNLOAD_PATH)) return await getDownload(parts, request, response, url);
  const account = authorize(request, tokens);
  if (/^\/v2\/?$/.test(url.pathname)) return send(response, 200);
  if (url.pathname === '/v2/_catalog') return sendJson(response, 200, ...listCatalog(parts, account, url));
  const { handler, action, name, reference } = findRoute(request.method ?? 'GET', url.pathname);
  if (parts.dialect === 'ecr') refuseSha512([reference, url.searchParams.get('digest'), url.searchParams.get('mount')]);
  const key = parseRepositoryKey(name);
  // Real registries are hosts of their own; here the path says whose it is, and one without account and region is nobody's.
  if (!key) throw repositoryNotFound({ account, region: '', name });
  const repository = parts.registries.get(key);
  checkAccess(repository, account, action);
  applyLifecycle(parts.registries, repository);
  await handler({ request, response, url, account, repository, reference }, parts);
}

/** The API reference speaks of sha256 alone. */
function refuseSha512(digests: readonly (string | null)[]): void {
  const refused = digests.find(digest => digest?.startsWith('sha512:'));
  if (refused) throw new RegistryError(400, 'DIGEST_INVALID', `invalid digest: ${refused}`);
}

/** The call of ECR that a request amounts to, for faults and rates: `PutImage`. */
function nameOperation(method: string, path: string): string {
  const action = ROUTES.find(({ pattern }) => pattern.test(path))?.methods[method]?.[1];
  return action?.replace(/^ecr:/, '') ?? method;
}

function findRoute(
  method: string,
  path: string,
): { handler: Handler; action: string; name: string; reference: string } {
  for (const { pattern, methods } of ROUTES) {
    const match = pattern.exec(path);
    if (!match) continue;
    const [handler, action] = methods[method] ?? [];
    if (!handler || action === undefined)
      throw new RegistryError(405, 'UNSUPPORTED', 'The operation is unsupported.', {
        allow: Object.keys(methods).join(', '),
      });
    return { handler, action, name: match[1] ?? '', reference: decodeURIComponent(match[2] ?? '') };
  }
  throw new RegistryError(404, 'NOT_FOUND', '404 page not found');
}
