/** One writer for each kind of thing that a local AWS keeps: it writes the nth, and tells later which of its own are not there. */
import type { Batch } from '@aws-sdk/client-batch';
import { digestOf, makeImage, openRegistry } from '../../local/ecr/registry-client.ts';
import { type Clients, definitionOf } from './clients.ts';

/** What was acknowledged: the name of the thing, and what must be found of it. */
export interface Acknowledged {
  readonly name: string;
  readonly value: string;
}

export interface Writer {
  readonly kind: string;
  write(clients: Clients, n: number): Promise<Acknowledged | undefined>;
  /** What is found of each name now; names that are not there are left out. */
  find(clients: Clients, names: readonly string[]): Promise<ReadonlyMap<string, string>>;
}

async function findEach(
  names: readonly string[],
  find: (name: string) => Promise<string | undefined>,
): Promise<ReadonlyMap<string, string>> {
  const found = new Map<string, string>();
  for (const name of names) {
    const value = await find(name).catch((error: unknown) => `${error}`);
    if (value !== undefined) found.set(name, value);
  }
  return found;
}

const definitions: Writer = {
  kind: 'revisions of job definitions',
  async write({ batch }, n) {
    const { jobDefinitionArn = '' } = await batch.registerJobDefinition(definitionOf(`d${n % 5}`, `command ${n}`));
    return { name: jobDefinitionArn, value: `command ${n}` };
  },
  find: ({ batch }, names) =>
    findEach(names, async name => {
      const { jobDefinitions } = await batch.describeJobDefinitions({ jobDefinitions: [name] });
      return jobDefinitions?.[0]?.containerProperties?.command?.join();
    }),
};

async function describe(batch: Batch, names: readonly string[], show: 'name' | 'end'): Promise<Map<string, string>> {
  const found = new Map<string, string>();
  for (let at = 0; at < names.length; at += 100) {
    const { jobs = [] } = await batch.describeJobs({ jobs: names.slice(at, at + 100) });
    for (const { jobId = '', jobName = '', status, statusReason, stoppedAt, attempts } of jobs) {
      const end = `${status} ${statusReason ?? ''} ${stoppedAt} ${attempts?.length}`;
      found.set(jobId, show === 'name' ? jobName : end);
    }
  }
  return found;
}

/** The ids of those submitted lately, for the one that watches them. */
const lately: string[] = [];

const submissions: Writer = {
  kind: 'submitted jobs',
  async write({ batch }, n) {
    const size = n % 4 === 0 ? { arrayProperties: { size: 3 } } : {};
    const jobName = `job-${n}`;
    const { jobId = '' } = await batch.submitJob({ jobName, jobQueue: 'runs', jobDefinition: 'models', ...size });
    lately.push(jobId, ...(n % 4 === 0 ? [`${jobId}:1`] : []));
    return { name: jobId, value: jobName };
  },
  find: ({ batch }, names) => describe(batch, names, 'name'),
};

const ends: Writer = {
  kind: 'ends of jobs that somebody has seen',
  async write({ batch }) {
    const seen = await describe(batch, lately.slice(-20), 'end');
    const [name, value] = [...seen].filter(([, end]) => /^(SUCCEEDED|FAILED) /.test(end)).at(-1) ?? [];
    return name === undefined || value === undefined ? undefined : { name, value };
  },
  find: ({ batch }, names) => describe(batch, names, 'end'),
};

const stopped: Writer = {
  kind: 'jobs cancelled and terminated',
  async write({ batch }, n) {
    const { jobId = '' } = await batch.submitJob({ jobName: 'stops', jobQueue: 'waits', jobDefinition: 'models' });
    const reason = `reason ${n}`;
    await (n % 2 ? batch.cancelJob({ jobId, reason }) : batch.terminateJobs({ jobs: [jobId], reason }));
    return { name: jobId, value: `FAILED ${reason}` };
  },
  async find({ batch }, names) {
    const found = await describe(batch, names, 'end');
    return new Map([...found].map(([name, end]) => [name, end.replace(/ \S+ \S+$/, '')]));
  },
};

const tags: Writer = {
  kind: 'tags of a job queue',
  async write({ batch }, n) {
    const name = `t${n % 40}`;
    await batch.tagResource({ resourceArn: queueArn, tags: { [name]: `${n}` } });
    return { name, value: `${n}` };
  },
  async find({ batch }) {
    return new Map(Object.entries((await batch.listTagsForResource({ resourceArn: queueArn })).tags ?? {}));
  },
};
const queueArn = 'arn:aws:batch:eu-west-1:111122223333:job-queue/runs';

