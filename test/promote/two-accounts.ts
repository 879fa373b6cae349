/** Test in one account, production in another, on one local AWS: what stands in each, and the way from commit to proof. */
import { writeFileSync } from 'node:fs';
import { Batch } from '@aws-sdk/client-batch';
import { ECR } from '@aws-sdk/client-ecr';
import { afterEach, beforeAll, beforeEach, expect, jest } from '@jest/globals';
import { createPorts } from '../../src/adapters/ports.ts';
import { readTexts } from '../../src/cli/texts.ts';
import { VERBS } from '../../src/cli/verbs.ts';
import type { Command, CommandResult, Ports } from '../../src/commands/command.ts';
import { promoteCommand } from '../../src/commands/promote.ts';
import type { ToolkitEvent } from '../../src/events.ts';
import { createRegistries } from '../../src/image/registries.ts';
import { readManifest } from '../../src/image/registry/manifests.ts';
import { type InputTable, readInputs } from '../../src/inputs.ts';
import type { ContainerOutcome, ContainerRequest } from '../../src/local/engines/model.ts';
import { describeEvidence, writeEvidence } from '../../src/promote/evidence.ts';
import type { Proof } from '../../src/promote/model.ts';
import { instantEngine } from '../cli/instant-engine.ts';
import { outsideGit } from '../cli/outside-git.ts';
import { ACCOUNT, batchwright, CONFIG, clock, createQueue, ONE_RUN, REGIONS, useWorkspace } from '../cli/workspace.ts';
import { clientOptions } from '../local/fixtures/local.ts';

export const TEST = ACCOUNT;
export const PRODUCTION = '210987654321';

type Outcome = (request: ContainerRequest) => ContainerOutcome;
const succeed: Outcome = () => ({ kind: 'exited', exitCode: 0 });
/** Children in one region, or in all, end with exit code 3. */
export const failIn =
  (region?: string): Outcome =>
  request => ({ kind: 'exited', exitCode: region === undefined || request.region === region ? 3 : 0 });

