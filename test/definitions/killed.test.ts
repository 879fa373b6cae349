/**
 * An apply over 3 regions and 9 definitions that is killed before and after each of its calls, and run again: it ends in the planned
 * state, with no revision that its report does not name. Real processes under SIGKILL: test/peers/killed-apply.peer.test.ts.
 */
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import type { Definition, RegisterResult } from '../../src/definitions/model.ts';
import { planRegistration } from '../../src/definitions/plan.ts';
import { applyRegistration } from '../../src/definitions/register.ts';
import { type BatchPorts, type InProcessBatch, type InProcessPorts, startInProcessBatch } from './in-process-batch.ts';
import { createHastyClock } from './local-regions.ts';
import { createMortal, type Kill, type Mortal } from './mortal.ts';
import { bend, definitionOf, type Request, TARGET } from './requests.ts';

const REGIONS = ['eu-west-1', 'us-east-1', 'ap-southeast-2'] as const;
const REFUSING = 'us-east-1';
const NAMES = ['same', 'changed', 'new'] as const;
let local: InProcessBatch;
let accounts = 100_000_000_000;
beforeAll(async () => {
  local = await startInProcessBatch();
});
afterAll(() => local.stop());

/** An account of its own for each run, with what was deployed before: `same` as planned, `changed` with other content. */
async function createAccount(deployed: boolean) {
  accounts += 1;
  const aws = local.portsOf(String(accounts));
  for (const region of REGIONS) await createQueues(region, aws);
  if (deployed)
    await apply(
      fleet(1).filter(({ name }) => name !== 'new'),
      aws,
    );
  return { aws, active: () => readActive(aws) };
}

async function createQueues(region: string, aws: InProcessPorts): Promise<void> {
  const batch = await aws.batch(region);
  const computeResources = { maxvCpus: 16, subnets: ['subnet-1'], securityGroupIds: ['sg-1'] };
  await batch.createComputeEnvironment({
    computeEnvironmentName: 'ce',
    type: 'MANAGED',
    computeResources: { ...computeResources, type: 'FARGATE' },
  });
  for (const jobQueueName of ['cues-low', 'cues-high']) {
    const computeEnvironmentOrder = [{ order: 1, computeEnvironment: 'ce' }];
    await batch.createJobQueue({ jobQueueName, priority: 1, computeEnvironmentOrder });
  }
}

async function readActive(aws: BatchPorts): Promise<readonly string[]> {
  const lists = REGIONS.map(async region => {
    const { jobDefinitions = [] } = await (await aws.batch(region)).describeJobDefinitions({ status: 'ACTIVE' });
    return jobDefinitions.map(({ jobDefinitionName: name, revision }) => `${region} ${name}:${revision}`);
  });
  return (await Promise.all(lists)).flat().sort();
}

const REQUEST = {
  jobDefinitionName: '',
  type: 'container',
  containerProperties: {
    image: 'busybox',
    resourceRequirements: [
      { type: 'VCPU', value: '1' },
      { type: 'MEMORY', value: '512' },
    ],
  },
} as const satisfies Request;

/** 9 definitions. `same` is alike in every version. */
function fleet(version: number): readonly Definition[] {
  return REGIONS.flatMap(region =>
    NAMES.map(name => {
      const schedulingPriority = name === 'same' ? 1 : version;
      return definitionOf(bend(REQUEST, { jobDefinitionName: name, schedulingPriority }), { ...TARGET, region });
    }),
  );
}

async function apply(definitions: readonly Definition[], aws: BatchPorts): Promise<RegisterResult> {
  const ports = { aws, clock: createHastyClock(), notify: () => undefined };
  const plan = await planRegistration(definitions, ports);
  return applyRegistration(plan, { onFailure: 'undo', stamp: { commit: 'abc' } }, ports);
}

/** Sends `new` of one region last and so that Batch refuses it: all the others must be undone. */
function refusing(aws: BatchPorts): BatchPorts {
  let registered = 0;
  const others = Promise.withResolvers<void>();
  return {
    batch: aws.batch,
    async batchOnce(region) {
      const batch = await aws.batchOnce(region);
      return {
        submitJob: given => batch.submitJob(given),
        async registerJobDefinition(given) {
          if (region === REFUSING && given.jobDefinitionName === 'new') {
            await others.promise;
            return batch.registerJobDefinition({ ...given, containerProperties: {} });
          }
          const answer = await batch.registerJobDefinition(given);
          if (++registered === 5) others.resolve();
          return answer;
        },
      };
    },
  };
}

/** A request of the killed process that arrives when the next one has read what is live and begins to register. */
function landing(aws: BatchPorts, { land }: Mortal): BatchPorts {
  const batchOnce = async (region: string) => {
    const batch = await aws.batchOnce(region);
    const registerJobDefinition: typeof batch.registerJobDefinition = async given => {
      await land();
      return batch.registerJobDefinition(given);
    };
    return { submitJob: batch.submitJob, registerJobDefinition };
  };
  return { batch: aws.batch, batchOnce };
}

