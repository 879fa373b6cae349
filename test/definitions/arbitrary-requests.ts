/** Valid requests of every family, with whatever a user may leave out, leave empty or set to false, '' and 0. */
import type {
  ContainerProperties,
  EksContainer,
  EksPodProperties,
  TaskContainerProperties,
} from '@aws-sdk/client-batch';
import fc from 'fast-check';
import type { Request } from './requests.ts';

const ACCOUNT = '123456789012';
const role = fc.constantFrom('job', 'team/exec').map(name => `arn:aws:iam::${ACCOUNT}:role/${name}`);
const image = fc
  .stringMatching(/^[0-9a-f]{64}$/)
  .map(digest => `${ACCOUNT}.dkr.ecr.eu-west-1.amazonaws.com/cues@sha256:${digest}`);
const word = fc.stringMatching(/^[a-z][a-z0-9]{0,8}$/);
const variableName = fc.stringMatching(/^[A-Z][A-Z0-9_]{0,8}$/).filter(name => !name.startsWith('AWS_BATCH'));
const text = fc.oneof(word, fc.constant(''), fc.string({ unit: 'grapheme', maxLength: 12 }));
/** Tags take letters, digits, spaces and + - = . _ : / @. */
const tagValue = fc.stringMatching(/^[A-Za-z0-9 +\-=._:/@]{0,20}$/);
const argument = fc.oneof(word, fc.constant('Ref::day'), fc.string({ maxLength: 12 }));
const amount = fc.integer({ min: 1, max: 64 });

/** Each member may be absent. */
function some<Model extends object>(
  model: { [Name in keyof Model]: fc.Arbitrary<Model[Name]> },
): fc.Arbitrary<Partial<Model>> {
  // fast-check's own type is the same, spelt in a way that the compiler cannot compare for a type parameter.
  return fc.record(model, { requiredKeys: [] }) as fc.Arbitrary<Partial<Model>>;
}

/** Entries of different names in any order. */
function byName<Entry extends { name?: string | undefined }>(entry: fc.Arbitrary<Entry>): fc.Arbitrary<Entry[]> {
  return fc.uniqueArray(entry, { selector: ({ name }) => name, maxLength: 5 });
}

const environment = byName(fc.record({ name: variableName, value: text }));
const secrets = byName(
  fc.record({ name: variableName, valueFrom: word.map(name => `arn:aws:ssm:eu-west-1:${ACCOUNT}:parameter/${name}`) }),
);
const logConfiguration = some({
  options: fc.dictionary(word, word, { maxKeys: 3 }),
  secretOptions: secrets,
}).map(rest => ({ ...rest, logDriver: 'awslogs' as const }));
const linuxOnEc2 = some({
  devices: fc.array(
    fc.record({ hostPath: fc.constant('/dev/x'), permissions: fc.subarray(['READ', 'WRITE', 'MKNOD'] as const) }),
    { maxLength: 2 },
  ),
  initProcessEnabled: fc.boolean(),
  sharedMemorySize: fc.nat(1000),
  tmpfs: fc.array(
    fc.record({ containerPath: fc.constant('/tmp'), size: amount, mountOptions: fc.subarray(['ro', 'noexec']) }),
    { maxLength: 2 },
  ),
  maxSwap: fc.nat(100),
  swappiness: fc.nat(100),
});
const ulimits = fc.array(
  fc.record({ name: fc.constantFrom('nofile', 'core'), hardLimit: fc.nat(9), softLimit: fc.nat(9) }),
  { maxLength: 2 },
);
const volumes = fc.oneof(
  fc.constant({}),
  fc.constant({ volumes: [], mountPoints: [] }),
  some({ host: some({ sourcePath: fc.constant('/data') }) }).map(volume => ({
    volumes: [{ ...volume, name: 'v' }],
    mountPoints: [{ sourceVolume: 'v', containerPath: '/v', readOnly: false }],
  })),
);
const requirements = (vcpu: fc.Arbitrary<string>, memory: fc.Arbitrary<string>, gpu: fc.Arbitrary<string>) =>
  fc
    .tuple(vcpu, memory, fc.option(gpu, { nil: undefined }))
    .map(([cpus, mib, gpus]) => [
      { type: 'VCPU' as const, value: cpus },
      { type: 'MEMORY' as const, value: mib },
      ...(gpus === undefined ? [] : [{ type: 'GPU' as const, value: gpus }]),
    ])
    .chain(list => fc.shuffledSubarray(list, { minLength: list.length }));
