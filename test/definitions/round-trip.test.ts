import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { canonicalDefinition } from '../../src/definitions/canonical.ts';
import { lintDefinitions } from '../../src/definitions/lint/lint.ts';
import { FAMILIES } from './arbitrary-requests.ts';
import { applyTwice, LocalRegions } from './local-regions.ts';
import { definitionOf, type Request } from './requests.ts';

let regions: LocalRegions;
beforeAll(async () => {
  regions = await LocalRegions.start();
});
afterAll(() => regions.stop());

async function describeNewest(jobDefinitionName: string) {
  const { jobDefinitions } = await regions.batch('eu-west-1').describeJobDefinitions({ jobDefinitionName });
  const [described, ...others] = jobDefinitions ?? [];
  if (!described || others.length > 0) throw new Error(`${jobDefinitionName} has ${others.length} other revisions`);
  return described;
}

let names = 0;

const runs = { numRuns: 20, seed: 20_261_123 };

describe.each(Object.entries(FAMILIES))('any valid %s definition', (_family, requests) => {
  test('is the same after register and describe, and the second time makes no call to register', async () => {
    await fc.assert(
      fc.asyncProperty(requests, async generated => {
        const jobDefinitionName = `generated-${++names}`;
        const request = { ...generated, jobDefinitionName };
        const before = regions.count('RegisterJobDefinition');
        expect(await applyTwice([definitionOf(request)], regions)).toEqual([['registered'], ['unchanged']]);
        expect(regions.count('RegisterJobDefinition')).toBe(before + 1);
        expect(canonicalDefinition(await describeNewest(jobDefinitionName))).toEqual(canonicalDefinition(request));
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
