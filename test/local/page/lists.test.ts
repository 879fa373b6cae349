/** The pages of what is long or has several containers: lists of definitions and images, tasks, dependencies. */
import { Batch } from '@aws-sdk/client-batch';
import { ECR } from '@aws-sdk/client-ecr';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import type { Engine } from '../../../src/local/engines/model.ts';
import { type LocalAws, startLocalAws } from '../../../src/local/server.ts';
import { settle } from '../batch/test-clock.ts';
import { clientOptions, idleEngine } from '../fixtures/local.ts';

const ACCOUNT = '111122223333';
const engine: Engine = {
  ...idleEngine,
  concurrency: 10,
  run: ({ onLog }) => {
    onLog('a line', 1000);
    return {
      started: Promise.resolve(),
      ended: Promise.resolve({ kind: 'exited' as const, exitCode: 0 }),
      stop: () => undefined,
    };
  },
};

let local: LocalAws;
let batch: Batch;
let ecr: ECR;
beforeAll(async () => {
  local = await startLocalAws({ engine });
  batch = new Batch(clientOptions(local, ACCOUNT));
  ecr = new ECR(clientOptions(local, ACCOUNT));
  await batch.createComputeEnvironment({ computeEnvironmentName: 'ce', type: 'UNMANAGED' });
  const computeEnvironmentOrder = [{ order: 1, computeEnvironment: 'ce' }];
  await batch.createJobQueue({ jobQueueName: 'queue', priority: 1, computeEnvironmentOrder });
});
afterAll(async () => {
  batch.destroy();
  ecr.destroy();
  await local.stop();
});

async function here(path: string): Promise<string> {
  const response = await fetch(`${local.url}/_batchwright/${ACCOUNT}/eu-west-1/${path}`);
  expect([path, response.status]).toEqual([path, 200]);
  return response.text();
}

async function follow(page: string, text: string): Promise<string> {
  const found = new RegExp(`<a href="/_batchwright/${ACCOUNT}/eu-west-1/([^"]*)">${text}</a>`).exec(page);
  if (!found?.[1]) throw new Error(`no link ${text}`);
  return here(found[1].replaceAll('&amp;', '&'));
}

const rowsOf = (page: string) => page.split('<tr>').length - 2;
const links = (page: string) => ['First', 'Next'].filter(text => page.includes(`>${text}</a>`));

async function times(count: number, call: (at: number) => Promise<unknown>): Promise<void> {
  await Promise.all(Array.from({ length: count }, (_, at) => call(at)));
}

/** Two pages of 100 and 1, and back. */
async function walk(path: string): Promise<void> {
  const first = await here(path);
  expect([rowsOf(first), links(first)]).toEqual([100, ['Next']]);
  const second = await follow(first, 'Next');
  expect([rowsOf(second), links(second)]).toEqual([1, ['First']]);
  expect(await follow(second, 'First')).toBe(first);
}

const memory = {
  resourceRequirements: [
    { type: 'VCPU' as const, value: '1' },
    { type: 'MEMORY' as const, value: '64' },
  ],
};
const pod = { resources: { limits: { cpu: '1', memory: '64Mi' } } };

describe('lists', () => {
  test('PAGE-6 of nothing say so', async () => {
    expect(await here('definitions')).toContain('No ACTIVE revision.');
    expect(await here('repositories')).toContain('No repository.');
    await ecr.createRepository({ repositoryName: 'empty' });
    expect(await here('repositories/empty')).toContain('No image.');
  });

  test('PAGE-6 of definitions and of the revisions of one have pages of 100, those of a name with the INACTIVE ones', async () => {
    const containerProperties = { image: 'i', ...memory };
    await times(101, () =>
      batch.registerJobDefinition({ jobDefinitionName: 'long', type: 'container', containerProperties }),
    );
    await walk('definitions');
    await walk('definitions/long');
    await batch.deregisterJobDefinition({ jobDefinition: 'long:101' });
    expect(await here('definitions/long')).toContain('INACTIVE');
    expect(links(await here('definitions'))).toEqual([]);
  });

  test('PAGE-6 of repositories and images have pages of 100', async () => {
    await times(100, at => ecr.createRepository({ repositoryName: `repository-${at}` }));
    await walk('repositories');
    await times(101, at => {
      const annotations = { at: String(at) };
      const mediaType = 'application/vnd.oci.image.index.v1+json';
      const imageManifest = JSON.stringify({ schemaVersion: 2, mediaType, manifests: [], annotations });
      return ecr.putImage({ repositoryName: 'empty', imageManifest });
    });
    await walk('repositories/empty');
  });
});

