import type {
  EksContainer,
  EksPropertiesOverride,
  JobDefinition,
  TaskContainerProperties,
} from '@aws-sdk/client-batch';
import { describe, expect, test } from '@jest/globals';
import { overridePod, overrideTask, planJob } from '../../../src/local/batch/jobs/plan.ts';
import type { JobRecord } from '../../../src/local/batch/records.ts';

const base: JobDefinition = {
  ...{ jobDefinitionName: 'd', jobDefinitionArn: 'arn:aws:batch:eu-west-1:111122223333:job-definition/d:1' },
  ...{ revision: 1, status: 'ACTIVE', type: 'container' },
};
const plan = (
  definition: Partial<JobDefinition>,
  overrides: JobRecord['overrides'] = {},
  parameters: Record<string, string> = {},
) =>
  planJob(
    {
      ...{ jobId: 'id', jobName: 'job', queue: 'queue', definition: 'd:1', order: 1, createdAt: 0 },
      ...{ parameters, dependsOn: [], tags: {}, overrides },
    },
    { ...base, ...definition },
  );
const need = (type: 'VCPU' | 'MEMORY' | 'GPU', value: string) => ({ type, value });

describe('a container', () => {
  test('BATCH-152 that says nothing beside its image has the image’s command, no attempts but one and no limit', () => {
    expect(plan({ containerProperties: { image: 'i' } })).toEqual({
      containers: [
        {
          ...{ name: 'default', image: 'i', command: undefined, environment: {}, vcpus: 0, memoryMiB: 0, gpus: 0 },
          ...{ user: undefined, readonlyRootFilesystem: undefined, privileged: undefined, essential: true },
          ...{ dependsOn: [], log: undefined, secrets: [] },
        },
      ],
      ...{ vcpus: 0, memoryMiB: 0, gpus: 0, fargate: false, attempts: 1, rules: [], timeoutSeconds: undefined },
    });
  });

  test.each<[string, JobRecord['overrides'], object]>([
    [
      'requirements by type',
      { containerOverrides: { resourceRequirements: [need('MEMORY', '512')] } },
      { memoryMiB: 512 },
    ],
    ['a requirement of its own', { containerOverrides: { resourceRequirements: [need('GPU', '2')] } }, { gpus: 2 }],
    [
      'no vcpus and memory over requirements',
      { containerOverrides: { vcpus: 9, memory: 9 } },
      { vcpus: 1, memoryMiB: 128 },
    ],
    ['an instance type, which changes no need', { containerOverrides: { instanceType: 'm5.large' } }, { vcpus: 1 }],
    ['a retry strategy whole', { retryStrategy: { attempts: 4 } }, { attempts: 4, rules: [] }],
    ['a timeout', { timeout: { attemptDurationSeconds: 90 } }, { timeoutSeconds: 90 }],
  ])('BATCH-54 BATCH-55 takes %s from the submission', (_, overrides, expected) => {
    const definition = {
      containerProperties: { image: 'i', resourceRequirements: [need('VCPU', '1'), need('MEMORY', '128')] },
      retryStrategy: { attempts: 2, evaluateOnExit: [{ action: 'EXIT' as const, onExitCode: '1' }] },
    };
    expect(plan(definition, overrides)).toMatchObject(expected);
  });
});

describe('a task', () => {
  const containers: TaskContainerProperties[] = [
    { name: 'main', image: 'a', command: ['x', 'Ref::file'], environment: [{ name: 'A', value: '1' }] },
    { name: 'side', image: 'b', essential: false, resourceRequirements: [need('VCPU', '2'), need('MEMORY', '64')] },
    { image: 'c' },
  ];
  const task = { taskProperties: [{ containers }] };

  test('BATCH-157 needs what its containers need together; one without a name is `default`', () => {
    const planned = plan({ ecsProperties: task }, {}, { file: 'f' });
    expect(planned).toMatchObject({ vcpus: 2, memoryMiB: 64, gpus: 0 });
    expect(planned.containers.map(({ name, essential, command }) => [name, essential, command])).toEqual([
      ['main', true, ['x', 'f']],
      ['side', false, undefined],
      ['default', true, undefined],
    ]);
  });

  test.each<[string, object, (string | undefined)[]]>([
    ['by its name', { name: 'side', command: ['new'] }, ['x', 'new', undefined]],
    ['the first without a name', { command: ['new'] }, ['new', undefined, undefined]],
    ['none by a name that is not there', { name: 'else', command: ['new'] }, ['x', undefined, undefined]],
    ['one without a change of its command', { name: 'main', environment: [] }, ['x', undefined, undefined]],
  ])('BATCH-54 an override of a task finds the container %s', (_, change, commands) => {
    const changed = overrideTask(task.taskProperties[0], { taskProperties: [{ containers: [change] }] });
    expect(changed?.containers?.map(({ command }) => command?.[0])).toEqual(commands);
  });

  test('BATCH-54 an override without containers, or of something else than a task, changes nothing', () => {
    expect(overrideTask({ containers }, { taskProperties: [{}] })).toEqual({ containers });
    expect(overrideTask({ containers }, {})).toEqual({ containers });
    expect(overrideTask(undefined, { taskProperties: [{ containers: [{ command: ['x'] }] }] })).toBeUndefined();
  });
});

