import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import type { RegistrationPorts } from '../../src/definitions/live.ts';
import type { Definition, RegisterResult } from '../../src/definitions/model.ts';
import { planRegistration } from '../../src/definitions/plan.ts';
import { applyRegistration } from '../../src/definitions/register.ts';
import { CancelledError, ConfigurationError, RemoteError } from '../../src/errors.ts';
import type { BatchPort } from '../../src/ports.ts';
import { LocalRegions } from './local-regions.ts';
import { bend, definitionOf, ec2, TARGET } from './requests.ts';

const [WEST, EAST, SOUTH] = ['eu-west-1', 'us-east-1', 'ap-southeast-2'] as const;
const STAMP = {
  commit: 'abc',
  digest: 'sha256:12',
  ref: 'refs/heads/fix#7',
  runUrl: 'https://github.com/x/y/actions/runs/1',
};
let regions: LocalRegions;

beforeEach(async () => {
  regions = await LocalRegions.start();
});
afterEach(() => regions.stop());

function named(name: string, region: string = WEST, changes: Readonly<Record<string, unknown>> = {}): Definition {
  return definitionOf(bend(ec2(), { jobDefinitionName: name, ...changes }), { ...TARGET, region });
}

const fleet = (priority = 1) =>
  [WEST, EAST, SOUTH].flatMap(region => ['a', 'b'].map(name => named(name, region, { schedulingPriority: priority })));

async function apply(
  definitions: readonly Definition[],
  onFailure: 'undo' | 'keep' = 'undo',
  ports: RegistrationPorts = regions.ports(),
) {
  const plan = await planRegistration(definitions, ports);
  return applyRegistration(plan, { onFailure, stamp: STAMP }, ports);
}

function statuses({ definitions }: RegisterResult): readonly string[] {
  return definitions.map(({ definition, outcome }) => {
    const revision = 'revision' in outcome ? `:${outcome.revision}` : '';
    return `${definition.target.region} ${definition.name}${revision} ${outcome.status}`;
  });
}

function errors({ definitions }: RegisterResult): readonly Error[] {
  return definitions.flatMap(({ outcome }) => (outcome.status === 'failed' ? [outcome.error] : []));
}

/** Ports whose batchOnce does something before or after each registration. */
function around(
  change: (
    batch: Pick<BatchPort, 'registerJobDefinition' | 'submitJob'>,
    region: string,
  ) => BatchPort['registerJobDefinition'],
): RegistrationPorts {
  const ports = regions.ports();
  const batchOnce: RegistrationPorts['aws']['batchOnce'] = async region => {
    const batch = await ports.aws.batchOnce(region);
    return { submitJob: (...given) => batch.submitJob(...given), registerJobDefinition: change(batch, region) };
  };
  return { ...ports, aws: { ...ports.aws, batchOnce } };
}

