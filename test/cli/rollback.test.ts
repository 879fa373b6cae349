/** Going back, and letting old revisions go: what is registered afterwards, and what is refused. */

import { readFileSync, writeFileSync } from 'node:fs';
import { Batch } from '@aws-sdk/client-batch';
import { ECR } from '@aws-sdk/client-ecr';
import { afterEach, describe, expect, test } from '@jest/globals';
import { createAws } from '../../src/adapters/aws/clients.ts';
import { parseConfig } from '../../src/config/parse-config.ts';
import { planImageRetirement, removeImages } from '../../src/definitions/retire-images.ts';
import { endlessEngine } from '../local/fixtures/idle-engine.ts';
import { clientOptions } from '../local/fixtures/local.ts';
import { ACCOUNT, batchwright, batchwrightJson, CONFIG, REGIONS, TEMPLATE, useWorkspace } from './workspace.ts';

const local = useWorkspace({ engine: endlessEngine });
afterEach(() => local().faults.clear());
const batch = (region: string = REGIONS[0]) => new Batch(clientOptions(local(), ACCOUNT, region));

/** A family of its own for each test, so that none meets another's revisions. */
let families = 0;
async function deploy(name: string, ...seconds: readonly number[]): Promise<void> {
  for (const timeout of seconds) {
    const config = CONFIG.replace('  models: { template: job.json.hbs }', `  ${name}: { template: job.json.hbs }`);
    writeFileSync(
      'batchwright.yml',
      `${config.replace('timeoutSeconds: 600', `timeoutSeconds: ${timeout}`)}retention: { keep: 2 }\n`,
    );
    writeFileSync('job.json.hbs', TEMPLATE);
    Object.assign(process.env, {
      GITHUB_SHA: String(timeout).padStart(40, 'a'),
      GITHUB_REF: `refs/tags/v1.${timeout}`,
    });
    await batchwright('build-push', '--environment', 'test');
    expect(await batchwright('register')).toMatchObject({ exitCode: 0 });
  }
}
const newName = () => {
  families += 1;
  return `models${families}`;
};

async function revisions(name: string, region: string = REGIONS[0]) {
  const { jobDefinitions = [] } = await batch(region).describeJobDefinitions({ jobDefinitionName: `${name}-small` });
  return jobDefinitions
    .sort((a, b) => (a.revision ?? 0) - (b.revision ?? 0))
    .map(({ revision, status, timeout, tags }) => ({
      revision,
      status,
      seconds: timeout?.attemptDurationSeconds,
      from: tags?.['batchwright:rolled-back-to'],
      commit: tags?.['batchwright:commit'],
    }));
}

