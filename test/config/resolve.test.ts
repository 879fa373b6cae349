import { describe, expect, test } from '@jest/globals';
import { describeConfig } from '../../src/config/describe-config.ts';
import { mergeDeep } from '../../src/config/merge.ts';
import { partitionOf } from '../../src/config/partition.ts';
import { selectDefinitions, selectTargets } from '../../src/config/select-targets.ts';
import { minimal, parse, problemsOf } from './files.ts';

/** Each of the seven layers says `last`, so that taking one away shows the one below it. */
const LAYERED = `project: cues
variables: { last: top, deep: { top: 1, kept: top }, list: [1, 2] }
families:
  cues: { template: x, variables: { last: family } }
tiers:
  small: { vcpus: 1, memoryMiB: 512, variables: { last: tier } }
environments:
  test:
    account: "123456789012"
    variables: { last: environment, deep: { environment: 1, kept: environment }, list: [3] }
    tiers: { small: { memoryMiB: 1024, variables: { last: environment-tier } } }
    regions:
      eu-west-1:
        variables: { last: region }
        tiers: { small: { memoryMiB: 2048, variables: { last: region-tier } } }
`;

function resolveFirst(text: string) {
  const config = parse(text);
  const [target] = config.targets;
  if (target === undefined) throw new Error('no target');
  const [definition] = config.resolveDefinitions(target);
  return { target: config.resolveTarget(target), definition };
}

describe('precedence', () => {
  const layers = ['region-tier', 'environment-tier', 'tier', 'family', 'region', 'environment', 'top'];

  test.each(layers.map((layer, index) => [layer, layers.slice(0, index)] as const))(
    '%s wins over everything outside it',
    (layer, removed) => {
      const text = removed.reduce(
        (left, name) => left.replace(new RegExp(`last: ${name}( |,)`), 'other: 1$1'),
        LAYERED,
      );
      expect(resolveFirst(text).definition?.variables['last']).toBe(layer);
    },
  );

  test('a target without a tier takes the region, the environment and the top', () => {
    expect(resolveFirst(LAYERED).target.variables).toEqual({
      last: 'region',
      deep: { top: 1, environment: 1, kept: 'environment' },
      list: [3],
    });
  });

  test("a tier's own numbers are overridden from the outside in", () => {
    expect(resolveFirst(LAYERED).definition?.tier).toEqual({ name: 'small', vcpus: 1, memoryMiB: 2048, gpus: 0 });
    const without = LAYERED.replace('memoryMiB: 2048, ', '');
    expect(resolveFirst(without).definition?.tier.memoryMiB).toBe(1024);
  });

  test('null is a value, undefined is not', () => {
    expect(mergeDeep<object>({ a: 1, b: { c: 1 } }, { a: null, b: undefined })).toEqual({ a: null, b: { c: 1 } });
  });

  test('merging changes neither side', () => {
    const base = { a: { b: 1 } };
    expect(mergeDeep<object>(base, { a: { c: 2 } })).toEqual({ a: { b: 1, c: 2 } });
    expect(base).toEqual({ a: { b: 1 } });
  });
});

