/** What stands in production when a promotion fails, is cancelled or is killed, and after it is run again. */
import { describe, expect, test } from '@jest/globals';
import { createAws } from '../../src/adapters/aws/clients.ts';
import { CancelledError } from '../../src/errors.ts';
import { renderMarkdown } from '../../src/report/render-markdown.ts';
import { batchwright, REGIONS } from '../cli/workspace.ts';
import { failIn, PRODUCTION, textsOf, useTwoAccounts } from './two-accounts.ts';

const { world, local, batch, seed, runElsewhere, active, evidence, promote } = useTwoAccounts();

/** `production` runs `theirs:1` as revision 1, and 1.2.0 is proven in test. */
async function deployTwo() {
  const { digest } = await seed(2);
  await runElsewhere('theirs:1');
  return { first: 'theirs:1', second: digest };
}

const newest = async (region: string) => (await active(region)).at(-1);

/** The process is gone as soon as it wants to submit its first smoke test. */
async function promoteKilledBeforeSmoke(): Promise<void> {
  const aws = createAws({ version: 'test' });
  const silence = new Promise<never>(() => undefined);
  const killed = Promise.withResolvers<void>();
  const batchOnce: typeof aws.batchOnce = async region => {
    const client = await aws.batchOnce(region);
    return {
      registerJobDefinition: given => client.registerJobDefinition(given),
      submitJob: () => {
        killed.resolve();
        return silence;
      },
    };
  };
  void promote({}, { aws: { ...aws, batchOnce } });
  await killed.promise;
}