describe('registering', () => {
  test('registers what is new or changed in every region, once', async () => {
    const result = await apply(fleet());
    expect(result.ok).toBe(true);
    expect(statuses(result)).toEqual(
      [WEST, EAST, SOUTH].flatMap(region => [`${region} a:1 registered`, `${region} b:1 registered`]),
    );
    for (const region of [WEST, EAST, SOUTH]) expect(await regions.active(region)).toEqual(['a:1', 'b:1']);
  });

  test('the second time registers nothing', async () => {
    await apply(fleet());
    regions.calls.length = 0;
    const again = await apply(fleet());
    expect(statuses(again)).toEqual(
      [WEST, EAST, SOUTH].flatMap(region => [`${region} a:1 unchanged`, `${region} b:1 unchanged`]),
    );
    expect(again.ok).toBe(true);
    expect(regions.calls.sort()).toEqual([EAST, SOUTH, WEST].map(region => `${region} DescribeJobDefinitions`).sort());
  });

  test('gives a changed one its next revision, and names the one before', async () => {
    await apply([named('a'), named('b')]);
    const result = await apply([named('a'), named('b', WEST, { schedulingPriority: 9 })]);
    expect(result.definitions.map(({ outcome }) => outcome)).toMatchObject([
      { status: 'unchanged', revision: 1 },
      {
        status: 'registered',
        revision: 2,
        previous: 1,
        arn: 'arn:aws:batch:eu-west-1:123456789012:job-definition/b:2',
      },
    ]);
  });

  test('stamps each revision beside the tags of the user', async () => {
    const { definitions } = await apply([named('a')]);
    const [live] = await regions.described(WEST);
    expect(live?.tags).toEqual({
      team: 'ml',
      'batchwright:content-hash': definitions[0]?.contentHash,
      'batchwright:registered-at': '1970-01-01T00:00:00.000Z',
      'batchwright:commit': 'abc',
      'batchwright:digest': 'sha256:12',
      'batchwright:ref': 'refs/heads/fix_7',
      'batchwright:run-url': 'https://github.com/x/y/actions/runs/1',
    });
  });

  test('tells what it registered', async () => {
    await apply([named('a')]);
    expect(regions.events).toContainEqual({
      type: 'message',
      level: 'info',
      text: 'Registered a in eu-west-1: revision 1.',
    });
  });

  test('is made again when it is throttled', async () => {
    regions.local.faults.on('batch:RegisterJobDefinition').throttle().times(3);
    expect(statuses(await apply([named('a')]))).toEqual([`${WEST} a:1 registered`]);
    expect(await regions.active(WEST)).toEqual(['a:1']);
  });
});

describe('a region that refuses', () => {
  const refuse = () => regions.local.faults.on('batch:RegisterJobDefinition', { region: EAST }).deny();

  test('undoes the other regions, and says exactly what was and was not done', async () => {
    await apply(fleet(1));
    const fault = refuse();
    const result = await apply(fleet(2));
    expect(result.ok).toBe(false);
    const byRegion = (region: string) => statuses(result).filter(line => line.startsWith(region));
    for (const region of [WEST, SOUTH]) {
      for (const line of byRegion(region)) expect(line).toMatch(/:2 undone$| not-attempted$/);
      expect(await regions.active(region)).toEqual(['a:1', 'b:1']);
    }
    expect(byRegion(EAST)).toEqual([`${EAST} a failed`, `${EAST} b failed`]);
    expect(errors(result)[0]).toBeInstanceOf(RemoteError);
    expect(errors(result)[0]?.message).toMatch(
      /^registering a in us-east-1: AccessDenied.*Grant batch:RegisterJobDefinition to the deploy role\.$/,
    );
    fault.remove();
    expect((await apply(fleet(2))).ok).toBe(true);
  });

  test('leaves the others as they are when told to keep', async () => {
    refuse();
    const result = await apply(fleet(), 'keep');
    expect(result.ok).toBe(false);
    expect(statuses(result)).toEqual([
      `${WEST} a:1 kept`,
      `${WEST} b:1 kept`,
      `${EAST} a failed`,
      `${EAST} b failed`,
      `${SOUTH} a:1 kept`,
      `${SOUTH} b:1 kept`,
    ]);
    expect(await regions.active(SOUTH)).toEqual(['a:1', 'b:1']);
  });

  test('and one that does not let go leave every outcome told', async () => {
    refuse();
    regions.local.faults.on('batch:DeregisterJobDefinition', { region: SOUTH }).deny();
    const slow = around((batch, region) => async (...given) => {
      if (region === EAST) await expectRegistered(SOUTH);
      return batch.registerJobDefinition(...given);
    });
    const result = await apply(fleet(), 'undo', slow);
    const south = result.definitions
      .filter(({ definition }) => definition.target.region === SOUTH)
      .map(({ outcome }) => outcome);
    expect(south).toHaveLength(2);
    for (const outcome of south) {
      expect(outcome).toMatchObject({
        status: 'kept',
        revision: 1,
        reason: expect.stringMatching(
          /^deregistering [ab] in ap-southeast-2: AccessDenied.*Grant batch:DeregisterJobDefinition/,
        ),
      });
    }
    expect(await regions.active(WEST)).toEqual([]);
    expect(regions.events).toContainEqual(
      expect.objectContaining({
        level: 'warning',
        text: expect.stringContaining('a in ap-southeast-2, revision 1: left ACTIVE: deregistering'),
      }),
    );
  });

  async function expectRegistered(region: string): Promise<void> {
    for (let looks = 0; looks < 200 && (await regions.active(region)).length < 2; looks++)
      await new Promise(setImmediate);
  }
});

