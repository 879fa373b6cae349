/** The JavaScript SDK, boto3 and the AWS CLI behind one interface. */
import { spawn } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { Batch } from '@aws-sdk/client-batch';
import { CloudWatchLogs } from '@aws-sdk/client-cloudwatch-logs';
import { ECR } from '@aws-sdk/client-ecr';
import { S3 } from '@aws-sdk/client-s3';
import { STS } from '@aws-sdk/client-sts';
import type { LocalAws } from '../../../src/local/server.ts';
import { clientOptions } from '../../local/fixtures/local.ts';
import type { Tool } from '../tools.ts';
import { blobOf, isObject, type Json, type JsonObject, type Outcome, type TourClient } from './model.ts';

const account = '111122223333';
/** Of what package.json and `.ci/run` install. */
const NEWEST = '2026-11';
const region = 'eu-west-1';

export function startJavaScript(local: LocalAws): TourClient {
  const options = clientOptions(local, account, region);
  const clients: Record<string, { destroy(): void }> = {
    batch: new Batch(options),
    ecr: new ECR(options),
    logs: new CloudWatchLogs(options),
    s3: new S3(options),
    sts: new STS(options),
  };
  return {
    models: NEWEST,
    async call(service, operation, input) {
      const method = `${operation[0]?.toLowerCase()}${operation.slice(1)}`;
      // The aggregated clients have a method for each operation; which one is data here.
      const client = clients[service] as unknown as Record<
        string,
        (input: unknown) => Promise<Record<string, unknown>>
      >;
      try {
        const { $metadata: _, ...output } = (await client[method]?.(mapBlobs(input, blob => blob))) ?? {};
        return { output: await toJson(output) };
      } catch (error) {
        if (!(error instanceof Error)) throw error;
        return { error: { code: error.name, message: error.message } };
      }
    },
    async close() {
      for (const client of Object.values(clients)) client.destroy();
    },
  };
}

export function startBoto3(local: LocalAws, python: Tool): TourClient {
  const script = startScript(python, 'boto3_calls.py', [local.url], local.environment(account, region));
  return {
    models: NEWEST,
    call: async (service, operation, input) => JSON.parse(await script.ask({ service, operation, input })),
    close: script.close,
  };
}

/** `aws batch submit-job --cli-input-json …`. Bytes go by file, and come by file from GetObject. */
export function startCli(local: LocalAws, python: Tool, models: string): TourClient {
  const folder = mkdtempSync(join(tmpdir(), 'tour-'));
  const environment = { ...local.environment(account, region), AWS_MAX_ATTEMPTS: '1', AWS_PAGER: '', HOME: folder };
  const script = startScript(python, 'cli_calls.py', [], environment);
  const got = join(folder, 'got');
  return {
    models,
    async call(service, operation, input) {
      const streams = service === 's3' && operation === 'GetObject';
      const { given, flags } = streams ? { given: {}, flags: spellOut(input) } : splitBlobs(input, folder, service);
      const args = [
        ...['--endpoint-url', local.url, '--output', 'json', '--no-paginate'],
        ...[service === 's3' ? 's3api' : service, kebab(operation), ...flags],
        ...(streams ? [got] : ['--cli-input-json', JSON.stringify(given)]),
      ];
      const ran: CliRun = JSON.parse(await script.ask({ args }));
      if (ran.exitCode !== 0) return { error: readError(ran.stderr) };
      const output = ran.stdout.trim() === '' ? {} : JSON.parse(ran.stdout);
      return { output: streams ? { ...output, Body: readFileSync(got, 'utf8') } : output };
    },
    async close() {
      await script.close();
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

interface CliRun {
  readonly exitCode: number;
  readonly stdout: string;
  readonly stderr: string;
}

interface Script {
  /** One line there, one line back. */
  ask(question: object): Promise<string>;
  close(): Promise<void>;
}

function startScript(python: Tool, name: string, args: readonly string[], environment: Record<string, string>): Script {
  const path = new URL(name, import.meta.url).pathname;
  const env = { ...process.env, ...environment };
  const child = spawn(python.path ?? '', [path, ...args], { env, stdio: ['pipe', 'pipe', 'inherit'] });
  const closed = new Promise<void>(resolve => {
    child.once('close', () => resolve());
  });
  const lines = createInterface(child.stdout)[Symbol.asyncIterator]();
  return {
    async ask(question) {
      child.stdin.write(`${JSON.stringify(question)}\n`);
      const { value, done } = await lines.next();
      if (done) throw new Error(`${name} has gone`);
      return value;
    },
    async close() {
      child.stdin.end();
      await closed;
    },
  };
}

function readError(output: string): NonNullable<Outcome['error']> {
  const [, code, message] =
    /An error occurred \(([^)]*)\) when calling the \w+ operation(?: \([^)]*\))?: ([\s\S]*)/.exec(output) ?? [];
  return code === undefined ? { code: 'aws', message: output.trim() } : { code, message: (message ?? '').trim() };
}

/** Members that are bytes have a flag of their own that takes a file; for S3's streams it is the bare path. */
function splitBlobs(input: JsonObject, folder: string, service: string): { given: JsonObject; flags: string[] } {
  const given: JsonObject = {};
  const flags: string[] = [];
  for (const [name, value] of Object.entries(input)) {
    const blob = blobOf(value);
    if (!blob) {
      given[name] = value;
      continue;
    }
    const path = join(folder, name);
    writeFileSync(path, blob);
    flags.push(`--${kebab(name)}`, service === 's3' ? path : `fileb://${path}`);
  }
  return { given, flags };
}

/** Where the answer goes is an argument, and then the CLI wants the others as arguments too. */
function spellOut(input: JsonObject): string[] {
  return Object.entries(input).flatMap(([name, value]) => [`--${kebab(name)}`, String(value)]);
}

function kebab(name: string): string {
  return name.replace(/([a-z0-9])([A-Z])/g, '$1-$2').toLowerCase();
}

function mapBlobs(value: Json, to: (blob: Buffer) => unknown): unknown {
  const blob = blobOf(value);
  if (blob) return to(blob);
  if (Array.isArray(value)) return value.map(item => mapBlobs(item, to));
  if (!isObject(value)) return value;
  return Object.fromEntries(Object.entries(value).map(([name, member]) => [name, mapBlobs(member, to)]));
}

/** As JSON would have it: dates as text, bytes as base64, members without a value left out. */
async function toJson(output: Record<string, unknown>): Promise<JsonObject> {
  const body = output['Body'] as { transformToString(): Promise<string> } | undefined;
  const read = body ? { ...output, Body: await body.transformToString() } : output;
  const plain = JSON.stringify(read, (_, value) =>
    value instanceof Uint8Array ? Buffer.from(value).toString('base64') : value,
  );
  return JSON.parse(plain);
}