const onEc2 = requirements(amount.map(String), fc.integer({ min: 4, max: 99999 }).map(String), amount.map(String));
const fargatePair = fc
  .constantFrom(['0.25', '512'], ['.5', '1024'], ['1', '2048'], ['1.0', '8192'], ['2', '16384'])
  .map(([vcpu, memory]) => [vcpu === '.5' ? '0.5' : vcpu, memory] as const);
const onFargate = fargatePair.chain(([vcpu, memory]) =>
  requirements(fc.constant(vcpu), fc.constant(memory), fc.constant('')).map(list =>
    list.filter(({ type }) => type !== 'GPU'),
  ),
);

const anyContainer = {
  command: fc.array(argument, { maxLength: 4 }),
  environment,
  secrets,
  readonlyRootFilesystem: fc.boolean(),
  user: fc.constantFrom('builder', '1000'),
  logConfiguration,
};

/** Batch refuses secrets without a role that may read them. */
function withRole(container: ContainerProperties): ContainerProperties {
  const needed = container.secrets?.length || container.logConfiguration?.secretOptions?.length;
  return needed ? { executionRoleArn: `arn:aws:iam::${ACCOUNT}:role/execution`, ...container } : container;
}

const ec2Container: fc.Arbitrary<ContainerProperties> = fc
  .tuple(
    fc.record({ image }),
    some({
      ...anyContainer,
      jobRoleArn: role,
      executionRoleArn: role,
      privileged: fc.boolean(),
      linuxParameters: linuxOnEc2,
      ulimits,
    }),
    volumes,
    fc.oneof(
      onEc2.map(resourceRequirements => ({ resourceRequirements })),
      fc.record({ vcpus: amount, memory: fc.integer({ min: 4, max: 9999 }) }),
    ),
  )
  .map(parts => withRole(Object.assign({}, ...parts)));

const fargateContainer: fc.Arbitrary<ContainerProperties> = fc
  .tuple(
    fc.record({ image, executionRoleArn: role, resourceRequirements: onFargate }),
    some({
      ...anyContainer,
      jobRoleArn: role,
      networkConfiguration: some({ assignPublicIp: fc.constantFrom('ENABLED' as const, 'DISABLED' as const) }),
      fargatePlatformConfiguration: some({ platformVersion: fc.constantFrom('LATEST', '1.4.0') }),
      ephemeralStorage: fc.record({ sizeInGiB: fc.integer({ min: 21, max: 200 }) }),
      runtimePlatform: some({
        cpuArchitecture: fc.constantFrom('X86_64', 'ARM64'),
        operatingSystemFamily: fc.constant('LINUX'),
      }),
      linuxParameters: some({ initProcessEnabled: fc.boolean() }),
    }),
  )
  .map(parts => Object.assign({}, ...parts));

const taskContainer = (name: string): fc.Arbitrary<TaskContainerProperties> =>
  fc
    .tuple(
      fc.record({ image, resourceRequirements: onEc2, name: fc.constant(name) }),
      some({
        ...anyContainer,
        privileged: fc.boolean(),
        linuxParameters: linuxOnEc2,
        ulimits,
        startTimeout: fc.integer({ min: 2, max: 99 }),
      }),
    )
    .map(parts => Object.assign({}, ...parts));

const ecsProperties = fc
  .tuple(
    taskContainer('main'),
    taskContainer('fetch'),
    fc.boolean(),
    some({
      executionRoleArn: role,
      taskRoleArn: role,
      platformVersion: fc.constant('LATEST'),
      ipcMode: fc.constant('task'),
      pidMode: fc.constant('host'),
    }),
  )
  .map(([main, fetch, essential, task]) => ({
    taskProperties: [
      {
        ...task,
        containers: essential
          ? [{ ...fetch, essential }, main]
          : [
              { ...main, dependsOn: [{ containerName: 'fetch', condition: 'SUCCESS' }] },
              { ...fetch, essential },
            ],
      },
    ],
  }));

const eksContainer = (name: string | undefined): fc.Arbitrary<EksContainer> =>
  fc
    .tuple(
      fc.record({
        image,
        resources: fc
          .integer({ min: 4, max: 999 })
          .map(mib => ({ limits: { memory: `${mib}Mi`, cpu: '0.5' }, requests: { memory: `${mib}Mi`, cpu: '0.25' } })),
      }),
      some({
        command: fc.array(argument, { maxLength: 3 }),
        args: fc.array(fc.oneof(word, fc.constant('')), { maxLength: 3 }),
        env: byName(fc.oneof(fc.record({ name: variableName, value: text }), fc.record({ name: variableName }))),
        imagePullPolicy: fc.constantFrom('Always', 'IfNotPresent'),
        securityContext: some({ privileged: fc.boolean(), runAsUser: fc.nat(3), readOnlyRootFilesystem: fc.boolean() }),
      }),
    )
    .map(([always, sometimes]) => ({ ...always, ...sometimes, ...(name === undefined ? {} : { name }) }));

