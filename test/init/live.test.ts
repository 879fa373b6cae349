/** `init --from-live` on a command line: what it writes, and that a plan of it is empty. */
import { readFileSync } from 'node:fs';
import { Batch } from '@aws-sdk/client-batch';
import { beforeEach, describe, expect, jest, test } from '@jest/globals';
import { ACCOUNT, batchwright, batchwrightJson, REGIONS, useWorkspace } from '../cli/workspace.ts';
import { ec2, ecs, eks, type Request } from '../definitions/requests.ts';
import { expectGolden } from '../golden.ts';
import { clientOptions } from '../local/fixtures/local.ts';

jest.setTimeout(30_000);
const local = useWorkspace();
beforeEach(() => void process.chdir('app'));

async function register(name: string, request: Request, regions: readonly string[] = REGIONS): Promise<void> {
  for (const region of regions) {
    const text = JSON.stringify({ ...request, jobDefinitionName: name }).replaceAll('eu-west-1', region);
    const batch = new Batch(clientOptions(local(), ACCOUNT, region));
    await batch.registerJobDefinition(JSON.parse(text) as Request);
    batch.destroy();
  }
}

const init = (...args: string[]) => batchwright('init', '--no-workflows', ...args);
const inBoth = REGIONS.flatMap(region => ['--region', region]);
const names = (...all: string[]) => all.flatMap(name => ['--from-live', name]);
const read = (path: string) => readFileSync(path, 'utf8');

function sized(vcpus: number, memory: number, seconds: number, bucket: string): Request {
  const request = ec2();
  return {
    ...request,
    timeout: { attemptDurationSeconds: seconds },
    containerProperties: {
      ...request.containerProperties,
      environment: [
        { name: 'MODEL_BUCKET', value: bucket },
        { name: 'AWS_REGION', value: 'eu-west-1' },
      ],
      resourceRequirements: [
        { type: 'VCPU', value: String(vcpus) },
        { type: 'MEMORY', value: String(memory) },
      ],
    },
  };
}

