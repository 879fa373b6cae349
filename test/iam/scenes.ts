/** Every verb over its main paths, on the local AWS: what changes, what does not, what fails and is undone. */
import { mkdirSync, writeFileSync } from 'node:fs';
import { Batch } from '@aws-sdk/client-batch';
import { ECR } from '@aws-sdk/client-ecr';
import { IAM } from '@aws-sdk/client-iam';
import { S3 } from '@aws-sdk/client-s3';
import { SecretsManager } from '@aws-sdk/client-secrets-manager';
import { SSM } from '@aws-sdk/client-ssm';
import { run } from '../../src/cli/run.ts';
import type { Engine } from '../../src/local/engines/model.ts';
import type { LocalAws } from '../../src/local/server.ts';
import { ACCOUNT, CONFIG, ONE_RUN, REGIONS, TEMPLATE } from '../cli/workspace.ts';
import { clientOptions } from '../local/fixtures/local.ts';
import type { Recorder } from './recorded-aws.ts';

const bucketIn = (region: string) => `models-${region}`;
const DAY = 86_400_000;

/** What containers do: write what is expected, fail, or never end. */
export type Behaviour = 'succeed' | 'fail' | 'hang';

export function actingEngine(local: () => LocalAws, behaviour: () => Behaviour): Engine {
  return {
    ...{ name: 'simulated', caveats: [], concurrency: 8, close: () => Promise.resolve() },
    run({ environment, onLog }) {
      onLog('no tickets', 1000);
      const stopped = Promise.withResolvers<void>();
      const work = async () => {
        if (behaviour() === 'hang') await stopped.promise;
        if (behaviour() === 'fail') return { kind: 'exited', exitCode: 3 } as const;
        const { RUN_ID: id, AWS_BATCH_JOB_ARRAY_INDEX: index = '0' } = environment;
        if (id) await writeModel(local(), environment['AWS_REGION'] ?? '', `${id}/${index}.json`);
        return { kind: 'exited', exitCode: 0 } as const;
      };
      return { started: Promise.resolve(), ended: work(), stop: () => stopped.resolve() };
    },
  };
}

/** A container's credentials are those of the job's role. */
async function writeModel(local: LocalAws, region: string, Key: string): Promise<void> {
  const credentials = { accessKeyId: ACCOUNT, secretAccessKey: 'x', sessionToken: 'of a container' };
  const client = new S3({ ...clientOptions(local, ACCOUNT, region), credentials, forcePathStyle: true });
  await client.putObject({ Bucket: bucketIn(region), Key, Body: '{}' });
}

const s3 = (local: LocalAws, region?: string) =>
  new S3({ ...clientOptions(local, ACCOUNT, region), forcePathStyle: true });

/** What a project needs that the verbs do not make themselves. */
export async function furnish(local: LocalAws): Promise<{ readonly secrets: Readonly<Record<string, string>> }> {
  await s3(local).createBucket({ Bucket: 'ledger' });
  for (const region of REGIONS) await s3(local, region).createBucket({ Bucket: bucketIn(region) });
  const tasks = { Effect: 'Allow', Principal: { Service: 'ecs-tasks.amazonaws.com' }, Action: 'sts:AssumeRole' };
  for (const RoleName of ['models-job', 'models-execution']) {
    const iam = new IAM(clientOptions(local, ACCOUNT));
    await iam.createRole({ RoleName, AssumeRolePolicyDocument: JSON.stringify({ Statement: [tasks] }) });
  }
  const secrets: Record<string, string> = {};
  for (const region of REGIONS) {
    const options = clientOptions(local, ACCOUNT, region);
    const { ARN = '' } = await new SecretsManager(options).createSecret({ Name: 'db', SecretString: '{"user":"u"}' });
    await new SSM(options).putParameter({ Name: '/models/token', Value: 'v', Type: 'SecureString' });
    secrets[region] = ARN;
  }
  return { secrets };
}

export interface Scenes {
  readonly local: LocalAws;
  readonly recorder: Recorder;
  readonly secrets: Readonly<Record<string, string>>;
  act(behaviour: Behaviour): void;
}

