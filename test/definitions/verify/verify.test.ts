/** Every check, by what it says of a definition with one thing wrong, in a region where all else is right. */

import type { ComputeEnvironmentDetail } from '@aws-sdk/client-batch';
import { afterEach, beforeAll, describe, expect, test } from '@jest/globals';
import type { DefinitionConfig } from '../../../src/config/model.ts';
import { renderedCandidate } from '../../../src/definitions/verify/candidates.ts';
import type { CheckResult } from '../../../src/definitions/verify/model.ts';
import { verifyFleet } from '../../../src/definitions/verify/verify.ts';
import type { BatchPort, EcrPort, ParameterPort } from '../../../src/ports.ts';
import { useLocalAws } from '../../local/fixtures/local.ts';
import { bend, ecs, eks, fargate, multinode, type Request } from '../requests.ts';
import {
  AMD64,
  ARM64,
  BOTH,
  fleetOf,
  prepareRegion,
  referenceOf,
  type VerifiedRegion,
  withConfig,
} from './verified-region.ts';

const local = useLocalAws();
let region: VerifiedRegion;
beforeAll(async () => {
  region = await prepareRegion(local());
});
afterEach(() => local().faults.clear());

const C = 'containerProperties';
const ROLE = 'arn:aws:iam::123456789012:role';
const amounts = (vcpu: string, memory: string, gpu?: string) => ({
  [`${C}.resourceRequirements`]: [
    { type: 'VCPU', value: vcpu },
    { type: 'MEMORY', value: memory },
    ...(gpu ? [{ type: 'GPU', value: gpu }] : []),
  ],
});
const secret = (valueFrom: string) => ({ [`${C}.secrets.0.valueFrom`]: valueFrom });

/** `NG role arn:…: reason | remedy`, of everything that is not simply OK. */
function describeFindings(results: readonly CheckResult[]): readonly string[] {
  return results.flatMap(result => {
    const { check, subject, status } = result;
    const said = result.status === 'OK' ? result.remark : [result.reason, result.remedy].filter(Boolean).join(' | ');
    return said ? [`${status} ${check} ${subject.replace(region.secretArn, 'DB')}: ${said}`] : [];
  });
}

async function findings(requests: readonly Request[], queue = 'cues-low'): Promise<readonly string[]> {
  return describeFindings(await region.verify(requests, { jobQueues: { only: queue } }));
}

interface Row {
  readonly queue?: string;
  readonly request: () => Request;
  readonly expected: readonly string[];
}

/** All rows are verified together, each under a name of its own; every row then sees only what was said of it. */
function testRows(rows: Readonly<Record<string, Row>>): void {
  const titles = Object.keys(rows);
  let results: readonly CheckResult[];
  beforeAll(async () => {
    const definitions = Object.values(rows).map(({ request, queue = 'cues-low' }, index) =>
      withConfig({ ...request(), jobDefinitionName: `row-${index}-` }, { jobQueues: { only: queue } }),
    );
    const targets = definitions.slice(0, 1).map(({ config }) => config);
    results = await verifyFleet({ targets, candidates: definitions.map(renderedCandidate) }, region.ports);
  });
  test.each(titles)('%s', title => {
    const name = `row-${titles.indexOf(title)}-`;
    const own = results.filter(({ definitions }) => definitions.includes(name));
    expect(describeFindings(own).map(line => line.replaceAll(name, 'cues-small'))).toEqual(rows[title]?.expected);
    expect(JSON.stringify(own)).not.toContain('hunter2');
  });
}

test('nothing is said of a definition with nothing wrong, and each check was made', async () => {
  const results = await region.verify([region.well()]);
  expect(results.filter(({ status }) => status !== 'OK')).toEqual([]);
  const checks = results.map(({ check, subject }) => `${check} ${subject.replace(region.secretArn, 'DB')}`);
  expect(checks).toEqual([
    'job-queue cues-low',
    'job-queue cues-high',
    'fit cues-small on cues-low',
    'fit cues-small on cues-high',
    `image cues@${AMD64.digest.slice(0, 19)}…`,
    `platform cues@${AMD64.digest.slice(0, 19)}… for cues-small`,
    `role ${ROLE}/cues-job`,
    'secret DB:password::',
    'parameter /cues/token',
    'log-group /cues',
  ]);
  expect(results.find(({ check }) => check === 'role')).toMatchObject({
    definitions: ['cues-small'],
    position: { path: 'cues.hbs', line: 3, column: 1 },
  });
});