/** Every test of a file has a repository and a job definition of its own: `world.name`. */
export function useTwoAccounts() {
  // A promotion is a dozen verbs' work.
  jest.setTimeout(20_000);
  const world = { name: '', outcome: succeed, run: 0 };
  const local = useWorkspace({ engine: instantEngine(request => world.outcome(request)) });
  let names = 0;

  beforeAll(async () => {
    for (const region of REGIONS) await createQueue(new Batch(clientOptions(local(), PRODUCTION, region)));
  });
  /** A repository and a job definition that nobody has used. */
  const begin = () => {
    names += 1;
    Object.assign(world, { name: `models${names}`, outcome: succeed });
    Object.assign(process.env, ONE_RUN);
  };
  beforeEach(begin);
  afterEach(() => local().faults.clear());

  const as = (account: string) => {
    Object.assign(process.env, local().environment(account));
  };
  const ecr = (account: string, region: string) => new ECR(clientOptions(local(), account, region));
  const batch = (account: string, region: string) => new Batch(clientOptions(local(), account, region));

  /** A workflow run of its own, with a commit and a version: `1.<number>.0`. */
  const checkOut = (number: number, more = '') => {
    const config = CONFIG.replaceAll('repository: models', `repository: ${world.name}`)
      .replace('  models: { template', `  ${world.name}: { template`)
      .replace('timeoutSeconds: 600', `timeoutSeconds: ${600 + number}`);
    const production = `  production:
    account: "${PRODUCTION}"
    regions: [eu-west-1, us-east-1]
    smokeTest: { size: 2, deadlineSeconds: 60 }
`;
    writeFileSync('batchwright.yml', `${config}${production}${more}`);
    writeFileSync('app/build.mjs', `console.log(${number});\n`);
    world.run += 1;
    const commit = String(number).padStart(40, 'a');
    Object.assign(process.env, {
      GITHUB_SHA: commit,
      GITHUB_REF: `refs/tags/v1.${number}.0`,
      GITHUB_RUN_ID: String(world.run),
    });
    return commit;
  };

  /** What the deploy workflow does, up to the given step. */
  const deploy = async (number: number, { prove = true, share = true } = {}): Promise<string> => {
    const commit = checkOut(number);
    as(TEST);
    expect(await batchwright('build-push', '--environment', 'test')).toMatchObject({ exitCode: 0 });
    expect(await batchwright('register', '--environment', 'test')).toMatchObject({ exitCode: 0 });
    if (prove) await batchwright('smoke-test', '--environment', 'test', '--record');
    if (share) await shareWithProduction();
    as(PRODUCTION);
    const { imageDetails = [] } = await ecr(TEST, REGIONS[0]).describeImages({
      repositoryName: world.name,
      imageIds: [{ imageTag: commit }],
    });
    return imageDetails[0]?.imageDigest ?? '';
  };

  /** An image of that number, and its proof in every region, as the deploy workflow leaves them; production runs something else. */
  const seed = async (number: number): Promise<{ readonly digest: string; readonly proofs: readonly Proof[] }> => {
    const commit = checkOut(number);
    as(TEST);
    expect(await batchwright('build-push', '--environment', 'test')).toMatchObject({ exitCode: 0 });
    const ports = createPorts(() => undefined, new AbortController().signal);
    const open = createRegistries(world.name, ports);
    const proofs = await Promise.all(
      REGIONS.map(async region => {
        const target = { environment: 'test', region, account: TEST, partition: 'aws' };
        const repository = open({ ...target, registry: ports.registryHost(target) }, { uri: '', canMove: () => true });
        const image = await readManifest(repository, commit);
        if (!image) throw new Error('it was just pushed');
        const proof: Proof = {
          environment: 'test',
          region,
          digest: image.digest,
          result: 'PASSED',
          jobDefinitionArn: `arn:aws:batch:${region}:${TEST}:job-definition/${world.name}-small:1`,
          jobId: `job-${region}`,
          verdict: 'passed',
          endedAt: clock.now(),
          commit,
          runUrl: undefined,
          passedTests: [],
          failedTests: [],
        };
        await writeEvidence(repository, image.digest, describeEvidence(proof, image, world.name));
        return proof;
      }),
    );
    await shareWithProduction();
    as(PRODUCTION);
    return { digest: proofs[0]?.digest ?? '', proofs };
  };

  /** What production runs, registered by hand in every region. */
  const runElsewhere = async (...images: readonly string[]) => {
    for (const image of images) {
      for (const region of REGIONS) {
        await batch(PRODUCTION, region).registerJobDefinition({
          jobDefinitionName: `${world.name}-small`,
          type: 'container',
          containerProperties: { image, vcpus: 1, memory: 64 },
        });
      }
    }
  };

  const shareWithProduction = async () => {
    const statement = {
      Effect: 'Allow',
      Principal: { AWS: `arn:aws:iam::${PRODUCTION}:root` },
      Action: ['ecr:BatchGetImage', 'ecr:GetDownloadUrlForLayer', 'ecr:BatchCheckLayerAvailability'],
    };
    const policyText = JSON.stringify({ Version: '2012-10-17', Statement: [statement] });
    for (const region of REGIONS)
      await ecr(TEST, region).setRepositoryPolicy({ repositoryName: world.name, policyText });
  };

  /** ACTIVE revisions in production, oldest first. */
  const active = async (region: string) => {
    const { jobDefinitions = [] } = await batch(PRODUCTION, region).describeJobDefinitions({
      jobDefinitionName: `${world.name}-small`,
      status: 'ACTIVE',
    });
    return jobDefinitions
      .sort((a, b) => (a.revision ?? 0) - (b.revision ?? 0))
      .map(({ revision, timeout, tags, containerProperties }) => ({
        revision,
        seconds: timeout?.attemptDurationSeconds,
        image: containerProperties?.image,
        digest: containerProperties?.image?.split('@')[1],
        tags: tags ?? {},
      }));
  };

  /** Statements beside an image in production. */
  const evidence = async (digest: string, region: string): Promise<readonly string[]> => {
    const { referrers = [] } = await ecr(PRODUCTION, region).listImageReferrers({
      repositoryName: world.name,
      subjectId: { imageDigest: digest },
    });
    return referrers
      .map(({ annotations = {} }) =>
        ['environment', 'region', 'result'].map(key => annotations[`batchwright/${key}`]).join(' '),
      )
      .sort();
  };

  const promote = (given: Given = {}, own: Partial<Ports> = {}) =>
    runCommand(promoteCommand, { environment: 'production', ...given }, own);

  return { world, begin, local, as, ecr, batch, checkOut, deploy, seed, runElsewhere, active, evidence, promote };
}

type Given = Readonly<Record<string, string>>;

/** The verb itself, with ports of the test's own where it needs them. */
export async function runCommand<Inputs extends InputTable>(
  command: Command<Inputs>,
  given: Given,
  own: Partial<Ports>,
): Promise<CommandResult & { readonly events: readonly ToolkitEvent[] }> {
  const events: ToolkitEvent[] = [];
  const { inputs: texts } = await readTexts(VERBS[command.name]?.texts ?? '');
  const inputs = readInputs(command.inputs, name => given[name] ?? texts[name]?.default);
  const signal = own.signal ?? new AbortController().signal;
  const surroundings = { clock: own.clock ?? clock, command: outsideGit };
  const ports = { ...createPorts(event => events.push(event), signal, surroundings), ...own };
  return { ...(await command.run(inputs, ports)), events };
}

export const textsOf = (events: readonly ToolkitEvent[]): string =>
  events
    .flatMap(event => (event.type === 'message' ? [event.text] : event.type === 'step' ? [event.title] : []))
    .join('\n');
