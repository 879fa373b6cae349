/** Runs over HTTP: the routes, and what each of them does. */

import type { z } from '@hono/zod-openapi';
import { OpenAPIHono } from '@hono/zod-openapi';
import { HTTPException } from 'hono/http-exception';
import { requestId } from 'hono/request-id';
import { secureHeaders } from 'hono/secure-headers';
import { timeout } from 'hono/timeout';
import { readChildrenFiles, renderReport } from '../commands/runs/reports.ts';
import { parseFailureClasses } from '../jobs/failure-class.ts';
import { renderMetrics } from '../report/run-metrics.ts';
import { adviseTiers } from '../runs/advise.ts';
import { findEntry, listRuns, readRounds } from '../runs/history.ts';
import { openManifest } from '../runs/manifest/open-manifest.ts';
import { isSettled } from '../runs/standing.ts';
import { VERSION } from '../version.ts';
import { type Env, requireToken, watchRequests } from './access.ts';
import { type problemBody, retryRequest } from './bodies.ts';
import { describeIssues } from './describe-issues.ts';
import { describeListed, describeRun, requireEnded, requireRun } from './describe-run.ts';
import { createGate } from './gate.ts';
import { describe, listFailures } from './list-failures.ts';
import { openBody } from './manifest-body.ts';
import { createRequestMeter, renderServerMetrics } from './metrics.ts';
import type { ServerContext } from './model.ts';
import { pageOf } from './page.ts';
import { PROBLEM_KINDS, ProblemError, type ToldProblem, tellProblem } from './problem.ts';
import * as routes from './routes.ts';
import type { RunControl } from './run-control.ts';
import type { RunDrivers } from './run-drivers.ts';
import type { Recognize } from './tokens.ts';

export interface AppOptions {
  readonly server: ServerContext;
  readonly drivers: RunDrivers;
  readonly control: RunControl;
  readonly recognize: Recognize;
  readonly mostBodyBytes: number;
  readonly isEnding: () => boolean;
}

/** For everything but a manifest, which takes as long as it is. Milliseconds. */
const LONGEST = 60_000;
/** Without a token. */
const OPEN = ['/healthz', '/openapi.json'];

export function createApp(options: AppOptions): OpenAPIHono<Env> {
  const { server, recognize, isEnding } = options;
  const { clock, notify } = server.ports;
  const meter = createRequestMeter();
  const app = new OpenAPIHono<Env>({
    defaultHook: result => {
      if (!result.success) throw new ProblemError('bad-request', describeIssues(result.error.issues, result.target));
    },
  });
  const auth = requireToken(recognize);
  const inTime = timeout(LONGEST, () => new HTTPException(504));
  app.use(requestId());
  app.use(watchRequests(meter, clock, notify));
  app.use(secureHeaders());
  app.use((context, next) => (OPEN.includes(context.req.path) ? next() : auth(context, next)));
  app.use((context, next) => (context.req.method === 'GET' ? inTime(context, next) : next()));
  app.use(async (_context, next) => {
    if (isEnding())
      throw new ProblemError('unavailable', 'The server is ending. Send it again.', { 'retry-after': '5' });
    await next();
  });
  addChanges(app, options);
  addLists(app, options);
  addDocuments(app, options);
  app.openapi(routes.metricsRoute, context => {
    const [{ project, environment }] = server.targets;
    const text = renderServerMetrics(options.drivers.all(), meter, { project, environment });
    return context.body(text, 200, { 'content-type': routes.OPEN_METRICS });
  });
  app.openapi(routes.healthRoute, context => context.json({ status: 'ok' as const, version: VERSION }, 200));
  describeApi(app);
  app.notFound(context => {
    throw new ProblemError(
      'not-found',
      `There is no ${context.req.method} ${context.req.path}. GET /openapi.json says what there is.`,
    );
  });
  app.onError((error, context) => {
    const problem = error instanceof HTTPException ? fromHttp(error) : tellProblem(error);
    if (problem.unforeseen !== undefined) {
      const stack = error.stack ?? String(error);
      notify({ type: 'message', level: 'error', text: `Request ${context.get('requestId')}: ${stack}` });
    }
    return context.body(JSON.stringify(bodyOf(problem, context.get('requestId'))), PROBLEM_KINDS[problem.kind].status, {
      ...problem.headers,
      'content-type': 'application/problem+json',
    });
  });
  return app;
}