/** Runs them all, in the order of a team's first weeks. Throws when a verb ends otherwise than it should. */
export async function playScenes({ local, recorder, secrets, act }: Scenes): Promise<void> {
  const clock = createLeapingClock();
  const verb = async (exitCode: number, name: string, ...flags: string[]) => {
    const words = name.split(' ').filter(word => !word.startsWith('+'));
    let said = '';
    const stderr = (text: string) => {
      said += text;
    };
    const terminal = { stdout: () => undefined, stderr, colour: false, clock };
    const actual = await recorder.during(name, () => run([...words, ...flags], terminal));
    if (actual !== exitCode) throw new Error(`${name} ${flags.join(' ')} ended with ${actual}\n${said}`);
  };
  const edit = (timeoutSeconds: number) => writeProject(secrets, timeoutSeconds);
  const deny = async (call: string, work: () => Promise<unknown>) => {
    const fault = local.faults.on(call, { region: 'us-east-1' }).deny();
    await work();
    fault.remove();
  };
  Object.assign(process.env, ONE_RUN);
  edit(600);
  writeFileSync('app/build.mjs', 'first');

  // Into new repositories, again, and on a base that is there.
  await verb(0, 'build-push');
  await verb(0, 'build-push');
  writeProject(secrets, 600, { layer: `base: "models:${process.env['GITHUB_SHA']}", ` });
  Object.assign(process.env, { GITHUB_SHA: 'b'.repeat(40) });
  writeFileSync('app/build.mjs', 'second');
  await verb(0, 'build-push');
  edit(600);

  await verb(2, 'plan');
  await verb(0, 'register');
  await verb(0, 'register');
  // Another deployment's, of a moment ago.
  Object.assign(process.env, { GITHUB_RUN_ID: '2' });
  await verb(0, 'register');
  edit(601);
  await verb(2, 'plan', '--image', 'live');
  await deny('batch:RegisterJobDefinition', () => verb(1, 'register'));
  await verb(0, 'register');
  await verb(0, 'verify');
  await verb(0, 'verify', '--image', 'live');

  await verb(0, 'smoke-test');
  await verb(0, 'smoke-test +record', '--record');
  act('fail');
  await verb(1, 'smoke-test');
  act('hang');
  await verb(1, 'smoke-test', '--deadline-seconds', '1');
  await verb(1, 'smoke-test +record', '--record', '--deadline-seconds', '1');
  act('succeed');

  await verb(0, 'status');
  await verb(0, 'drift');
  await verb(0, 'rollback');
  await deny('batch:RegisterJobDefinition', () => verb(1, 'rollback', '--to', '2'));
  edit(604);
  await verb(0, 'register');
  await verb(0, 'rollback', '--how', 'deregister');

  for (const timeout of [602, 603]) {
    edit(timeout);
    await verb(0, 'register');
  }
  await verb(0, 'deregister');
  edit(605);
  await verb(0, 'register');
  await pushIndex(local);
  // Old enough to go.
  await clock.sleep(8 * DAY);
  await verb(0, 'deregister +images', '--images');

  mkdirSync('data');
  writeFileSync('data/accounts.csv', 'id,tickets\n101,5\n102,6\n');
  await s3(local).putObject({ Bucket: 'ledger', Key: 'accounts.csv', Body: 'id,tickets\n101,5\n102,6\n' });
  await verb(0, 'run', '--manifest', 's3://ledger/accounts.csv', '--run', 'first', '--report-folder', 'report');
  await s3(local).putObject({ Bucket: 'ledger', Key: 'in/103.json', Body: '{}' });
  await verb(0, 'run', '--manifest', 's3://ledger/in/', '--run', 'listed');
  act('fail');
  await verb(1, 'run', '--manifest', 'data/accounts.csv', '--run', 'failing');
  await verb(0, 'submit', '--manifest', 's3://ledger/accounts.csv', '--run', 'second');
  await verb(1, 'watch', '--run', 'second', '--account', 'described');
  await verb(1, 'retry', '--run', 'second');
  act('succeed');
  await verb(0, 'retry', '--run', 'second');
  local.faults.on('batch:SubmitJob').lose().times(1);
  await verb(0, 'submit', '--manifest', 's3://ledger/in/', '--run', 'third');
  await verb(0, 'stop', '--run', 'third');
  // What costs too much is stopped.
  writeProject(secrets, 603, { runs: 'maxCost: 0.01, prices: { vcpuHour: 1000000 }, ' });
  act('hang');
  await verb(1, 'run', '--manifest', 's3://ledger/in/', '--run', 'dear');
  await verb(0, 'submit', '--manifest', 's3://ledger/in/', '--run', 'dearer');
  await verb(1, 'watch', '--run', 'dearer');
  act('fail');
  await verb(0, 'submit', '--manifest', 's3://ledger/in/', '--run', 'dearest');
  await verb(1, 'watch', '--run', 'dearest');
  act('hang');
  await verb(1, 'retry', '--run', 'dearest');
  act('succeed');
  await verb(0, 'runs list');
  await verb(0, 'runs show', '--run', 'second');
  await verb(0, 'runs find', '--id', '101');
  await verb(0, 'runs compare', '--run', 'second', '--before', 'first');
}

