/**
 * What users of other tools complain about, one test each, named with the thread's number: diff noise, lost tags, null values, empty
 * values, stale revisions, and revisions that somebody still uses. The tool stands before the number.
 */
import type { JobDefinition } from '@aws-sdk/client-batch';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { canonicalDefinition, contentHash } from '../../src/definitions/canonical.ts';
import { deregisterRevisions } from '../../src/definitions/deregister-revisions.ts';
import { readRegionInUse } from '../../src/definitions/in-use.ts';
import { lintDefinitions } from '../../src/definitions/lint/lint.ts';
import { liveDefinitionOf, readByName, withLimiter } from '../../src/definitions/live.ts';
import { imagesOf } from '../../src/definitions/live-release.ts';
import type { Definition } from '../../src/definitions/model.ts';
import { planDefinition, planRegistration } from '../../src/definitions/plan.ts';
import { createPlanFile } from '../../src/definitions/plan-file.ts';
import { planRollback } from '../../src/definitions/plan-rollback.ts';
import { applyRegistration } from '../../src/definitions/register.ts';
import { planRetention } from '../../src/definitions/retention.ts';
import { readSourceForm } from '../../src/definitions/source-form.ts';
import { readStamp, stampTags } from '../../src/definitions/tags.ts';
import type { JsonValue } from '../../src/templates/model.ts';
import { applyTwice, LocalRegions } from './local-regions.ts';
import { bend, definitionOf, ec2, ecs, eks, fargate, multinode, type Request } from './requests.ts';

const C = 'containerProperties';
const STAMP = { runUrl: 'https://github.com/o/r/actions/runs/1', commit: 'abc' };
let regions: LocalRegions;
beforeAll(async () => {
  regions = await LocalRegions.start();
});
afterAll(() => regions.stop());

const batch = () => regions.batch('eu-west-1');

async function apply(definitions: readonly Definition[]) {
  const plan = await planRegistration(definitions, regions.ports());
  const result = await applyRegistration(plan, { onFailure: 'undo', stamp: STAMP }, regions.ports());
  return { plan, result, outcomes: result.definitions.map(({ outcome }) => outcome) };
}

/** Oldest first. */
async function described(jobDefinitionName: string): Promise<readonly JobDefinition[]> {
  const { jobDefinitions = [] } = await batch().describeJobDefinitions({ jobDefinitionName, status: 'ACTIVE' });
  return jobDefinitions.toSorted((a, b) => (a.revision ?? 0) - (b.revision ?? 0));
}

function named(name: string, changes: Readonly<Record<string, unknown>> = {}): Definition {
  return definitionOf(bend(ec2(), { jobDefinitionName: name, ...changes }));
}

/** What a plan says of a request whose revision is described as `answer`. */
function planFor(request: Request, answer: Request, tags: Readonly<Record<string, string>> = {}) {
  const live = {
    jobDefinitionArn: 'arn:x',
    revision: 1,
    status: 'ACTIVE',
    ...answer,
    tags: { ...answer.tags, ...tags },
  };
  // A described revision has every member of the request beside its own.
  return planDefinition(definitionOf(request), liveDefinitionOf(live as JobDefinition));
}

const EMPTY = ['command', 'volumes', 'mountPoints', 'ulimits', 'environment', 'secrets'];
const members = (names: readonly string[], value: unknown) =>
  Object.fromEntries(names.map(name => [`${C}.${name}`, value]));
const TASK = 'ecsProperties.taskProperties.0';

type Noise = readonly [
  pain: string,
  words: string,
  request: () => Request,
  written: Readonly<Record<string, unknown>>,
  described: Readonly<Record<string, unknown>>,
];

