/** `init --from-live` on a command line: what it writes, and that a plan of it is empty. */
import { readFileSync } from 'node:fs';
import { Batch } from '@aws-sdk/client-batch';
import { beforeEach, describe, expect, test } from '@jest/globals';
import { ACCOUNT, batchwright, batchwrightJson, REGIONS, useWorkspace } from '../cli/workspace.ts';
import { ec2, ecs, eks, type Request } from '../definitions/requests.ts';
import { expectGolden } from '../golden.ts';
import { clientOptions } from '../local/fixtures/local.ts';

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
});
