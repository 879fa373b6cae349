/** Job definitions that are kept as files, in any of the forms in which people keep them. */
import { posix } from 'node:path';
import type { JobDefinition } from '@aws-sdk/client-batch';
import { type ParseError, parse, printParseErrorCode } from 'jsonc-parser';
import { partitionOf } from '../config/partition.ts';
import { readSourceForm } from '../definitions/source-form.ts';
import { ConfigurationError, type Problem } from '../errors.ts';
import type { Notify } from '../events.ts';
import type { JsonValue } from '../templates/model.ts';
import { createSource } from '../templates/source.ts';
import { bindPlaceholders } from './bind-placeholders.ts';
import { moveDeprecated } from './deprecated.ts';
import { STAGES } from './group-imports.ts';
import type { Given, Imported, Value, ValueObject } from './model.ts';
import { requestOf } from './read-live.ts';
import { readRemarks } from './remarks.ts';
import { isObject, listContainers } from './resources.ts';
import { END, QUOTED, RAW, type ScannedFile, scanPlaceholders } from './scan-placeholders.ts';

export interface FileRequest {
  readonly path: string;
  readonly text: string;
  readonly values: ReadonlyMap<string, string>;
  readonly environment: string;
  readonly account?: string | undefined;
  /** The first that the configuration will have. */
  readonly region?: string | undefined;
}

/** One for each job definition in the file, of a describe output the newest of each name. Throws ConfigurationError with what cannot be read. */
export function readDefinitionFile(request: FileRequest, notify: Notify): readonly Imported[] {
  const scanned = scanPlaceholders(request.path, request.text);
  if (scanned.problems.length > 0) throw new ConfigurationError(scanned.problems);
  const root = parseMarked(request.path, scanned);
  const described = isObject(root as Value) ? (root as ValueObject)['jobDefinitions'] : undefined;
  const all = Array.isArray(described) ? newestOf(described as readonly JsonValue[]) : [root];
  return all.map(one => readOne(one, scanned, request, notify));
}

function parseMarked(path: string, { text }: ScannedFile): JsonValue {
  const errors: ParseError[] = [];
  const value = parse(text, errors, { allowTrailingComma: true }) as JsonValue;
  const [first] = errors;
  if (first === undefined) return value;
  const position = createSource({ path, text }).positionAt(first.offset);
  const what = text.trim() === '' ? 'it is empty' : printParseErrorCode(first.error);
  throw new ConfigurationError({
    message: `this is not JSON, even with its placeholders filled in: ${what}`,
    position: { ...position, column: 1 },
  });
}

function newestOf(described: readonly JsonValue[]): readonly JsonValue[] {
  const members = (value: JsonValue) => (isObject(value as Value) ? (value as ValueObject) : {});
  const rank = (value: JsonValue) =>
    (members(value)['status'] === 'ACTIVE' ? 1e9 : 0) + Number(members(value)['revision'] ?? 0);
  const names = [...Map.groupBy(described, value => members(value)['jobDefinitionName']).values()];
  return names.map(own => own.reduce((best, one) => (rank(one) > rank(best) ? one : best)));
}

function readOne(value: JsonValue, scanned: ScannedFile, file: FileRequest, notify: Notify): Imported {
  const tell = (text: string) => notify({ type: 'message', level: 'notice', text: `${file.path} ${text}` });
  const form = readSourceForm(value);
  if (typeof form === 'string') throw new ConfigurationError({ message: `${file.path}: ${form}` });
  const source = value as ValueObject;
  const isDescribed = 'jobDefinitionArn' in source || 'status' in source;
  const isBare = !isDescribed && !('type' in form.request && 'type' in source);
  refuseMarkedNames(form.request as Value, file.path, scanned);
  const plain = isDescribed
    ? requestOf(source as unknown as JobDefinition).request
    : dropNulls(form.request as ValueObject);
  const moved = moveDeprecated(plain);
  if (moved.changed || moveDeprecated(form.request as ValueObject).changed)
    tell('has the deprecated vcpus or memory; they became resourceRequirements.');
  const text = JSON.stringify(source);
  const account = file.account ?? accountIn(text);
  const region = regionIn(text) ?? file.region;
  if (region === undefined) {
    throw new ConfigurationError({
      message: `${file.path} does not say in which region it is used`,
      remedy: 'Give --region, once for each.',
    });
  }
  const partition = partitionOf(region);
  const binding = {
    placeholders: scanned.placeholders,
    values: file.values,
    account: account ?? STAND_IN_ACCOUNT,
    partition,
  };
  const { jobDefinitionName, ...rest } = moved.request;
  const bound = bindPlaceholders(rest, binding);
  if (bound.left.length > 0) tell(`has ${bound.left.join(', ')} in a shell's script, where it was left to the shell.`);
  return {
    origin: file.path,
    name: nameOf(jobDefinitionName ?? source['jobDefinitionName'], scanned, file),
    environment: stageOf(file.path),
    region,
    account: binding.account,
    partition,
    request: bound.request,
    image: listContainers(bound.request)[0]?.members['image'],
    given: [...bound.given, ...openAccount(account, file)],
    remarks: isDescribed
      ? undefined
      : readRemarks(scanned.text, isBare ? ['containerProperties'] : [], unmark(scanned)),
  };
}

