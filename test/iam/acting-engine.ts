import type { Engine } from '../../src/local/engines/model.ts';
import type { LocalAws } from '../../src/local/server.ts';
import { openS3 } from './project.ts';

/** What containers do: write what is expected, fail, or never end; of a promise, they decide when it does. */
export type Behaviour = 'succeed' | 'fail' | 'hang' | Promise<'succeed' | 'fail'>;

export function actingEngine(local: () => LocalAws, behaviour: () => Behaviour): Engine {
  return {
    ...{ name: 'simulated', caveats: [], concurrency: 8, close: () => Promise.resolve() },
    run({ environment, onLog }) {
      onLog('no tickets', 1000);
      const stopped = Promise.withResolvers<void>();
      const work = async () => {
        if (behaviour() === 'hang') await stopped.promise;
        if ((await behaviour()) === 'fail') return { kind: 'exited', exitCode: 3 } as const;
        await writeModel(local(), environment);
        return { kind: 'exited', exitCode: 0 } as const;
      };
      return { started: Promise.resolve(), ended: work(), stop: () => stopped.resolve() };
    },
  };
}

/** With a session of its own, as the job's role would have. */
async function writeModel(local: LocalAws, environment: Readonly<Record<string, string>>): Promise<void> {
  const {
    BUCKET: Bucket,
    OUTPUT: folder,
    AWS_BATCH_JOB_ARRAY_INDEX: index,
    AWS_ACCESS_KEY_ID: account = '',
  } = environment;
  if (!Bucket) return;
  const client = openS3(local, account, environment['AWS_REGION'] ?? '');
  client.config.credentials = async () => ({
    ...{ accessKeyId: account, secretAccessKey: 'x', sessionToken: 'of a container' },
  });
  await client.putObject({ Bucket, Key: `${folder}/${index}.json`, Body: '{}' });
}