describe('one thing wrong', () => {
  const bent: readonly [string, Readonly<Record<string, unknown>>, readonly string[]][] = [
    [
      'a role that is not there',
      { [`${C}.jobRoleArn`]: `${ROLE}/gone` },
      [`NG role ${ROLE}/gone: does not exist | Create it, or correct its name in the configuration.`],
    ],
    [
      'a role that trusts another service',
      { [`${C}.executionRoleArn`]: `${ROLE}/lambda` },
      [
        `NG role ${ROLE}/lambda: does not trust ecs-tasks.amazonaws.com | Allow it sts:AssumeRole in the role's trust policy.`,
      ],
    ],
    [
      'a role without its path',
      { [`${C}.jobRoleArn`]: `${ROLE}/with-path` },
      [
        `NG role ${ROLE}/with-path: is another role than the one of that name, ${ROLE}/ml/with-path | Correct its path or account.`,
      ],
    ],
    [
      'a role with a condition',
      { [`${C}.jobRoleArn`]: `${ROLE}/external` },
      [
        `SKIP role ${ROLE}/external: trusts ecs-tasks.amazonaws.com under a condition on sts:ExternalId alone, which cannot be looked at from here`,
      ],
    ],
    [
      'a digest that is not there',
      { [`${C}.image`]: referenceOf({ digest: `sha256:${'0'.repeat(64)}` }) },
      [
        'NG image cues@sha256:000000000000…: is not in ECR | Run build-push for this region, or give an image that is there.',
        'SKIP platform cues@sha256:000000000000… for cues-small: its image was not found',
      ],
    ],
    ['a tag', { [`${C}.image`]: referenceOf(AMD64).replace(/@.*/, ':amd') }, []],
    [
      'a repository that is not there',
      { [`${C}.image`]: referenceOf(AMD64).replace('/cues@', '/other@') },
      [
        `NG image other@${AMD64.digest.slice(0, 19)}…: there is no ECR repository other in eu-west-1 | Run build-push, which can create it.`,
        `SKIP platform other@${AMD64.digest.slice(0, 19)}… for cues-small: its image was not found`,
      ],
    ],
    [
      'an image of another registry',
      { [`${C}.image`]: 'public.ecr.aws/x/y:1' },
      ['SKIP image public.ecr.aws/x/y:1: is not in ECR, and other registries are not looked at'],
    ],
    [
      'an image of another region',
      {
        [`${C}.image`]: referenceOf(AMD64).replace('eu-west-1', 'us-east-1').replace(/@.*/, ':1'),
      },
      [
        'NG image cues:1 of 123456789012 in us-east-1: there is no ECR repository cues in us-east-1 | Run build-push, which can create it.',
        'SKIP platform cues:1 of 123456789012 in us-east-1 for cues-small: its image was not found',
      ],
    ],
    ['an index with the right part', { [`${C}.image`]: referenceOf(BOTH) }, []],
    [
      'an image for another processor',
      { [`${C}.image`]: referenceOf(ARM64) },
      [
        `NG platform cues@${ARM64.digest.slice(0, 19)}… for cues-small: is built for linux/arm64, and would run on linux/amd64 | Build it for that platform, or change \`runtimePlatform\` (Fargate) or the instance types (EC2).`,
      ],
    ],
    [
      'a secret that is not there',
      secret('arn:aws:secretsmanager:eu-west-1:123456789012:secret:gone-AbCdEf'),
      [
        'NG secret arn:aws:secretsmanager:eu-west-1:123456789012:secret:gone-AbCdEf: does not exist | Create it, or correct the reference (the six characters at the end belong to it).',
      ],
    ],
    [
      'a secret in another region',
      secret('arn:aws:secretsmanager:us-east-1:123456789012:secret:db'),
      [
        'NG secret arn:aws:secretsmanager:us-east-1:123456789012:secret:db: does not exist | Create it, or correct the reference (the six characters at the end belong to it).',
      ],
    ],
    [
      'a secret marked for deletion',
      secret('arn:aws:secretsmanager:eu-west-1:123456789012:secret:doomed'),
      [
        'NG secret arn:aws:secretsmanager:eu-west-1:123456789012:secret:doomed: is marked for deletion | Restore it, or name another.',
      ],
    ],
    [
      'a secret without a value',
      secret('arn:aws:secretsmanager:eu-west-1:123456789012:secret:empty'),
      ['NG secret arn:aws:secretsmanager:eu-west-1:123456789012:secret:empty: has no value yet'],
    ],
    [
      'a JSON key of a secret that is no JSON',
      secret('arn:aws:secretsmanager:eu-west-1:123456789012:secret:plain:password::'),
      [
        'NG secret arn:aws:secretsmanager:eu-west-1:123456789012:secret:plain:password::: is no JSON object, so it has no key "password"',
      ],
    ],
    [
      'a bucket that is not there, one elsewhere, one that is another’s',
      {
        [`${C}.command`]: [
          's3://cues-models/a',
          's3://no-such-bucket/x',
          's3://cues-far',
          's3://not-ours/',
          's3://Ref::b/',
        ],
      },
      [
        'NG bucket no-such-bucket: does not exist | Create it, or correct its name.',
        'OK bucket cues-far: is in us-east-1, another region',
        'SKIP bucket not-ours: needs s3:ListBucket, or belongs to another account | Grant s3:ListBucket to the role that verifies.',
      ],
    ],
    [
      'a parameter that is not there',
      { [`${C}.secrets.1.valueFrom`]: 'arn:aws:ssm:eu-west-1:123456789012:parameter/cues/gone' },
      [
        'NG parameter arn:aws:ssm:eu-west-1:123456789012:parameter/cues/gone: does not exist | Create it, or correct the reference.',
      ],
    ],
    [
      'parameters by ARN and by version',
      {
        [`${C}.secrets.1.valueFrom`]: 'arn:aws:ssm:eu-west-1:123456789012:parameter/cues/token:1',
        [`${C}.secrets.2`]: { name: 'P', valueFrom: '/cues/token:1' },
      },
      [],
    ],
    [
      'a version of a secret that is not told of',
      secret(`arn:aws:secretsmanager:eu-west-1:123456789012:secret:plain:::${'1'.repeat(32)}`),
      [
        `SKIP secret arn:aws:secretsmanager:eu-west-1:123456789012:secret:plain:::${'1'.repeat(32)}: version ${'1'.repeat(32)} has no stage, if it exists at all`,
      ],
    ],
    [
      'a log group that is not there',
      { [`${C}.logConfiguration.options`]: { 'awslogs-group': '/cues-l' } },
      ['NG log-group /cues-l: does not exist | Create it, or set `awslogs-create-group` to "true".'],
    ],
    [
      'a log group that may be created, in another region',
      {
        [`${C}.logConfiguration.options`]: {
          'awslogs-group': '/cues',
          'awslogs-region': 'us-east-1',
          'awslogs-create-group': 'true',
        },
      },
      [
        'OK log-group /cues in us-east-1: does not exist yet; the first job creates it, if its role has logs:CreateLogGroup',
      ],
    ],
    [
      'the log group of Batch’s own',
      { [`${C}.logConfiguration`]: undefined },
      ['OK log-group /aws/batch/job: does not exist yet; Batch creates it with the first job'],
    ],
    ['another log driver', { [`${C}.logConfiguration`]: { logDriver: 'splunk' } }, []],
  ];

  const keys: readonly [string, (arn: string) => string, string][] = [
    ['a JSON key that is not there', arn => `${arn}:pasword::`, 'has no JSON key "pasword" | Did you mean "password"?'],
    ['a key unlike any', arn => `${arn}:x::`, 'has no JSON key "x" | Add it, or correct the reference.'],
    ['a stage that is not there', arn => `${arn}::AWSPREVIOUS:`, 'has no version at stage AWSPREVIOUS'],
    [
      'a key of a version that is not there',
      arn => `${arn}:password::${'1'.repeat(32)}`,
      'does not exist | Create it, or correct the reference (the six characters at the end belong to it).',
    ],
  ];

  testRows({
    ...Object.fromEntries(
      bent.map(([title, changes, expected]) => [title, { request: () => region.well(changes), expected }]),
    ),
    ...Object.fromEntries(
      keys.map(([title, reference, said]) => [
        title,
        {
          request: () => region.well(secret(reference(region.secretArn))),
          expected: [`NG secret ${reference('DB')}: ${said}`],
        },
      ]),
    ),
  });
});

