/**
 * Writes test/github/openapi.json: of GitHub's own OpenAPI description the operations that we call and the schemas that they reach,
 * as JSON Schema 2020-12 without words. The fake GitHub of the tests checks every request and every answer against it.
 *
 * The description is GitHub's, in the package `@octokit/openapi`. It unpacks to 385 MB and is therefore no dependency:
 *
 *     npm install --prefix /tmp/openapi --ignore-scripts @octokit/openapi@23.0.2
 *     node tools/github-openapi.mjs /tmp/openapi/node_modules/@octokit/openapi/generated/api.github.com.json
 */
import { readFileSync, writeFileSync } from 'node:fs';

const OPERATIONS = [
  'actions/get-workflow-run',
  'actions/list-workflow-runs-for-repo',
  'issues/create-comment',
  'issues/list-comments',
  'issues/update-comment',
  'repos/create-deployment',
  'repos/create-deployment-status',
  'repos/create-dispatch-event',
  'repos/get-release-by-tag',
  'repos/list-deployment-statuses',
  'repos/list-deployments',
  'repos/list-releases',
  'repos/update-release',
];
/** What any operation may answer, described or not. */
const ERROR = 'basic-error';
/** Members of a schema that say nothing about what is valid. */
const WORDS = /^(description|title|examples?|default|deprecated|externalDocs|readOnly|writeOnly|discriminator|x-.*)$/;
const METHODS = ['get', 'post', 'put', 'patch', 'delete'];

const [path] = process.argv.slice(2);
if (!path) {
  process.stderr.write('Give the path of api.github.com.json. The beginning of this file says how to get it.\n');
  process.exit(1);
}
const description = JSON.parse(readFileSync(path, 'utf8'));
const schemas = {};
reach(ERROR);
const operations = Object.fromEntries(OPERATIONS.map(id => [id, readOperation(id)]));
const source = `GitHub's OpenAPI description ${description.info.version}, ${description.openapi}; written by tools/github-openapi.mjs`;
const text = `${JSON.stringify({ $id: 'github', source, operations, schemas: sorted(schemas) })}\n`;
writeFileSync(new URL('../test/github/openapi.json', import.meta.url), text);
process.stdout.write(`${OPERATIONS.length} operations, ${Object.keys(schemas).length} schemas, ${text.length} bytes\n`);

function readOperation(id) {
  for (const [route, item] of Object.entries(description.paths)) {
    const method = METHODS.find(name => item[name]?.operationId === id);
    if (!method) continue;
    const { parameters = [], requestBody, responses } = item[method];
    const given = [...(item.parameters ?? []), ...parameters].map(resolve);
    const body = resolve(requestBody)?.content?.['application/json']?.schema;
    return {
      method: method.toUpperCase(),
      path: route,
      pathParameters: describeParameters(given, 'path'),
      query: describeParameters(given, 'query'),
      ...(body && { body: convert(body) }),
      responses: Object.fromEntries(Object.entries(responses).map(([status, one]) => [status, readResponse(one)])),
    };
  }
  throw new Error(`GitHub describes no operation ${id}`);
}

function describeParameters(parameters, place) {
  const here = parameters.filter(one => one.in === place);
  return {
    type: 'object',
    properties: Object.fromEntries(here.map(({ name, schema }) => [name, convert(schema)])),
    required: here.filter(one => one.required).map(one => one.name),
    additionalProperties: false,
  };
}

/** `false`, a schema that nothing satisfies, where there is no body. */
function readResponse(response) {
  const schema = resolve(response).content?.['application/json']?.schema;
  return schema ? convert(schema) : false;
}

function resolve(value) {
  const { $ref } = value ?? {};
  if (!$ref) return value;
  return $ref
    .slice(2)
    .split('/')
    .reduce((node, key) => node[key], description);
}

/** OpenAPI 3.0's dialect to JSON Schema 2020-12: `nullable` becomes a type, and a member that is not described is refused. */
function convert(schema, { open = false } = {}) {
  if (schema.$ref) return orNull({ $ref: reach(schema.$ref.split('/').at(-1)) }, schema.nullable);
  const kept = {};
  for (const [key, value] of Object.entries(schema)) {
    if (WORDS.test(key) || key === 'nullable') continue;
    // An address that was never given comes back as its default, the empty text, which is none.
    if (key === 'format' && schema.default === '') continue;
    if (key === 'properties')
      kept[key] = Object.fromEntries(Object.entries(value).map(([name, one]) => [name, convert(one)]));
    else if (key === 'items') kept[key] = convert(value);
    else if (key === 'additionalProperties') kept[key] = typeof value === 'object' ? convert(value) : value;
    // Parts of one whole know only their own members each; the whole is closed below.
    else if (/^(allOf|anyOf|oneOf)$/.test(key))
      kept[key] = value.map(one => convert(one, { open: key === 'allOf' || 'properties' in schema }));
    else kept[key] = value;
  }
  const whole = kept.allOf ?? kept.anyOf ?? kept.oneOf;
  if (!open && kept.properties && kept.additionalProperties === undefined) {
    kept[whole ? 'unevaluatedProperties' : 'additionalProperties'] = false;
  }
  return orNull(kept, schema.nullable);
}

function orNull(schema, nullable) {
  if (!nullable) return schema;
  if (typeof schema.type !== 'string') return { anyOf: [schema, { type: 'null' }] };
  return { ...schema, type: [schema.type, 'null'], ...(schema.enum && { enum: [...new Set([...schema.enum, null])] }) };
}

function reach(name) {
  if (!(name in schemas)) {
    schemas[name] = {}; // A schema that reaches itself finds its place taken.
    schemas[name] = convert(description.components.schemas[name]);
  }
  return `#/schemas/${name}`;
}

function sorted(object) {
  return Object.fromEntries(Object.entries(object).sort(([one], [other]) => (one < other ? -1 : 1)));
}
