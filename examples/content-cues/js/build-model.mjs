#!/usr/bin/env node
/**
 * Content cues: summarises one customer's support tickets into topics. One file, Node 20 or later, nothing to install, so that an
 * image can be this file alone. The Python builder beside it writes the same format (../model.schema.json).
 *
 *   reads   <tickets>/<account>.ndjson           one ticket a line: {"id","subject","body","created_at"}
 *   writes  <models>/<run>/<account>.json        the model
 *           <models>/<run>/<account>.success     its SHA-256, written last: no marker, no model
 *
 * Both keys depend on the run and the account alone, and the bytes on the tickets alone, so a second attempt (a spot instance was
 * taken away) writes the same again. Every log line names the account: a failure among thousands can be built again by hand.
 */
import { createHash, createHmac } from 'node:crypto';
import { realpathSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { freemem } from 'node:os';
import { pathToFileURL } from 'node:url';
import { parseArgs } from 'node:util';

// ── What to do ──────────────────────────────────────────────────────────────────────────────────────────────────────────────────

/** Flag → environment variable, which Batch's `environment` sets; the flag wins. */
const SETTINGS = {
  tickets: 'TICKETS',
  models: 'MODELS',
  run: 'RUN_ID',
  accounts: 'ACCOUNTS',
  account: 'ACCOUNT',
  topics: 'TOPICS',
  resume: 'RESUME',
  break: 'BREAK',
};

/** Something the person who started the job can mend: one line, no stack trace. */
export class InputError extends Error {}

/** Flags and environment → settings. Throws InputError naming every setting that is missing or wrong. */
export function readSettings(args, environment) {
  const options = Object.fromEntries(Object.keys(SETTINGS).map(flag => [flag, { type: 'string' }]));
  const flags = parseFlags(args, { ...options, resume: { type: 'boolean' } });
  const given = flag => flags[flag] ?? (environment[SETTINGS[flag]] || undefined);
  const settings = {
    tickets: given('tickets'),
    models: given('models'),
    run: given('run'),
    accounts: given('accounts'),
    account: given('account'),
    topics: Number(given('topics') ?? 8),
    resume: flags.resume === true || environment.RESUME === '1',
    breakage: given('break'),
    index: environment.AWS_BATCH_JOB_ARRAY_INDEX,
    // Set by `batchwright run`: where this job's entries are, and how many bytes each takes.
    entries: environment.BATCHWRIGHT_ENTRIES || undefined,
    stride: Number(environment.BATCHWRIGHT_STRIDE ?? 0),
  };
  const wrong = [
    ...['tickets', 'models', 'run']
      .filter(name => !settings[name])
      .map(name => `--${name} (or ${SETTINGS[name]}) is missing`),
    ...['tickets', 'models']
      .filter(name => settings[name] && !settings[name].startsWith('s3://'))
      .map(name => `--${name} is not s3://bucket/prefix`),
    ...(settings.run && !SAFE_NAME.test(settings.run)
      ? [`--run ${settings.run} has characters other than A-Z a-z 0-9 . _ -`]
      : []),
    ...(settings.entries || settings.accounts || settings.account ? [] : ['--accounts or --account is missing']),
    ...(Number.isInteger(settings.topics) && settings.topics > 0 ? [] : ['--topics is not a whole number above 0']),
    ...(settings.breakage && !/^(app|oom)(:.+)?$/.test(settings.breakage) ? ['--break is not app or oom'] : []),
  ];
  if (wrong.length > 0) throw new InputError(wrong.join('; '));
  return settings;
}

function parseFlags(args, options) {
  try {
    return parseArgs({ args, options }).values;
  } catch (error) {
    throw new InputError(error.message);
  }
}

/** Names that go into an object key as they are. */
const SAFE_NAME = /^[A-Za-z0-9._-]+$/;

/**
 * The account of this child: its entry of a run, found by one range read; else the array index picks from the list, which is `a,b,c` or
 * an object with one account a line.
 */
export async function chooseAccount({ account, accounts, index, entries, stride }, store) {
  if (entries) return checkAccount(JSON.parse(await store.get(entries, Number(index ?? 0) * stride, stride)).id);
  if (index === undefined && account) return checkAccount(account);
  if (!accounts) throw new InputError('an array job needs --accounts (or ACCOUNTS)');
  const text = accounts.startsWith('s3://')
    ? (await store.get(accounts)).toString('utf8')
    : accounts.replaceAll(',', '\n');
  const list = text
    .split('\n')
    .map(line => line.trim())
    .filter(line => line && !line.startsWith('#'));
  if (index === undefined && list.length !== 1) {
    throw new InputError(`${list.length} accounts, but neither AWS_BATCH_JOB_ARRAY_INDEX nor --account says which`);
  }
  const chosen = list[Number(index ?? 0)];
  if (!chosen) throw new InputError(`array index ${index} is beyond the ${list.length} accounts of ${accounts}`);
  return checkAccount(chosen);
}

function checkAccount(account) {
  if (!SAFE_NAME.test(account))
    throw new InputError(`account ${JSON.stringify(account)} has characters other than A-Z a-z 0-9 . _ -`);
  return account;
}

// ── S3: three calls, Signature Version 4 ────────────────────────────────────────────────────────────────────────────────────────
// https://docs.aws.amazon.com/AmazonS3/latest/API/sig-v4-header-based-auth.html

const sha256 = bytes => createHash('sha256').update(bytes).digest('hex');
const hmac = (key, text) => createHmac('sha256', key).update(text).digest();
const encodeSegment = text =>
  encodeURIComponent(text).replace(/[!'()*]/g, c => `%${c.charCodeAt(0).toString(16).toUpperCase()}`);

/** The headers of one signed S3 request, beside `host`. `url` has no query; `credentials` as the environment or ECS gives them. */
export function signS3Request({ method, url, body, region, credentials, date = new Date() }) {
  const timestamp = date.toISOString().replace(/[-:]|\.\d{3}/g, '');
  const scope = `${timestamp.slice(0, 8)}/${region}/s3/aws4_request`;
  // `fetch` sets the host header itself, from the URL.
  const headers = {
    'x-amz-content-sha256': sha256(body ?? ''),
    'x-amz-date': timestamp,
    ...(credentials.sessionToken && { 'x-amz-security-token': credentials.sessionToken }),
  };
  const signed = { host: url.host, ...headers };
  const signedHeaders = Object.keys(signed).join(';');
  const canonicalHeaders = Object.entries(signed)
    .map(([name, value]) => `${name}:${value}\n`)
    .join('');
  const request = [method, url.pathname, '', canonicalHeaders, signedHeaders, headers['x-amz-content-sha256']].join(
    '\n',
  );
  const key = scope.split('/').reduce(hmac, `AWS4${credentials.secretAccessKey}`);
  const signature = hmac(key, ['AWS4-HMAC-SHA256', timestamp, scope, sha256(request)].join('\n')).toString('hex');
  const authorization = `AWS4-HMAC-SHA256 Credential=${credentials.accessKeyId}/${scope}, SignedHeaders=${signedHeaders}, Signature=${signature}`;
  return { ...headers, authorization };
}

/** `s3://bucket/key` → the URL, path-style, which every region and every local S3 understands. */
export function objectUrl(uri, { endpoint, region }) {
  const [, bucket, key] = /^s3:\/\/([^/]+)\/(.+)$/s.exec(uri) ?? [];
  if (!bucket) throw new InputError(`${uri} is not s3://bucket/key`);
  const base = endpoint ?? `https://s3.${region}.amazonaws.com${region.startsWith('cn-') ? '.cn' : ''}`;
  return new URL(`${base.replace(/\/$/, '')}/${[bucket, ...key.split('/')].map(encodeSegment).join('/')}`);
}

/** Credentials of the job role (https://docs.aws.amazon.com/AmazonECS/latest/developerguide/task-iam-roles.html), or of the environment. */
export async function readCredentials(environment) {
  const {
    AWS_ACCESS_KEY_ID: accessKeyId,
    AWS_SECRET_ACCESS_KEY: secretAccessKey,
    AWS_SESSION_TOKEN: sessionToken,
  } = environment;
  if (accessKeyId && secretAccessKey) return { accessKeyId, secretAccessKey, sessionToken };
  const relative = environment.AWS_CONTAINER_CREDENTIALS_RELATIVE_URI;
  const url = relative ? `http://169.254.170.2${relative}` : environment.AWS_CONTAINER_CREDENTIALS_FULL_URI;
  if (!url)
    throw new InputError(
      'no credentials: give the job definition a jobRoleArn, or set AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY',
    );
  const tokenFile = environment.AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE;
  const token = tokenFile ? (await readFile(tokenFile, 'utf8')).trim() : environment.AWS_CONTAINER_AUTHORIZATION_TOKEN;
  const answer = await fetch(url, {
    headers: token ? { authorization: token } : {},
    signal: AbortSignal.timeout(10_000),
  });
  if (!answer.ok) throw new Error(`reading the job role's credentials: HTTP ${answer.status}`);
  const role = await answer.json();
  return {
    accessKeyId: role.AccessKeyId,
    secretAccessKey: role.SecretAccessKey,
    sessionToken: role.Token,
    expires: Date.parse(role.Expiration),
  };
}

const ATTEMPTS = 5;
const FIVE_MINUTES = 300_000;

/** An object store over S3. A put is atomic in S3. */
export function openStore(environment, pauseMilliseconds = 200) {
  const region = environment.AWS_REGION || environment.AWS_DEFAULT_REGION;
  if (!region) throw new InputError('AWS_REGION is not set');
  const endpoint = environment.AWS_ENDPOINT_URL_S3 || environment.AWS_ENDPOINT_URL || undefined;
  let credentials;

  async function sendOnce(method, url, body, range) {
    if (!credentials || credentials.expires - Date.now() < FIVE_MINUTES)
      credentials = await readCredentials(environment);
    const headers = signS3Request({ method, url, body, region, credentials });
    const answer = await fetch(url, {
      method,
      headers: range ? { ...headers, range } : headers,
      body,
      redirect: 'manual',
      signal: AbortSignal.timeout(120_000),
    });
    return {
      status: answer.status,
      bytes: Buffer.from(await answer.arrayBuffer()),
      region: answer.headers.get('x-amz-bucket-region'),
    };
  }

  async function send(method, uri, body, range) {
    const url = objectUrl(uri, { endpoint, region });
    for (let attempt = 1; ; attempt += 1) {
      const answer = await sendOnce(method, url, body, range).catch(error => {
        if (attempt === ATTEMPTS || error instanceof InputError) throw error;
      });
      if (answer && (attempt === ATTEMPTS || (answer.status < 500 && answer.status !== 429))) return answer;
      await new Promise(resolve => setTimeout(resolve, pauseMilliseconds * 2 ** attempt * (0.5 + Math.random() / 2)));
    }
  }

  function refuse(verb, uri, { status, bytes, region: actual }) {
    const text = bytes.toString('utf8');
    const code = /<Code>(.*?)<\/Code>/.exec(text)?.[1] ?? `HTTP ${status}`;
    const hint = status === 301 ? ` (the bucket is in ${actual}, the job in ${region})` : '';
    return new InputError(
      `${verb} ${uri}: ${code}${hint} ${/<Message>(.*?)<\/Message>/s.exec(text)?.[1] ?? ''}`.trimEnd(),
    );
  }

  return {
    /** The whole object, or `length` bytes of it. */
    async get(uri, from, length) {
      const range = length ? `bytes=${from}-${from + length - 1}` : undefined;
      const answer = await send('GET', uri, undefined, range);
      if (answer.status !== (range ? 206 : 200)) throw refuse('reading', uri, answer);
      return answer.bytes;
    },
    async exists(uri) {
      const answer = await send('HEAD', uri);
      if (answer.status !== 200 && answer.status !== 404) throw refuse('looking for', uri, answer);
      return answer.status === 200;
    },
    async put(uri, text) {
      const answer = await send('PUT', uri, Buffer.from(text));
      if (answer.status !== 200) throw refuse('writing', uri, answer);
    },
  };
}

// ── Tickets ─────────────────────────────────────────────────────────────────────────────────────────────────────────────────────

const MEMBERS = ['id', 'subject', 'body', 'created_at'];

/** NDJSON → tickets. Throws InputError with the line's number, counted from 1. */
export function parseTickets(text) {
  const tickets = text.split('\n').flatMap((line, at) => (line.trim() ? [parseTicket(line, at + 1)] : []));
  if (tickets.length === 0) throw new InputError('it has no tickets');
  return tickets;
}

function parseTicket(line, number) {
  let ticket;
  try {
    ticket = JSON.parse(line);
  } catch (error) {
    throw new InputError(`line ${number} is not JSON: ${error.message}`);
  }
  const wrong = MEMBERS.filter(member => typeof ticket?.[member] !== 'string');
  if (wrong.length > 0) throw new InputError(`line ${number} has no text in ${wrong.join(', ')}`);
  return ticket;
}

// ── TF-IDF ──────────────────────────────────────────────────────────────────────────────────────────────────────────────────────

const STOP_WORDS = new Set(
  `a about after again all also am an and any are as at be because been before being but by can cannot could did do does doing done
  don each else even every few for from get gets getting go going got had has have having he hello help her here hi him his how i if in
  into is it its just know let like made make may me might more most much must my need no nor not now of off on once one only or other our
  out over own please really regards said same say see she should since so some still such sure tell than thank thanks that the their
  them then there these they thing this those through to too trying try two under until up us use used using very want was way we well
  were what when where which while who why will with without would yet you your yes dear team since anyone today yesterday ll ve re`.split(
    /\s+/,
  ),
);

export function splitWords(text) {
  return (text.toLowerCase().match(/[a-z][a-z0-9]+/g) ?? []).filter(word => !STOP_WORDS.has(word));
}

/** Texts → unit-length sparse rows over the words that at least two texts, and at most 60 % of them, hold. */
export function weighWords(texts) {
  const counts = texts.map(text => countWords(splitWords(text)));
  const documents = new Map();
  for (const count of counts) for (const word of count.keys()) documents.set(word, (documents.get(word) ?? 0) + 1);
  const least = texts.length > 3 ? 2 : 1;
  const most = texts.length > 3 ? 0.6 * texts.length : texts.length;
  const words = [...documents]
    .filter(([, n]) => n >= least && n <= most)
    .map(([word]) => word)
    .sort();
  const column = new Map(words.map((word, at) => [word, at]));
  const rarity = words.map(word => Math.log((1 + texts.length) / (1 + documents.get(word))) + 1);
  return { words, rows: counts.map(count => weighRow(count, column, rarity)) };
}

function countWords(words) {
  const count = new Map();
  for (const word of words) count.set(word, (count.get(word) ?? 0) + 1);
  return count;
}

function weighRow(count, column, rarity) {
  const entries = [...count]
    .filter(([word]) => column.has(word))
    .map(([word, n]) => [column.get(word), (1 + Math.log(n)) * rarity[column.get(word)]]);
  const length = Math.hypot(...entries.map(([, weight]) => weight)) || 1;
  return entries.sort(([a], [b]) => a - b).map(([at, weight]) => [at, weight / length]);
}

// ── Non-negative matrix factorisation: rows ≈ W·H ───────────────────────────────────────────────────────────────────────────────
// Lee and Seung's multiplicative updates, on sparse rows; started from rows far from each other, as k-means++ does.

const EPSILON = 1e-10;

/** W is rows × topics, H is topics × columns, both dense and row by row. Lets the event loop turn, so that SIGTERM is heard. */
export async function factorise(rows, columns, topics, seed = 1, iterations = 120) {
  const random = seededRandom(seed);
  const H = startTopics(rows, columns, topics, random);
  const W = new Float64Array(rows.length * topics).map(() => 0.5 + random() / 10);
  for (let iteration = 0; iteration < iterations; iteration += 1) {
    updateW(rows, W, H, columns, topics);
    updateH(rows, W, H, columns, topics);
    await new Promise(resolve => setImmediate(resolve));
  }
  return { W, H };
}

function startTopics(rows, columns, topics, random) {
  const H = new Float64Array(topics * columns).map(() => 0.001 + random() / 1000);
  const distance = new Float64Array(rows.length).fill(1);
  for (let topic = 0; topic < topics; topic += 1) {
    const dense = new Float64Array(columns);
    for (const [at, weight] of rows[drawRow(distance, random)]) dense[at] = weight;
    for (let at = 0; at < columns; at += 1) H[topic * columns + at] += dense[at];
    rows.forEach((row, r) => {
      const likeness = row.reduce((sum, [at, weight]) => sum + weight * dense[at], 0);
      distance[r] = Math.min(distance[r], row.length > 0 ? Math.max(0, 1 - likeness) : 0);
    });
  }
  return H;
}

function drawRow(distance, random) {
  let left = random() * distance.reduce((sum, d) => sum + d * d, 0);
  for (const [row, d] of distance.entries()) {
    left -= d * d;
    if (left < 0) return row;
  }
  return 0;
}

function updateW(rows, W, H, columns, topics) {
  const square = multiplyByTransposed(H, topics, columns);
  const old = new Float64Array(topics);
  rows.forEach((row, r) => {
    old.set(W.subarray(r * topics, (r + 1) * topics));
    for (let t = 0; t < topics; t += 1) {
      let above = 0;
      for (const [at, weight] of row) above += weight * H[t * columns + at];
      let below = EPSILON;
      for (let s = 0; s < topics; s += 1) below += old[s] * square[s * topics + t];
      W[r * topics + t] *= above / below;
    }
  });
}

function updateH(rows, W, H, columns, topics) {
  const square = new Float64Array(topics * topics);
  const above = new Float64Array(topics * columns);
  rows.forEach((row, r) => {
    for (let t = 0; t < topics; t += 1) {
      const w = W[r * topics + t];
      for (let s = 0; s < topics; s += 1) square[t * topics + s] += w * W[r * topics + s];
      for (const [at, weight] of row) above[t * columns + at] += w * weight;
    }
  });
  const old = Float64Array.from(H);
  for (let t = 0; t < topics; t += 1) {
    for (let at = 0; at < columns; at += 1) {
      let below = EPSILON;
      for (let s = 0; s < topics; s += 1) below += square[t * topics + s] * old[s * columns + at];
      H[t * columns + at] *= above[t * columns + at] / below;
    }
  }
}

/** M·Mᵀ of a row-by-row matrix. */
function multiplyByTransposed(M, rows, columns) {
  const product = new Float64Array(rows * rows);
  for (let a = 0; a < rows; a += 1) {
    for (let b = 0; b < rows; b += 1) {
      let sum = 0;
      for (let at = 0; at < columns; at += 1) sum += M[a * columns + at] * M[b * columns + at];
      product[a * rows + b] = sum;
    }
  }
  return product;
}

/** Numbers in [0, 1) that are the same for the same seed on every machine (mulberry32). */
function seededRandom(seed) {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}

// ── The model ───────────────────────────────────────────────────────────────────────────────────────────────────────────────────

const TERMS = 8;
const EXAMPLES = 3;
const round = number => Math.round(number * 1e4) / 1e4;

/** Tickets → the model, a plain object as model.schema.json describes it. No clock, no job id, no chance: same tickets, same model. */
export async function buildModel({ account, run, tickets, topics }) {
  const { words, rows } = weighWords(tickets.map(ticket => `${ticket.subject}\n${ticket.body}`));
  const count = words.length === 0 ? 0 : Math.max(1, Math.min(topics, Math.floor(tickets.length / 5)));
  const { W, H } = await factorise(rows, words.length, count);
  const scales = Array.from({ length: count }, (_, t) => rowLength(H, t, words.length));
  const members = assignTickets(rows, W, scales, count);
  const found = members
    .map((list, t) => ({ list, terms: topTerms(words, H, t) }))
    .filter(({ list }) => list.length > 0)
    .sort((a, b) => b.list.length - a.list.length || compareText(a.terms[0].term, b.terms[0].term));
  const days = tickets.map(ticket => ticket.created_at).sort();
  const placed = found.reduce((sum, { list }) => sum + list.length, 0);
  return {
    format: 'content-cues/1',
    builder: 'javascript',
    account,
    run,
    tickets: tickets.length,
    from: days[0],
    to: days.at(-1),
    vocabulary: words.length,
    unassigned: tickets.length - placed,
    topics: found.map(({ list, terms }, at) => describeTopic(at, list, terms, tickets)),
  };
}

function rowLength(M, row, columns) {
  let sum = 0;
  for (let at = 0; at < columns; at += 1) sum += M[row * columns + at] ** 2;
  return Math.sqrt(sum);
}

/** For each topic its tickets, `{ at, score }`. A ticket without a word of the vocabulary belongs to none. */
function assignTickets(rows, W, scales, topics) {
  const members = scales.map(() => []);
  rows.forEach((row, at) => {
    if (row.length === 0) return;
    const scores = scales.map((scale, t) => W[at * topics + t] * scale);
    const score = Math.max(...scores);
    members[scores.indexOf(score)].push({ at, score });
  });
  return members;
}

function topTerms(words, H, topic) {
  const weights = words.map((term, at) => ({ term, weight: H[topic * words.length + at] }));
  const top = weights.sort((a, b) => b.weight - a.weight || compareText(a.term, b.term)).slice(0, TERMS);
  return top
    .map(({ term, weight }) => ({ term, weight: round(weight / top[0].weight) }))
    .filter(({ weight }) => weight > 0);
}

function describeTopic(at, list, terms, tickets) {
  const best = list
    .map(({ at: row, score }) => ({ ...tickets[row], score }))
    .sort((a, b) => b.score - a.score || compareText(a.id, b.id));
  const subjects = new Set();
  const distinct = best.filter(({ subject }) => !subjects.has(subject) && subjects.add(subject));
  return {
    id: at + 1,
    label: terms
      .slice(0, 3)
      .map(({ term }) => term)
      .join(', '),
    tickets: list.length,
    share: round(list.length / tickets.length),
    terms,
    examples: distinct.slice(0, EXAMPLES).map(({ id, subject, score }) => ({ id, subject, score: round(score) })),
  };
}

const compareText = (a, b) => (a < b ? -1 : a > b ? 1 : 0);

// ── Failures on demand, to see what they look like ──────────────────────────────────────────────────────────────────────────────

const MEBIBYTE = 2 ** 20;

/** A dense tickets × words × words matrix: nobody needs it, and no tier has the memory. */
async function buildDenseMatrix(log) {
  const blocks = [];
  const most = Math.min(4096, (freemem() / MEBIBYTE) * 0.7);
  for (let mebibytes = 64; mebibytes <= most; mebibytes += 64) {
    blocks.push(new Float64Array((64 * MEBIBYTE) / 8).fill(blocks.length + 1));
    if (mebibytes % 256 === 0) log(`dense matrix: ${mebibytes} MiB`);
    await new Promise(resolve => setTimeout(resolve, 20));
  }
  throw new Error(`the dense matrix has ${blocks.length * 64} MiB and no memory limit stopped it`);
}

/** `app` lets a ticket without a body past the checks; `oom` eats memory. With `:account`, in that account alone. */
async function breakOnPurpose(breakage, account, tickets, log) {
  const [kind, only] = (breakage ?? '').split(':');
  if (!kind || (only && only !== account)) return;
  if (kind === 'oom') await buildDenseMatrix(log);
  const { id } = tickets[tickets.length >> 1];
  log(`normalising ticket ${id}`);
  normaliseBody({ id, subject: 'Printer on fire', body: null });
}

function normaliseBody(ticket) {
  return ticket.body.toLowerCase();
}

// ── Main ────────────────────────────────────────────────────────────────────────────────────────────────────────────────────────

async function run(settings, store, account, log) {
  const source = `${settings.tickets.replace(/\/$/, '')}/${account}.ndjson`;
  const target = `${settings.models.replace(/\/$/, '')}/${settings.run}/${account}`;
  if (settings.resume && (await store.exists(`${target}.success`)))
    return log(`${target}.success is there: nothing to do`);

  const bytes = await store.get(source);
  const tickets = readOrExplain(source, () => parseTickets(bytes.toString('utf8')));
  log(`read ${tickets.length} tickets, ${bytes.length} bytes, from ${source}`);
  await breakOnPurpose(settings.breakage, account, tickets, log);

  const model = await buildModel({ account, run: settings.run, tickets, topics: settings.topics });
  for (const topic of model.topics) log(`topic ${topic.id}: ${topic.label} (${topic.tickets} tickets)`);
  const text = `${JSON.stringify(model, undefined, 2)}\n`;
  await store.put(`${target}.json`, text);
  await store.put(`${target}.success`, `${sha256(text)}\n`);
  log(`wrote ${model.topics.length} topics, ${Buffer.byteLength(text)} bytes, to ${target}.json`);
}

function readOrExplain(source, parse) {
  try {
    return parse();
  } catch (error) {
    throw error instanceof InputError ? new InputError(`reading ${source}: ${error.message}`) : error;
  }
}

export async function main(args, environment) {
  let name = '?';
  const print = (stream, text) =>
    stream.write(
      text
        .split('\n')
        .map(line => `account=${name} ${line}\n`)
        .join(''),
    );
  const log = text => print(process.stdout, text);
  // As process 1 of a container there is no default action: without this, SIGTERM would be ignored until SIGKILL.
  process.once('SIGTERM', () => {
    log('SIGTERM: stopping without a model');
    process.exit(143);
  });
  try {
    const settings = readSettings(args, environment);
    const store = openStore(environment);
    name = await chooseAccount(settings, store);
    log(
      `run=${settings.run} attempt=${environment.AWS_BATCH_JOB_ATTEMPT ?? 1} job=${environment.AWS_BATCH_JOB_ID ?? 'none'}`,
    );
    await run(settings, store, name, log);
  } catch (error) {
    print(process.stderr, error instanceof InputError ? `error: ${error.message}` : String(error?.stack ?? error));
    if (error?.cause) print(process.stderr, `cause: ${error.cause.message ?? error.cause}`);
    process.exitCode = 1;
  }
}

if (process.argv[1] && import.meta.url === pathToFileURL(realpathSync(process.argv[1])).href) {
  await main(process.argv.slice(2), process.env);
}