describe('rollback', () => {
  test('registers the content before forward, in every region, and again goes back again', async () => {
    const name = newName();
    await deploy(name, 601, 602, 603);
    const dry = await batchwright('rollback', '--dry-run');
    expect(dry).toMatchObject({
      exitCode: 2,
      stdout: expect.stringContaining('2 definitions, by registering the older content as a new revision.'),
    });
    expect(await revisions(name)).toHaveLength(3);

    const { exitCode, stdout } = await batchwright('rollback');
    expect(exitCode).toBe(0);
    expect(stdout).toContain('2 registered.');
    for (const region of REGIONS) {
      expect((await revisions(name, region)).at(-1)).toEqual({
        revision: 4,
        status: 'ACTIVE',
        seconds: 602,
        from: '2',
        commit: '602'.padStart(40, 'a'),
      });
    }
    await batchwright('rollback');
    expect((await revisions(name)).at(-1)).toMatchObject({ revision: 5, seconds: 601, from: '1' });
    const none = await batchwright('rollback');
    expect(none.stderr).toContain(
      `${name}-small in eu-west-1: there is no revision before it with other content; revision 5 is live`,
    );
    expect(none.stderr).toContain('Nothing was rolled back.');
  }, 20_000);

  test('by revision, commit, version and digest; a deregistered one too; the same is nothing to do', async () => {
    const name = newName();
    await deploy(name, 611, 612, 613);
    await batch().deregisterJobDefinition({ jobDefinition: `${name}-small:1` });
    const to = async (target: string) => {
      const result = await batchwright('rollback', '--region', 'eu-west-1', '--to', target);
      return { exitCode: result.exitCode, seconds: (await revisions(name)).at(-1)?.seconds };
    };
    expect(await to('1')).toEqual({ exitCode: 0, seconds: 611 });
    expect(await to('612'.padStart(40, 'a'))).toEqual({ exitCode: 0, seconds: 612 });
    expect(await to('v1.613')).toEqual({ exitCode: 0, seconds: 613 });
    expect(await revisions(name)).toHaveLength(6);
    expect(await to('3')).toEqual({ exitCode: 0, seconds: 613 });
    expect(await revisions(name)).toHaveLength(6);
    expect((await batchwright('rollback', '--to', 'sha256:'.padEnd(71, '0'))).stderr).toContain(
      'there is no revision of digest sha256:0000',
    );
    expect((await batchwright('rollback', '--to', 'yesterday')).stderr).toContain(
      '"yesterday" is nothing to roll back to',
    );
  }, 20_000);

  test('is refused, with nothing written, when one region lacks the revision or its image', async () => {
    const name = newName();
    await deploy(name, 621, 622);
    await batch('us-east-1').registerJobDefinition({
      jobDefinitionName: `${name}-small`,
      type: 'container',
      containerProperties: { image: 'x', vcpus: 1, memory: 64 },
    });
    const lacking = await batchwright('rollback', '--to', '621'.padStart(40, 'a').slice(0, 39));
    expect(lacking.exitCode).toBe(0);
    const missing = await batchwright('rollback', '--to', '9');
    expect(missing.exitCode).toBe(1);
    expect(missing.stderr).toContain(`${name}-small in us-east-1: there is no revision 9`);

    const ecr = new ECR(clientOptions(local(), ACCOUNT, 'us-east-1'));
    const { imageIds = [] } = await ecr.listImages({ repositoryName: 'models' });
    await ecr.batchDeleteImage({ repositoryName: 'models', imageIds });
    const before = [await revisions(name), await revisions(name, 'us-east-1')];
    const gone = await batchwright('rollback', '--to', '2');
    expect(gone.stderr).toMatch(/in us-east-1: revision 2 runs \S+@sha256:\S+, which is no longer in ECR/);
    expect([await revisions(name), await revisions(name, 'us-east-1')]).toEqual(before);
  }, 20_000);

  test('by deregistering: only what no job uses, and only to what is ACTIVE', async () => {
    const name = newName();
    await deploy(name, 631, 632, 633);
    await batch().submitJob({ jobName: 'j', jobQueue: 'models', jobDefinition: `${name}-small:3` });
    const used = await batchwright('rollback', '--to', '1', '--how', 'deregister');
    expect(used.stderr).toContain(`${name}-small:3 in eu-west-1 is used by 1 unfinished job`);
    expect((await revisions(name, 'us-east-1')).map(({ status }) => status)).toEqual(['ACTIVE', 'ACTIVE', 'ACTIVE']);
    expect(await batchwright('rollback', '--region', 'us-east-1', '--to', '1', '--how', 'deregister')).toMatchObject({
      exitCode: 0,
    });
    expect((await revisions(name, 'us-east-1')).map(({ status }) => status)).toEqual([
      'ACTIVE',
      'INACTIVE',
      'INACTIVE',
    ]);
    const dead = await batchwright('rollback', '--region', 'us-east-1', '--to', '2', '--how', 'deregister');
    expect(dead.stderr).toContain('was deregistered, so its content can only be registered again');
  }, 20_000);

  test('a region that fails takes the others back', async () => {
    const name = newName();
    await deploy(name, 641, 642);
    local().faults.on('batch:RegisterJobDefinition', { region: 'us-east-1' }).deny();
    const failed = await batchwright('rollback');
    expect(failed.exitCode).toBe(1);
    expect(failed.stderr).toContain('AccessDenied');
    expect((await revisions(name)).map(({ status }) => status)).toEqual(['ACTIVE', 'ACTIVE', 'INACTIVE']);
    expect((await batchwright('rollback', '--to', 'previous', '--environment', 'nowhere')).stderr).toContain('nowhere');
  }, 20_000);
});

test('plan says which revisions would be retired once it is applied', async () => {
  const name = newName();
  await deploy(name, 701, 702, 703);
  const { stdout } = await batchwright('plan', '--region', 'eu-west-1', '--image', 'live');
  expect(stdout).toContain(
    `deregister would then retire, unless jobs or runs need them: ${name}-small:1 in eu-west-1.`,
  );
}, 20_000);

