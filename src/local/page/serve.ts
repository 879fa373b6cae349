/** `/_batchwright/`: what the local AWS holds, for people. It only reads. */
import type { IncomingMessage, ServerResponse } from 'node:http';
import { ServiceError } from '../model.ts';
import { jobAddress } from './addresses.ts';
import { type AwsView, type ViewedServices, viewAws } from './aws-view.ts';
import { showDefinitions } from './definitions.ts';
import { PAGE_HEADERS, type Page, ROOT, renderDocument } from './document.ts';
import { showJob } from './job.ts';
import { showLog } from './log.ts';
import { showOverview, showRealm } from './overview.ts';
import { nothing } from './pieces.ts';
import { showQueue } from './queue.ts';
import { showRepositories } from './repositories.ts';
import type { Visit } from './visit.ts';

/** `/_batchwright/<account>/<region>/<kind>/<name>`; a repository's name may have slashes. */
const kinds: Readonly<Record<string, (visit: Visit) => Promise<Page | undefined>>> = {
  '': showRealm,
  queues: showQueue,
  jobs: showJob,
  logs: showLog,
  definitions: showDefinitions,
  repositories: showRepositories,
};

/** Whether a path below `/_batchwright` is the page's: the root, or an account's. */
export function isPagePath(path: string): boolean {
  return /^\/_batchwright(?:\/(?:\d{12}(?:\/.*)?)?)?$/.test(path);
}

export async function servePage(
  services: ViewedServices,
  request: IncomingMessage,
  response: ServerResponse,
  url: URL,
): Promise<void> {
  if (url.pathname === ROOT.slice(0, -1)) return redirect(response, ROOT);
  const aws = viewAws(services);
  const visit = readVisit(aws, url);
  const child = visit && childAsked(visit);
  if (child) return redirect(response, child);
  const page = (await show(aws, url, visit)) ?? missing(`There is nothing at ${url.pathname}.`);
  const body = Buffer.from(renderDocument(page));
  response.writeHead(page.status ?? 200, { ...PAGE_HEADERS, 'content-length': body.length });
  response.end(request.method === 'HEAD' ? undefined : body);
}

interface AskedVisit extends Visit {
  readonly kind: string;
}

async function show(aws: AwsView, url: URL, visit: AskedVisit | undefined): Promise<Page | undefined> {
  if (url.pathname === ROOT) return showOverview(aws, url.origin);
  const handler = visit && Object.hasOwn(kinds, visit.kind) ? kinds[visit.kind] : undefined;
  if (!visit || !handler) return undefined;
  try {
    return await handler(visit);
  } catch (error) {
    if (error instanceof ServiceError) return missing(error.message || error.code);
    throw error;
  }
}

/** undefined also for an account and region that nobody has called: to look must not make it. */
function readVisit(aws: AwsView, url: URL): AskedVisit | undefined {
  const segments = decodeSegments(url.pathname.slice(ROOT.length));
  if (!segments) return undefined;
  const [account, region, kind = '', ...rest] = segments;
  const caller = aws.places.find(place => place.account === account && place.region === region);
  return caller && { aws, caller, kind, name: rest.join('/'), query: url.searchParams };
}

function decodeSegments(path: string): string[] | undefined {
  try {
    return path.split('/').map(decodeURIComponent);
  } catch {
    return undefined;
  }
}

/** The form "go to child" asks for `jobs/<id>?index=<n>`. */
function childAsked({ caller, kind, name, query }: AskedVisit): string | undefined {
  const index = query.get('index') ?? '';
  return kind === 'jobs' && /^\d+$/.test(index) ? jobAddress(caller, `${name}:${Number(index)}`) : undefined;
}

function missing(text: string): Page {
  return { status: 404, title: 'Not here', content: [nothing(text)] };
}

function redirect(response: ServerResponse, location: string): void {
  response.writeHead(302, { location, 'content-length': 0 }).end();
}
