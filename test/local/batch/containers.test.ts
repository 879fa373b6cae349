import { afterEach, describe, expect, test } from '@jest/globals';
import { account, region, useBatch } from './local-batch.ts';
import { settle } from './test-clock.ts';

const batch = useBatch();
afterEach(() => batch().engine.reset());

describe('what a container is given', () => {
  test('BATCH-150 Batch’s own variables, those of an array child among them', async () => {
    const id = await batch().submit({ arrayProperties: { size: 2 } });
    expect(batch().engine.of(`${id}:1`).request.environment).toMatchObject({
      AWS_BATCH_JOB_ID: `${id}:1`,
      AWS_BATCH_JOB_ATTEMPT: '1',
      AWS_BATCH_JQ_NAME: 'queue',
      AWS_BATCH_CE_NAME: 'environment',
      AWS_BATCH_JOB_ARRAY_INDEX: '1',
      AWS_BATCH_JOB_ARRAY_SIZE: '2',
    });
    const plain = await batch().submit();
    expect(batch().engine.of(plain).request.environment).not.toHaveProperty('AWS_BATCH_JOB_ARRAY_INDEX');
  });

  test('BATCH-151 what finds the local AWS in place of a job role, unless the definition says otherwise', async () => {
    await batch().register('elsewhere', { environment: [{ name: 'AWS_REGION', value: 'us-east-1' }] });
    const id = await batch().submit({ jobDefinition: 'elsewhere' });
    expect(batch().engine.of(id).request.environment).toMatchObject({
      AWS_ENDPOINT_URL: batch().local.url,
      AWS_ACCESS_KEY_ID: account,
      AWS_SECRET_ACCESS_KEY: expect.any(String),
      AWS_DEFAULT_REGION: region,
      AWS_REGION: 'us-east-1',
      AWS_EC2_METADATA_DISABLED: 'true',
    });
  });

  test('BATCH-152 its image, command, size and rights as the definition has them', async () => {
    await batch().register('whole', {
      image: 'r/i@sha256:0',
      command: ['a'],
      user: 'nobody',
      readonlyRootFilesystem: true,
      privileged: true,
      vcpus: 2,
      memory: 300,
    });
    const id = await batch().submit({ jobDefinition: 'whole' });
    expect(batch().engine.of(id).request).toMatchObject({
      ...{ jobId: id, attempt: 1, account, region, image: 'r/i@sha256:0', command: ['a'] },
      ...{ user: 'nobody', readonlyRootFilesystem: true, privileged: true, vcpus: 2, memoryMiB: 300 },
    });
    const bare = await batch().submit();
    expect(batch().engine.of(bare).request.command).toBeUndefined();
  });
});

describe('its lines', () => {
  const lines = async (logGroupName: string, logStreamName: string | undefined) => {
    const { events = [] } = await batch().logs.getLogEvents({
      logGroupName,
      logStreamName: logStreamName ?? '',
      startFromHead: true,
    });
    return events.map(({ message }) => message);
  };

  test('BATCH-153 go to /aws/batch/job, each attempt to a stream of its own: definition/default/task', async () => {
    const { engine, clock } = batch();
    engine.script = (request, run) => {
      run.log(`attempt ${request.attempt}`, clock.now());
      return { kind: 'exited', exitCode: 1 };
    };
    const id = await batch().submit({ retryStrategy: { attempts: 2 } });
    const { attempts = [] } = await batch().describe(id);
    expect(attempts).toHaveLength(2);
    for (const [at, { container }] of attempts.entries()) {
      expect(container?.logStreamName).toMatch(/^definition\/default\/[0-9a-f]{32}$/);
      expect(container?.taskArn).toMatch(new RegExp(`/${container?.logStreamName?.split('/')[2]}$`));
      expect(await lines('/aws/batch/job', container?.logStreamName)).toEqual([`attempt ${at + 1}`]);
    }
  });

  test('BATCH-154 go to the group, region and stream prefix of the log configuration', async () => {
    const { engine, clock, logs } = batch();
    await logs.createLogGroup({ logGroupName: '/models' });
    await batch().register('configured', {
      logConfiguration: {
        logDriver: 'awslogs',
        options: { 'awslogs-group': '/models', 'awslogs-region': region, 'awslogs-stream-prefix': 'cues' },
      },
    });
    const id = await batch().submit({ jobDefinition: 'configured' });
    engine.of(id).log('hello', clock.now());
    engine.of(id).exit(0);
    const { container } = await batch().describe(id);
    expect(container?.logStreamName).toMatch(/^cues\/default\/[0-9a-f]{32}$/);
    expect(await lines('/models', container?.logStreamName)).toEqual(['hello']);
  });

  test('BATCH-155 of another driver are not CloudWatch’s', async () => {
    const { engine } = batch();
    await batch().register('other', { logConfiguration: { logDriver: 'syslog' } });
    const id = await batch().submit({ jobDefinition: 'other' });
    engine.of(id).log('nowhere');
    engine.of(id).exit(0);
    expect((await batch().describe(id)).container).not.toHaveProperty('logStreamName');
  });

  test('BATCH-156 the stream is named once the job is RUNNING', async () => {
    const id = await batch().submit();
    expect((await batch().describe(id)).container).not.toHaveProperty('logStreamName');
    batch().engine.of(id).start();
    expect((await batch().describe(id)).container).toHaveProperty('logStreamName');
  });
});