describe('settings', () => {
  test('a role by name becomes an ARN of the account and partition; an ARN stays', () => {
    const text = minimal(`jobRole: "team/{environment}-job"
executionRole: arn:aws:iam::123456789012:role/given
`).replace('[eu-west-1, us-east-1]', '[cn-north-1]');
    const { target } = resolveFirst(text);
    expect(target.jobRoleArn).toBe('arn:aws-cn:iam::123456789012:role/team/test-job');
    expect(target.executionRoleArn).toBe('arn:aws:iam::123456789012:role/given');
  });

  test('placeholders are filled in; what is only known at submission is left', () => {
    const { target, definition } = resolveFirst(
      minimal(`jobQueues: { low: "{project}-low-{region}" }
registry: "{account}.registry.example"
smokeTest:
  entries: ["1", "2"]
  environment: { RUN: "{run}", WHERE: "{environment}/{region}" }
  parameters: { account: "{account}" }
  command: ["--tier", "{tier}", "\${HOME}"]
  expectObjects: ["s3://{project}/{run}/{entry}"]
`).replace(
        'cues.json.hbs }',
        'cues.json.hbs, jobDefinitionName: "{project}_{family}-{tier}-{environment}-{region}-{account}" }',
      ),
    );
    expect(target.jobQueues).toEqual({ low: 'cues-low-eu-west-1' });
    expect(target.registry).toBe('123456789012.registry.example');
    expect(target.smokeTest).toEqual({
      family: 'cues',
      tier: 'small',
      priority: 'low',
      size: 2,
      entries: ['1', '2'],
      environment: { RUN: '{run}', WHERE: 'test/eu-west-1' },
      parameters: { account: '123456789012' },
      command: ['--tier', 'small', '${HOME}'],
      expectObjects: ['s3://cues/{run}/{entry}'],
      deadlineSeconds: 1800,
      blockedSeconds: 300,
      idempotence: false,
    });
    expect(definition?.jobDefinitionName).toBe('cues_cues-small-test-eu-west-1-123456789012');
  });

  test('smokeTest: false switches it off where it stands, and only there', () => {
    const text = minimal('jobQueue: q\nsmokeTest: { size: 1 }\n').replace(
      '[eu-west-1, us-east-1]',
      '{ eu-west-1: , us-east-1: { smokeTest: false } }',
    );
    const config = parse(text);
    expect(config.targets.map(target => config.resolveTarget(target).smokeTest?.size)).toEqual([1, undefined]);
  });

  test('a smoke test of one plain job needs no entries; its tier is the first of its family', () => {
    const text = minimal('jobQueue: q\nsmokeTest: {}\n').replace('cues.json.hbs }', 'cues.json.hbs, tiers: [large] }');
    expect(resolveFirst(text).target.smokeTest).toMatchObject({
      size: 1,
      tier: 'large',
      family: 'cues',
      priority: 'default',
    });
  });

  test.each([
    ['alone is the default priority', 'jobQueue: one\n', '', { default: 'one' }],
    [
      'of a tier stands for every priority',
      'jobQueues: { low: l, high: h }\n',
      'jobQueue: gpu, ',
      { low: 'gpu', high: 'gpu' },
    ],
    [
      'beside jobQueues leaves those',
      'jobQueues: { low: l, high: h }\n',
      'jobQueue: gpu, jobQueues: { high: fast }, ',
      { low: 'gpu', high: 'fast' },
    ],
    ['is not needed', 'jobQueues: { low: l }\n', 'jobQueues: { high: h }, ', { low: 'l', high: 'h' }],
  ])('jobQueue %s', (_, top, tier, expected) => {
    const text = minimal(top).replace('small: { ', `small: { ${tier}`);
    expect(resolveFirst(text).definition?.jobQueues).toEqual(expected);
  });

  test('job queues with a share are names as any other, and shares beside them', () => {
    const top = `jobQueues: { low: { name: "{project}-all", shareIdentifier: "{environment}", schedulingPriority: 1 }, high: fast }
runs: { ledger: l, retry: { onDemandQueues: { low: { name: dear, shareIdentifier: "{project}" }, high: fast } } }
`;
    const { target, definition } = resolveFirst(
      minimal(top).replace('small: { ', 'small: { jobQueues: { low: own }, '),
    );
    expect(target.jobQueues).toEqual({ low: 'cues-all', high: 'fast' });
    expect(target.fairShares).toEqual({ low: { shareIdentifier: 'test', schedulingPriority: 1 } });
    expect(target.runs?.retry).toMatchObject({
      onDemandQueues: { low: 'dear', high: 'fast' },
      onDemandFairShares: { low: { shareIdentifier: 'cues' } },
    });
    expect(definition).toMatchObject({ jobQueues: { low: 'own', high: 'fast' } });
  });

  test('runs: what goes into the jobs of a region, and the queue of its events, may be its own', () => {
    const top = `jobQueue: q
runs:
  ledger: l
  events: "https://sqs.{region}.amazonaws.com/1/jobs"
  environment: { BUCKET: "models-{region}", LEVEL: info }
  parameters: { from: "{region}" }
  retry: { onDemandQueues: { default: "arn:aws:batch:{region}:1:job-queue/dear" } }
`;
    const own = 'runs: { command: [slow], environment: { LEVEL: debug } }';
    const config = parse(minimal(top).replace('[eu-west-1, us-east-1]', `{ eu-west-1: , us-east-1: { ${own} } }`));
    const [home, other] = config.targets.map(target => config.resolveTarget(target).runs);
    expect(home).toMatchObject({
      events: 'https://sqs.eu-west-1.amazonaws.com/1/jobs',
      environment: { BUCKET: 'models-eu-west-1', LEVEL: 'info' },
      parameters: { from: 'eu-west-1' },
      command: undefined,
      retry: { onDemandQueues: { default: 'arn:aws:batch:eu-west-1:1:job-queue/dear' } },
    });
    expect(other).toMatchObject({
      events: 'https://sqs.us-east-1.amazonaws.com/1/jobs',
      environment: { BUCKET: 'models-us-east-1', LEVEL: 'debug' },
      parameters: { from: 'us-east-1' },
      command: ['slow'],
      retry: { onDemandQueues: { default: 'arn:aws:batch:us-east-1:1:job-queue/dear' } },
    });
  });

  test('runs: what a level says alone is laid over what the levels above say, and the ledger may stand on any', () => {
    const text = minimal(`    runs: { retry: { rounds: 5 }, tier: { from: { large: 7 } } }
  live: { account: "210987654321", regions: { eu-west-1: { runs: { ledger: own } } }, jobQueue: q }
jobQueue: q
runs: { retry: { classes: [application] }, maxCost: 9, tier: { field: n, from: { small: 0, large: 5 } } }
`).replace('regions: [eu-west-1, us-east-1]', 'regions: [eu-west-1]\n    variables: {}');
    const runsOf = (whole: string) => {
      const config = parse(whole);
      return config.targets.map(target => config.resolveTarget(target).runs);
    };
    expect(problemsOf(() => parse(text))).toEqual([
      expect.stringContaining('runs.ledger is missing in test/eu-west-1. '),
    ]);
    expect(runsOf(text.replace('rounds: 5 }', 'rounds: 5 }, ledger: s3://b/test/'))).toMatchObject([
      {
        ledger: 's3://b/test',
        retry: { rounds: 5, classes: ['application'] },
        tier: { field: 'n', from: { small: 0, large: 7 } },
      },
      {
        ledger: 'own',
        maxCost: 9,
        retry: { rounds: 2, classes: ['application'] },
        tier: { from: { small: 0, large: 5 } },
      },
    ]);
  });

  test('runs: an entry’s job queue unless given is the first region’s, also where another region has others', () => {
    const regions = '{ eu-west-1: { jobQueues: { low: q } }, us-east-1: { jobQueues: { high: q } } }';
    const text = minimal('runs: { ledger: l }\n').replace('[eu-west-1, us-east-1]', regions);
    expect(problemsOf(() => parse(text))).toEqual([]);
  });

  test('a tier whose own job queue does not share has no share of the target’s', () => {
    const { target, definition } = resolveFirst(
      minimal('jobQueues: { low: { name: all, shareIdentifier: cues } }\n').replace(
        'small: { ',
        'small: { jobQueues: { low: own }, ',
      ),
    );
    expect(target.fairShares).toEqual({ low: { shareIdentifier: 'cues' } });
    expect([definition?.jobQueues, definition?.fairShares]).toEqual([{ low: 'own' }, undefined]);
  });

  test('defaults', () => {
    const { target } = resolveFirst(minimal().replace('project: cues', 'project: Cues'));
    expect(target).toMatchObject({ retention: {}, onFailure: 'undo', jobQueues: {}, variables: {} });
    expect(target.smokeTest).toBeUndefined();
    expect(target.registry).toBeUndefined();
    expect(target.image).toEqual({
      builder: 'auto',
      repository: 'cues',
      docker: {
        context: '.',
        dockerfile: 'Dockerfile',
        platforms: ['linux/amd64'],
        buildArgs: {},
        secrets: {},
        cacheFrom: [],
        cacheTo: [],
        provenance: false,
      },
      extraTags: [],
    });
  });

  test('a repository that may be created, and a layer', () => {
    const { target } = resolveFirst(
      minimal(`image:
  layer: { source: js }
  createRepository: { kmsKey: alias/x, lifecyclePolicy: { rules: [] } }
`),
    );
    expect(target.image.createRepository).toEqual({
      imageTagMutability: 'IMMUTABLE',
      scanOnPush: true,
      encryption: 'KMS',
      kmsKey: 'alias/x',
      lifecyclePolicy: '{"rules":[]}',
      tags: {},
    });
    expect(target.image.layer).toEqual({
      source: 'js',
      destination: '/app',
      platform: 'linux/amd64',
      environment: {},
      ignore: [],
    });
    const plain = resolveFirst(minimal('image: { createRepository: {} }\n'));
    expect(plain.target.image.createRepository).toMatchObject({ encryption: 'AES256' });
  });

  test('a family may be for some tiers and environments only', () => {
    const config = parse(
      minimal('  live: { account: "210987654321", regions: [eu-west-1] }\n').replace(
        'families:',
        'families:\n  extra: { template: y, tiers: [large], environments: [live] }',
      ),
    );
    const names = config.targets.map(target =>
      config
        .resolveDefinitions(target)
        .map(one => one.jobDefinitionName)
        .join(),
    );
    expect(names).toEqual(['cues-small,cues-large', 'cues-small,cues-large', 'extra-large,cues-small,cues-large']);
  });

  test.each([
    ['eu-west-1', 'aws'],
    ['cn-north-1', 'aws-cn'],
    ['us-gov-west-1', 'aws-us-gov'],
    ['us-iso-east-1', 'aws-iso'],
    ['us-isob-east-1', 'aws-iso-b'],
    ['us-isof-south-1', 'aws-iso-f'],
    ['eu-isoe-west-1', 'aws-iso-e'],
    ['eusc-de-east-1', 'aws-eusc'],
  ])('%s is in the partition %s', (region, partition) => {
    expect(partitionOf(region)).toBe(partition);
  });
});