const podProperties: fc.Arbitrary<EksPodProperties> = fc
  .tuple(
    fc
      .array(fc.boolean(), { minLength: 0, maxLength: 2 })
      .chain(flags => fc.tuple(...flags.map((_, index) => eksContainer(`init${index}`)))),
    fc.oneof(
      eksContainer(undefined).map(one => [one]),
      fc.tuple(eksContainer('b'), eksContainer('a')),
    ),
    some({
      hostNetwork: fc.boolean(),
      serviceAccountName: word,
      dnsPolicy: fc.constant('Default'),
      shareProcessNamespace: fc.boolean(),
      imagePullSecrets: fc.array(
        word.map(name => ({ name })),
        { maxLength: 2 },
      ),
      metadata: some({
        labels: fc.dictionary(word, fc.oneof(word, fc.constant('')), { maxKeys: 3 }),
        annotations: fc.dictionary(word, word, { maxKeys: 2 }),
      }),
      volumes: fc
        .record({
          name: fc.constant('v'),
          emptyDir: fc.record({ medium: fc.constant(''), sizeLimit: fc.constant('1Gi') }),
        })
        .map(volume => [volume]),
    }),
  )
  .map(([initContainers, containers, rest]) => ({
    ...rest,
    containers: [...containers],
    ...(initContainers.length > 0 ? { initContainers } : {}),
  }));

const retryStrategy = fc
  .tuple(
    fc.integer({ min: 1, max: 10 }),
    fc.array(fc.constantFrom('Host EC2*', 'Cannot*', 'Task failed'), { maxLength: 4 }),
    fc.constantFrom('EXIT' as const, 'exit', 'Exit'),
  )
  .map(([attempts, reasons, action]) => ({
    attempts,
    ...(reasons.length > 0 && {
      evaluateOnExit: [
        ...reasons.map(onReason => ({ action: 'RETRY' as const, onReason })),
        // The SDK's type knows upper case alone; the API takes any.
        { action: action as 'EXIT', onReason: '*' },
      ],
    }),
  }));

const common = some({
  retryStrategy,
  timeout: fc.oneof(fc.constant({}), fc.record({ attemptDurationSeconds: fc.integer({ min: 60, max: 99999 }) })),
  schedulingPriority: fc.nat(9999),
  parameters: fc.dictionary(fc.constantFrom('day', 'account'), text, { maxKeys: 2 }),
  tags: fc.dictionary(word, tagValue, { maxKeys: 4 }),
  consumableResourceProperties: some({
    consumableResourceList: fc.uniqueArray(fc.record({ consumableResource: word, quantity: amount }), {
      selector: one => one.consumableResource,
      maxLength: 3,
    }),
  }),
});
const propagateTags = some({ propagateTags: fc.boolean() });
const head = { jobDefinitionName: 'generated' };

export const FAMILIES: Readonly<Record<string, fc.Arbitrary<Request>>> = {
  ec2: fc
    .tuple(
      common,
      propagateTags,
      some({ platformCapabilities: fc.constant('EC2' as const).map(one => [one]) }),
      ec2Container,
    )
    .map(([...parts]) => ({
      ...parts[0],
      ...parts[1],
      ...parts[2],
      ...head,
      type: 'container',
      containerProperties: parts[3],
    })),
  fargate: fc.tuple(common, propagateTags, fargateContainer).map(([rest, propagate, containerProperties]) => ({
    ...rest,
    ...propagate,
    ...head,
    type: 'container',
    platformCapabilities: ['FARGATE'],
    containerProperties,
  })),
  ecs: fc.tuple(common, propagateTags, ecsProperties).map(([rest, propagate, properties]) => ({
    ...rest,
    ...propagate,
    ...head,
    type: 'container',
    ecsProperties: properties,
  })),
  eks: fc
    .tuple(common, podProperties)
    .map(([rest, pod]) => ({ ...rest, ...head, type: 'container', eksProperties: { podProperties: pod } })),
  multinode: fc.tuple(common, propagateTags, ec2Container, ec2Container).map(([rest, propagate, first, second]) => ({
    ...rest,
    ...propagate,
    ...head,
    type: 'multinode',
    nodeProperties: {
      numNodes: 3,
      mainNode: 0,
      nodeRangeProperties: [
        { targetNodes: '0', container: first },
        { targetNodes: '1:', container: second },
      ],
    },
  })),
};