test.each<[string, object, string[]]>([
  [
    'a task',
    {
      ecsProperties: {
        taskProperties: [
          {
            containers: [
              { name: 'a', image: 'task-a', ...memory },
              { name: 'b', image: 'task-b', ...memory },
            ],
          },
        ],
      },
    },
    ['task-a', 'task-b'],
  ],
  [
    'a pod',
    {
      eksProperties: {
        podProperties: {
          initContainers: [{ name: 'i', image: 'pod-i', ...pod }],
          containers: [{ name: 'm', image: 'pod-m', ...pod }],
        },
      },
    },
    ['pod-m', 'pod-i'],
  ],
  [
    'nodes, each image once',
    {
      type: 'multinode',
      nodeProperties: {
        ...{ numNodes: 3, mainNode: 0 },
        nodeRangeProperties: [
          { targetNodes: '0', container: { image: 'node', ...memory } },
          { targetNodes: '1', container: { image: 'node', ...memory } },
          {
            targetNodes: '2:',
            ecsProperties: { taskProperties: [{ containers: [{ image: 'node-task', ...memory }] }] },
          },
        ],
      },
    },
    ['node', 'node-task'],
  ],
])('PAGE-6 a definition shows the images of %s', async (name, properties, images) => {
  const jobDefinitionName = name.replaceAll(/\W/g, '-');
  await batch.registerJobDefinition({ jobDefinitionName, type: 'container', ...properties });
  for (const page of [await here(`definitions/${jobDefinitionName}`), await here(`definitions/${jobDefinitionName}:1`)])
    expect([...page.matchAll(/<div><code>([^<]*)<\/code><\/div>/g)].map(([, image]) => image)).toEqual(images);
});

describe('a job', () => {
  const submit = async (jobName: string, rest: object) => {
    const { jobId = '' } = await batch.submitJob({ jobName, jobQueue: 'queue', jobDefinition: 'task', ...rest });
    return jobId;
  };
  beforeAll(async () => {
    const containers = ['main', 'side'].map(name => ({ name, image: `image-${name}`, ...memory }));
    await batch.registerJobDefinition({
      ...{ jobDefinitionName: 'task', type: 'container' },
      ecsProperties: { taskProperties: [{ containers }] },
    });
  });

  test('PAGE-1 of several containers shows the log of each, and its attempts', async () => {
    const jobId = await submit('several', {});
    for (let turn = 0; turn < 50 && !(await here(`jobs/${jobId}`)).includes('SUCCEEDED'); turn += 1) await settle();
    const page = await here(`jobs/${jobId}`);
    expect(page.match(/>a line/g)).toHaveLength(2);
    expect(page).toContain('<h2>Attempts</h2>');
    expect(page).toContain('<dt>Ran</dt>');
    expect(page).not.toContain('<dt>Depends on</dt>');
  });

  test('PAGE-1 that waits leads to what it depends on, and has neither attempts nor times yet', async () => {
    const first = await submit('first', { jobDefinition: 'task', arrayProperties: { size: 2 } });
    const second = await submit('second', {
      ...{ arrayProperties: { size: 2 }, dependsOn: [{ type: 'SEQUENTIAL' }, { jobId: first, type: 'N_TO_N' }] },
    });
    const page = await here(`jobs/${second}`);
    expect(page).toContain(`jobs/${first}"><code>${first}</code></a> N_TO_N`);
    expect(page).toContain(' SEQUENTIAL');
    expect(page).not.toContain('<h2>Attempts</h2>');
  });
});
