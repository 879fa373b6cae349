/** Whatever is live: what `init` makes of it renders to the very same, in all regions, environments and tiers. */
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { parseConfig } from '../../src/config/parse-config.ts';
import { type RegistrationPorts, readFleet } from '../../src/definitions/live.ts';
import { liveRelease } from '../../src/definitions/live-release.ts';
import { planAgainst } from '../../src/definitions/plan.ts';
import { applyRegistration } from '../../src/definitions/register.ts';
import { renderDefinitions } from '../../src/definitions/render.ts';
import { importFiles } from '../../src/init/import-files.ts';
import type { NewFile } from '../../src/init/model.ts';
import { readLive } from '../../src/init/read-live.ts';
import { FAMILIES } from '../definitions/arbitrary-requests.ts';
import { type InProcessBatch, startInProcessBatch } from '../definitions/in-process-batch.ts';
import { createHastyClock } from '../definitions/local-regions.ts';
import type { Request } from '../definitions/requests.ts';

let local: InProcessBatch;
beforeAll(async () => {
  local = await startInProcessBatch();
});
afterAll(() => local.stop());

const REGIONS = ['eu-west-1', 'us-east-1'] as const;
const registryHost = ({ account, region }: { account: string; region: string }) =>
  `${account}.dkr.ecr.${region}.amazonaws.com`;
const ports = { registryHost, notify: () => undefined };
let accounts = 100_000_000_000;

interface Live {
  readonly region: string;
  readonly name: string;
  readonly request: Request;
}

/** Registers each request under its name in a new account, imports all of them, and registers what came of it: what the plan says, and how many calls to register. */
async function importAndPlan(own: readonly Live[]) {
  const account = String(++accounts);
  const aws = local.portsOf(account);
  for (const { region, name, request } of own) {
    const text = JSON.stringify({ ...request, jobDefinitionName: name }).replaceAll('123456789012', account);
    await (await aws.batch(region)).registerJobDefinition(JSON.parse(text) as Request);
  }
  let registered = 0;
  const registration: RegistrationPorts = {
    aws: {
      ...aws,
      batchOnce: region => {
        registered += 1;
        return aws.batchOnce(region);
      },
    },
    clock: createHastyClock(),
    notify: () => undefined,
  };
  const names = [...new Set(own.map(({ name }) => name))].map(name => ({ name }));
  const imports = await readLive(names, REGIONS, registration);
  const { files } = importFiles({ imports, config: 'batchwright.yml' }, ports);
  const { definitions, fleet } = await renderLive(files, registration);
  const plan = planAgainst(definitions, fleet);
  await applyRegistration(plan, { onFailure: 'undo', stamp: {} }, registration);
  const actions = plan.definitions.map(
    ({ definition, action }) => `${definition.target.region} ${definition.name} ${action}`,
  );
  return { actions: actions.sort(), registered };
}

/** As `plan --image live` does. */
async function renderLive(files: readonly NewFile[], registration: RegistrationPorts) {
  const texts = new Map(files.map(({ path, text }) => [path, text]));
  const config = parseConfig({ path: 'batchwright.yml', text: texts.get('batchwright.yml') ?? '' });
  const named = config.targets.flatMap(target =>
    config.resolveDefinitions(target).map(({ region, jobDefinitionName: name }) => ({ region, name })),
  );
  const fleet = await readFleet(named, registration);
  const definitions = renderDefinitions({
    config,
    targets: config.targets,
    templates: texts,
    releaseOf: ({ region, jobDefinitionName }) => {
      const newest = fleet.get(region)?.get(jobDefinitionName)?.at(-1);
      const release = newest && liveRelease(newest, undefined);
      if (!release) throw new Error(`${jobDefinitionName} in ${region} is not live`);
      return release;
    },
    environmentVariables: {},
  });
  return { definitions, fleet };
}

const unchanged = (own: readonly Live[]) => ({
  actions: own.map(({ region, name }) => `${region} ${name} unchanged`).sort(),
  registered: 0,
});

/** As people make them: the same, but for its size, a bucket, the region in a text, a member more. */
function vary(request: Request, region: string, tier: string, environment: string): Request {
  const text = JSON.stringify(request).replaceAll('eu-west-1', region);
  const { containerProperties, tags, ...rest } = JSON.parse(text) as Request;
  const size = tier === 'large' ? '4096' : '2048';
  return {
    ...rest,
    ...(tier === 'large' && { timeout: { attemptDurationSeconds: 7200 } }),
    tags: { ...tags, tier, environment },
    ...(containerProperties && {
      containerProperties: {
        ...containerProperties,
        ...(containerProperties.memory === undefined
          ? {
              resourceRequirements: containerProperties.resourceRequirements?.map(one =>
                one.type === 'MEMORY' ? { ...one, value: size } : one.type === 'VCPU' ? { ...one, value: '1' } : one,
              ),
            }
          : { memory: Number(size) }),
        environment: [
          ...(containerProperties.environment ?? []),
          { name: 'THE_BUCKET', value: `models-${environment}-${region}` },
          { name: 'THE_SCALE', value: environment === 'prod' && tier === 'large' ? '10' : '1' },
          ...(environment === 'prod' ? [{ name: 'THE_ALARM', value: 'on' }] : []),
        ],
      },
    }),
  };
}

const runs = { numRuns: 3, seed: 20_261_129 };

describe.each(Object.entries(FAMILIES))('any live %s definition', (_, requests) => {
  test('in two regions, two environments and two tiers that vary it', async () => {
    await fc.assert(
      fc.asyncProperty(requests, async request => {
        const own = ['test', 'prod'].flatMap(environment =>
          ['small', 'large'].flatMap(tier =>
            REGIONS.map(region => ({
              region,
              name: `cues-${environment}-${tier}`,
              request: vary(request, region, tier, environment),
            })),
          ),
        );
        expect(await importAndPlan(own)).toEqual(unchanged(own));
      }),
      runs,
    );
  }, 60_000);

  test('beside another of its kind with which it shares no more than a name', async () => {
    await fc.assert(
      fc.asyncProperty(requests, requests, async (one, other) => {
        const own = [
          { region: 'eu-west-1', name: 'cues-small', request: one },
          { region: 'us-east-1', name: 'cues-small', request: other },
          { region: 'eu-west-1', name: 'cues-large', request: other },
          { region: 'us-east-1', name: 'cues-large', request: one },
        ];
        expect(await importAndPlan(own)).toEqual(unchanged(own));
      }),
      runs,
    );
  }, 60_000);
});
