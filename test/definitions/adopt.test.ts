/** Two deployments at once: what one relies on, the other must not take back, and whoever loses what it relied on must say so. */
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import type { RegistrationPorts } from '../../src/definitions/live.ts';
import type { Definition, DeploymentStamp, RegisterResult } from '../../src/definitions/model.ts';
import { planRegistration } from '../../src/definitions/plan.ts';
import { applyRegistration } from '../../src/definitions/register.ts';
import { ConfigurationError } from '../../src/errors.ts';
import { createHastyClock, LocalRegions } from './local-regions.ts';
import { bend, definitionOf, ec2, TARGET } from './requests.ts';

const [WEST, EAST] = ['eu-west-1', 'us-east-1'] as const;
const RUN = 'https://github.com/o/r/actions/runs/';
const FIRST = { runUrl: `${RUN}1`, planId: 'plan-1' };
const SECOND = { runUrl: `${RUN}2`, planId: 'plan-2' };
const MINUTE = 60_000;
let regions: LocalRegions;

beforeEach(async () => {
  regions = await LocalRegions.start();
});
afterEach(() => regions.stop());

function named(name: string, region: string = WEST, priority = 1): Definition {
  return definitionOf(bend(ec2(), { jobDefinitionName: name, schedulingPriority: priority }), { ...TARGET, region });
}

async function apply(
  definitions: readonly Definition[],
  stamp: DeploymentStamp,
  ports: RegistrationPorts = regions.ports(),
): Promise<RegisterResult> {
  const plan = await planRegistration(definitions, ports);
  return applyRegistration(plan, { onFailure: 'undo', stamp }, ports);
}

const outcomes = ({ definitions }: RegisterResult) => definitions.map(({ outcome }) => outcome);

/** A clock that begins at `from` and does something each time somebody waits as long as an adopter does. */
function clockWith(onWait: () => Promise<unknown>, from = 0): RegistrationPorts['clock'] {
  const clock = createHastyClock();
  return {
    now: () => from + clock.now(),
    async sleep(milliseconds, signal) {
      await clock.sleep(milliseconds, signal);
      if (milliseconds === 2000) await onWait();
    },
  };
}

/** The first deployment: registers a in the west, and is refused in the east only after `meanwhile`. */
async function failLate(meanwhile: () => Promise<unknown>, changes: Partial<RegistrationPorts> = {}) {
  const ports = regions.ports(changes);
  const batchOnce: RegistrationPorts['aws']['batchOnce'] = async region => {
    const batch = await ports.aws.batchOnce(region);
    if (region === WEST) return batch;
    for (let looks = 0; looks < 500 && (await regions.active(WEST)).length === 0; looks++)
      await new Promise(setImmediate);
    await meanwhile();
    const registerJobDefinition = () =>
      Promise.reject(Object.assign(new Error('no'), { $metadata: { httpStatusCode: 400 } }));
    return { submitJob: batch.submitJob, registerJobDefinition };
  };
  return apply([named('a'), named('a', EAST)], FIRST, { ...ports, aws: { ...ports.aws, batchOnce } });
}

describe('a deployment that fails after another one has called its revision unchanged', () => {
  test('leaves it, and says who relies on it', async () => {
    let second: RegisterResult | undefined;
    const first = await failLate(async () => {
      second = await apply([named('a')], SECOND);
    });
    expect(second && outcomes(second)).toMatchObject([{ status: 'unchanged', revision: 1 }]);
    expect(regions.events).toContainEqual({
      type: 'message',
      level: 'info',
      text: 'Looking again at what another deployment registered a moment ago and may take back: 1 unchanged.',
    });
    expect(outcomes(first)).toMatchObject([
      { status: 'kept', revision: 1, reason: `another deployment relies on it (${SECOND.runUrl})` },
      { status: 'failed' },
    ]);
    expect(await regions.active(WEST)).toEqual(['a:1']);
  });

  test('leaves what it cannot read, since somebody may rely on it', async () => {
    const first = await failLate(async () => {
      regions.local.faults.on('batch:DescribeJobDefinitions', { region: WEST }).deny();
      // Whether it stands is looked up in the west no more.
    });
    expect(outcomes(first)).toMatchObject([
      {
        status: 'kept',
        reason: expect.stringMatching(/^whether another deployment relies on it is not known: .*AccessDenied/),
      },
      { status: 'failed' },
    ]);
  });

  test('leaves what it registered long ago', async () => {
    let now = 0;
    const clock = { ...createHastyClock(), now: () => now };
    const first = await failLate(
      async () => {
        now = 15 * MINUTE + 1;
      },
      { clock },
    );
    expect(outcomes(first)).toMatchObject([
      { status: 'kept', reason: 'it was registered 15 minutes ago, and others may rely on it by now' },
      { status: 'failed' },
    ]);
  });

  test('takes back what nobody relies on', async () => {
    expect(outcomes(await failLate(async () => undefined))).toMatchObject([{ status: 'undone' }, { status: 'failed' }]);
    expect(await regions.active(WEST)).toEqual([]);
  });
});

