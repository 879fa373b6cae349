/** What a definition goes back to, decided from what earlier runs left behind. */
import { expect, test } from '@jest/globals';
import type { LiveFleet } from '../../src/definitions/live.ts';
import type { RegistrationPlan } from '../../src/definitions/model.ts';
import type { FoundProof } from '../../src/promote/model.ts';
import { planPromotion } from '../../src/promote/plan.ts';

interface Earlier {
  readonly region: string;
  readonly tier?: string;
  /** Seconds; undefined: it is to be registered now, over revision 1. */
  readonly registered?: number;
  readonly plan?: string;
}
const arnOf = ({ region, tier = 'small', registered }: Earlier) =>
  `arn:aws:batch:${region}:1:job-definition/models-${tier}:${registered === undefined ? 1 : 2}`;
const at = (seconds: number) => new Date(seconds * 1000).toISOString();

function decide(all: readonly Earlier[], proofs: readonly { of: Earlier; at: number; result?: 'FAILED' }[]) {
  const definitions = all.map(one => {
    const { region, tier = 'small', registered, plan = 'a' } = one;
    const tags =
      registered === undefined
        ? {}
        : { 'batchwright:replaces': '1', 'batchwright:digest': 'sha256:1', 'batchwright:plan': plan };
    const live = {
      arn: arnOf(one),
      revision: registered === undefined ? 1 : 2,
      registeredAt: registered === undefined ? undefined : at(registered),
      tags,
    };
    const name = `models-${tier}`;
    const config = { smokeTest: {} };
    const definition = { name, tier, target: { environment: 'production', region }, config };
    return { definition, live, action: registered === undefined ? 'register-changed' : 'unchanged' };
  });
  const fleet = Map.groupBy(definitions, ({ definition }) => definition.target.region);
  const { promoted, settled } = planPromotion({
    plan: { definitions } as unknown as RegistrationPlan,
    fleet: new Map(
      [...fleet].map(([region, own]) => [region, new Map(own.map(one => [one.definition.name, [one.live]]))]),
    ) as unknown as LiveFleet,
    digest: 'sha256:1',
    proofs: proofs.map(({ of, at: seconds, result = 'PASSED' }) => {
      const jobDefinitionArn = arnOf(of);
      return { environment: 'production', region: of.region, result, jobDefinitionArn, endedAt: seconds * 1000 };
    }) as unknown as FoundProof[],
  });
  return { before: promoted.map(({ before }) => before), settled: [...settled.keys()] };
}

const eu = { region: 'eu', registered: 10 };
const us = { region: 'us', registered: 10 };
const later = { ...us, registered: 30, plan: 'b' };
const large = { region: 'eu', tier: 'large' };

test.each<[string, readonly Earlier[], Parameters<typeof decide>[1], number[], string[]]>([
  ['nothing earlier', [{ region: 'eu' }], [], [1], []],
  ['killed before it was tested', [eu, us], [], [1, 1], []],
  ['killed when one of two had passed', [eu, us], [{ of: eu, at: 20 }], [1, 1], ['eu']],
  [
    'completed',
    [eu, us],
    [
      { of: eu, at: 20 },
      { of: us, at: 21 },
    ],
    [2, 2],
    ['eu', 'us'],
  ],
  [
    'completed, and failed when tested by hand',
    [eu, us],
    [
      { of: eu, at: 20 },
      { of: us, at: 21 },
      { of: us, at: 40, result: 'FAILED' },
    ],
    [2, 2],
    ['eu'],
  ],
  ['one region completed, the other new', [eu, { region: 'us' }], [{ of: eu, at: 20 }], [2, 1], ['eu']],
  ['one region completed, the other killed later', [eu, later], [{ of: eu, at: 20 }], [2, 1], ['eu']],
  ['killed between two registrations, then between two tests', [eu, later], [{ of: eu, at: 40 }], [1, 1], ['eu']],
  ['completed, and a tier is added', [eu, large], [{ of: eu, at: 20 }], [2, 1], []],
  ['killed, and a tier is added', [eu, large], [], [1, 1], []],
  ['passed before it was registered', [eu], [{ of: eu, at: 5 }], [1], []],
])('%s', (_, all, proofs, before, settled) => {
  expect(decide(all, proofs)).toEqual({ before, settled });
});
