import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { canonicalDefinition } from '../../src/definitions/canonical.ts';
import { lintDefinitions } from '../../src/definitions/lint/lint.ts';
import { liveDefinitionOf } from '../../src/definitions/live.ts';
import { planDefinition } from '../../src/definitions/plan.ts';
import { FAMILIES } from './arbitrary-requests.ts';
import { LocalRegions } from './local-regions.ts';
import { definitionOf, type Request } from './requests.ts';

let regions: LocalRegions;
beforeAll(async () => {
  regions = await LocalRegions.start();
});
afterAll(() => regions.stop());

async function registerAndDescribe(request: Request) {
  const batch = regions.batch('eu-west-1');
  const { jobDefinitionArn = '' } = await batch.registerJobDefinition(request);
  const { jobDefinitions } = await batch.describeJobDefinitions({ jobDefinitions: [jobDefinitionArn] });
  const [described] = jobDefinitions ?? [];
  if (!described) throw new Error(`${jobDefinitionArn} is not described`);
  return described;
}

const runs = { numRuns: 20, seed: 20_261_123 };

describe.each(Object.entries(FAMILIES))('any valid %s definition', (_family, requests) => {
  test('is the same after register and describe, so that a second plan is empty', async () => {
    await fc.assert(
      fc.asyncProperty(requests, async request => {
        const described = await registerAndDescribe(request);
        expect(canonicalDefinition(described)).toEqual(canonicalDefinition(request));
        expect(planDefinition(definitionOf(request), liveDefinitionOf(described)).action).toBe('unchanged');
      }),
      runs,
    );
  });

  test('has no lint error', () => {
    fc.assert(
      fc.property(requests, request => {
        const errors = lintDefinitions([definitionOf(request)], {}).filter(({ level }) => level === 'error');
        expect(errors.filter(({ rule }) => rule !== 'placeholder')).toEqual([]);
      }),
      { ...runs, numRuns: 100 },
    );
  });

  test('has one canonical form, whatever the order of its members', () => {
    fc.assert(
      fc.property(requests, request => {
        const reversed = Object.fromEntries(Object.entries(request).toReversed());
        expect(JSON.stringify(canonicalDefinition(reversed as unknown as Request))).toBe(
          JSON.stringify(canonicalDefinition(request)),
        );
      }),
      runs,
    );
  });
});