describe('a deployment that called a revision unchanged which is then taken back', () => {
  const takeBack = () => regions.batch(WEST).deregisterJobDefinition({ jobDefinition: 'a:1' });

  test('fails, says why, and takes back its own', async () => {
    await apply([named('a')], FIRST);
    const ports = regions.ports({ clock: clockWith(takeBack) });
    const result = await apply([named('a'), named('b'), named('b', EAST)], SECOND, ports);
    const [a, ...others] = outcomes(result);
    expect(result.ok).toBe(false);
    expect(a).toMatchObject({ status: 'failed', error: expect.any(ConfigurationError) });
    expect(a && 'error' in a && a.error.message).toBe(
      'a in eu-west-1: revision 1, which another deployment had registered with this very content, is not what is live any more; nothing is live. That deployment failed and took it back, or a third one registered. Run again, and let one deployment run at a time (`concurrency` in the workflow).',
    );
    expect(others).toMatchObject([{ status: 'undone' }, { status: 'undone' }]);
    expect([await regions.active(WEST), await regions.active(EAST)]).toEqual([[], []]);
    expect((await apply([named('a'), named('b')], SECOND)).ok).toBe(true);
  });

  test('names the revision that is live instead', async () => {
    await apply([named('a', WEST, 7)], FIRST);
    await apply([named('a')], FIRST);
    const ports = regions.ports({
      clock: clockWith(() => regions.batch(WEST).deregisterJobDefinition({ jobDefinition: 'a:2' })),
    });
    const [a] = outcomes(await apply([named('a')], SECOND, ports));
    expect(a && 'error' in a && a.error.message).toContain('revision 1 is the newest');
  });

  test('takes the number of one that was registered anew with this content', async () => {
    await apply([named('a')], FIRST);
    const again = async () => {
      await takeBack();
      await regions.batch(WEST).registerJobDefinition(named('a').request);
    };
    const result = await apply([named('a')], SECOND, regions.ports({ clock: clockWith(again) }));
    expect(outcomes(result)).toMatchObject([{ status: 'unchanged', revision: 2 }]);
    expect(result.ok).toBe(true);
  });

  test('fails when it cannot look', async () => {
    await apply([named('a')], FIRST);
    const deny = async () => regions.local.faults.on('batch:DescribeJobDefinitions').deny();
    const result = await apply([named('a')], SECOND, regions.ports({ clock: clockWith(deny) }));
    expect(outcomes(result)).toMatchObject([{ status: 'failed', error: { operation: 'DescribeJobDefinitions' } }]);
  });
});

test('without the permission to mark it is said, and the revision is looked at all the same', async () => {
  await apply([named('a'), named('b')], FIRST);
  regions.local.faults.on('batch:TagResource').deny();
  const result = await apply([named('a'), named('b')], SECOND);
  expect(result.ok).toBe(true);
  expect(regions.events.filter(event => 'level' in event && event.level === 'warning')).toEqual([
    {
      type: 'message',
      level: 'warning',
      text: expect.stringMatching(
        /^Another deployment registered this a moment ago, and takes it back should it fail, since it could not be told: marking a in eu-west-1, revision 1: AccessDenied.* Grant batch:TagResource to the deploy role\. So it is with 1 more\.$/,
      ),
    },
  ]);
});

/** [what, the first's stamp, the second's, minutes between, marks; as many looks more] */
test.each([
  ['of another run', FIRST, SECOND, 0, 1],
  ['of another run, a quarter of an hour ago', FIRST, SECOND, 15.9, 1],
  ['of another run, longer ago than anything is taken back', FIRST, SECOND, 16.1, 0],
  ['of the same run', FIRST, { ...SECOND, runUrl: FIRST.runUrl }, 0, 0],
  ['of another plan outside a workflow', { planId: 'plan-1' }, { planId: 'plan-2' }, 0, 1],
  ['of the same plan outside a workflow', { planId: 'plan-1' }, { planId: 'plan-1' }, 0, 0],
] as const)('an unchanged revision %s: as many calls as needed', async (_what, first, second, minutes, marks) => {
  await apply([named('a')], first);
  regions.calls.length = 0;
  const at = minutes * MINUTE;
  const result = await apply([named('a')], second, regions.ports({ clock: clockWith(async () => undefined, at) }));
  expect(outcomes(result)).toMatchObject([{ status: 'unchanged' }]);
  expect(regions.count('TagResource')).toBe(marks);
  expect(regions.count('DescribeJobDefinitions')).toBe(1 + marks);
});

test('a revision that is marked is not marked again, and is no less unchanged', async () => {
  await apply([named('a')], FIRST);
  await apply([named('a')], SECOND);
  const third = await apply([named('a')], { runUrl: `${RUN}3`, planId: 'plan-3' });
  expect(outcomes(third)).toMatchObject([{ status: 'unchanged', revision: 1 }]);
  expect(regions.count('TagResource')).toBe(1);
  expect(regions.count('RegisterJobDefinition')).toBe(1);
});

test('one that was not registered by this tool is nobody’s to take back', async () => {
  await regions.batch(WEST).registerJobDefinition(named('a').request);
  expect(outcomes(await apply([named('a')], SECOND))).toMatchObject([{ status: 'unchanged' }]);
  expect(regions.count('TagResource')).toBe(0);
});