describe('selecting', () => {
  const config = parse(minimal('  live: { account: "210987654321", regions: [eu-central-1] }\n'));
  const names = (selection: Parameters<typeof selectTargets>[1]) =>
    selectTargets(config, selection).map(({ environment, region }) => `${environment}/${region}`);

  test.each([
    ['nothing is everything', {}, ['test/eu-west-1', 'test/us-east-1', 'live/eu-central-1']],
    [
      'an empty list is everything',
      { environments: [], regions: [] },
      ['test/eu-west-1', 'test/us-east-1', 'live/eu-central-1'],
    ],
    ['an environment', { environments: ['test'] }, ['test/eu-west-1', 'test/us-east-1']],
    ["the file's order", { regions: ['us-east-1', 'eu-west-1'] }, ['test/eu-west-1', 'test/us-east-1']],
    ['both', { environments: ['test'], regions: ['us-east-1'] }, ['test/us-east-1']],
  ])('%s', (_, selection, expected) => {
    expect(names(selection)).toEqual(expected);
  });

  test('every unknown name is told, with the nearest', () => {
    const selection = { environments: ['tset'], regions: ['eu-wset-1'], tiers: ['smal'] };
    expect(problemsOf(() => selectTargets(config, selection))).toEqual([
      'there is no environment "tset" in batchwright.yml. Did you mean "test"?',
      'there is no tier "smal" in batchwright.yml. Did you mean "small"?',
      'there is no region "eu-wset-1" in batchwright.yml. Did you mean "eu-west-1"?',
    ]);
  });

  test("a region that is another environment's", () => {
    expect(problemsOf(() => selectTargets(config, { environments: ['live'], regions: ['eu-west-1'] }))).toEqual([
      'there is no region "eu-west-1" of live in batchwright.yml. Known is eu-central-1.',
    ]);
  });

  test('definitions of the chosen tiers', () => {
    const [target] = config.targets;
    const tiers = (chosen?: string[]) =>
      target ? selectDefinitions(config, target, chosen).map(({ tier }) => tier.name) : [];
    expect([tiers(), tiers([]), tiers(['large'])]).toEqual([['small', 'large'], ['small', 'large'], ['large']]);
  });
});