describe('job queues and what they run on', () => {
  const fit = 'Ask for less, or give the job queue a compute environment that has it.';
  const rows: readonly [string, string, Readonly<Record<string, unknown>>, readonly string[]][] = [
    [
      'a queue that is not there',
      'gone',
      {},
      [
        'NG job-queue gone: does not exist | Create it, or correct `jobQueues` in the configuration.',
        'SKIP fit cues-small on gone: its job queue does not exist',
        `SKIP platform cues@${AMD64.digest.slice(0, 19)}… for cues-small: no instance type is known that would run it`,
      ],
    ],
    [
      'a queue that is off',
      'off',
      {},
      ['NG job-queue off: is DISABLED, so nothing can be submitted to it | Enable it.'],
    ],
    [
      'an environment that is off',
      'off-environment',
      {},
      [
        'NG fit cues-small on off-environment: no compute environment of the job queue can be used (ce-off-environment is DISABLED)',
        `SKIP platform cues@${AMD64.digest.slice(0, 19)}… for cues-small: the compute environments of its job queue could not be looked at`,
      ],
    ],
    [
      'EC2 on Fargate',
      'fargate',
      {},
      [
        `NG fit cues-small on fargate: ce-fargate: is for FARGATE, while the definition is for EC2 | ${fit}`,
        `SKIP platform cues@${AMD64.digest.slice(0, 19)}… for cues-small: no instance type is known that would run it`,
      ],
    ],
    [
      'more than maxvCpus',
      'cues-low',
      amounts('65', '2000'),
      [`NG fit cues-small on cues-low: ce-cues-low: needs 65 vCPUs, more than its maxvCpus of 64 | ${fit}`],
    ],
    [
      'more vCPUs than an instance',
      'small',
      amounts('3', '2000'),
      [`NG fit cues-small on small: ce-small: needs 3 vCPUs (an instance has at most 2) | ${fit}`],
    ],
    [
      'all the memory of an instance',
      'small',
      amounts('1', '8192'),
      [`NG fit cues-small on small: ce-small: needs 8192 MiB (an instance has less than 8192) | ${fit}`],
    ],
    [
      'nearly all the memory',
      'small',
      amounts('1', '7986'),
      [
        'SKIP fit cues-small on small: ce-small: needs 7986 MiB, nearly all that an instance is sold with; the operating system takes a part of it | Ask for at most 7985 MiB, or see how much such an instance registers with ECS.',
      ],
    ],
    ['as much as an instance registers', 'small', amounts('2', '7985'), []],
    [
      'a GPU where there is none',
      'small',
      amounts('1', '1000', '1'),
      [`NG fit cues-small on small: ce-small: needs 1 GPUs (an instance has at most 0) | ${fit}`],
    ],
    ['GPUs', 'gpu', amounts('8', '100000', '4'), []],
    [
      'more GPUs than an instance',
      'gpu',
      amounts('3', '180000', '5'),
      [`NG fit cues-small on gpu: ce-gpu: needs 5 GPUs (an instance has at most 4) | ${fit}`],
    ],
    [
      'types that the region has not',
      'unknown',
      {},
      [
        `NG fit cues-small on unknown: ce-unknown: this region offers none of its instance types (zz9.large) | ${fit}`,
        `SKIP platform cues@${AMD64.digest.slice(0, 19)}… for cues-small: no instance type is known that would run it`,
      ],
    ],
    ['a type on page two', 'many', amounts('64', '1500000'), []],
    [
      'what no one type has, though several do together',
      'mixed',
      amounts('60', '1000', '1'),
      [`NG fit cues-small on mixed: ce-mixed: no one instance type has 60 vCPUs, 1000 MiB and 1 GPUs | ${fit}`],
    ],
    [
      'an image for x86 on ARM',
      'arm',
      {},
      [
        `NG platform cues@${AMD64.digest.slice(0, 19)}… for cues-small: is built for linux/amd64, and would run on linux/arm64 | Build it for that platform, or change \`runtimePlatform\` (Fargate) or the instance types (EC2).`,
      ],
    ],
    ['an index on ARM', 'arm', { [`${C}.image`]: referenceOf(BOTH) }, []],
  ];
  testRows(
    Object.fromEntries(
      rows.map(([title, queue, changes, expected]) => [
        title,
        { queue, request: () => region.well(changes), expected },
      ]),
    ),
  );

  test('a queue that only the smoke test uses is looked at too, and so are its buckets', async () => {
    const smokeTest = { priority: 'p1', expectObjects: ['s3://{project}-{region}-x/{index}'], environment: {} };
    const config = { jobQueues: { p1: 'gone' }, smokeTest: smokeTest as never };
    const { targets } = fleetOf([region.well()], config);
    const results = await verifyFleet({ targets, candidates: [] }, region.ports);
    expect(results.map(({ status, check, subject, definitions }) => [status, check, subject, definitions])).toEqual([
      ['NG', 'job-queue', 'gone', []],
      ['NG', 'bucket', 'cues-eu-west-1-x', []],
    ]);
  });

  test('what runs name is looked at too: job queues of any priority and on demand, buckets, the queue of events', async () => {
    const runs = {
      family: 'cues',
      ledger: 's3://cues-models/ledger',
      entries: 's3://no-such-entries',
      events: 'https://sqs.eu-west-1.amazonaws.com/123456789012/cues-events',
      environment: { OUTPUT: 's3://cues-{region}-out/{run}' },
      retry: { onDemandQueues: { p1: 'gone-on-demand', p2: 'cues-high' } },
    };
    const config = { jobQueues: { p1: 'cues-low', p2: 'gone' }, runs: runs as never };
    const { targets } = fleetOf([region.well()], config);
    const results = await verifyFleet({ targets, candidates: [] }, region.ports);
    expect(results.map(({ status, check, subject }) => [status, check, subject])).toEqual([
      ['OK', 'job-queue', 'cues-low'],
      ['NG', 'job-queue', 'gone'],
      ['NG', 'job-queue', 'gone-on-demand'],
      ['OK', 'job-queue', 'cues-high'],
      ['OK', 'bucket', 'cues-models'],
      ['NG', 'bucket', 'no-such-entries'],
      ['NG', 'bucket', 'cues-eu-west-1-out'],
      ['OK', 'event-queue', runs.events],
    ]);
    expect(describeFindings(results)).toContain(
      'NG job-queue gone-on-demand: does not exist | Create it, or correct `runs.retry.onDemandQueues` in the configuration.',
    );
  });

  test.each<[string, string, () => void, string | undefined]>([
    ['that is there', 'cues-events', () => undefined, undefined],
    [
      'that is not',
      'no-events',
      () => undefined,
      'NG event-queue URL: does not exist in eu-west-1 | Create it, with the rule that sends to it, or correct `runs.events`.',
    ],
    [
      'that may not be looked at',
      'cues-events',
      () => local().faults.on('sqs:GetQueueAttributes').deny(),
      'SKIP event-queue URL: needs sqs:GetQueueAttributes | Grant sqs:GetQueueAttributes to the role that verifies.',
    ],
    [
      'that fails',
      'cues-events',
      () => local().faults.on('sqs:GetQueueAttributes').fail(),
      'NG event-queue URL: sqs:GetQueueAttributes failed',
    ],
  ])('a queue of events %s', async (_, name, prepare, expected) => {
    const events = `https://sqs.eu-west-1.amazonaws.com/123456789012/${name}`;
    prepare();
    const runs = { ledger: 'here', events, retry: { onDemandQueues: {} } };
    const { targets } = fleetOf([region.well()], { jobQueues: {}, runs: runs as never });
    const said = describeFindings(await verifyFleet({ targets, candidates: [] }, region.ports));
    expect(said.map(line => line.replace(events, 'URL'))).toEqual(
      expected === undefined ? [] : [expect.stringContaining(expected)],
    );
  });

  test('a ledger that may not be looked at is SKIP', async () => {
    local().faults.on('s3:HeadBucket').deny();
    const runs = { ledger: 's3://cues-models/ledger', retry: { onDemandQueues: {} } };
    const { targets } = fleetOf([region.well()], { jobQueues: {}, runs: runs as never });
    expect(describeFindings(await verifyFleet({ targets, candidates: [] }, region.ports))).toEqual([
      expect.stringMatching(/^SKIP bucket cues-models: .* Grant s3:ListBucket to the role that verifies\.$/),
    ]);
  });

  test.each([
    ['Fargate', () => bend(fargate(), { [`${C}.image`]: referenceOf(AMD64) }), []],
    [
      'a task on Fargate, by its own platform',
      () =>
        bend(ecs(), {
          'ecsProperties.taskProperties.0.containers.0.image': referenceOf(BOTH),
          'ecsProperties.taskProperties.0.containers.1.image': referenceOf(AMD64),
        }),
      [
        `NG platform cues@${AMD64.digest.slice(0, 19)}… for cues-small: is built for linux/amd64, and would run on linux/arm64 | Build it for that platform, or change \`runtimePlatform\` (Fargate) or the instance types (EC2).`,
      ],
    ],
  ])('%s', async (_, request, expected) => {
    expect(await findings([request()], 'fargate')).toEqual(expected);
  });

  /** What the local AWS cannot be brought to. */
  const environments: readonly [string, Partial<ComputeEnvironmentDetail>, () => Request, readonly string[]][] = [
    [
      'INVALID',
      { status: 'INVALID', statusReason: 'no role' },
      () => region.well(),
      ['NG: no compute environment of the job queue can be used (ce is INVALID: no role)'],
    ],
    [
      'UNMANAGED',
      { type: 'UNMANAGED', unmanagedvCpus: 1 },
      () => region.well(),
      [`NG: ce: needs 2 vCPUs, more than its maxvCpus of 1`],
    ],
    [
      'UNMANAGED and large',
      { type: 'UNMANAGED' },
      () => region.well(),
      ['SKIP: ce: the instances of compute environments of this kind (UNMANAGED) are not looked at'],
    ],
    [
      'of ECS Managed Instances',
      { computeResources: { type: 'ECS_MANAGED_INSTANCES', maxvCpus: 9, subnets: [] } },
      () => bend(ecs(), { platformCapabilities: ['MANAGED_INSTANCES'] }),
      ['SKIP: ce: the instances of compute environments of this kind (MANAGED_INSTANCES) are not looked at'],
    ],
    [
      'of EKS',
      {
        eksConfiguration: { eksClusterArn: 'arn', kubernetesNamespace: 'n' },
        computeResources: { type: 'EC2', maxvCpus: 9, subnets: [], instanceTypes: ['m5.large'] },
      },
      eks,
      [],
    ],
  ];
  test.each(environments)('a compute environment that is %s', async (_, environment, request, expected) => {
    const aws = { ...region.ports.aws, batch: () => Promise.resolve(batchWith({}, environment)) };
    const fleet = fleetOf([request()], { jobQueues: { only: 'q' } });
    const results = await verifyFleet(fleet, { ...region.ports, aws });
    const fit = results.filter(({ check, status }) => check === 'fit' && status !== 'OK');
    expect(fit.map(result => `${result.status}: ${'reason' in result && result.reason}`)).toEqual(
      expected.map(line => expect.stringContaining(line)),
    );
  });

  test('a queue that is INVALID says why; one that is UPDATING takes jobs', async () => {
    const statuses = async (status: string) => {
      const aws = {
        ...region.ports.aws,
        batch: () => Promise.resolve(batchWith({ status, statusReason: 'CE gone' }, {})),
      };
      const results = await verifyFleet(fleetOf([region.well()], { jobQueues: { only: 'q' } }), {
        ...region.ports,
        aws,
      });
      return describeFindings(results.filter(({ check }) => check === 'job-queue'));
    };
    expect(await statuses('INVALID')).toEqual(['NG job-queue q: is INVALID (CE gone) | See its compute environments.']);
    expect(await statuses('UPDATING')).toEqual([]);
  });
});

