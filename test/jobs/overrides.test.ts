import type { JobDefinition } from '@aws-sdk/client-batch';
import { describe, expect, test } from '@jest/globals';
import { ConfigurationError } from '../../src/errors.ts';
import { planSubmit, type SubmitRequest } from '../../src/jobs/plan-submit.ts';
import { submitJob } from '../../src/jobs/submit.ts';
import { REGIONS, useLocalJobs } from './local-jobs.ts';

const request = (rest: Partial<SubmitRequest> = {}): SubmitRequest => ({
  region: 'eu-west-1',
  jobDefinitionArn: 'arn:aws:batch:eu-west-1:111122223333:job-definition/d:1',
  jobQueue: 'q',
  jobName: 'n',
  size: 3,
  parameters: {},
  environment: { A: '1' },
  command: ['run'],
  ...rest,
});
const definition = (rest: Partial<JobDefinition>): JobDefinition => ({
  ...{ jobDefinitionName: 'd', jobDefinitionArn: 'a', revision: 1, type: 'container' },
  ...rest,
});
const environment = [{ name: 'A', value: '1' }];

test('a plain job, an array job, parameters', () => {
  expect(planSubmit(request({ size: 1, environment: {}, command: undefined }))).toEqual({
    jobName: 'n',
    jobQueue: 'q',
    jobDefinition: request().jobDefinitionArn,
  });
  expect(planSubmit(request({ size: 2, parameters: { p: 'x' } }))).toMatchObject({
    arrayProperties: { size: 2 },
    parameters: { p: 'x' },
  });
});

test('a share of a job queue, with a priority of its own or the definition’s', () => {
  const fairShare = { shareIdentifier: 'cues', schedulingPriority: 0 };
  expect(planSubmit(request({ fairShare }))).toMatchObject({ shareIdentifier: 'cues', schedulingPriorityOverride: 0 });
  const ranked = planSubmit(request({ fairShare: { shareIdentifier: 'cues' } }));
  expect(ranked).toMatchObject({ shareIdentifier: 'cues' });
  expect(ranked).not.toHaveProperty('schedulingPriorityOverride');
});

describe('overrides', () => {
  test.each([
    ['an unknown definition', undefined, { containerOverrides: { environment, command: ['run'] } }],
    ['a container', definition({ containerProperties: {} }), { containerOverrides: { environment, command: ['run'] } }],
    [
      'several containers, one essential',
      definition({
        ecsProperties: {
          taskProperties: [
            {
              containers: [
                { name: 'log', image: 'i', essential: false },
                { name: 'main', image: 'i' },
              ],
            },
          ],
        },
      }),
      {
        ecsPropertiesOverride: {
          taskProperties: [
            {
              containers: [
                { name: 'log', environment },
                { name: 'main', environment, command: ['run'] },
              ],
            },
          ],
        },
      },
    ],
    [
      'a pod: the command becomes the arguments',
      definition({ eksProperties: { podProperties: { containers: [{ name: 'main', image: 'i' }, { image: 'j' }] } } }),
      {
        eksPropertiesOverride: {
          podProperties: { containers: [{ name: 'main', env: environment, args: ['run'] }, { env: environment }] },
        },
      },
    ],
    [
      'several nodes',
      definition({ type: 'multinode', nodeProperties: { numNodes: 2, mainNode: 0, nodeRangeProperties: [] } }),
      {
        nodeOverrides: {
          nodePropertyOverrides: [{ targetNodes: '0:', containerOverrides: { environment, command: ['run'] } }],
        },
      },
    ],
  ])('of %s', (_, of, expected) => {
    const { jobName, jobQueue, jobDefinition, arrayProperties, ...overrides } = planSubmit(request(), of);
    expect([jobName, jobQueue, jobDefinition, arrayProperties]).toEqual([
      'n',
      'q',
      request().jobDefinitionArn,
      { size: 3 },
    ]);
    expect(overrides).toEqual(expected);
  });

  test('nothing asked, nothing overridden, whatever the definition', () => {
    const of = definition({ ecsProperties: { taskProperties: [] } });
    expect(planSubmit(request({ environment: {}, command: undefined }), of)).not.toHaveProperty(
      'ecsPropertiesOverride',
    );
  });

  test('a command for two essential containers is not guessed', () => {
    const containers = [
      { name: 'a', image: 'i' },
      { name: 'b', image: 'i', essential: true },
    ];
    const of = definition({ ecsProperties: { taskProperties: [{ containers }] } });
    expect(() => planSubmit(request(), of)).toThrow('has 2 essential containers');
    expect(planSubmit(request({ command: undefined }), of)).toHaveProperty('ecsPropertiesOverride');
  });
});

/** The JSON of one variable, `{"containerOverrides":…}`, is 64 bytes more than its value. */
const ofBytes = (bytes: number) => request({ command: undefined, environment: { A: 'x'.repeat(bytes - 64) } });

test.each([
  ['7,000 bytes are taken', ofBytes(7000), []],
  ['7,001 bytes are refused', ofBytes(7001), ['command and environment of the job are 7001 bytes']],
  ['a size of 0', request({ size: 0 }), ['an array job has 2 to 10,000 children and a plain job is 1, not 0']],
  ['a size of 2.5', request({ size: 2.5 }), ['not 2.5']],
  ['a size of 10,000 is taken', request({ size: 10_000 }), []],
  [
    'an empty argument and a reserved name, both told',
    request({ command: ['a', ''], environment: { AWS_BATCH_X: '1' } }),
    ['AWS_BATCH_X', 'empty argument'],
  ],
])('%s', (_, asked, expected) => {
  const problems: string[] = [];
  try {
    planSubmit(asked);
  } catch (error) {
    if (!(error instanceof ConfigurationError)) throw error;
    problems.push(...error.problems.map(({ message }) => message));
  }
  expect(problems).toEqual(expected.map(text => expect.stringContaining(text)));
});

const started = useLocalJobs();

test('a multi-container job is submitted with what its definition wants', async () => {
  const [region] = REGIONS;
  const { ports, batch, engine } = { ports: started().ports, batch: started().batch(region), engine: started().engine };
  const resourceRequirements = [
    { type: 'VCPU' as const, value: '1' },
    { type: 'MEMORY' as const, value: '128' },
  ];
  const containers = [{ name: 'main', image: 'i', resourceRequirements }];
  const { jobDefinitionArn = '' } = await batch.registerJobDefinition({
    jobDefinitionName: 'two',
    type: 'container',
    ecsProperties: { taskProperties: [{ containers }] },
  });
  engine.script = () => ({ kind: 'exited', exitCode: 0 });
  const asked = request({
    region,
    jobQueue: 'high',
    jobDefinitionArn,
    size: 2,
    environment: { RUN: 'r1' },
    command: ['go'],
  });
  const { jobId } = await submitJob(asked, ports);
  const { jobs = [] } = await batch.describeJobs({ jobs: [jobId] });
  const [container] = jobs[0]?.ecsProperties?.taskProperties?.[0]?.containers ?? [];
  expect(container).toMatchObject({ command: ['go'], environment: [{ name: 'RUN', value: 'r1' }] });
});

test('without leave to describe the definition a container is assumed', async () => {
  const { ports, local, jobs } = {
    ports: started().ports,
    local: started().local,
    jobs: started().jobs.bind(started()),
  };
  local.faults.on('batch:DescribeJobDefinitions').deny();
  const { jobDefinitionArn } = started().target('eu-west-1');
  await submitJob(request({ jobQueue: 'high', jobDefinitionArn }), ports);
  expect(await jobs('eu-west-1')).toHaveLength(1);
});