describe('deregister', () => {
  test('keeps the newest, what jobs use and what a rollback needs; oldest first; pages to the end', async () => {
    const name = newName();
    await deploy(name, 651, 652, 653, 654);
    await batch().submitJob({ jobName: 'j', jobQueue: 'models', jobDefinition: `${name}-small:1` });
    const dry = await batchwright('deregister', '--dry-run', '--region', 'eu-west-1');
    expect(dry).toMatchObject({ exitCode: 2, stdout: expect.stringContaining('1 revision to be retired.') });
    const { stdout } = await batchwright('deregister', '--region', 'eu-west-1');
    expect(stdout).toMatch(/ 2 +1 \(unfinished jobs use it\)/);
    expect((await revisions(name)).map(({ status }) => status)).toEqual(['ACTIVE', 'INACTIVE', 'ACTIVE', 'ACTIVE']);
    expect((await batchwright('deregister', '--region', 'eu-west-1')).stdout).toContain(
      'None is to be retired. Of 3 ACTIVE revisions the newest 2 of each definition stay.',
    );
  }, 20_000);

  test('a job in a queue that the configuration does not name counts, whether revisions are retired or rolled back over', async () => {
    const name = newName();
    await deploy(name, 641, 642, 643, 644);
    const computeEnvironmentOrder = [{ order: 1, computeEnvironment: 'ce' }];
    await batch().createJobQueue({ jobQueueName: `${name}-by-hand`, priority: 1, computeEnvironmentOrder });
    for (const revision of [1, 4]) {
      await batch().submitJob({
        jobName: 'j',
        jobQueue: `${name}-by-hand`,
        jobDefinition: `${name}-small:${revision}`,
      });
    }
    const { stdout } = await batchwright('deregister', '--region', 'eu-west-1');
    expect(stdout).toMatch(/ 2 +1 \(unfinished jobs use it\)/);
    expect((await revisions(name)).map(({ status }) => status)).toEqual(['ACTIVE', 'INACTIVE', 'ACTIVE', 'ACTIVE']);
    const back = await batchwright('rollback', '--region', 'eu-west-1', '--to', '3', '--how', 'deregister');
    expect(back.stderr).toContain(`${name}-small:4 in eu-west-1 is used by 1 unfinished job`);
    local().faults.on('batch:DescribeJobQueues').deny();
    const blind = await batchwright('rollback', '--region', 'eu-west-1', '--to', '3', '--how', 'deregister');
    expect(blind.stderr).toMatch(/listing the job queues in eu-west-1: AccessDenied.*Grant batch:DescribeJobQueues/);
  }, 20_000);

  test('what a rollback goes back to is spared, though it is beyond what is kept', async () => {
    const name = newName();
    await deploy(name, 661, 662, 663);
    await batchwright('rollback', '--to', '1');
    // Live is 4, a copy of 1; with keep 2 the kept are 3 and 4. Nothing is older than 1, so 1 and 2 may go.
    expect((await batchwrightJson('deregister', '--region', 'us-east-1')).value).toMatchObject({
      revisions: [{ status: 'deregistered' }, { status: 'deregistered' }],
    });
    const other = newName();
    await deploy(other, 671, 672);
    writeFileSync(
      'batchwright.yml',
      `${CONFIG.replace('  models: { template', `  ${other}: { template`)}retention: { keep: 1 }\n`,
    );
    expect((await batchwright('deregister', '--region', 'eu-west-1')).stdout).toContain(
      '1 (a rollback goes back to it)',
    );
  }, 20_000);

  test('by age: what is young, or of unknown age, stays', async () => {
    const name = newName();
    await deploy(name, 681, 682, 683);
    writeFileSync(
      'batchwright.yml',
      `${CONFIG.replace('  models: { template', `  ${name}: { template`)}retention: { keep: 1, olderThanDays: 1 }\n`,
    );
    expect((await batchwright('deregister', '--region', 'eu-west-1')).stdout).toMatch(
      /1 \(not old enough\), 2 \(a rollback goes back to it\)/,
    );
  }, 20_000);

  test('refuses without knowing the jobs, and says of each what happened when it fails half-way', async () => {
    const name = newName();
    await deploy(name, 691, 692, 693, 694, 695);
    local().faults.on('batch:ListJobs').deny();
    expect((await batchwright('deregister', '--region', 'eu-west-1')).stderr).toMatch(
      /looking for jobs of the job queues in eu-west-1: AccessDenied/,
    );
    local().faults.clear();
    local().faults.on('batch:DeregisterJobDefinition').deny().times(2);
    const half = await batchwright('deregister');
    expect(half.exitCode).toBe(1);
    expect(half.stdout).toContain('failed, ACTIVE');
    expect(half.stdout).toContain('not attempted, ACTIVE');
    expect(half.stderr).toContain('6 of 6 revisions are still ACTIVE, see the report');
    expect(await batchwright('deregister')).toMatchObject({ exitCode: 0 });
    writeFileSync('batchwright.yml', CONFIG);
    expect((await batchwright('deregister')).stderr).toContain(
      'the configuration keeps every revision: it has no `retention`',
    );
  }, 20_000);

  test('images: those that nothing ACTIVE names and that are old enough, never part of a kept index; other regions count', async () => {
    const name = newName();
    await deploy(name, 711, 712, 713, 714);
    const images = async (region: string) => {
      const ecr = new ECR(clientOptions(local(), ACCOUNT, region));
      const { imageDetails = [] } = await ecr.describeImages({ repositoryName: 'models' });
      return imageDetails.map(({ imageDigest }) => imageDigest);
    };
    const before = await images('eu-west-1');
    const live = await batch().describeJobDefinitions({ jobDefinitionName: `${name}-small`, status: 'ACTIVE' });
    const named = live.jobDefinitions?.map(({ containerProperties }) => containerProperties?.image?.split('@')[1]);
    const young = await batchwright('deregister', '--images');
    expect(young.stdout).toMatch(/eu-west-1 +models +0 +\d+/);
    expect(await images('eu-west-1')).toEqual(before);
    expect(named?.every(digest => before.includes(digest))).toBe(true);
  }, 20_000);

  test('images that are old enough go, but for those that a definition anywhere names, by digest, by tag or in an index', async () => {
    const name = newName();
    await deploy(name, 721, 722, 723, 724, 725);
    await batchwright('deregister');
    const account = { registryId: ACCOUNT, repositoryName: 'models' };
    const ecr = new ECR(clientOptions(local(), ACCOUNT));
    const { imageDetails = [] } = await ecr.describeImages({ ...account, maxResults: 1000 });
    const tagged = (seconds: number) =>
      imageDetails.find(
        ({ imageTags }) =>
          imageTags?.includes(`v1.${seconds}`) || imageTags?.some(tag => tag.includes(String(seconds))),
      )?.imageDigest ?? '';
    const [part, byTag, free] = [tagged(721), tagged(722), tagged(723)];
    const size = imageDetails.find(({ imageDigest }) => imageDigest === part)?.imageSizeInBytes;
    const manifests = [
      {
        mediaType: 'application/vnd.oci.image.manifest.v1+json',
        digest: part,
        size,
        platform: { os: 'linux', architecture: 'amd64' },
      },
    ];
    const imageManifestMediaType = 'application/vnd.oci.image.index.v1+json';
    const index = JSON.stringify({ schemaVersion: 2, mediaType: imageManifestMediaType, manifests });
    await ecr.putImage({ ...account, imageManifest: index, imageManifestMediaType, imageTag: `multi-${name}` });
    const use = (region: string, image: string) =>
      batch(region).registerJobDefinition({
        jobDefinitionName: `other-${name}`,
        type: 'container',
        containerProperties: { image, vcpus: 1, memory: 64 },
      });
    await use('eu-west-1', `models:multi-${name}`);
    await use('us-east-1', `anywhere/models@${byTag}`);

    const config = parseConfig({ path: 'batchwright.yml', text: readFileSync('batchwright.yml', 'utf8') });
    const registry = 'localhost';
    const targets = config.targets.map(target => ({
      ...config.resolveTarget(target),
      registry: `${registry}/${target.region}`,
    }));
    const now = Date.now() + 8 * 86_400_000;
    const ports = {
      aws: createAws({ version: 'test' }),
      clock: { now: () => now, sleep: async () => undefined },
      notify: () => undefined,
    };
    const planned = await planImageRetirement({ targets, account: ACCOUNT, days: 7 }, ports);
    const [here] = planned;
    expect(here?.digests).toContain(free);
    for (const kept of [part, byTag, tagged(724), tagged(725)]) expect(here?.digests).not.toContain(kept);
    expect(await removeImages(planned, ACCOUNT, ports)).toEqual([]);
    const left = (await ecr.describeImages({ ...account, maxResults: 1000 })).imageDetails?.map(
      ({ imageDigest }) => imageDigest,
    );
    expect(left).toContain(part);
    expect(left).not.toContain(free);
    expect(
      await removeImages([{ region: 'eu-west-1', repository: 'models', digests: [part], kept: 0 }], ACCOUNT, ports),
    ).toEqual([{ region: 'eu-west-1', digest: part, why: expect.stringContaining('ImageReferencedByManifestList') }]);

    const foreign = targets.map((target, at) =>
      at === 0
        ? target
        : { ...target, account: '999999999999', environment: 'production', registry: `${registry}/eu-west-1` },
    );
    await expect(planImageRetirement({ targets: foreign, account: ACCOUNT, days: 7 }, ports)).rejects.toThrow(
      /production pulls from these registries/,
    );
    local().faults.on('batch:DescribeJobDefinitions', { region: 'us-east-1' }).deny();
    await expect(planImageRetirement({ targets, account: ACCOUNT, days: 7 }, ports)).rejects.toThrow(/us-east-1/);
  }, 20_000);
});
