/**
 * `promote` to two regions, killed before and after the calls that change anything, and run again: it ends as if it had never been
 * killed, or, when its smoke test fails then, with what was live before the killed run. Needs Node alone.
 */
import { expect, test } from '@jest/globals';
import { REGIONS } from '../cli/workspace.ts';
import { createMortalPorts, type Kill } from '../promote/mortal-ports.ts';
import { failIn, useTwoAccounts } from '../promote/two-accounts.ts';

const { world, begin, seed, runElsewhere, active, evidence, promote } = useTwoAccounts();

/** Production runs `theirs:1`; the image is proven, and its promotion is killed. */
async function promoteKilled(kill?: Kill): Promise<{ readonly digest: string; readonly calls: readonly string[] }> {
  begin();
  const { digest } = await seed(2);
  await runElsewhere('theirs:1');
  const { ports, calls, died } = createMortalPorts(kill);
  await Promise.race([promote({}, ports), died]);
  return { digest, calls };
}

/** Regions of production whose smoke test passed and is stored. */
async function proven(digest: string): Promise<readonly string[]> {
  const stored = await Promise.all(REGIONS.map(region => evidence(digest, region).catch((): readonly string[] => [])));
  return REGIONS.filter((region, at) => stored[at]?.includes(`production ${region} PASSED`));
}

async function expectPromoted(digest: string): Promise<void> {
  for (const region of REGIONS) {
    expect(await active(region)).toMatchObject([{ image: 'theirs:1' }, { digest }]);
    expect(await evidence(digest, region)).toContain(`production ${region} PASSED`);
  }
}

/** The new revision stays ACTIVE below: that of a rollback is newer. Killed before it was registered, it came and went in the second run. */
async function expectAsBefore(): Promise<void> {
  for (const region of REGIONS) expect((await active(region)).at(-1)).toMatchObject({ image: 'theirs:1' });
}

/** The first and the last call of each kind: `PUT …/eu-west-1/…/manifests` is one. Blobs between them are alike. */
function choose(calls: readonly string[]): readonly number[] {
  const kinds = calls.map(call => call.replace(/models\d+/, '').replace(/(uploads|manifests|blobs)\/.*$/, '$1'));
  return calls.flatMap((_, at) => {
    const kind = kinds[at] ?? '';
    return kinds.indexOf(kind) === at || kinds.lastIndexOf(kind) === at ? [at + 1] : [];
  });
}

test.each(['before', 'after'] as const)(
  'killed %s its calls, and run again',
  async when => {
    const { calls } = await promoteKilled();
    const chosen = choose(calls);
    expect(chosen.length).toBeGreaterThan(20);
    for (const [index, call] of chosen.entries()) {
      const { digest, calls: sent } = await promoteKilled({ call, when });
      // Where its proof is stored us-east-1 is not tested again, so nothing fails; which region's is stored first is chance.
      const isProven = (await proven(digest)).includes('us-east-1');
      const fails = index % 2 === 0 && !isProven;
      if (fails) world.outcome = failIn('us-east-1');
      const again = await promote();
      const told = `${when} ${call} (${sent.at(-1)}): ${again.failure ?? 'promoted'}`;
      expect([told, again.exitCode]).toEqual([told, fails ? 1 : 0]);
      await (fails ? expectAsBefore() : expectPromoted(digest));
    }
  },
  600_000,
);
