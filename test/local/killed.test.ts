import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { CloudWatchLogs } from '@aws-sdk/client-cloudwatch-logs';
import { S3 } from '@aws-sdk/client-s3';
import { expect, test } from '@jest/globals';
import { startLocalAws } from '../../src/local/server.ts';
import { idleEngine } from './fixtures/idle-engine.ts';
import { useTemporaryFolders } from './fixtures/temporary-folder.ts';

const newFolder = useTemporaryFolders();
const where = { logGroupName: 'group', logStreamName: 'stream' };

function clientsOf(endpoint: string) {
  const credentials = { accessKeyId: '111122223333', secretAccessKey: 'local' };
  const options = { endpoint, region: 'us-east-1', credentials, maxAttempts: 1 };
  return { s3: new S3({ ...options, forcePathStyle: true }), logs: new CloudWatchLogs(options) };
}

async function startChild(folder: string) {
  const fixture = 'test/local/fixtures/serve-until-killed.ts';
  const child = spawn(process.execPath, [fixture, folder], { stdio: ['ignore', 'pipe', 'inherit'] });
  const [url] = await once(child.stdout.setEncoding('utf8'), 'data');
  return { child, ...clientsOf(String(url).trim()) };
}

test('FRAME-10 objects and log events that were acknowledged are there after the server was killed with -9', async () => {
  const folder = newFolder();
  const { child, s3, logs } = await startChild(folder);
  await s3.createBucket({ Bucket: 'bucket' });
  await logs.createLogGroup(where);
  await logs.createLogStream(where);
  const objects = new Map<string, string>();
  const events: string[] = [];
  let going = true;
  const putObjects = async (writer: number) => {
    for (let count = 0; going; count += 1) {
      const [Key, Body] = [`${writer}/${count}`, `${count} `.repeat(count + 1)];
      await s3.putObject({ Bucket: 'bucket', Key, Body }).then(
        () => objects.set(Key, Body),
        () => undefined,
      );
    }
  };
  const putEvents = async () => {
    for (let count = 0; going; count += 1) {
      const logEvents = [{ timestamp: Date.now(), message: String(count) }];
      await logs.putLogEvents({ ...where, logEvents }).then(
        () => events.push(String(count)),
        () => undefined,
      );
    }
  };
  const writing = [putObjects(1), putObjects(2), putEvents()];
  while (objects.size < 20 || events.length < 10) await new Promise(resolve => setTimeout(resolve, 5));
  child.kill('SIGKILL');
  await once(child, 'close');
  going = false;
  await Promise.all(writing);

  const restarted = await startLocalAws({ engine: idleEngine, stateFolder: folder });
  const after = clientsOf(restarted.url);
  for (const [Key, Body] of objects) {
    const object = await after.s3.getObject({ Bucket: 'bucket', Key });
    expect(await object.Body?.transformToString()).toBe(Body);
  }
  const kept = (await after.logs.getLogEvents(where)).events?.map(({ message }) => message);
  expect(kept).toEqual(expect.arrayContaining(events));
  await restarted.stop();
}, 30_000);