describe('a pod', () => {
  const pod = (...containers: EksContainer[]) => ({ eksProperties: { podProperties: { containers } } });

  test.each<[string, EksContainer, object]>([
    ['command and args, in this order', { image: 'i', command: ['a'], args: ['b'] }, { command: ['a', 'b'] }],
    ['args alone', { image: 'i', args: ['b'] }, { command: ['b'] }],
    ['the image’s command when it gives neither', { image: 'i', args: [] }, { command: undefined }],
    ['variables, empty where they have no value', { image: 'i', env: [{ name: 'A' }] }, { environment: { A: '' } }],
    [
      'limits before requests',
      { image: 'i', resources: { limits: { cpu: '2', memory: '64Mi' }, requests: { cpu: '1', memory: '64Mi' } } },
      { vcpus: 2, memoryMiB: 64, gpus: 0 },
    ],
    [
      'requests where there are no limits',
      { image: 'i', resources: { requests: { cpu: '0.25', memory: '2048Mi', 'nvidia.com/gpu': '1' } } },
      { vcpus: 0.25, memoryMiB: 2048, gpus: 1 },
    ],
    [
      'its security context',
      { image: 'i', securityContext: { runAsUser: 1000, readOnlyRootFilesystem: true, privileged: false } },
      { user: '1000', readonlyRootFilesystem: true, privileged: false },
    ],
  ])('BATCH-159 BATCH-152 has %s', (_, container, expected) => {
    expect(plan(pod(container)).containers).toEqual([expect.objectContaining({ name: 'Default', ...expected })]);
  });

  test('BATCH-159 runs init containers before all others, each after those before it', () => {
    const { containers } = plan({
      eksProperties: {
        podProperties: {
          initContainers: [{ image: 'i1' }, { name: 'fetch', image: 'i2' }],
          containers: [{ name: 'main', image: 'm' }, { image: 's' }],
        },
      },
    });
    expect(
      containers.map(({ name, essential, dependsOn }) => [name, essential, dependsOn.map(each => each.containerName)]),
    ).toEqual([
      ['init-0', false, []],
      ['fetch', false, ['init-0']],
      ['main', true, ['init-0', 'fetch']],
      ['container-1', true, ['init-0', 'fetch']],
    ]);
  });

  const given = {
    initContainers: [{ name: 'fetch', image: 'f', args: ['old'] }],
    containers: [
      { image: 'm', env: [{ name: 'A', value: '1' }] },
      { name: 'side', image: 's' },
    ],
  };
  test.each<[string, EksPropertiesOverride['podProperties'], object]>([
    [
      'by its name',
      { containers: [{ name: 'side', image: 'new' }] },
      { containers: [{ image: 'm' }, { image: 'new' }] },
    ],
    [
      'the first without a name',
      { containers: [{ image: 'new' }] },
      { containers: [{ image: 'new' }, { image: 's' }] },
    ],
    [
      'one without a name as Default',
      { containers: [{ name: 'Default', image: 'new' }] },
      { containers: [{ image: 'new' }, { image: 's' }] },
    ],
    ['none by a name that is not there', { containers: [{ name: 'else', image: 'new' }] }, given],
    [
      'among the init containers',
      { initContainers: [{ name: 'fetch', args: ['new'] }] },
      { initContainers: [{ image: 'f', args: ['new'] }] },
    ],
    [
      'and merges variables',
      { containers: [{ env: [{ name: 'B', value: '2' }] }] },
      { containers: [{ env: [{ name: 'A' }, { name: 'B' }] }, {}] },
    ],
  ])('BATCH-54 an override of a pod finds the container %s', (_, podProperties, expected) => {
    expect(overridePod(given, { podProperties })).toMatchObject(expected);
  });

  test('BATCH-54 an override without a pod, or of something else than a pod, changes nothing', () => {
    expect(overridePod(given, {})).toEqual(given);
    expect(
      overridePod({ containers: given.containers }, { podProperties: { initContainers: [{ image: 'x' }] } }),
    ).toEqual({ containers: given.containers });
    expect(overridePod(undefined, { podProperties: { containers: [{ image: 'x' }] } })).toBeUndefined();
  });
});