function killsAt(call: string): readonly Kill[] {
  const kills: readonly Kill[] = [
    { call, when: 'before' },
    { call, when: 'after' },
  ];
  return call.includes(' registerJobDefinition ') ? [...kills, { call, when: 'late' }] : kills;
}

/** What a report says is ACTIVE now, beside what was before. */
function reported({ definitions }: RegisterResult): readonly string[] {
  return definitions.flatMap(({ definition, outcome }) =>
    ['unchanged', 'registered', 'kept'].includes(outcome.status) && 'revision' in outcome
      ? [`${definition.target.region} ${definition.name}:${outcome.revision}`]
      : [],
  );
}

/**
 * How many calls: two listings a region, a registration for each definition; to undo, a listing of the job queues of a region and five
 * of jobs for each of its two, a look at all of its revisions, and a deregistration for each.
 */
const STORIES: readonly [story: string, deployed: boolean, around: (aws: BatchPorts) => BatchPorts, calls: number][] = [
  ['of new definitions', false, aws => aws, 15],
  ['of unchanged, changed and new definitions', true, aws => aws, 12],
  ['that is undone, since one region refuses', true, refusing, 53],
];

describe.each(STORIES)('an apply %s', (_story, deployed, around, count) => {
  const prepare = async (kill?: Kill) => {
    const { aws, active } = await createAccount(deployed);
    const mortal = createMortal(aws, kill);
    return { aws, active, before: await active(), mortal };
  };
  const runMortal = ({ aws, died }: Mortal) => Promise.race([died, apply(fleet(2), around(aws))]);

  test('killed before and after each call and run again ends in the planned state, and says so', async () => {
    const { mortal: undisturbed } = await prepare();
    await runMortal(undisturbed);
    const { calls } = undisturbed;
    expect(calls).toHaveLength(count);
    for (const kill of calls.flatMap(killsAt)) {
      const { aws, active, before, mortal } = await prepare(kill);
      expect(await runMortal(mortal)).toBeUndefined();
      const between = await active();
      const result = await apply(fleet(2), landing(aws, mortal));
      const after = [...new Set([...before, ...reported(result)])].sort();
      expect({ kill, ok: result.ok, active: await active() }).toEqual({ kill, ok: true, active: after });
      for (const { definition, outcome } of result.definitions) {
        const name = 'revision' in outcome ? `${definition.target.region} ${definition.name}:${outcome.revision}` : '';
        const status = between.includes(name) ? 'unchanged' : 'registered';
        expect({ kill, name, status: outcome.status }).toEqual({ kill, name, status });
      }
    }
  });
});

describe('a registration whose answer is lost and that is described only after it was sent again', () => {
  /** Loses the first answer, and hides revision 1 from as many descriptions. */
  function hiding(aws: BatchPorts, descriptions: number): BatchPorts {
    let [lost, left] = [false, 0];
    const batch = async (region: string) => {
      const client = await aws.batch(region);
      const describeJobDefinitions: typeof client.describeJobDefinitions = async given => {
        const answer = await client.describeJobDefinitions(given);
        return lost && left-- > 0 ? { ...answer, jobDefinitions: [] } : answer;
      };
      const registerJobDefinition: typeof client.registerJobDefinition = async given => {
        const answer = await client.registerJobDefinition(given);
        if (lost) return answer;
        [lost, left] = [true, descriptions];
        throw new Error('socket hang up');
      };
      return Object.assign(Object.create(client) as typeof client, { describeJobDefinitions, registerJobDefinition });
    };
    return { batch, batchOnce: batch };
  }

  test('stands once, under the number that the report says', async () => {
    const { aws, active } = await createAccount(false);
    const result = await apply(fleet(2).slice(0, 1), hiding(aws, 2));
    expect(result.definitions[0]?.outcome).toMatchObject({ status: 'registered', revision: 1 });
    expect(await active()).toEqual(['eu-west-1 same:1']);
  });

  test('is ours to undo when another definition fails', async () => {
    const { aws, active } = await createAccount(false);
    const [first, , last] = fleet(2);
    const broken = { ...last, request: { ...last?.request, containerProperties: {} } } as Definition;
    const failing = hiding(aws, 2);
    const after = Promise.withResolvers<void>();
    const batchOnce: BatchPorts['batchOnce'] = async region => {
      const batch = await failing.batchOnce(region);
      const registerJobDefinition: typeof batch.registerJobDefinition = async given => {
        if (given.jobDefinitionName === broken.name) await after.promise;
        return batch.registerJobDefinition(given);
      };
      return { submitJob: batch.submitJob, registerJobDefinition };
    };
    const batch: BatchPorts['batch'] = async region => {
      const client = await failing.batch(region);
      const deregisterJobDefinition: typeof client.deregisterJobDefinition = async given => {
        const answer = await client.deregisterJobDefinition(given);
        setImmediate(after.resolve);
        return answer;
      };
      return Object.assign(Object.create(client) as typeof client, { deregisterJobDefinition });
    };
    const result = await apply(
      [first, broken].flatMap(one => one ?? []),
      { batch, batchOnce },
    );
    expect(result.definitions.map(({ outcome }) => outcome.status)).toEqual(['undone', 'failed']);
    expect(await active()).toEqual([]);
  });
});
