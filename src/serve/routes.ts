/** Every route: what it takes and what it answers. */
import { createRoute, z } from '@hono/zod-openapi';
import {
  entryBody,
  failuresBody,
  failuresQuery,
  noQuery,
  pageQuery,
  problemBody,
  retriedBody,
  retryRequest,
  runBody,
  runListItem,
  runName,
  runQuery,
  stopBody,
  stopRequest,
} from './bodies.ts';
import { PROBLEM_KINDS, type ProblemKind } from './problem.ts';

export const NDJSON = 'application/x-ndjson';
export const OPEN_METRICS = 'application/openmetrics-text; version=1.0.0; charset=utf-8';

const params = z.object({ run: runName });
const json = <Schema extends z.ZodType>(schema: Schema, description: string) => ({
  description,
  content: { 'application/json': { schema } },
});
const text = <Type extends string>(type: Type, description: string) => ({
  description,
  content: { [type]: { schema: z.string() } } as Record<Type, { schema: z.ZodString }>,
});

/** What may go wrong: these by their status, and anything else. */
function problems(...kinds: readonly ProblemKind[]) {
  const content = { 'application/problem+json': { schema: problemBody } };
  const byStatus = Map.groupBy(kinds, kind => PROBLEM_KINDS[kind].status);
  const described = [...byStatus].map(([status, same]) => {
    const description = same.map(kind => `${kind}: ${PROBLEM_KINDS[kind].title}.`).join(' ');
    return [status, { description, content }] as const;
  });
  return { ...Object.fromEntries(described), default: { description: 'Any other problem.', content } };
}
const COMMON = ['bad-request', 'unauthorized'] as const;

/** Without its body, which is a stream, and would be read as a whole to be checked. */
export const submitRoute = createRoute({
  method: 'post',
  path: '/runs',
  operationId: 'submitRun',
  summary: 'Submit a run.',
  description:
    'Reads the manifest, from the body or from S3, plans the run and begins to submit, watch and retry it. Answers when the plan is in the ledger. Sent again with the same name and the same entries, it answers the same run.',
  request: { query: runQuery },
  responses: {
    200: json(runBody, 'The run was there already, with these entries.'),
    201: {
      ...json(runBody, 'The run is planned, and will be driven to its end.'),
      headers: z.object({ location: z.string() }),
    },
    ...problems(
      ...COMMON,
      'forbidden',
      'too-slow',
      'other-entries',
      'too-large',
      'unsupported-media-type',
      'invalid',
      'refused',
      'unavailable',
    ),
  },
});

const entries = z.array(z.record(z.string(), z.unknown()));
export const MANIFEST_BODY = {
  description: 'The manifest, of any length, unless `manifest` says where it is.',
  required: false,
  content: {
    [NDJSON]: { schema: z.string().describe('An entry a line.') },
    'text/csv': { schema: z.string().describe('The first line names the fields.') },
    'application/json': { schema: z.union([entries, z.object({ entries })]) },
  },
};

export const listRoute = createRoute({
  method: 'get',
  path: '/runs',
  operationId: 'listRuns',
  summary: 'The runs of the ledger, the newest first.',
  request: { query: pageQuery },
  responses: {
    200: json(
      z.object({ runs: z.array(runListItem), next: z.string().optional() }).openapi('RunList'),
      'A page of runs.',
    ),
    ...problems(...COMMON),
  },
});

export const readRoute = createRoute({
  method: 'get',
  path: '/runs/{run}',
  operationId: 'getRun',
  summary: 'How far a run is, or how it ended.',
  request: { params, query: noQuery },
  responses: { 200: json(runBody, 'The run.'), ...problems(...COMMON, 'not-found') },
});

export const failuresRoute = createRoute({
  method: 'get',
  path: '/runs/{run}/failures',
  operationId: 'listFailures',
  summary: 'The entries that failed.',
  request: { params, query: failuresQuery },
  responses: { 200: json(failuresBody, 'A page of failures.'), ...problems(...COMMON, 'not-found', 'invalid') },
});

export const entryRoute = createRoute({
  method: 'get',
  path: '/runs/{run}/entries/{id}',
  operationId: 'getEntry',
  summary: 'What became of one entry.',
  request: { params: params.extend({ id: z.string() }), query: noQuery },
  responses: { 200: json(entryBody, 'The entry.'), ...problems(...COMMON, 'not-found') },
});

export const reportRoute = createRoute({
  method: 'get',
  path: '/runs/{run}/report',
  operationId: 'getReport',
  summary: 'The report of an ended run, as one page without network.',
  request: { params, query: noQuery },
  responses: { 200: text('text/html', 'The page.'), ...problems(...COMMON, 'not-found', 'not-ended') },
});

export const childrenRoute = createRoute({
  method: 'get',
  path: '/runs/{run}/children',
  operationId: 'listChildren',
  summary:
    'Every child of an ended run, a JSON object a line, from which every figure of the report can be worked out.',
  request: { params, query: noQuery },
  responses: { 200: text(NDJSON, 'The children.'), ...problems(...COMMON, 'not-found', 'not-ended') },
});

export const runMetricsRoute = createRoute({
  method: 'get',
  path: '/runs/{run}/metrics',
  operationId: 'getRunMetrics',
  summary: 'The figures of an ended run as OpenMetrics text.',
  request: { params, query: noQuery },
  responses: { 200: text(OPEN_METRICS, 'The figures.'), ...problems(...COMMON, 'not-found', 'not-ended') },
});

export const retryRoute = createRoute({
  method: 'post',
  path: '/runs/{run}/retry',
  operationId: 'retryRun',
  summary: 'Submit again what failed and may be retried, also after a stop.',
  request: {
    params,
    query: noQuery,
    body: { required: false, content: { 'application/json': { schema: retryRequest } } },
  },
  responses: {
    202: json(retriedBody, 'It is written down, and will be done.'),
    ...problems(...COMMON, 'forbidden', 'not-found', 'invalid', 'unsupported-media-type'),
  },
});

export const stopRoute = createRoute({
  method: 'post',
  path: '/runs/{run}/stop',
  operationId: 'stopRun',
  summary: 'Terminate every job of a run that has not ended, and retry nothing. What was built stays.',
  request: {
    params,
    query: noQuery,
    body: { required: false, content: { 'application/json': { schema: stopRequest } } },
  },
  responses: {
    202: json(stopBody, 'The jobs are being ended.'),
    ...problems(...COMMON, 'forbidden', 'not-found', 'refused', 'unsupported-media-type'),
  },
});

export const metricsRoute = createRoute({
  method: 'get',
  path: '/metrics',
  operationId: 'getMetrics',
  summary: 'OpenMetrics text: the server, and the runs that it drives or that ended in the last day.',
  responses: { 200: text(OPEN_METRICS, 'The figures.'), ...problems('unauthorized') },
});

export const documentRoute = createRoute({
  method: 'get',
  path: '/openapi.json',
  operationId: 'getDescription',
  summary: 'This description. Needs no token.',
  security: [],
  responses: { 200: json(z.record(z.string(), z.unknown()), 'OpenAPI 3.1.'), ...problems() },
});

export const healthRoute = createRoute({
  method: 'get',
  path: '/healthz',
  operationId: 'getHealth',
  summary: 'Whether the server takes requests. Needs no token.',
  security: [],
  responses: {
    200: json(z.object({ status: z.literal('ok'), version: z.string() }).openapi('Health'), 'It does.'),
    ...problems('unavailable'),
  },
});