describe('a failed smoke test', () => {
  test('in the second region rolls every region back to the content that was live before', async () => {
    const { digest: first } = await seed(1);
    expect(await promote()).toMatchObject({ exitCode: 0 });
    const { digest: second } = await seed(2);
    world.outcome = failIn('us-east-1');
    const result = await promote();
    expect(result.exitCode).toBe(1);
    expect(result.failure).toMatch(
      /the smoke test of 1\.2\.0 failed: production us-east-1 failed: 2 of 2 children failed/,
    );
    expect(result.failure).toContain('production was rolled back: it runs what it ran before.');
    expect(result.outputs).toMatchObject({ 'rolled-back': 'true', 'not-rolled-back': '[]', proven: 'true' });
    for (const region of REGIONS) {
      expect(await newest(region)).toMatchObject({
        revision: 3,
        seconds: 601,
        digest: first,
        tags: { 'batchwright:rolled-back-to': '1', 'batchwright:commit': '1'.padStart(40, 'a') },
      });
      expect(await evidence(second, region)).toContain(
        `production ${region} ${region === 'us-east-1' ? 'FAILED' : 'PASSED'}`,
      );
    }
    const report = renderMarkdown(result.report);
    expect(report).toContain('❌ not promoted');
    expect(report).toContain('### Back to what production ran before');
    expect(report).toContain('✅ content of revision 1 registered as 3');
    expect(textsOf(result.events)).toContain('Roll production back to what was live before');

    world.outcome = failIn('none');
    expect(await promote()).toMatchObject({ exitCode: 0, outputs: { 'rolled-back': 'false' } });
    expect(await newest('us-east-1')).toMatchObject({ revision: 4, digest: second });
  });

  test('where nothing was live before leaves nothing live', async () => {
    await seed(1);
    world.outcome = failIn('eu-west-1');
    const result = await promote();
    expect(result).toMatchObject({ exitCode: 1, outputs: { 'rolled-back': 'true' } });
    for (const region of REGIONS) expect(await active(region)).toEqual([]);
    expect(renderMarkdown(result.report)).toContain('there was none before; revision 1 is deregistered');
  });

  test('whose way back fails in one region says exactly what stands where', async () => {
    const { first, second } = await deployTwo();
    world.outcome = request => {
      local().faults.on('batch:RegisterJobDefinition', { region: 'us-east-1' }).deny();
      return failIn()(request);
    };
    const result = await promote();
    expect(result.exitCode).toBe(1);
    expect(result.failure).toMatch(
      /production could not be rolled back everywhere: models\d+-small in us-east-1: revision 2 is live, revision 1 was before \(registering .*AccessDenied.*Run `rollback`/,
    );
    expect(await newest('eu-west-1')).toMatchObject({ revision: 3, image: first });
    expect(await newest('us-east-1')).toMatchObject({ revision: 2, digest: second });
    const json = result.json as { restored: readonly { region: string; status: string; live: { revision: number } }[] };
    expect(json.restored.map(({ region, status, live }) => [region, status, live.revision])).toEqual([
      ['eu-west-1', 'rolled-back', 3],
      ['us-east-1', 'failed', 2],
    ]);
    expect(result.outputs['rolled-back']).toBe('false');
    expect(JSON.parse(result.outputs['not-rolled-back'] ?? '')).toEqual([
      {
        environment: 'production',
        region: 'us-east-1',
        tier: 'small',
        name: `${world.name}-small`,
        before: 1,
        status: 'failed',
        reason: expect.stringMatching(/^registering .*AccessDenied/),
        live: { revision: 2, digest: second },
      },
    ]);
  });

  test('whose way back fails everywhere has rolled nothing back', async () => {
    const { second } = await deployTwo();
    world.outcome = request => {
      local().faults.on('batch:RegisterJobDefinition').deny();
      return failIn()(request);
    };
    const result = await promote();
    expect(result).toMatchObject({ exitCode: 1, outputs: { 'rolled-back': 'false' } });
    const not = JSON.parse(result.outputs['not-rolled-back'] ?? '') as readonly { region: string }[];
    expect(not.map(({ region }) => region)).toEqual(REGIONS);
    for (const region of REGIONS) expect(await newest(region)).toMatchObject({ revision: 2, digest: second });
  });

  test('leaves alone what somebody else registered meanwhile', async () => {
    const { first } = await deployTwo();
    let once = false;
    const other = batch(PRODUCTION, 'eu-west-1').registerJobDefinition.bind(batch(PRODUCTION, 'eu-west-1'));
    const registering: Promise<unknown>[] = [];
    world.outcome = request => {
      if (!once) {
        const containerProperties = { image: 'theirs:2', vcpus: 1, memory: 64 };
        registering.push(other({ jobDefinitionName: `${world.name}-small`, type: 'container', containerProperties }));
      }
      once = true;
      return failIn('us-east-1')(request);
    };
    const result = await promote();
    await Promise.all(registering);
    expect(await newest('eu-west-1')).toMatchObject({ revision: 3, image: 'theirs:2' });
    expect(await newest('us-east-1')).toMatchObject({ revision: 3, image: first });
    expect(renderMarkdown(result.report)).toContain(
      'revision 3, which somebody else registered, is live; it was left alone',
    );
    expect(result.outputs['rolled-back']).toBe('false');
    expect(JSON.parse(result.outputs['not-rolled-back'] ?? '')).toMatchObject([
      { region: 'eu-west-1', status: 'untouched', before: 1, live: { revision: 3 } },
    ]);
    expect(result.failure).toMatch(
      /production was rolled back but for models\d+-small in eu-west-1 \(revision 3, which somebody else registered/,
    );
  });
});

describe('of two promotions of one digest at once, planned against the same revision', () => {
  /** The first one registers nothing before `other` has ended; then it is refused in `denied`. */
  const promoteAfter = async (other: () => Promise<unknown>, denied?: string) => {
    const aws = createAws({ version: 'test' });
    let ended: Promise<unknown> | undefined;
    const batchOnce: typeof aws.batchOnce = async region => {
      const client = await aws.batchOnce(region);
      const registerJobDefinition: typeof client.registerJobDefinition = async given => {
        ended ??= other();
        await ended;
        if (region === denied) local().faults.on('batch:RegisterJobDefinition', { region }).deny().times(1);
        return client.registerJobDefinition(given);
      };
      return { submitJob: given => client.submitJob(given), registerJobDefinition };
    };
    process.env['GITHUB_RUN_ID'] = 'first';
    return promote({}, { aws: { ...aws, batchOnce } });
  };
  const promoteSecond = async () => {
    process.env['GITHUB_RUN_ID'] = 'second';
    expect(await promote()).toMatchObject({ exitCode: 0 });
  };

  test('the one that is refused in a region leaves the other, which is proven, live', async () => {
    const { second } = await deployTwo();
    const result = await promoteAfter(promoteSecond, 'us-east-1');
    expect(result).toMatchObject({ exitCode: 1, outputs: { 'rolled-back': 'false' } });
    for (const region of REGIONS) expect(await newest(region)).toMatchObject({ revision: 2, digest: second });
    expect(result.failure).toMatch(
      /production was not rolled back: models\d+-small in eu-west-1 \(revision 2, which another deployment registered with the same content, is live; it was left alone\)/,
    );
  });

  test('the one whose own smoke test fails leaves the other live as well', async () => {
    const { second } = await deployTwo();
    const result = await promoteAfter(async () => {
      await promoteSecond();
      world.outcome = failIn('us-east-1');
    });
    expect(result).toMatchObject({ exitCode: 1, failure: expect.stringContaining('the smoke test of 1.2.0 failed') });
    for (const region of REGIONS) expect(await newest(region)).toMatchObject({ revision: 2, digest: second });
  });
});

describe('a failure before the smoke test', () => {
  test('of registering in the second region leaves none registered', async () => {
    const { first } = await deployTwo();
    local().faults.on('batch:RegisterJobDefinition', { region: 'us-east-1' }).deny();
    const result = await promote();
    expect(result).toMatchObject({
      exitCode: 1,
      failure: expect.stringContaining('Grant batch:RegisterJobDefinition'),
    });
    for (const region of REGIONS) expect(await newest(region)).toMatchObject({ revision: 1, image: first });
  });

  test('of copying to the second region registers nothing; again sends only what is missing', async () => {
    const { digest } = await seed(1);
    local().faults.on('registry:PutImage', { region: 'us-east-1' }).deny();
    const result = await promote();
    expect(result.failure).toMatch(/It is in eu-west-1, and not in us-east-1.*Nothing was registered in production\./s);
    expect(result.exitCode).toBe(1);
    for (const region of REGIONS) expect(await active(region)).toEqual([]);
    local().faults.clear();
    const again = await promote();
    expect(again).toMatchObject({ exitCode: 0 });
    expect(renderMarkdown(again.report)).toMatch(/\| eu-west-1 \| `\S+` \| ➖ there already \| 0 B \|/);
    expect(await newest('us-east-1')).toMatchObject({ digest });
  });

  test('of verify registers nothing, and says why', async () => {
    const { first } = await deployTwo();
    const { jobQueues = [] } = await batch(PRODUCTION, 'us-east-1').describeJobQueues({});
    const jobQueue = jobQueues[0]?.jobQueueName ?? '';
    await batch(PRODUCTION, 'us-east-1').updateJobQueue({ jobQueue, state: 'DISABLED' });
    const result = await promote();
    await batch(PRODUCTION, 'us-east-1').updateJobQueue({ jobQueue, state: 'ENABLED' });
    expect(result.failure).toMatch(
      /production cannot run it: job queue models.*Nothing was registered in production\./s,
    );
    expect(renderMarkdown(result.report)).toContain('nothing was registered in production');
    for (const region of REGIONS) expect(await newest(region)).toMatchObject({ revision: 1, image: first });
  });
});

describe('a promotion that is hindered', () => {
  test('by registries and a Batch that throttle comes through all the same', async () => {
    const { second } = await deployTwo();
    for (const call of ['registry:BatchGetImage', 'registry:PutImage', 'batch:DescribeJobDefinitions']) {
      local().faults.on(call, { region: 'us-east-1' }).throttle().times(1);
    }
    local().faults.on('batch:RegisterJobDefinition', { region: 'us-east-1' }).lose().times(1);
    expect(await promote()).toMatchObject({ exitCode: 0 });
    for (const region of REGIONS) expect(await newest(region)).toMatchObject({ revision: 2, digest: second });
  });

  test('by an unreadable proof in the second region changes nothing', async () => {
    await deployTwo();
    local().faults.on('registry:BatchGetImage', { region: 'us-east-1' }).deny();
    await expect(promote()).rejects.toThrow(/may not read models\d+ of test in us-east-1.*Add this statement/s);
    for (const region of REGIONS) expect(await newest(region)).toMatchObject({ revision: 1 });
  });
});

describe('a promotion that is ended from outside', () => {
  test('killed after registering and run again proves what is there', async () => {
    const { second } = await deployTwo();
    await promoteKilledBeforeSmoke();
    for (const region of REGIONS) expect(await newest(region)).toMatchObject({ revision: 2, digest: second });
    const again = await promote();
    expect(again).toMatchObject({ exitCode: 0 });
    for (const region of REGIONS) {
      expect(await newest(region)).toMatchObject({ revision: 2, digest: second });
      expect(await evidence(second, region)).toContain(`production ${region} PASSED`);
    }
  });

  test('killed after registering, run again and failing goes back to what was live before the first of the two', async () => {
    const { first } = await deployTwo();
    await promoteKilledBeforeSmoke();
    world.outcome = failIn('us-east-1');
    expect(await promote()).toMatchObject({ exitCode: 1, outputs: { 'rolled-back': 'true' } });
    for (const region of REGIONS) {
      expect(await newest(region)).toMatchObject({ revision: 3, image: first });
    }
  });

  test('cancelled during the smoke test takes back what it registered, and says so', async () => {
    const { first, second } = await deployTwo();
    const controller = new AbortController();
    world.outcome = request => {
      controller.abort(new CancelledError('cancelled by SIGINT'));
      return failIn('none')(request);
    };
    const result = await promote({}, { signal: controller.signal });
    expect(result).toMatchObject({ exitCode: 1, outputs: { 'rolled-back': 'true' } });
    expect(textsOf(result.events)).toContain('Cancelled, but what was registered is taken back first.');
    for (const region of REGIONS) {
      expect(await newest(region)).toMatchObject({ revision: 3, image: first });
      expect((await evidence(second, region)).filter(each => each.startsWith('production'))).toEqual([]);
    }
  });

  test('cancelled before anything was registered leaves it at that', async () => {
    await deployTwo();
    const controller = new AbortController();
    const notify = (event: { type: string; title?: string }) => {
      if (event.title?.startsWith('Copy the image')) controller.abort(new CancelledError('cancelled by SIGINT'));
    };
    const result = await promote({}, { signal: controller.signal, notify });
    expect(result.failure).toBe('cancelled by SIGINT\nNothing was registered in production.');
    for (const region of REGIONS) expect(await newest(region)).toMatchObject({ revision: 1 });
  });

  test('a proof that cannot be stored leaves what passed live, fails, and is made up for by the next run', async () => {
    const { second } = await deployTwo();
    world.outcome = request => {
      local().faults.on('registry:PutImage', { region: 'us-east-1' }).deny();
      return failIn('none')(request);
    };
    const result = await promote();
    expect(result).toMatchObject({ exitCode: 1, outputs: { 'rolled-back': 'false' } });
    expect(result.failure).toContain('production us-east-1: the proof was not stored');
    expect(await newest('us-east-1')).toMatchObject({ revision: 2, digest: second });
    local().faults.clear();
    world.outcome = failIn('none');
    const again = await promote();
    expect(again.exitCode).toBe(0);
    expect((again.json as { smoke: { region: string }[] }).smoke.map(({ region }) => region)).toEqual(['us-east-1']);
    expect(await newest('us-east-1')).toMatchObject({ revision: 2 });
  });
});

describe('a promotion that was killed when one region had passed', () => {
  test('and fails in the other when it is run again goes back in both', async () => {
    const { first, second } = await deployTwo();
    const controller = new AbortController();
    world.outcome = failIn('us-east-1');
    const writeText = () => new Promise<never>(() => controller.abort());
    // The statements are stored; the process is gone before it takes anything back.
    void promote({}, { writeText });
    await new Promise(resolve => controller.signal.addEventListener('abort', resolve));
    expect(await newest('eu-west-1')).toMatchObject({ revision: 2, digest: second });
    const again = await promote();
    expect(again).toMatchObject({ exitCode: 1, outputs: { 'rolled-back': 'true' } });
    expect((again.json as { smoke: { region: string }[] }).smoke.map(({ region }) => region)).toEqual(['us-east-1']);
    for (const region of REGIONS) expect(await newest(region)).toMatchObject({ revision: 3, image: first });
  });

  test('a promotion that was completed is what a later failure of the same goes back to', async () => {
    const { second } = await deployTwo();
    expect(await promote()).toMatchObject({ exitCode: 0 });
    // Somebody tests it by hand, and it fails: what is live has to be proven anew.
    world.outcome = failIn('us-east-1');
    await batchwright('smoke-test', '--environment', 'production', '--record');
    const again = await promote();
    expect(again).toMatchObject({ exitCode: 1, outputs: { 'rolled-back': 'false' } });
    expect(again.failure).toContain('it runs what it ran before');
    for (const region of REGIONS) expect(await newest(region)).toMatchObject({ revision: 2, digest: second });
  });
});
