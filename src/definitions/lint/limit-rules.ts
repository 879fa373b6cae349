import { isJsonObject, type JsonObject, readNumber, readObject, readText, scalarText } from '../json.ts';
import type { JsonPath } from '../model.ts';
import { MAX_TAGS, NEEDED_STAMP_TAGS } from '../tags.ts';
import { api, type DefinitionRule, guide, IN_THE_WILD, type Report } from './rule.ts';
import { type Container, type Part, readParts, type Subject } from './subject.ts';

/** https://docs.aws.amazon.com/batch/latest/userguide/service_limits.html: 24 KiB. */
const MAX_REQUEST_BYTES = 24 * 1024;
/**
 * ECS takes at most 8,192 characters of container overrides and refuses after Batch has accepted the job; Batch's own variables
 * count too, and jobs were refused from 7,680 bytes on.
 */
const MAX_OVERRIDE_BYTES = 7000;

/** Numbers, lengths and patterns that the API states. */
export const LIMIT_RULES: readonly DefinitionRule[] = [
  {
    name: 'job-definition-name',
    level: 'error',
    description: 'A name has up to 128 letters, digits, hyphens and underscores.',
    source: api('RegisterJobDefinition'),
    check: ({ request }, report) => {
      const name = readText(request['jobDefinitionName']);
      if (name !== undefined && !/^[A-Za-z0-9_-]{1,128}$/.test(name)) {
        report(['jobDefinitionName'], `"${name}" is no job definition name: 1 to 128 letters, digits, - and _`);
      }
    },
  },
  {
    name: 'number-range',
    level: 'error',
    description:
      'Attempts 1 to 10, timeout at least 60 s, scheduling priority 0 to 9999, ephemeral storage 21 to 200 GiB, swappiness 0 to 100, start and stop timeouts at least 2 s (at most 120 s on Fargate), ports to 65535.',
    source: `${api('RegisterJobDefinition')} and the pages it names`,
    check: (subject, report) => {
      for (const { path, value, least, most } of rangedNumbers(subject)) {
        if (value < least || value > most) {
          report(
            path,
            `\`${path.at(-1)}\` is ${value}; Batch takes ${most === Infinity ? `at least ${least}` : `${least} to ${most}`}`,
          );
        }
      }
    },
  },
  {
    name: 'tag-limits',
    level: 'error',
    description: `At most ${MAX_TAGS} tags, of which ${NEEDED_STAMP_TAGS} are written at registration; keys to 128 and values to 256 characters of letters, digits, spaces and + - = . _ : / @; \`aws:\` and \`batchwright:\` are taken.`,
    source: guide('using-tags'),
    check: ({ request }, report) => {
      const tags = readObject(request['tags']);
      const own = Object.keys(tags).length;
      if (own + NEEDED_STAMP_TAGS > MAX_TAGS) {
        report(
          ['tags'],
          `${own} tags, where ${MAX_TAGS - NEEDED_STAMP_TAGS} are free (${NEEDED_STAMP_TAGS} more are written at registration)`,
        );
      }
      for (const [key, value] of Object.entries(tags)) checkTag(key, scalarText(value), report);
    },
  },
  {
    name: 'propagated-tags',
    level: 'warning',
    description: 'With propagateTags the tags of job and definition together must stay within 50, or the job fails.',
    source: api('RegisterJobDefinition'),
    check: ({ request }, report) => {
      const count = Object.keys(readObject(request['tags'])).length + NEEDED_STAMP_TAGS;
      if (request['propagateTags'] === true && count > MAX_TAGS - 10 && count <= MAX_TAGS) {
        report(
          ['propagateTags'],
          `${count} tags will be propagated; a job with more than ${MAX_TAGS - count} tags of its own will fail`,
        );
      }
    },
  },
  {
    name: 'environment-name',
    level: 'error',
    description: 'An environment variable has a name, and none that begins with AWS_BATCH.',
    source: api('KeyValuePair'),
    check: ({ containers }, report) => {
      for (const { path, name } of containers.flatMap(({ environment }) => environment)) {
        if (name === '') report(path, 'an environment variable without a name');
        else if (name.startsWith('AWS_BATCH'))
          report([...path, 'name'], `"${name}": names that begin with AWS_BATCH are Batch's own`);
      }
    },
  },
  {
    name: 'user-name',
    level: 'error',
    description:
      'The user of containerProperties matches ^([a-z0-9_][a-z0-9_-]{0,30})$; ECS tasks also take user:group.',
    source: `the message of RegisterJobDefinition; ${api('TaskContainerProperties')}`,
    check: ({ containers }, report) => {
      for (const { kind, path, members } of containers) {
        const user = readText(members['user']) ?? '';
        const pattern =
          kind === 'ecs' ? /^[a-z0-9_][a-z0-9_-]{0,30}(?::[a-z0-9_][a-z0-9_-]{0,30})?$/ : /^[a-z0-9_][a-z0-9_-]{0,30}$/;
        if (user !== '' && !pattern.test(user))
          report([...path, 'user'], `"${user}" is no user name Batch takes: ${pattern.source}`);
      }
    },
  },
  {
    name: 'volume-name',
    level: 'error',
    description:
      'A volume has a name of up to 255 letters, digits, hyphens and underscores; EFS with IAM needs encryption in transit.',
    source: `${api('Volume')}; ${api('EFSVolumeConfiguration')}`,
    check: ({ tasks }, report) => {
      for (const { path, members } of tasks) {
        for (const volume of readParts(members['volumes'], [...path, 'volumes'])) checkVolume(volume, report);
      }
    },
  },
  {
    name: 'request-size',
    level: 'error',
    description: 'A RegisterJobDefinition request has at most 24 KiB.',
    source: guide('service_limits'),
    check: ({ request }, report) => {
      const bytes = byteLength(JSON.stringify(request));
      if (bytes > MAX_REQUEST_BYTES) report([], `the request has ${bytes} bytes; Batch takes ${MAX_REQUEST_BYTES}`);
    },
  },
  {
    name: 'override-size',
    level: 'warning',
    description:
      'Command and environment near 8,192 bytes leave no room for overrides: such a job is accepted and fails with "Container Overrides length must be at most 8192".',
    source: `Netflix/metaflow#1482, ASFHyP3/hyp3#3041; ${IN_THE_WILD}`,
    check: ({ containers }, report) => {
      for (const container of containers) {
        const bytes = overrideBytes(container);
        if (container.kind !== 'eks' && bytes > MAX_OVERRIDE_BYTES) {
          report(
            container.path,
            `command and environment have ${bytes} bytes; above ${MAX_OVERRIDE_BYTES} a job that overrides them may fail`,
          );
        }
      }
    },
  },
];