describe('an engine that throws', () => {
  test('BATCH-63 has started nothing', async () => {
    batch().engine.script = () => {
      throw new Error('no such file');
    };
    const id = await batch().submit();
    expect(await batch().describe(id)).toMatchObject({
      status: 'FAILED',
      statusReason: 'Task failed to start',
      container: { reason: 'CannotStartContainerError: no such file' },
    });
  });
});

describe('several containers', () => {
  const sized = {
    resourceRequirements: [
      { type: 'VCPU' as const, value: '1' },
      { type: 'MEMORY' as const, value: '128' },
    ],
  };
  const register = (...containers: object[]) =>
    batch().api.registerJobDefinition({
      jobDefinitionName: 'several',
      type: 'container',
      ecsProperties: {
        taskProperties: [{ containers: containers.map(each => ({ image: 'i', ...sized, ...each })) as never }],
      },
    });
  const runOf = (image: string) => {
    const run = batch().engine.runs.find(({ request }) => request.image === image);
    if (!run) throw new Error(`${image} was not run`);
    return run;
  };
  const ran = () => batch().engine.runs.map(({ request }) => request.image);

  test('BATCH-157 start in the order of dependsOn, end with the first essential one, and are described each', async () => {
    await register(
      { name: 'prepare', image: 'prepare', essential: false },
      { name: 'helper', image: 'helper', essential: false },
      {
        name: 'main',
        image: 'main',
        dependsOn: [
          { containerName: 'prepare', condition: 'SUCCESS' },
          { containerName: 'helper', condition: 'START' },
        ],
      },
    );
    const id = await batch().submit({ jobDefinition: 'several' });
    expect(ran()).toEqual(['prepare', 'helper']);
    runOf('prepare').exit(0);
    await settle();
    expect(ran()).toEqual(['prepare', 'helper']);
    runOf('helper').start();
    await settle();
    expect(ran()).toEqual(['prepare', 'helper', 'main']);
    runOf('main').start();
    expect(await batch().statuses(id)).toEqual(['RUNNING']);
    runOf('main').exit(3);
    await settle();
    expect(runOf('helper').stops).toEqual([30]);
    expect(await batch().statuses(id)).toEqual(['RUNNING']);
    runOf('helper').exit(143);
    const job = await batch().describe(id);
    expect(job).toMatchObject({ status: 'FAILED', statusReason: 'Essential container in task exited' });
    expect(job).not.toHaveProperty('container');
    const [task] = job.attempts?.[0]?.taskProperties ?? [];
    expect(task?.containers).toMatchObject([
      { name: 'prepare', exitCode: 0 },
      { name: 'helper', exitCode: 143 },
      { name: 'main', exitCode: 3 },
    ]);
    expect(task?.containers?.[2]?.logStreamName).toMatch(/^several\/main\/[0-9a-f]{32}$/);
    expect(job.ecsProperties?.taskProperties?.[0]?.containers).toMatchObject([
      { exitCode: 0 },
      { exitCode: 143 },
      { exitCode: 3, essential: true },
    ]);
  });

  test('BATCH-158 fail when one cannot be started, or when what it waits for has failed', async () => {
    await register(
      { name: 'a', image: 'a', essential: false },
      { name: 'b', image: 'b', dependsOn: [{ containerName: 'a', condition: 'SUCCESS' }] },
    );
    const dependent = await batch().submit({ jobDefinition: 'several' });
    runOf('a').exit(1);
    expect(await batch().describe(dependent)).toMatchObject({ status: 'FAILED' });
    expect(ran()).toEqual(['a']);
    batch().engine.reset();
    await register({ name: 'a', image: 'a' }, { name: 'b', image: 'b', essential: false });
    const unstarted = await batch().submit({ jobDefinition: 'several' });
    runOf('b').end({ kind: 'not-started', reason: 'CannotPullContainerError: x' });
    await settle();
    runOf('a').exit(143);
    expect(await batch().describe(unstarted)).toMatchObject({ status: 'FAILED', statusReason: 'Task failed to start' });
  });

  test('BATCH-158 succeed with the essential one, and stop when the job is terminated', async () => {
    await register(
      { name: 'a', image: 'a' },
      { name: 'b', image: 'b', essential: false, dependsOn: [{ containerName: 'a', condition: 'START' }] },
    );
    const good = await batch().submit({
      jobDefinition: 'several',
      ecsPropertiesOverride: {
        taskProperties: [
          { containers: [{ name: 'a', command: ['x', 'Ref::y'], environment: [{ name: 'N', value: '1' }] }] },
        ],
      },
      parameters: { y: 'z' },
    });
    expect(runOf('a').request).toMatchObject({ command: ['x', 'z'], environment: { N: '1' } });
    runOf('a').start();
    await settle();
    runOf('a').exit(0);
    await settle();
    runOf('b').exit(143);
    expect(await batch().statuses(good)).toEqual(['SUCCEEDED']);
    batch().engine.reset();
    const stopped = await batch().submit({ jobDefinition: 'several' });
    await batch().api.terminateJob({ jobId: stopped, reason: 'no' });
    expect(runOf('a').stops).toEqual([30]);
    runOf('a').exit(143);
    expect(await batch().describe(stopped)).toMatchObject({ status: 'FAILED', statusReason: 'no' });
    expect(ran()).toEqual(['a']);
  });

  test('BATCH-159 of a pod: init containers first and in turn, then all others, with args after the command', async () => {
    const memory = { resources: { limits: { memory: '128Mi', cpu: '0.5' } } };
    await batch().api.registerJobDefinition({
      jobDefinitionName: 'pod',
      type: 'container',
      eksProperties: {
        podProperties: {
          initContainers: [
            { name: 'one', image: 'one', ...memory },
            { name: 'two', image: 'two', ...memory },
          ],
          containers: [
            {
              name: 'main',
              image: 'main',
              command: ['run'],
              args: ['fast'],
              env: [{ name: 'A', value: '1' }],
              ...memory,
            },
          ],
        },
      },
    });
    const eksPropertiesOverride = {
      podProperties: {
        containers: [
          { args: ['slow'], env: [{ name: 'B', value: '2' }], resources: { limits: { memory: '256Mi', cpu: '1' } } },
        ],
      },
    };
    const over = await batch().submit({ jobDefinition: 'pod', eksPropertiesOverride });
    runOf('one').exit(0);
    await settle();
    runOf('two').exit(0);
    await settle();
    expect(runOf('main').request).toMatchObject({
      command: ['run', 'slow'],
      environment: { A: '1', B: '2' },
      memoryMiB: 256,
      vcpus: 1,
    });
    runOf('main').exit(0);
    expect(await batch().statuses(over)).toEqual(['SUCCEEDED']);
    batch().engine.reset();
    const id = await batch().submit({ jobDefinition: 'pod' });
    expect(ran()).toEqual(['one']);
    runOf('one').exit(0);
    await settle();
    runOf('two').exit(0);
    await settle();
    expect(ran()).toEqual(['one', 'two', 'main']);
    expect(runOf('main').request).toMatchObject({
      command: ['run', 'fast'],
      vcpus: 0.5,
      memoryMiB: 128,
      environment: { A: '1' },
    });
    runOf('main').exit(0);
    expect(await batch().describe(id)).toMatchObject({
      status: 'SUCCEEDED',
      eksProperties: { podProperties: { containers: [{ name: 'main' }] } },
      attempts: [],
      eksAttempts: [
        {
          containers: [{ name: 'main', exitCode: 0 }],
          initContainers: [
            { name: 'one', exitCode: 0 },
            { name: 'two', exitCode: 0 },
          ],
        },
      ],
    });
  });
});