const STAND_IN_ACCOUNT = '000000000000';

function openAccount(account: string | undefined, { path }: FileRequest): readonly Given[] {
  return account === undefined
    ? [{ setting: 'account', value: STAND_IN_ACCOUNT, note: `${path} does not say in which account it is used` }]
    : [];
}

/** Absent and null are the same to Batch, and a request has no null. */
function dropNulls(value: ValueObject): ValueObject {
  const clean = (own: Value): Value => {
    if (Array.isArray(own)) return own.filter(entry => entry !== null).map(clean);
    return isObject(own) ? dropNulls(own) : own;
  };
  return Object.fromEntries(Object.entries(value).flatMap(([name, own]) => (own === null ? [] : [[name, clean(own)]])));
}

function accountIn(text: string): string | undefined {
  return /arn:[\w-]+:[\w-]*:[\w-]*:(\d{12}):|(?<!\d)(\d{12})\.dkr\.ecr\./.exec(text)?.slice(1).find(Boolean);
}

function regionIn(text: string): string | undefined {
  const region = '[a-z]{2,4}(?:-[a-z]+)+-\\d{1,2}';
  const places = new RegExp(
    `"awslogs-region":"(${region})"|\\.dkr\\.ecr\\.(${region})\\.|arn:[\\w-]+:[\\w-]+:(${region}):`,
  );
  return places.exec(text)?.slice(1).find(Boolean);
}

/** Of a folder or a part of the file's name: `deploy/prod/job.json`, `job.dev.json`. What was read from AWS is often kept as live.json. */
function stageOf(path: string): string | undefined {
  return path.split(/[/._-]/).findLast(word => STAGES.has(word.toLowerCase()) && word !== 'live');
}

/** A placeholder in the name is filled in, or left out with the sign before it. */
function nameOf(
  written: Value | undefined,
  scanned: ScannedFile,
  { path, environment, region, values }: FileRequest,
): string {
  const fallback = posix.basename(path).replace(/\..*$/s, '');
  const given = typeof written === 'string' ? written : fallback;
  const filled = given.replaceAll(new RegExp(`[-_]?[${QUOTED}${RAW}](\\d+)${END}`, 'g'), (mark, index: string) => {
    const placeholder = scanned.placeholders[Number(index)];
    if (placeholder === undefined) return '';
    const { name, fallback: byDefault } = placeholder;
    const known =
      values.get(name) ??
      (/env|stage/i.test(name) ? environment : /region/i.test(name) ? region : undefined) ??
      byDefault;
    return known === undefined ? '' : `${/^[-_]/.test(mark) ? mark.charAt(0) : ''}${known}`;
  });
  return spellName(filled) || spellName(fallback) || 'jobs';
}

/** With the characters that Batch takes, of which the first is a letter or a digit. */
function spellName(text: string): string {
  return text
    .replaceAll(/[^A-Za-z0-9_-]+/g, '-')
    .replace(/^[-_]+/, '')
    .slice(0, 128);
}

function refuseMarkedNames(value: Value, path: string, scanned: ScannedFile): void {
  const problems: Problem[] = [];
  const visit = (own: Value): void => {
    if (Array.isArray(own)) for (const entry of own) visit(entry);
    if (!isObject(own)) return;
    for (const [name, entry] of Object.entries(own)) {
      if (name.includes(END))
        problems.push({
          message: `${path}: the name ${JSON.stringify(unmark(scanned)(name))} is a placeholder`,
          remedy: 'Values can be filled in, names cannot.',
        });
      visit(entry);
    }
  };
  visit(value);
  if (problems.length > 0) throw new ConfigurationError(problems);
}

/** With each placeholder as it stands in the file. */
function unmark({ placeholders }: ScannedFile): (text: string) => string {
  const mark = new RegExp(`"?[${QUOTED}${RAW}](\\d+)${END}"?`, 'g');
  return text => text.replaceAll(mark, (_, index: string) => placeholders[Number(index)]?.written ?? '');
}