interface RangedNumber {
  readonly path: JsonPath;
  readonly value: number;
  readonly least: number;
  readonly most: number;
}

function rangedNumbers({ request, tasks, containers, platform }: Subject): readonly RangedNumber[] {
  const stop = platform === 'FARGATE' ? 120 : Infinity;
  return [
    ...ranged({ path: [], members: request }, [], 'schedulingPriority', 0, 9999),
    ...ranged({ path: [], members: request }, ['retryStrategy'], 'attempts', 1, 10),
    ...ranged({ path: [], members: request }, ['timeout'], 'attemptDurationSeconds', 60, Infinity),
    ...tasks.flatMap(task => ranged(task, ['ephemeralStorage'], 'sizeInGiB', 21, 200)),
    ...containers.flatMap(container => [
      ...ranged(container, ['linuxParameters'], 'swappiness', 0, 100),
      ...ranged(container, [], 'startTimeout', 2, stop),
      ...ranged(container, [], 'stopTimeout', 2, stop),
    ]),
    ...tasks.flatMap(({ path, members }) =>
      readParts(members['volumes'], [...path, 'volumes']).flatMap(volume => [
        ...ranged(volume, ['efsVolumeConfiguration'], 'transitEncryptionPort', 0, 65535),
        ...ranged(volume, ['s3filesVolumeConfiguration'], 'transitEncryptionPort', 0, 65535),
      ]),
    ),
  ];
}

function ranged(
  part: Part,
  within: readonly string[],
  name: string,
  least: number,
  most: number,
): readonly RangedNumber[] {
  const owner = within.reduce<JsonObject>((members, member) => readObject(members[member]), part.members);
  const value = readNumber(owner[name]);
  return value === undefined ? [] : [{ path: [...part.path, ...within, name], value, least, most }];
}

function checkTag(key: string, value: string, report: Report): void {
  const path = ['tags', key];
  if (/^(?:aws|batchwright):/i.test(key)) report(path, `the tag "${key}": this prefix is taken`);
  else if (!/^[\p{L}\p{N}\p{Z}+\-=._:/@]{1,128}$/u.test(key))
    report(path, `"${key}" is no tag key: 1 to 128 letters, digits, spaces and + - = . _ : / @`);
  if (!/^[\p{L}\p{N}\p{Z}+\-=._:/@]{0,256}$/u.test(value)) {
    report(path, `the value of the tag "${key}": at most 256 letters, digits, spaces and + - = . _ : / @`);
  }
}

function checkVolume({ path, members }: Part, report: Report): void {
  const name = readText(members['name']) ?? '';
  if (!/^[A-Za-z0-9_-]{1,255}$/.test(name))
    report(path, `"${name}" is no volume name: 1 to 255 letters, digits, - and _`);
  const efs = members['efsVolumeConfiguration'];
  if (!isJsonObject(efs)) return;
  const access = readObject(efs['authorizationConfig']);
  if (
    (access['iam'] === 'ENABLED' || access['accessPointId'] !== undefined) &&
    efs['transitEncryption'] !== 'ENABLED'
  ) {
    report([...path, 'efsVolumeConfiguration'], 'EFS authorization needs `"transitEncryption": "ENABLED"`');
  }
}

function overrideBytes({ arguments: texts, environment }: Container): number {
  const command = texts.reduce((sum, { text }) => sum + byteLength(text) + 3, 0);
  return environment.reduce((sum, { name, text }) => sum + byteLength(name) + byteLength(text) + 22, command);
}

function byteLength(text: string): number {
  return Buffer.byteLength(text);
}