describe('init --from-live', () => {
  test('two environments, two tiers, two regions: one template, and what differs where it belongs', async () => {
    await register('cues-test-small', sized(1, 2048, 600, 'models-test'));
    await register('cues-test-large', sized(4, 16_384, 7200, 'models-test'));
    await register('cues-prod-small', sized(1, 2048, 600, 'models'));
    await register('cues-prod-large', sized(8, 30_000, 7200, 'models'));
    const fleet = names('cues-test-small', 'cues-test-large', 'cues-prod-small', 'cues-prod-large');
    const { exitCode, stdout, stderr } = await init(...fleet, ...inBoth);
    expect({ exitCode, stderr }).toMatchObject({ exitCode: 0 });
    expect(stdout).toContain('8 definitions rendered for 4 targets');
    expectGolden('init/fleet/batchwright.yml', read('batchwright.yml'));
    expectGolden('init/fleet/cues.json.hbs', read('job-definitions/cues.json.hbs'));
    expect(await batchwrightJson('plan', '--image', 'live')).toMatchObject({ exitCode: 0 });
  });

  test('definitions of several kinds become families', async () => {
    await register('ingest', ecs());
    await register('train', eks());
    const { exitCode } = await init(...names('ingest', 'train'), ...inBoth, '--job-queue', 'models');
    expect(exitCode).toBe(0);
    expectGolden('init/kinds/batchwright.yml', read('batchwright.yml'));
    expectGolden('init/kinds/ingest.json.hbs', read('job-definitions/ingest.json.hbs'));
    expectGolden('init/kinds/train.json.hbs', read('job-definitions/train.json.hbs'));
    expect(await batchwrightJson('plan', '--image', 'live')).toMatchObject({ exitCode: 0 });
  });

  test('a GPU, a timeout, a role and a variable that only some have', async () => {
    const plain = sized(4, 16_000, 600, 'models');
    const { timeout: _, ...small } = plain;
    const { jobRoleArn: __, ...container } = small.containerProperties ?? {};
    await register('some-small', { ...small, containerProperties: container });
    const gpu = [...(plain.containerProperties?.resourceRequirements ?? []), { type: 'GPU' as const, value: '1' }];
    const environment = [...(plain.containerProperties?.environment ?? []), { name: 'CUDA_CACHE', value: '/cache' }];
    await register('some-gpu', {
      ...plain,
      containerProperties: { ...plain.containerProperties, resourceRequirements: gpu, environment },
    });
    expect(await init(...names('some-small', 'some-gpu'), ...inBoth)).toMatchObject({ exitCode: 0 });
    expectGolden('init/some/batchwright.yml', read('batchwright.yml'));
    expectGolden('init/some/some.json.hbs', read('job-definitions/some.json.hbs'));
    expect(await batchwrightJson('plan', '--image', 'live')).toMatchObject({ exitCode: 0 });
  });

  test('tiers that are not in all environments: a family for those that are, with the same template', async () => {
    await register('few-test-small', sized(1, 2048, 600, 'models-test'));
    await register('few-prod-small', sized(1, 2048, 600, 'models'));
    await register('few-prod-large', sized(8, 30_000, 600, 'models'));
    const { exitCode } = await init(...names('few-test-small', 'few-prod-small', 'few-prod-large'), ...inBoth);
    expect(exitCode).toBe(0);
    expect(await batchwrightJson('plan', '--image', 'live')).toMatchObject({ exitCode: 0 });
    expect(read('batchwright.yml')).toMatch(
      /few:\n.*few.json.hbs\n.*\n +tiers: \[ small \]\n +few-prod:\n.*few.json.hbs\n.*\n +tiers: \[ large \]\n +environments: \[ prod \]/,
    );
  });

  test('an image that is not of the project is left as it is, and told', async () => {
    await register('own', sized(1, 2048, 600, 'models'));
    const request = sized(1, 2048, 600, 'models');
    const image = 'public.ecr.aws/docker/library/busybox:1.36';
    await register('foreign', { ...request, containerProperties: { ...request.containerProperties, image } });
    const { exitCode, stderr } = await init(...names('own', 'foreign'), ...inBoth);
    expect(exitCode).toBe(0);
    expect(stderr).toContain(
      'foreign runs public.ecr.aws/docker/library/busybox:1.36, which is not in the repository cues',
    );
    expect(read('job-definitions/foreign.json.hbs')).toContain(`"image": "${image}"`);
    expect(read('job-definitions/own.json.hbs')).toContain('"image": "{{image}}"');
    expect(await batchwrightJson('plan', '--image', 'live')).toMatchObject({ exitCode: 0 });
  });

  test('the registry of another account', async () => {
    const request = sized(1, 2048, 600, 'models');
    const image = request.containerProperties?.image?.replace(ACCOUNT, '999999999999');
    await register('shared', { ...request, containerProperties: { ...request.containerProperties, image } });
    expect(await init(...names('shared'), ...inBoth)).toMatchObject({ exitCode: 0 });
    expect(read('batchwright.yml')).toContain('registry: 999999999999.dkr.ecr.{region}.amazonaws.com\n');
    expect(await batchwrightJson('plan', '--image', 'live')).toMatchObject({ exitCode: 0 });
  });

  test('lint errors of what is live are told, and do not stop the first plan', async () => {
    const request = sized(1, 2048, 600, 'models');
    await register('forgotten', {
      ...request,
      parameters: { day: '${DAY}', braces: '{{day}} {{{x}}} \\{{', end: '{' },
    });
    const { exitCode, stderr } = await init(...names('forgotten'), '--region', 'eu-west-1');
    expect(exitCode).toBe(0);
    expect(stderr).toContain('the placeholder ${DAY} was left in');
    expect(read('batchwright.yml')).toMatch(/lint:\n +placeholder:\n +level: warning\n +reason: it was live like this/);
    expect(await batchwrightJson('plan', '--image', 'live')).toMatchObject({ exitCode: 0 });
  });

  test('a revision that is not the newest, by ARN; the deprecated members are told', async () => {
    const { resourceRequirements: _, ...container } = ec2().containerProperties ?? {};
    await register('old', { ...ec2(), containerProperties: { ...container, vcpus: 1, memory: 512 } }, ['eu-west-1']);
    await register('old', ec2(), ['eu-west-1']);
    const { exitCode, stderr } = await init(...names(`arn:aws:batch:eu-west-1:${ACCOUNT}:job-definition/old:1`));
    expect(exitCode).toBe(0);
    expect(stderr).toContain('old:1 in eu-west-1 is not the newest, which is 2: a plan will show the difference.');
    expect(stderr).toContain('old:1 in eu-west-1 has the deprecated vcpus or memory');
    expect(await batchwrightJson('plan', '--image', 'live')).toMatchObject({ exitCode: 2 });
  });

  test.each<[string, readonly string[], string]>([
    [
      'a name that is nowhere',
      ['--from-live', 'nowhere', '--region', 'eu-west-1'],
      'nowhere has no ACTIVE revision in eu-west-1',
    ],
    [
      'a revision that is nowhere',
      ['--from-live', 'half:7', '--region', 'us-east-1'],
      'half has no revision 7 in us-east-1',
    ],
    ['no region', ['--from-live', 'half'], 'Give --region, once for each, or ARNs.'],
    ['no name', ['--from-live', 'a b', '--region', 'eu-west-1'], '"a b" is no job definition'],
    ['files beside it', ['--from-live', 'half', '--from-file', 'x.json'], 'cannot be given together'],
    [
      'a region that lacks one',
      [...names('half', 'whole'), ...inBoth],
      'half is in us-east-1 and not in eu-west-1, where others of production are',
    ],
  ])('refuses %s, and writes nothing', async (_, args, words) => {
    await register('half', ec2(), ['us-east-1']);
    await register('whole', ec2());
    const { exitCode, stderr } = await init(...args);
    expect({ exitCode, stderr }).toEqual({ exitCode: 1, stderr: expect.stringContaining(words) });
    expect(() => read('batchwright.yml')).toThrow('ENOENT');
  });

  test('a region that may not be read is an error with its name', async () => {
    local().faults.on('batch:DescribeJobDefinitions', { region: 'us-east-1' }).deny();
    const { exitCode, stderr } = await init(...names('whole'), ...inBoth);
    local().faults.clear();
    expect({ exitCode, stderr }).toEqual({
      exitCode: 1,
      stderr: expect.stringContaining('whole in us-east-1: AccessDenied'),
    });
  });
});