describe('describing', () => {
  const config = parse(LAYERED);
  const [target] = config.targets;
  if (target === undefined) throw new Error('no target');
  const described = describeConfig(config, target, 'small');

  test('is plain data with sorted keys, and a definition holds what it adds', () => {
    expect(Object.keys(described)).toEqual(Object.keys(described).toSorted());
    expect(JSON.parse(JSON.stringify(described))).toEqual(described);
    expect(described['definitions']).toEqual([
      {
        family: { name: 'cues', template: 'x' },
        jobDefinitionName: 'cues-small',
        tier: { gpus: 0, memoryMiB: 2048, name: 'small', vcpus: 1 },
        variables: { deep: { environment: 1, kept: 'environment', top: 1 }, last: 'region-tier', list: [3] },
      },
    ]);
  });

  test('a tier narrows the definitions', () => {
    expect(problemsOf(() => describeConfig(config, target, 'smal'))).toEqual([
      'there is no tier "smal" in batchwright.yml. Did you mean "small"?',
    ]);
    expect(describeConfig(config, target)['definitions']).toHaveLength(1);
  });
});

test('a thousand definitions are resolved in less time than anybody notices', () => {
  const tiers = Array.from(
    { length: 20 },
    (_, index) => `  t${index}: { vcpus: 1, memoryMiB: 1024, variables: { n: ${index} } }`,
  );
  const regions = Array.from({ length: 10 }, (_, index) => `eu-west-${index}`).join(', ');
  const environments = Array.from(
    { length: 5 },
    (_, index) => `  e${index}: { account: "12345678901${index}", regions: [${regions}] }`,
  );
  const config = parse(`project: big
families: { f: { template: x } }
tiers:
${tiers.join('\n')}
environments:
${environments.join('\n')}
`);
  const start = process.cpuUsage().user;
  expect(config.targets.flatMap(one => config.resolveDefinitions(one))).toHaveLength(1000);
  // Many times what it takes, in processor time and not by the clock: only a change of its order of growth fails here.
  expect((process.cpuUsage().user - start) / 1000).toBeLessThan(1000);
});