describe('undoing', () => {
  async function createQueues(): Promise<void> {
    const batch = regions.batch(WEST);
    await batch.createComputeEnvironment({
      computeEnvironmentName: 'ce',
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
    const order = [{ order: 1, computeEnvironment: 'ce' }];
    for (const jobQueueName of ['cues-low', 'cues-high', 'of-others']) {
      await batch.createJobQueue({ jobQueueName, priority: 1, computeEnvironmentOrder: order });
    }
  }

  test.each([
    ['that the configuration names', 'cues-high'],
    ['that it does not name', 'of-others'],
  ])('leaves a revision that a job in a queue %s uses already', async (_, jobQueue) => {
    await createQueues();
    let submitted = false;
    const ports = around((batch, region) => async (...given) => {
      if (region !== WEST)
        throw Object.assign(new Error('no'), { name: 'ClientException', $metadata: { httpStatusCode: 400 } });
      const answer = await batch.registerJobDefinition(...given);
      await regions.batch(WEST).submitJob({ jobName: 'j', jobQueue, jobDefinition: 'a' });
      submitted = true;
      return answer;
    });
    const eastAfter = [named('a'), named('a', EAST)];
    const slowEast: RegistrationPorts = {
      ...ports,
      aws: {
        ...ports.aws,
        batchOnce: async region => {
          for (let looks = 0; region === EAST && !submitted && looks < 500; looks++) await new Promise(setImmediate);
          return ports.aws.batchOnce(region);
        },
      },
    };
    const result = await apply(eastAfter, 'undo', slowEast);
    expect(statuses(result)).toEqual([`${WEST} a:1 kept`, `${EAST} a failed`]);
    expect(result.definitions[0]?.outcome).toMatchObject({ reason: 'an unfinished job uses it' });
    expect(await regions.active(WEST)).toEqual(['a:1']);
  });

  test.each(['DescribeJobQueues', 'ListJobs'])(
    'goes on, and says so, without the permission for %s',
    async operation => {
      await createQueues();
      regions.local.faults.on(`batch:${operation}`).deny();
      const ports = around((batch, region) => async (...given) => {
        if (region === EAST) {
          for (let looks = 0; looks < 200 && (await regions.active(WEST)).length === 0; looks++)
            await new Promise(setImmediate);
          throw Object.assign(new Error('bad'), { name: 'ClientException', $metadata: { httpStatusCode: 400 } });
        }
        return batch.registerJobDefinition(...given);
      });
      const result = await apply([named('a'), named('a', EAST)], 'undo', ports);
      expect(statuses(result)).toEqual([`${WEST} a:1 undone`, `${EAST} a failed`]);
      expect(regions.events).toContainEqual(
        expect.objectContaining({
          level: 'warning',
          text: expect.stringMatching(
            new RegExp(`^Undoing without knowing whether a job uses it: .*Grant batch:${operation}`),
          ),
        }),
      );
    },
  );
});

describe('an answer that is lost', () => {
  test('is found again, and nothing is registered twice', async () => {
    regions.local.faults.on('batch:RegisterJobDefinition').lose().times(1);
    expect(statuses(await apply([named('a')]))).toEqual([`${WEST} a:1 registered`]);
    expect(await regions.active(WEST)).toEqual(['a:1']);
  });

  test.each(['reset', 'fail'] as const)('because nothing was done (%s) is sent again', async kind => {
    regions.local.faults.on('batch:RegisterJobDefinition')[kind]().times(2);
    expect(statuses(await apply([named('a')]))).toEqual([`${WEST} a:1 registered`]);
    expect(await regions.active(WEST)).toEqual(['a:1']);
  });

  test('three times is a failure', async () => {
    regions.local.faults.on('batch:RegisterJobDefinition').fail();
    const result = await apply([named('a')]);
    expect(statuses(result)).toEqual([`${WEST} a failed`]);
    expect(errors(result)[0]?.message).toMatch(/^registering a in eu-west-1: /);
    expect(regions.count('RegisterJobDefinition')).toBe(3);
  });

  test('and cannot be looked for says that it may have been registered', async () => {
    const faults = regions.local.faults;
    faults.on('batch:RegisterJobDefinition').lose();
    const ports = around(batch => async (...given) => {
      faults.on('batch:DescribeJobDefinitions').deny();
      return batch.registerJobDefinition(...given);
    });
    const result = await apply([named('a')], 'undo', ports);
    expect(errors(result)[0]?.message).toContain(
      'a in eu-west-1 (it may have been registered all the same, which could not be read back)',
    );
  });
});

describe('somebody else', () => {
  const beforeEachRegistration = (others: (region: string) => Promise<unknown>) =>
    around((batch, region) => async (...given) => {
      await others(region);
      return batch.registerJobDefinition(...given);
    });
  const another =
    (priority: number, name = 'a') =>
    () =>
      regions.batch(WEST).registerJobDefinition(bend(ec2(), { jobDefinitionName: name, schedulingPriority: priority }));

  test('who registered between plan and apply: nothing is written anywhere', async () => {
    const ports = regions.ports();
    const plan = await planRegistration(fleet(), ports);
    await another(77)();
    const result = await applyRegistration(plan, { onFailure: 'undo', stamp: STAMP }, ports);
    expect(statuses(result)).toEqual([`${WEST} a failed`, ...statuses(result).slice(1)]);
    expect(
      statuses(result)
        .slice(1)
        .every(line => line.endsWith('not-attempted')),
    ).toBe(true);
    expect(errors(result)[0]).toBeInstanceOf(ConfigurationError);
    expect(errors(result)[0]?.message).toBe(
      'a in eu-west-1 has revision 1 now, but was planned against no revision; nothing of it was registered. Somebody else registered in between. Run again to compare with what is live now.',
    );
    expect(await regions.active(EAST)).toEqual([]);
  });

  test('who deregistered between plan and apply is noticed too', async () => {
    await apply([named('a')]);
    const ports = regions.ports();
    const plan = await planRegistration([named('a', WEST, { schedulingPriority: 3 })], ports);
    await regions.batch(WEST).deregisterJobDefinition({ jobDefinition: 'a:1' });
    const result = await applyRegistration(plan, { onFailure: 'undo', stamp: STAMP }, ports);
    expect(errors(result)[0]?.message).toContain('has no revision now, but was planned against revision 1');
  });

  test('who registered since what was read a moment ago is not looked for, but found out by the number', async () => {
    const ports = regions.ports();
    const plan = await planRegistration([named('a'), named('a', EAST)], ports);
    await another(77)();
    const readAt = ports.clock.now();
    const result = await applyRegistration(plan, { onFailure: 'undo', stamp: STAMP, readAt }, ports);
    expect(errors(result)[0]?.message).toContain('but somebody else registered revision 1 in between');
    expect([await regions.active(WEST), await regions.active(EAST)]).toEqual([['a:1'], []]);
  });

  test('what was read longer ago is read again', async () => {
    const ports = regions.ports();
    const plan = await planRegistration([named('a')], ports);
    const readAt = ports.clock.now();
    await ports.clock.sleep(6000);
    await another(77)();
    const result = await applyRegistration(plan, { onFailure: 'undo', stamp: STAMP, readAt }, ports);
    expect(errors(result)[0]?.message).toContain('has revision 1 now, but was planned against no revision');
    expect(regions.count('RegisterJobDefinition')).toBe(0);
  });

  test('who was faster in the last moment wins, and ours is taken back', async () => {
    const result = await apply([named('a')], 'undo', beforeEachRegistration(another(77)));
    expect(statuses(result)).toEqual([`${WEST} a failed`]);
    expect(errors(result)[0]).toBeInstanceOf(ConfigurationError);
    expect(errors(result)[0]?.message).toContain(
      'registering a in eu-west-1: it was planned against no revision, but somebody else registered revision 1 in between. Ours, revision 2, was deregistered again.',
    );
    expect(await regions.active(WEST)).toEqual(['a:1']);
  });

  test('who was faster, when ours cannot be taken back: that is said', async () => {
    regions.local.faults.on('batch:DeregisterJobDefinition').deny();
    const result = await apply([named('a')], 'keep', beforeEachRegistration(another(77)));
    expect(errors(result)[0]?.message).toMatch(
      /Revision 2, which is ours, is still ACTIVE, since deregistering a in eu-west-1: AccessDenied/,
    );
    expect(await regions.active(WEST)).toEqual(['a:1', 'a:2']);
  });

  test('who registered the very same: theirs is taken, ours is not left beside it', async () => {
    const same = () => regions.batch(WEST).registerJobDefinition(bend(ec2(), { jobDefinitionName: 'a' }));
    const result = await apply([named('a')], 'undo', beforeEachRegistration(same));
    expect(statuses(result)).toEqual([`${WEST} a:1 registered`]);
    expect(await regions.active(WEST)).toEqual(['a:1']);
  });

  test('who registered the very same keeps it when another region makes us undo', async () => {
    const same = () => regions.batch(WEST).registerJobDefinition(bend(ec2(), { jobDefinitionName: 'a' }));
    const ports = around((batch, region) => async (...given) => {
      if (region === WEST) await same();
      else {
        for (let looks = 0; looks < 200 && regions.count('DeregisterJobDefinition') === 0; looks++)
          await new Promise(setImmediate);
        throw Object.assign(new Error('no'), { name: 'ClientException', $metadata: { httpStatusCode: 400 } });
      }
      return batch.registerJobDefinition(...given);
    });
    const result = await apply([named('a'), named('a', EAST)], 'undo', ports);
    expect(result.definitions[0]?.outcome).toMatchObject({
      status: 'kept',
      revision: 1,
      reason: 'another deployment registered the same content',
    });
    expect(await regions.active(WEST)).toEqual(['a:1']);
  });

  test('who deregistered revisions long ago only leaves a gap in the numbers', async () => {
    await another(7)();
    await regions.batch(WEST).deregisterJobDefinition({ jobDefinition: 'a:1' });
    expect(statuses(await apply([named('a')]))).toEqual([`${WEST} a:2 registered`]);
  });
});

describe('cancelling', () => {
  test('before the apply registers nothing', async () => {
    const abort = new AbortController();
    const plan = await planRegistration(fleet(), regions.ports());
    abort.abort(new CancelledError('stop'));
    const result = await applyRegistration(
      plan,
      { onFailure: 'undo', stamp: STAMP },
      regions.ports({ signal: abort.signal }),
    );
    expect(result.ok).toBe(false);
    expect(errors(result)[0]).toBeInstanceOf(CancelledError);
    expect(regions.count('RegisterJobDefinition')).toBe(0);
  });

  test('half-way undoes what was registered', async () => {
    const abort = new AbortController();
    const ports = {
      ...around(batch => async (...given) => {
        const answer = await batch.registerJobDefinition(...given);
        abort.abort(new CancelledError('stop'));
        return answer;
      }),
      signal: abort.signal,
    };
    const many = Array.from({ length: 30 }, (_, index) => named(`d${index}`));
    const result = await apply(many, 'undo', ports);
    const count = (status: string) => result.definitions.filter(({ outcome }) => outcome.status === status).length;
    expect(count('undone')).toBeGreaterThan(0);
    expect(count('failed')).toBeGreaterThan(0);
    expect(count('not-attempted')).toBeGreaterThan(0);
    expect(count('registered')).toBe(0);
    expect(errors(result)[0]).toBeInstanceOf(CancelledError);
    expect(await regions.active(WEST)).toEqual([]);
  });
});
