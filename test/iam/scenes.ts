/** Every verb over its main paths, on the local AWS: what changes, what does not, what fails and is undone. */
import { mkdirSync, writeFileSync } from 'node:fs';
import { Batch } from '@aws-sdk/client-batch';
import { ECR } from '@aws-sdk/client-ecr';
import { createQueues } from '../../src/local/queues.ts';
import type { LocalAws } from '../../src/local/server.ts';
import { ACCOUNT, ONE_RUN, REGIONS } from '../cli/workspace.ts';
import { clientOptions } from '../local/fixtures/local.ts';
import { DOCUMENTED, EVENTS, followPage } from '../runs/documented-queue.ts';
import type { Behaviour } from './acting-engine.ts';
import { createPlayer } from './player.ts';
import { openS3, type Secrets, writeProject } from './project.ts';
import type { Recorder } from './recorded-aws.ts';

const DAY = 86_400_000;

export interface Scenes {
  readonly local: LocalAws;
  readonly recorder: Recorder;
  readonly secrets: Secrets;
  act(behaviour: Behaviour): void;
}

/** Runs them all, in the order of a team's first weeks. Throws when a verb ends otherwise than it should. */
export async function playScenes({ local, recorder, secrets, act }: Scenes): Promise<void> {
  const { verb, clock } = createPlayer(recorder);
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
  writeProject(secrets, 601, { runs: `events: "${EVENTS}", ` });
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
  await openS3(local, ACCOUNT).putObject({ Bucket: 'ledger', Key: 'accounts.csv', Body: 'id,tickets\n101,5\n102,6\n' });
  await verb(0, 'run', '--manifest', 's3://ledger/accounts.csv', '--run', 'first', '--report-folder', 'report');
  await openS3(local, ACCOUNT).putObject({ Bucket: 'ledger', Key: 'in/103.json', Body: '{}' });
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
  // Prices are looked up when a run is planned; how it goes on is the same.
  await createQueues(local, {
    account: ACCOUNT,
    regions: REGIONS,
    queues: [
      { name: 'spot', capacity: 'SPOT' },
      { name: 'serverless', capacity: 'FARGATE' },
    ],
  });
  const queues = 'jobQueues: { low: spot, high: serverless }';
  writeProject(secrets, 603, { queues, runs: 'pricesByPriority: { low: spot, high: fargate }, ' });
  writeFileSync('data/priced.csv', 'id,priority\n101,low\n102,high\n');
  const refusal = local.faults.on('batch:SubmitJob').deny();
  await verb(1, 'run', '--manifest', 'data/priced.csv', '--run', 'priced');
  await verb(1, 'submit', '--manifest', 'data/priced.csv', '--run', 'priced-too');
  refusal.remove();
  writeProject(secrets, 603);
  await playEvents({ local, recorder, secrets, act });
  await verb(0, 'init', '--from-live', 'models-small', '--region', REGIONS[0], '--config', 'imported/batchwright.yml');
  await verb(0, 'runs list');
  await verb(0, 'runs show', '--run', 'second');
  await verb(0, 'runs find', '--id', '101');
  await verb(0, 'runs compare', '--run', 'second', '--before', 'first');
  // With a ledger that has runs, of which one failed and is pinned to what would go.
  for (const timeout of [606, 607]) {
    edit(timeout);
    await verb(0, 'register');
  }
  await verb(0, 'deregister');
  await verb(0, 'deregister +images', '--images');
}

/** Runs whose jobs end when an event of them has come. */
async function playEvents({ local, recorder, secrets, act }: Scenes): Promise<void> {
  const { verb } = createPlayer(recorder);
  await followPage(clientOptions(local, DOCUMENTED.account, DOCUMENTED.region));
  writeProject(secrets, 603, { runs: `events: "${EVENTS}", ` });
  const afterNews = async <End>(name: string, end: End): Promise<End> => {
    for (let turn = 0; turn < 4000 && !recorder.actionsOf(name).includes('sqs:DeleteMessage'); turn += 1)
      await new Promise(resolve => setTimeout(resolve, 5));
    return end;
  };
  act(afterNews('run', 'succeed'));
  await verb(0, 'run', '--manifest', 's3://ledger/in/', '--run', 'told');
  act(afterNews('watch', 'fail'));
  await verb(0, 'submit', '--manifest', 's3://ledger/in/', '--run', 'heard');
  await verb(1, 'watch', '--run', 'heard');
  act(afterNews('retry', 'succeed'));
  await verb(0, 'retry', '--run', 'heard');
  act('succeed');
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
