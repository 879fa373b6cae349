/** What a promotion leaves in the registries of production when it fails. */
import { readFileSync, writeFileSync } from 'node:fs';
import { expect, test } from '@jest/globals';
import type { ToolkitEvent } from '../../src/events.ts';
import { renderMarkdown } from '../../src/report/render-markdown.ts';
import { REGIONS } from '../cli/workspace.ts';
import { failIn, PRODUCTION, useTwoAccounts } from './two-accounts.ts';

const { world, local, ecr, seed, active, promote } = useTwoAccounts();

const tagged = async (region: string, imageTag: string) => {
  const request = { repositoryName: world.name, imageIds: [{ imageTag }] };
  const { images = [] } = await ecr(PRODUCTION, region).batchGetImage(request);
  return images[0]?.imageId?.imageDigest;
};

/** In production; elsewhere tags cannot move unless the configuration says so. */
const letTagsMove = () => {
  const config = readFileSync('batchwright.yml', 'utf8');
  writeFileSync(
    'batchwright.yml',
    config.replace('createRepository: {}', 'createRepository: { imageTagMutability: MUTABLE }'),
  );
};

test('the tag that moves stays where it was until the smoke test has passed', async () => {
  const first = await seed(1);
  letTagsMove();
  expect(await promote({ version: '1.2.0' })).toMatchObject({ exitCode: 0 });
  const second = await seed(2);
  letTagsMove();
  world.outcome = failIn('us-east-1');
  expect(await promote({ version: '1.2.1' })).toMatchObject({ exitCode: 1 });
  for (const region of REGIONS) {
    expect(await tagged(region, '1.2')).toBe(first.digest);
    expect(await tagged(region, '1.2.1')).toBe(second.digest);
  }
  world.outcome = failIn('none');
  expect(await promote({ version: '1.2.1' })).toMatchObject({ exitCode: 0 });
  for (const region of REGIONS) expect(await tagged(region, '1.2')).toBe(second.digest);
});

test('a tag that cannot be moved fails the step, and takes nothing back', async () => {
  const { digest } = await seed(1);
  letTagsMove();
  const faults = () => local().faults.on('registry:PutImage', { region: 'us-east-1' }).deny();
  const notify = (event: ToolkitEvent) => {
    if (event.type === 'step' && event.title.startsWith('Record the smoke test')) faults();
  };
  const result = await promote({}, { notify });
  local().faults.clear();
  expect(result).toMatchObject({ exitCode: 1, outputs: { 'rolled-back': 'false' } });
  expect(result.failure).toMatch(/^us-east-1: the tag 1\.1 was not moved \(.*run it again once that is mended\.$/m);
  const report = renderMarkdown(result.report);
  expect(report).toContain('❌ A tag could not be moved to it: see below.');
  expect(report).toContain('### Tags that move');
  expect(report).toContain('| eu-west-1 | `1.1` | ✅ on this image |');
  expect(report).toMatch(/\| us-east-1 \| `1\.1` \| ❌ not moved: .*ecr:PutImage/);
  for (const region of REGIONS) expect((await active(region)).at(-1)).toMatchObject({ digest });
});

test('a repository that cannot be made in one region is told with what became of the others', async () => {
  const { digest } = await seed(1);
  local().faults.on('ecr:CreateRepository', { region: 'us-east-1' }).deny();
  const result = await promote();
  expect(result.exitCode).toBe(1);
  expect(result.failure).toMatch(
    /^Putting models\d+@sha256:\S+ into every region: It is in eu-west-1, and not in us-east-1 \(Creating the repository .*AccessDenied/,
  );
  expect(await tagged('eu-west-1', '1.1.0')).toBe(digest);
  for (const region of REGIONS) expect(await active(region)).toEqual([]);
});