test('a job queue with a scheduling policy wants a share and a priority, and any other wants none', async () => {
  const share = { shareIdentifier: 'cues' };
  const verify = async (policy: string | undefined, config: Partial<DefinitionConfig>, schedulingPriority?: number) => {
    const batch = batchWith(
      { schedulingPolicyArn: policy && `arn:aws:batch:eu-west-1:1:scheduling-policy/${policy}` },
      {},
    );
    const aws = { ...region.ports.aws, batch: () => Promise.resolve(batch) };
    const request = { ...region.well(), schedulingPriority };
    const fleet = fleetOf([request], { jobQueues: { low: 'q', high: 'q' }, ...config });
    return describeFindings(
      (await verifyFleet(fleet, { ...region.ports, aws })).filter(one => one.check === 'job-queue'),
    );
  };
  const both = { low: share, high: share };
  expect(await verify(undefined, {})).toEqual([]);
  expect(await verify('fair', { fairShares: both }, 5)).toEqual([]);
  expect(await verify('fair', { fairShares: { low: share, high: { ...share, schedulingPriority: 1 } } })).toEqual([
    expect.stringMatching(
      /^NG job-queue q: has the scheduling policy fair, and neither priority low nor cues-small has a scheduling priority/,
    ),
  ]);
  expect(await verify('fair', { fairShares: { low: share } }, 5)).toEqual([
    expect.stringMatching(
      /^NG job-queue q: has the scheduling policy fair, and refuses jobs of priority high, which has no share identifier \| Write `jobQueues: \{ high:/,
    ),
  ]);
  const bare = await verify('fair', { jobQueues: { low: 'q', medium: 'q', high: 'q' } }, 5);
  expect(bare).toEqual([
    'NG job-queue q: has the scheduling policy fair, and refuses jobs of priorities low, medium and high, which have no share identifier | Write `jobQueues: { low: { name: …, shareIdentifier: …, schedulingPriority: … } }`, and the others alike.',
  ]);
  const onDemand = (onDemandFairShares?: object) => ({
    jobQueues: {},
    runs: { family: 'cues', ledger: 'l', retry: { onDemandQueues: { low: 'q' }, onDemandFairShares } } as never,
  });
  expect(await verify('fair', onDemand(), 5)).toEqual([
    'NG job-queue q: has the scheduling policy fair, and refuses jobs of priority low, which has no share identifier | Write `runs.retry.onDemandQueues: { low: { name: …, shareIdentifier: …, schedulingPriority: … } }`.',
  ]);
  expect(await verify('fair', onDemand({ low: share }))).toEqual([
    'NG job-queue q: has the scheduling policy fair, and neither priority low nor cues-small has a scheduling priority | Give `runs.retry.onDemandQueues` a `schedulingPriority`, or the definition.',
  ]);
  expect(await verify('fair', onDemand({ low: share }), 5)).toEqual([]);
  expect(await verify(undefined, onDemand({ low: share }), 5)).toEqual([
    'NG job-queue q: has no scheduling policy, and refuses jobs with the share identifier of priority low | Write its name alone in `runs.retry.onDemandQueues`, or give it a fair-share scheduling policy.',
  ]);
  expect(await verify(undefined, { fairShares: { high: share } })).toEqual([
    expect.stringMatching(
      /^NG job-queue q: has no scheduling policy, and refuses jobs with the share identifier of priority high/,
    ),
  ]);
});

/** Batch with one queue on one compute environment. */
function batchWith(queue: object, environment: object): BatchPort {
  const order = [{ order: 1, computeEnvironment: 'arn:ce' }];
  const answers: Pick<BatchPort, 'describeJobQueues' | 'describeComputeEnvironments'> = {
    describeJobQueues: () =>
      Promise.resolve({
        $metadata: {},
        jobQueues: [
          {
            jobQueueName: 'q',
            jobQueueArn: 'arn:q',
            state: 'ENABLED',
            status: 'VALID',
            priority: 1,
            computeEnvironmentOrder: order,
            ...queue,
          },
        ],
      }),
    describeComputeEnvironments: () =>
      Promise.resolve({
        $metadata: {},
        computeEnvironments: [
          {
            computeEnvironmentArn: 'arn:ce',
            computeEnvironmentName: 'ce',
            ecsClusterArn: 'arn',
            state: 'ENABLED',
            status: 'VALID',
            ...environment,
          },
        ],
      }),
  };
  return answers as BatchPort;
}

test('a log group that only some of the jobs may create must be there', async () => {
  const logsTo = (create: string) =>
    region.well({ [`${C}.logConfiguration.options`]: { 'awslogs-group': '/new', 'awslogs-create-group': create } });
  expect(await findings([logsTo('true'), logsTo('true')])).toEqual([expect.stringMatching(/^OK log-group \/new: /)]);
  expect(await findings([logsTo('true'), logsTo('false')])).toEqual([expect.stringMatching(/^NG log-group \/new: /)]);
});

test('a parameter that Parameter Store says nothing of is SKIP', async () => {
  const ssm: ParameterPort = {
    getParameters: () => Promise.resolve({ $metadata: {}, Parameters: [{ Name: '/other' }] }),
  };
  const aws = { ...region.ports.aws, ssm: () => Promise.resolve(ssm) };
  const results = await verifyFleet(fleetOf([region.well()]), { ...region.ports, aws });
  expect(describeFindings(results)).toEqual([
    'SKIP parameter /cues/token: Parameter Store does not say whether it exists',
  ]);
});

test('an image that ECR will not give, an index that lacks a part, and what is no image', async () => {
  const digest = (letter: string) => `sha256:${letter.repeat(64)}`;
  const index = JSON.stringify({
    manifests: [{ digest: digest('c'), platform: { os: 'linux', architecture: 'arm64' } }],
  });
  const image = (letter: string, imageManifest: string, imageManifestMediaType: string) => ({
    imageId: { imageDigest: digest(letter) },
    imageManifest,
    imageManifestMediaType,
  });
  const ecr: Pick<EcrPort, 'batchGetImage'> = {
    batchGetImage: ({ imageIds = [] }) =>
      Promise.resolve({
        $metadata: {},
        images: [
          image('a', index, 'application/vnd.oci.image.index.v1+json'),
          image('b', '{}', 'application/vnd.oci.image.manifest.v1+json'),
        ].filter(({ imageId }) => imageIds.some(({ imageDigest }) => imageDigest === imageId.imageDigest)),
        failures: [
          { imageId: { imageDigest: digest('d') }, failureCode: 'KmsError', failureReason: 'key is disabled' },
        ],
      }),
  };
  const requests = ['a', 'b', 'd'].map(letter =>
    region.well({ [`${C}.image`]: referenceOf({ digest: digest(letter) }), jobDefinitionName: letter }),
  );
  const aws = { ...region.ports.aws, ecr: () => Promise.resolve(ecr as EcrPort) };
  const results = await verifyFleet(fleetOf(requests), { ...region.ports, aws });
  expect(describeFindings(results.filter(({ check }) => check === 'image'))).toEqual([
    'NG image cues@sha256:aaaaaaaaaaaa…: is an index whose part for linux/arm64 sha256:cccccccccccc… is not in ECR | Run build-push again.',
    'NG image cues@sha256:bbbbbbbbbbbb…: is no container image, but application/vnd.oci.image.manifest.v1+json',
    'NG image cues@sha256:dddddddddddd…: ecr:BatchGetImage failed: KmsError: key is disabled',
  ]);
});

describe('few calls', () => {
  test('each thing is asked for once, however many definitions name it', async () => {
    const requests = Array.from({ length: 30 }, (_, index) => region.well({ jobDefinitionName: `cues-${index}` }));
    region.calls.length = 0;
    const results = await region.verify(requests);
    expect(results.filter(({ status }) => status !== 'OK')).toEqual([]);
    expect(results.filter(({ check }) => check === 'fit')).toHaveLength(60);
    expect(results.find(({ check }) => check === 'role')?.definitions).toHaveLength(30);
    expect(region.calls.toSorted()).toEqual(
      [
        'DescribeJobQueues',
        'DescribeComputeEnvironments',
        'DescribeInstanceTypes',
        'BatchGetImage',
        'GetDownloadUrlForLayer',
        'GetRole',
        'DescribeSecret',
        'GetSecretValue',
        'GetParameters',
        'DescribeLogGroups',
      ]
        .map(name => `eu-west-1 ${name}`)
        .sort(),
    );
  });

  test('parameters are asked for ten at a time, and alone when one of them may not be read', async () => {
    const secrets = Array.from({ length: 25 }, (_, index) => ({ name: `P${index}`, valueFrom: `/none/${index}` }));
    const request = region.well({ [`${C}.secrets`]: secrets });
    const getParameters = () => region.calls.filter(call => call.endsWith('GetParameters')).length;
    region.calls.length = 0;
    const results = await region.verify([request]);
    expect(results.filter(({ status }) => status === 'NG')).toHaveLength(25);
    expect(getParameters()).toBe(3);
    local().faults.on('ssm:GetParameters').deny().times(1);
    const again = await region.verify([request]);
    expect(again.filter(({ status }) => status === 'NG')).toHaveLength(25);
    expect(getParameters()).toBe(3 + 3 + 10);
  });
});

describe('what may not be read is SKIP with the action, what fails is NG with the error', () => {
  /** Calls that go wrong together, the action each needs, and the checks that then cannot be made. */
  const cases: readonly (readonly [Readonly<Record<string, string>>, readonly string[]])[] = [
    [
      {
        'batch:DescribeJobQueues': 'batch:DescribeJobQueues',
        'ecr:BatchGetImage': 'ecr:BatchGetImage',
        'iam:GetRole': 'iam:GetRole',
        'secretsmanager:GetSecretValue': 'secretsmanager:GetSecretValue',
        'ssm:GetParameters': 'ssm:GetParameters',
        'logs:DescribeLogGroups': 'logs:DescribeLogGroups',
        's3:HeadBucket': 's3:ListBucket',
      },
      ['job-queue', 'fit', 'image', 'platform', 'role', 'secret', 'parameter', 'log-group', 'bucket'],
    ],
    [
      {
        'batch:DescribeComputeEnvironments': 'batch:DescribeComputeEnvironments',
        'ecr:GetDownloadUrlForLayer': 'ecr:GetDownloadUrlForLayer',
      },
      ['fit', 'platform'],
    ],
    [{ 'ec2:DescribeInstanceTypes': 'ec2:DescribeInstanceTypes' }, ['fit', 'platform']],
  ];
  const calls = cases.flatMap(([actions]) => Object.keys(actions));
  const request = () => region.well({ [`${C}.command`]: ['s3://cues-models/'] });

  test.each(cases)('denied: %j', async (actions, checks) => {
    for (const call of Object.keys(actions)) local().faults.on(call).deny();
    const results = await region.verify([request()]);
    const skipped = results.filter(({ status }) => status === 'SKIP');
    expect([...new Set(skipped.map(({ check }) => check))]).toEqual(checks);
    expect(results.filter(({ status, check }) => status !== 'SKIP' && checks.includes(check))).toEqual([]);
    const said = describeFindings(skipped).join('\n');
    for (const action of Object.values(actions)) {
      expect(said).toMatch(new RegExp(`needs ${action}.* Grant ${action} to the role that verifies\\.`));
    }
  });

  test.each(cases)('failing: %j', async (actions, checks) => {
    for (const call of Object.keys(actions)) local().faults.on(call).fail();
    const results = await region.verify([request()]);
    expect(results.filter(({ status, check }) => status === 'OK' && checks.includes(check))).toEqual([]);
    const said = describeFindings(results.filter(({ status }) => status === 'NG')).join('\n');
    for (const action of Object.values(actions)) {
      expect(said).toMatch(new RegExp(`${action} failed: (\\S+: .|HTTP 500)`));
    }
  });

  test('a secret that may not be described is there when its key is, and SKIP without a key', async () => {
    local().faults.on('secretsmanager:DescribeSecret').deny();
    expect(await findings([region.well()])).toEqual([]);
    const denied = await findings([region.well(secret(region.secretArn))]);
    expect(denied).toEqual([
      'SKIP secret DB: needs secretsmanager:DescribeSecret | Grant secretsmanager:DescribeSecret to the role that verifies.',
    ]);
  });

  test('throttled calls are made again', async () => {
    // S3 answers 503 to a HEAD, which says nothing of throttling; the SDK alone repeats that.
    for (const call of calls.filter(each => each !== 's3:HeadBucket')) local().faults.on(call).throttle().times(1);
    expect((await region.verify([request()])).filter(({ status }) => status !== 'OK')).toEqual([]);
  });

  test('nothing goes on after the signal', async () => {
    const signal = AbortSignal.abort(new Error('cancelled by the user'));
    const verifying = verifyFleet(fleetOf([request()]), { ...region.ports, signal });
    await expect(verifying).rejects.toThrow('cancelled by the user');
  });
});

test('nodes, pods and their containers are fitted each', async () => {
  const fits = async (wanted: Request, queue: string) =>
    (await findings([wanted], queue)).filter(line => / fit /.test(line));
  expect(await fits(multinode(), 'small')).toEqual([]);
  const many = bend(multinode(), { 'nodeProperties.numNodes': 40 });
  expect(await fits(many, 'small')).toEqual([expect.stringContaining('needs 80 vCPUs, more than its maxvCpus of 64')]);
  expect(await fits(eks(), 'small')).toEqual([expect.stringContaining('is for EC2, while the definition is for EKS')]);
});