const images: Writer = {
  kind: 'images, and their layers',
  async write(clients, n) {
    const image = makeImage([`layer ${n}`]);
    const registry = await openRegistry({ url: clients.endpoint, client: () => clients.ecr }, 'images');
    const { status, text } = await registry.pushImage(`v${n}`, image);
    if (status !== 201) throw new Error(text);
    return { name: `v${n}`, value: `${image.digest} layer ${n}` };
  },
  async find(clients, names) {
    const registry = await openRegistry({ url: clients.endpoint, client: () => clients.ecr }, 'images');
    return await findEach(names, async name => {
      const manifest = (await registry.request('GET', `/manifests/${name}`)).text;
      const { layers = [] } = JSON.parse(manifest) as { layers?: { digest: string }[] };
      return `${digestOf(manifest)} ${(await registry.request('GET', `/blobs/${layers[0]?.digest}`)).text}`;
    });
  },
};

const events: Writer = {
  kind: 'log events',
  async write({ logs }, n) {
    const message = `event ${n}`;
    const logEvents = [{ timestamp: Date.now(), message }];
    await logs.putLogEvents({ logGroupName: 'group', logStreamName: `s${n % 3}`, logEvents });
    return { name: message, value: message };
  },
  async find({ logs }) {
    const found = new Map<string, string>();
    for (let nextToken: string | undefined; ; ) {
      const page = await logs.filterLogEvents({ logGroupName: 'group', ...(nextToken ? { nextToken } : {}) });
      for (const { message = '' } of page.events ?? []) found.set(message, message);
      nextToken = page.nextToken;
      if (!nextToken) return found;
    }
  },
};

const objects: Writer = {
  kind: 'objects, whole and in parts, and their deletion',
  async write({ s3 }, n) {
    const where = { Bucket: 'bucket', Key: `${n}` };
    const Body = `${n} `.repeat(n % 1000);
    if (n % 5 === 0) {
      const { UploadId } = await s3.createMultipartUpload(where);
      const { ETag } = await s3.uploadPart({ ...where, UploadId, PartNumber: 1, Body });
      await s3.completeMultipartUpload({ ...where, UploadId, MultipartUpload: { Parts: [{ PartNumber: 1, ETag }] } });
    } else await s3.putObject({ ...where, Body });
    if (n % 7 !== 0) return { name: where.Key, value: Body };
    await s3.deleteObject(where);
    return { name: where.Key, value: 'gone' };
  },
  find: ({ s3 }, names) =>
    findEach(names, async Key => {
      try {
        return (await (await s3.getObject({ Bucket: 'bucket', Key })).Body?.transformToString()) ?? '';
      } catch (error) {
        if (error instanceof Error && error.name === 'NoSuchKey') return 'gone';
        throw error;
      }
    }),
};

const roles: Writer = {
  kind: 'roles',
  async write({ iam }, n) {
    const Statement = [{ Effect: 'Allow', Principal: '*', Action: 'sts:AssumeRole' }];
    const AssumeRolePolicyDocument = JSON.stringify({ Version: '2012-10-17', Statement });
    await iam.createRole({ RoleName: `r${n}`, AssumeRolePolicyDocument });
    return { name: `r${n}`, value: `arn:aws:iam::111122223333:role/r${n}` };
  },
  find: ({ iam }, names) => findEach(names, async RoleName => (await iam.getRole({ RoleName })).Role?.Arn),
};

const parameters: Writer = {
  kind: 'versions of parameters',
  async write({ ssm }, n) {
    const Name = `/p${n % 3}`;
    await ssm.putParameter({ Name, Value: `${n}`, Type: 'String', Overwrite: true });
    return { name: Name, value: `${n}` };
  },
  find: ({ ssm }, names) => findEach(names, async Name => (await ssm.getParameter({ Name })).Parameter?.Value),
};

const secrets: Writer = {
  kind: 'secrets',
  async write({ secrets: client }, n) {
    await client.createSecret({ Name: `s${n}`, SecretString: `${n}` });
    if (n % 2) return { name: `s${n}`, value: `${n}` };
    await client.putSecretValue({ SecretId: `s${n}`, SecretString: `${n} again` });
    return { name: `s${n}`, value: `${n} again` };
  },
  find: ({ secrets: client }, names) =>
    findEach(names, async SecretId => (await client.getSecretValue({ SecretId })).SecretString),
};

export const WRITERS: readonly Writer[] = [
  ...[definitions, submissions, ends, stopped, tags, images],
  ...[events, objects, roles, parameters, secrets],
];

/** Of things that are written again and again a later value may stand, for it may have been written and not acknowledged. */
export function isKept(kind: string, wanted: string, found: string | undefined): boolean {
  if (found === undefined) return false;
  if (kind === tags.kind || kind === parameters.kind) return Number(found) >= Number(wanted);
  return found === wanted;
}