describe('diff noise', () => {
  test.each<Noise>([
    [
      'batchkoi #12',
      'Fargate registers for ever, since Batch adds platformVersion LATEST',
      fargate,
      {},
      { [`${C}.fargatePlatformConfiguration`]: { platformVersion: 'LATEST' } },
    ],
    [
      'terraform-provider-aws #11998, #13629, #16014',
      'recreated on every apply over empty lists and maps',
      ec2,
      { ...members(EMPTY, undefined), parameters: undefined },
      { ...members(EMPTY, []), parameters: {} },
    ],
    [
      'terraform-provider-aws #19180, #19207, #19624',
      'recreated on every apply on Fargate over retry actions in lower case',
      fargate,
      {},
      {
        'retryStrategy.evaluateOnExit.0.action': 'retry',
        'retryStrategy.evaluateOnExit.1.action': 'exit',
        [`${C}.fargatePlatformConfiguration`]: { platformVersion: 'LATEST' },
        [`${C}.volumes`]: [],
      },
    ],
    ['terraform-aws-batch #22', 'recreated without a timeout', ec2, { timeout: undefined }, { timeout: null }],
    [
      'batcha #1, #2',
      'null for every member that is not set',
      ec2,
      { [`${C}.volumes`]: undefined },
      { [`${C}.volumes`]: null, [`${C}.instanceType`]: null, ecsProperties: null, nodeProperties: null },
    ],
    [
      'ecspresso #591, #895, #943, #1082',
      'defaults that AWS fills in',
      ecs,
      {},
      { [`${TASK}.platformVersion`]: 'LATEST', [`${TASK}.containers.0.essential`]: true, propagateTags: false },
    ],
    [
      'lambroll #600',
      'sets that come back in another order',
      multinode,
      {},
      {
        'nodeProperties.nodeRangeProperties.0.container.resourceRequirements':
          multinode().nodeProperties?.nodeRangeProperties?.[0]?.container?.resourceRequirements?.toReversed(),
      },
    ],
    [
      'lambroll #500, ecspresso #728',
      "AWS's own tags",
      ec2,
      {},
      { 'tags.aws:cloudformation:stack-name': 'x', 'tags.aws:servicecatalog:applicationName': 'y' },
    ],
    [
      'terraform-provider-aws #26960, lambroll #617',
      'an environment variable with an empty value, which Batch drops',
      ec2,
      {
        [`${C}.environment`]: [
          { name: 'FOO', value: '' },
          { name: 'BAR', value: '1' },
        ],
      },
      { [`${C}.environment`]: [{ name: 'BAR', value: '1' }] },
    ],
  ])('%s: %s: nothing differs', (_pain, _words, request, written, answer) => {
    expect(planFor(bend(request(), written), bend(request(), answer))).toMatchObject({ action: 'unchanged', diff: [] });
  });

  test('ecs-deploy #274, #464, ecs-render #363, google auth #458, lambroll #443: a member that AWS began to answer with registers nothing', () => {
    const request = ec2();
    const answer = bend(request, { [`${C}.enableFaultInjection`]: false, newerThanThis: { on: true } });
    const tags = stampTags({}, { contentHash: contentHash(canonicalDefinition(request)) });
    expect(planFor(request, answer, tags).action).toBe('unchanged');
    // Without the stamp nobody knows that this was registered, so it is shown.
    expect(planFor(request, answer).diff.join('\n')).toContain('enableFaultInjection');
  });

  test.each([ec2, fargate, ecs, eks, multinode])(
    'ecs-deploy #70, #299, #533, #882, aws-cli #1332: a revision for every deployment: %p registers once',
    async request => {
      const definition = definitionOf(bend(request(), { jobDefinitionName: `once-${request.name}` }));
      expect(await applyTwice([definition], regions)).toEqual([['registered'], ['unchanged']]);
      expect(await described(`once-${request.name}`)).toHaveLength(1);
    },
  );

  test('batchkoi #10: JSON has [] for an empty list, never null', async () => {
    const plan = await planRegistration([named('no-null')], regions.ports());
    const file = createPlanFile(plan, { image: 'sha256:12', commit: undefined, ref: undefined });
    expect(file.definitions).toMatchObject([{ action: 'register-new', diff: [] }]);
    expect(JSON.stringify(file)).not.toMatch(/[:[,]null/);
  });

  test('batchkoi #11: what is registered is what the diff was of', async () => {
    const { plan } = await apply([named('exactly')]);
    const [live] = await described('exactly');
    const wanted = plan.definitions[0]?.contentHash;
    expect(readStamp(live?.tags ?? {}).contentHash).toBe(wanted);
    expect(live && contentHash(canonicalDefinition(live))).toBe(wanted);
  });

  test('lambroll #615: a diff shows no secret', () => {
    const secret = (value: string) => bend(ec2(), { [`${C}.environment`]: [{ name: 'DB_PASSWORD', value }] });
    const { diff } = planFor(secret('hunter2'), secret('swordfish'));
    expect(diff.length).toBeGreaterThan(0);
    expect(diff.join('\n')).not.toMatch(/hunter2|swordfish/);
  });
});

describe('keys and tags of the user', () => {
  test('batchkoi #4, batcha #2: keys are kept letter by letter', async () => {
    const maps = {
      tags: { 'My-Key': 'a', snake_key: 'b', camelKey: 'c' },
      parameters: { Input_Path: 'x', inputPath: 'y' },
    };
    const options = { 'awslogs-group': '/cues', 'awslogs-stream-prefix': 'X' };
    await apply([named('keys', { ...maps, [`${C}.logConfiguration.options`]: options })]);
    const [live] = await described('keys');
    expect(live?.tags).toMatchObject(maps.tags);
    expect(live?.parameters).toEqual(maps.parameters);
    expect(live?.containerProperties?.logConfiguration?.options).toEqual(options);
    const labels = { 'app.kubernetes.io/Name': 'x', app_name: 'y' };
    const pod = bend(eks(), { jobDefinitionName: 'labels', 'eksProperties.podProperties.metadata.labels': labels });
    await apply([definitionOf(pod)]);
    const [cluster] = await described('labels');
    expect(cluster?.eksProperties?.podProperties?.metadata?.labels).toEqual(labels);
  });

  test('terraform-provider-aws #37254, #38053, #38302, #39795, pulumi-aws #4656: new revisions keep their tags', async () => {
    for (const schedulingPriority of [1, 2, 3]) {
      await apply([named('tagged', { schedulingPriority, tags: { env: 'prod', team: 'ml' } })]);
    }
    const revisions = await described('tagged');
    expect(revisions).toHaveLength(3);
    for (const { tags } of revisions) {
      expect(tags).toMatchObject({ env: 'prod', team: 'ml', 'batchwright:commit': 'abc' });
    }
  });
});

describe('null and empty values', () => {
  test('ecs-deploy #53: a null in a list is named with its place', () => {
    const findings = lintDefinitions([named('null', { [`${C}.volumes`]: [null], [`${C}.user`]: null })], {});
    expect(findings).toEqual(
      expect.arrayContaining([
        expect.objectContaining({ path: [C, 'volumes', 0] }),
        expect.objectContaining({ rule: 'null-member', path: [C, 'user'] }),
      ]),
    );
  });

  test('ecs-deploy #163, #168, #202, #780: an empty log option is registered as it is written', async () => {
    const options = { 'splunk-url': 'http://splunk:8088', tag: '' };
    const definition = named('empty-option', { [`${C}.logConfiguration`]: { logDriver: 'splunk', options } });
    expect(await applyTwice([definition], regions)).toEqual([['registered'], ['unchanged']]);
    const [live] = await described('empty-option');
    expect(live?.containerProperties?.logConfiguration?.options).toEqual(options);
    const without = bend(definition.request, { [`${C}.logConfiguration.options.tag`]: undefined });
    expect(planFor(without, definition.request).action).toBe('register-changed');
  });

  test('ecs-deploy #216, #224: an empty parameter, tag and argument is kept, and so is 0 and false', () => {
    const changes = { parameters: { day: '' }, tags: { flag: '' }, [`${C}.command`]: ['a', ''], schedulingPriority: 0 };
    const request = bend(ec2(), { ...changes, [`${C}.readonlyRootFilesystem`]: false });
    for (const path of [
      'parameters.day',
      'tags.flag',
      `${C}.command.1`,
      'schedulingPriority',
      `${C}.readonlyRootFilesystem`,
    ]) {
      const { action } = planFor(request, bend(request, { [path]: undefined }));
      expect({ path, action }).toEqual({ path, action: 'register-changed' });
    }
  });

  test.each([
    ['container', ec2, `${C}.environment`],
    ['task', ecs, `${TASK}.containers.0.environment`],
    ['node', multinode, 'nodeProperties.nodeRangeProperties.0.container.environment'],
  ] as const)(
    'terraform-provider-aws #26960: an empty environment value of a %s registers once, and is warned of',
    async (family, request, path) => {
      const changes = { jobDefinitionName: `empty-${family}`, [path]: [{ name: 'FOO', value: '' }] };
      const definition = definitionOf(bend(request(), changes));
      expect(await applyTwice([definition], regions)).toEqual([['registered'], ['unchanged']]);
      expect(lintDefinitions([definition], {})).toMatchObject([{ rule: 'empty-environment-value', level: 'warning' }]);
    },
  );

  test('ecs-deploy #22, ecs-render #2, #84: a describe output kept as a file can be registered', async () => {
    await apply([named('kept-file')]);
    const [live] = await described('kept-file');
    const form = readSourceForm(JSON.parse(JSON.stringify({ jobDefinitions: [live] })) as JsonValue);
    if (typeof form === 'string') throw new Error(form);
    const request = { ...form.request, jobDefinitionName: 'kept-file' } as Request;
    expect(lintDefinitions([definitionOf(request)], {}).filter(({ level }) => level === 'error')).toEqual([]);
    await batch().registerJobDefinition(request);
  });
});

describe('stale revisions', () => {
  test('terraform-provider-aws #36824, #36865, #36894: ARN and revision are those of the new revision', async () => {
    await apply([named('fresh', { schedulingPriority: 1 })]);
    const { outcomes } = await apply([named('fresh', { schedulingPriority: 2 })]);
    const [, newest] = await described('fresh');
    expect(outcomes).toEqual([
      { status: 'registered', arn: newest?.jobDefinitionArn, revision: 2, previous: 1, own: true },
    ]);
  });

  test('terraform-provider-aws #36263: what image is live, of every family', () => {
    const [image = ''] = imagesOf(ec2() as JobDefinition);
    for (const request of [ec2, fargate, ecs, eks, multinode]) {
      expect(new Set(imagesOf(request() as JobDefinition))).toEqual(new Set([image]));
    }
  });

  test('ecspresso #275: a plan changes nothing', async () => {
    const before = regions.calls.length;
    await planRegistration([named('dry'), named('dry-2')], regions.ports());
    expect(new Set(regions.calls.slice(before))).toEqual(new Set(['eu-west-1 DescribeJobDefinitions']));
  });

  test('cromwell #4496: the same definition registered twice at once stands once, and both are told the same', async () => {
    const both = await Promise.all([apply([named('at-once')]), apply([named('at-once')])]);
    expect(both.map(({ result }) => result.ok)).toEqual([true, true]);
    const [live, ...others] = await described('at-once');
    expect(others).toEqual([]);
    const revision = live?.revision;
    expect(both.flatMap(({ outcomes }) => outcomes)).toMatchObject([{ revision }, { revision }]);
  });

  test('ecs-deploy #502, ecspresso #787: a refusal for the rate of calls alone is waited out', async () => {
    regions.local.faults.on('batch:RegisterJobDefinition').throttle().times(4);
    expect((await apply([named('rate')])).outcomes).toMatchObject([{ status: 'registered', revision: 1 }]);
    expect(await described('rate')).toHaveLength(1);
  });
});

describe('revisions that are in use', () => {
  test('terraform-provider-aws #13206, #18111, #29819, #31226, #35149, cloudformation-coverage-roadmap #1761, aws-cdk #9144, single-cell-data-portal #1706, pulumi-aws #3845: a new revision leaves the old one ACTIVE, and jobs pinned to it still begin', async () => {
    await createQueue('pins');
    await apply([named('pinned', { schedulingPriority: 1 })]);
    await apply([named('pinned', { schedulingPriority: 2 })]);
    expect((await described('pinned')).map(({ revision }) => revision)).toEqual([1, 2]);
    await batch().submitJob({ jobName: 'step', jobQueue: 'pins', jobDefinition: 'pinned:1' });
  });

  test('aws-cdk #9144, single-cell-data-portal #1706: a revision with an unfinished job is not retired', async () => {
    await createQueue('long');
    for (const schedulingPriority of [1, 2, 3, 4]) await apply([named('running', { schedulingPriority })]);
    await batch().submitJob({ jobName: 'step', jobQueue: 'long', jobDefinition: 'running:2' });
    const inUse = await readRegionInUse('eu-west-1', withLimiter(regions.ports()));
    const active = (await described('running')).map(live => liveDefinitionOf(live));
    const plan = planRetention(active, { keep: 1, inUse: new Set(inUse.keys()) });
    expect(plan.retire.map(({ revision }) => revision)).toEqual([1, 3]);
    expect(plan.spared).toMatchObject([{ revision: 2, reason: 'in use' }]);
  });

  test('batron: revisions beyond the first page are seen; batchkoi, lambroll #491: a failure half-way says of each what happened', async () => {
    const { jobDefinitionName: _, ...request } = ec2();
    for (let revision = 1; revision <= 103; revision += 1) {
      await batch().registerJobDefinition({ ...request, jobDefinitionName: 'pages', schedulingPriority: revision });
    }
    const live = await readByName('eu-west-1', 'pages', withLimiter(regions.ports()));
    const { retire } = planRetention(live, { keep: 100, inUse: new Set() });
    expect(retire.map(({ revision }) => revision)).toEqual([1, 2, 3]);
    const { take } = regions.local.faults;
    let calls = 0;
    regions.local.faults.take = call => {
      calls += Number(call.operation === 'DeregisterJobDefinition');
      return calls === 2 ? { delayMilliseconds: 0, kind: 'deny' } : take(call);
    };
    const outcomes = await deregisterRevisions(
      retire.map(revision => ({ region: 'eu-west-1', revision })),
      regions.ports(),
    );
    regions.local.faults.take = take;
    expect([...outcomes].map(([{ revision }, { status }]) => [revision.revision, status])).toEqual([
      [1, 'deregistered'],
      [2, 'failed'],
      [3, 'not-attempted'],
    ]);
  });

  test('ecspresso #275, #663: planning a rollback does nothing; deregistering goes upwards, so that nothing in between is live', async () => {
    for (const schedulingPriority of [1, 2, 3]) await apply([named('back', { schedulingPriority })]);
    const config = { ...named('back').config, jobDefinitionName: 'back' };
    const { calls } = regions;
    const before = calls.length;
    const ports = regions.ports();
    const noEcr = { ...ports, aws: { ...ports.aws, ecr: () => Promise.reject(new Error('nobody asked')) } };
    const planned = await planRollback([config], { by: 'revision', revision: 1 }, noEcr);
    expect(calls.slice(before)).toEqual(['eu-west-1 DescribeJobDefinitions']);
    expect(planned.flatMap(({ newer }) => newer.map(({ revision }) => revision))).toEqual([2, 3]);
  });

  async function createQueue(jobQueueName: string): Promise<void> {
    await batch().createComputeEnvironment({
      computeEnvironmentName: jobQueueName,
      type: 'MANAGED',
      computeResources: {
        type: 'EC2',
        minvCpus: 0,
        // Less than the definitions ask for: jobs stay RUNNABLE.
        maxvCpus: 1,
        instanceTypes: ['optimal'],
        subnets: ['s'],
        securityGroupIds: ['sg-1'],
        instanceRole: 'r',
      },
    });
    const computeEnvironmentOrder = [{ order: 1, computeEnvironment: jobQueueName }];
    await batch().createJobQueue({ jobQueueName, priority: 1, computeEnvironmentOrder });
  }
});
