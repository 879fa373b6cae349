/** The tour as data: what is asked, what must come back, and where that is known from. */
import { globSync, readFileSync } from 'node:fs';
import { basename } from 'node:path';
import { parse } from 'yaml';

export type Json = string | number | boolean | null | Json[] | { [name: string]: Json };
export type JsonObject = { [name: string]: Json };

export interface Step {
  /** `<file>:<place>`, for messages. */
  readonly name: string;
  /** `batch:SubmitJob`. */
  readonly call: string;
  /** Promises of BEHAVIOUR.md and the kind of their sources: `BATCH-36 [TF, T]`. */
  readonly fact: string;
  /** `${name}` stands for what an earlier step kept, `{ blob: text }` for bytes. */
  readonly input: JsonObject;
  /** Members that the answer must have; lists are compared whole. */
  readonly answer?: JsonObject;
  /** Members that it must not have, as paths: `jobs.0.startedAt`. */
  readonly lacks?: readonly string[];
  readonly error?: { readonly code: string; readonly message: string };
  /** Name → path of the answer. */
  readonly keep?: Readonly<Record<string, string>>;
  /** The call is repeated until the member has the value. */
  readonly until?: Readonly<Record<string, Json>>;
  /** Members of the answer that depend on what a client asks for by itself. */
  readonly byClient?: readonly string[];
  /** The month in which clients learned the call or its members; older ones leave the step out. */
  readonly since?: string;
  /** A fault for the local AWS's control API, added before the call. */
  readonly fault?: JsonObject;
}

export interface Outcome {
  readonly output?: JsonObject;
  readonly error?: { readonly code: string; readonly message: string };
}

/** One program or library that makes the calls. */
export interface TourClient {
  /** The month of its API models. It is not asked what came later, and its answers lack it. */
  readonly models: string;
  call(service: string, operation: string, input: JsonObject): Promise<Outcome>;
  close(): Promise<void>;
}

const folder = new URL('steps/', import.meta.url).pathname;

/** All steps, file by file in the order of their names. */
export function readTour(): Step[] {
  return globSync(`${folder}*.yml`)
    .toSorted()
    .flatMap(path => {
      const steps = parse(readFileSync(path, 'utf8')) as Omit<Step, 'name'>[];
      return steps.map((step, at) => ({ ...step, name: `${basename(path, '.yml')} ${at + 1} ${step.call}` }));
    });
}

export function isObject(value: unknown): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** Whether a client with models of that month knows all that the step needs. */
export function isKnown({ since = '' }: Step, models: string): boolean {
  return since <= models;
}

/** The bytes that `{ blob: text }` stands for. */
export function blobOf(value: Json | undefined): Buffer | undefined {
  if (!isObject(value) || typeof value['blob'] !== 'string' || Object.keys(value).length !== 1) return undefined;
  return Buffer.from(value['blob']);
}

/** `jobs.0.container` in an answer; undefined where there is none. */
export function memberAt(value: Json | undefined, path: string): Json | undefined {
  return path.split('.').reduce<Json | undefined>((found, name) => {
    if (Array.isArray(found)) return found[Number(name)];
    return isObject(found) ? found[name] : undefined;
  }, value);
}