/** What an index is made of is known from its manifest alone. */
async function pushIndex(local: LocalAws): Promise<void> {
  const ecr = new ECR(clientOptions(local, ACCOUNT, REGIONS[0]));
  const { imageDetails = [] } = await ecr.describeImages({ repositoryName: 'models' });
  const manifests = imageDetails.slice(0, 1).map(({ imageDigest, imageManifestMediaType, imageSizeInBytes }) => ({
    ...{ digest: imageDigest, mediaType: imageManifestMediaType, size: imageSizeInBytes },
    platform: { os: 'linux', architecture: 'amd64' },
  }));
  const imageManifestMediaType = 'application/vnd.oci.image.index.v1+json';
  const imageManifest = JSON.stringify({ schemaVersion: 2, mediaType: imageManifestMediaType, manifests });
  await ecr.putImage({ repositoryName: 'models', imageTag: 'index', imageManifest, imageManifestMediaType });
  const containerProperties = { image: 'models:index', vcpus: 1, memory: 64 };
  const batch = new Batch(clientOptions(local, ACCOUNT, REGIONS[0]));
  await batch.registerJobDefinition({ jobDefinitionName: 'other', type: 'container', containerProperties });
}

/** Leaps over every pause, but for a turn in which others work. */
function createLeapingClock() {
  let ahead = 0;
  return {
    now: () => Date.now() + ahead,
    async sleep(milliseconds: number): Promise<void> {
      ahead += milliseconds;
      await new Promise(resolve => setTimeout(resolve, 3));
    },
  };
}

interface Extras {
  readonly layer?: string;
  readonly runs?: string;
}

function writeProject(
  secrets: Readonly<Record<string, string>>,
  timeoutSeconds: number,
  { layer = '', runs: moreOfRuns = '' }: Extras = {},
): void {
  const [first, second] = REGIONS;
  const config = CONFIG.replace('timeoutSeconds: 600', `timeoutSeconds: ${timeoutSeconds}`)
    .replace('layer: { ', `layer: { ${layer}`)
    .replace(
      'createRepository: {}',
      'createRepository: { imageTagMutability: MUTABLE, lifecyclePolicy: { rules: [] } }',
    )
    .replace(
      'regions: [eu-west-1, us-east-1]',
      `regions:\n      ${first}: { variables: { secret: "${secrets[first]}" } }\n      ${second}: { variables: { secret: "${secrets[second]}" } }`,
    )
    .replace(
      'smokeTest: { size: 2, deadlineSeconds: 60 }',
      `smokeTest: { size: 2, deadlineSeconds: 3600, idempotence: true, environment: { RUN_ID: "{run}" }, expectObjects: ["s3://models-{region}/{run}/{index}.json"] }`,
    );
  const runs = `runs: { ${moreOfRuns}ledger: "s3://ledger/runs", retry: { classes: [application] } }\nretention: { keep: 1 }\n`;
  writeFileSync('batchwright.yml', `${config}${runs}jobRole: models-job\nexecutionRole: models-execution\n`);
  const members =
    '"jobRoleArn": "{{jobRoleArn}}", "executionRoleArn": "{{executionRoleArn}}", "secrets": [' +
    '{ "name": "USER", "valueFrom": "{{variables.secret}}:user::" }, { "name": "TOKEN", "valueFrom": "/models/token" }],';
  writeFileSync('job.json.hbs', TEMPLATE.replace('"image"', `${members}\n    "image"`));
}