function addChanges(app: OpenAPIHono<Env>, { server, drivers, control, mostBodyBytes }: AppOptions): void {
  const { aws, files } = server.manifests;
  app.openAPIRegistry.registerPath({
    ...routes.submitRoute,
    request: { ...routes.submitRoute.request, body: routes.MANIFEST_BODY },
  });
  app.openapi({ ...routes.submitRoute, hide: true }, async context => {
    const { run, manifest, format, 'skip-invalid': skipInvalid } = context.req.valid('query');
    const { signal } = server.ports;
    const [{ region }] = server.targets;
    const body = {
      stream: context.req.header('content-length') === '0' ? null : context.req.raw.body,
      contentType: context.req.header('content-type'),
      format,
      mostBytes: mostBodyBytes,
      clock: server.ports.clock,
    };
    const items = manifest ? openManifest(manifest, { format, region }, { aws, files, signal }) : openBody(body);
    const by = context.get('caller').name;
    const source = manifest ?? 'the request';
    const { isNew } = await control.submit({ run, source, items, skipInvalid: skipInvalid === 'true', by });
    const described = await describeRun(run, server, drivers);
    if (!isNew) return context.json(described, 200);
    return context.json(described, 201, { location: `/runs/${run}` });
  });
  app.openapi(routes.retryRoute, async context => {
    const { run } = context.req.valid('param');
    // Without a body the framework hands on an empty object, whose defaults nobody has filled in.
    const { rounds, classes } = retryRequest.parse(context.req.valid('json'));
    const { plan } = await requireRun(run, server);
    const retrying = await control.retry(plan, {
      rounds,
      classes: parseFailureClasses(classes),
      by: context.get('caller').name,
    });
    const told = retrying && { retry: { entries: retrying.entries, notRetried: [...retrying.notRetried] } };
    return context.json({ ...(await describeRun(run, server, drivers)), ...told }, 202);
  });
  app.openapi(routes.stopRoute, async context => {
    const { run } = context.req.valid('param');
    const known = await requireRun(run, server);
    // A stop that is written now would be told as how it ended.
    if (await isSettled(known, known.ledger, { ...server, clock: server.ports.clock }))
      return context.json({ run, hadEnded: true, stopped: [], refused: [], unknown: [] }, 202);
    const by = context.get('caller').name;
    const { reason = `run ${run} was stopped by ${by}` } = context.req.valid('json');
    const { stopped, refused, unknown } = await control.stop(known.plan, reason);
    return context.json(
      { run, hadEnded: false, stopped: [...stopped], refused: [...refused], unknown: [...unknown] },
      202,
    );
  });
}

function addLists(app: OpenAPIHono<Env>, { server, drivers }: AppOptions): void {
  app.openapi(routes.listRoute, async context => {
    const { items, next } = pageOf(await listRuns(server.store), context.req.valid('query'));
    return context.json({ runs: items.map(describeListed), ...(next && { next }) }, 200);
  });
  app.openapi(routes.readRoute, async context =>
    context.json(await describeRun(context.req.valid('param').run, server, drivers), 200),
  );
  app.openapi(routes.failuresRoute, async context => {
    const request = { ...context.req.valid('param'), ...context.req.valid('query') };
    return context.json(await listFailures(request, server), 200);
  });
  app.openapi(routes.entryRoute, async context => {
    const { run, id } = context.req.valid('param');
    const known = await requireRun(run, server);
    const found = await findEntry(known, id, known.ledger);
    if (!found) throw new ProblemError('not-found', `Run "${run}" has no entry "${id}".`);
    const { outcome, jobs, entry, ...rest } = found;
    return context.json(
      {
        ...rest,
        entry: entry as Record<string, unknown>,
        ...(outcome && { outcome: describe(outcome) }),
        jobs: [...jobs],
      },
      200,
    );
  });
}

function addDocuments(app: OpenAPIHono<Env>, { server }: AppOptions): void {
  // A page of a hundred thousand entries is some tens of MB while it is made.
  const pages = createGate(1);
  app.openapi(routes.reportRoute, async context => {
    const { plan, summary, ledger } = await requireEnded(context.req.valid('param').run, server);
    const rounds = await readRounds(plan, ledger);
    const page = await pages.run(() => renderReport({ summary, advice: adviseTiers(summary), ledger, rounds }));
    // Its own script and style; nothing from elsewhere, and no frame around it.
    context.header(
      'content-security-policy',
      "default-src 'none'; script-src 'unsafe-inline'; style-src 'unsafe-inline'",
    );
    return context.html(page, 200);
  });
  app.openapi(routes.childrenRoute, async context => {
    const { plan, ledger } = await requireEnded(context.req.valid('param').run, server);
    const files = readChildrenFiles(await readRounds(plan, ledger), ledger);
    // The framework's types take every type that ends in json for JSON.
    return context.body(ReadableStream.from(files) as ReadableStream, 200, { 'content-type': routes.NDJSON }) as never;
  });
  app.openapi(routes.runMetricsRoute, async context => {
    const { summary } = await requireEnded(context.req.valid('param').run, server);
    return context.body(renderMetrics(summary), 200, { 'content-type': routes.OPEN_METRICS });
  });
}

function describeApi(app: OpenAPIHono<Env>): void {
  app.openAPIRegistry.registerComponent('securitySchemes', 'token', { type: 'http', scheme: 'bearer' });
  const document = {
    openapi: '3.1.0',
    info: {
      title: 'Batchwright: runs',
      version: VERSION,
      description:
        'Submits, watches, explains, retries and accounts for runs of AWS Batch jobs, one job for each entry. Parameters and fields that it does not know are refused.',
      license: { name: 'MIT', url: 'https://spdx.org/licenses/MIT' },
    },
    servers: [{ url: '/' }],
    security: [{ token: [] }],
  };
  // Made when it is first asked for: every route is there then.
  app.openapi(routes.documentRoute, context => context.json(app.getOpenAPI31Document(document) as never, 200));
}

/** What the framework itself refuses. */
function fromHttp({ status, message }: HTTPException): ToldProblem {
  if (status === 504)
    return { kind: 'timed-out', detail: 'Send it again; the ledger may be slow.', headers: { 'retry-after': '30' } };
  if (status === 415) {
    const detail = 'Send JSON with the header Content-Type: application/json, or no body at all.';
    return { kind: 'unsupported-media-type', detail, headers: { accept: 'application/json' } };
  }
  return { kind: 'bad-request', detail: message, headers: {} };
}

function bodyOf({ kind, detail, problems }: ToldProblem, id: string): z.infer<typeof problemBody> {
  const { title, status } = PROBLEM_KINDS[kind];
  const type = `urn:batchwright:problem:${kind}`;
  return { type, title, status, detail, requestId: id, ...(problems && { problems: [...problems] }) };
}
