/** `batchwright local`, until the signal comes: what it says, what it prints for a shell, and that it is gone afterwards. */
import { Batch } from '@aws-sdk/client-batch';
import { describe, expect, jest, test } from '@jest/globals';
import { createPorts } from '../../src/adapters/ports.ts';
import { localCommand } from '../../src/cli/local.ts';
import { readInputs } from '../../src/inputs.ts';

async function runLocal(given: Record<string, string>, use: (url: string) => Promise<void> = async () => undefined) {
  const ending = new AbortController();
  const lines: string[] = [];
  let [stdout, failed] = ['', undefined as unknown];
  const write = jest.spyOn(process.stdout, 'write').mockImplementation(text => {
    stdout += String(text);
    return true;
  });
  const notify: Parameters<typeof createPorts>[0] = event => {
    if (event.type !== 'message' && event.type !== 'step') return;
    lines.push(event.type === 'step' ? event.title : event.text);
    if (event.type !== 'message' || event.text !== 'Ctrl-C ends it.') return;
    const [, url = ''] = /AWS_ENDPOINT_URL=(\S+)/.exec(stdout) ?? [];
    use(url)
      .catch((error: unknown) => {
        failed = error;
      })
      .finally(() => ending.abort());
  };
  const inputs = readInputs(localCommand.inputs, name => ({ port: '0', engine: 'process', ...given })[name]);
  try {
    const { json } = await localCommand.run(inputs, createPorts(notify, ending.signal));
    if (failed) throw failed;
    return { lines, stdout, url: (json as { url: string }).url };
  } finally {
    write.mockRestore();
  }
}

describe('local', () => {
  test('prints variables that a shell can read, answers, and ends with the signal', async () => {
    let status: number | undefined;
    const { lines, stdout, url } = await runLocal({}, async at => {
      status = (await fetch(`${at}/_batchwright/`)).status;
    });
    expect(status).toBe(200);
    expect(stdout).toMatch(/^export AWS_ENDPOINT_URL=http:\/\/127\.0\.0\.1:\d+\nexport AWS_ACCESS_KEY_ID=\d{12}\n/);
    expect(lines).toContain(`The local AWS listens on ${url}`);
    expect(lines).toContain(`Queues, jobs, logs and images: ${url}/_batchwright/`);
    expect(lines).toContain('State is kept in memory and goes when this ends (--state FOLDER keeps it).');
    await expect(fetch(`${url}/_batchwright/`)).rejects.toThrow('fetch failed');
  });

  test('simulates with a model, and says how fast time goes', async () => {
    const { lines } = await runLocal({ engine: 'simulated', speed: 'max', seed: '3', rates: 'true' });
    expect(lines).toContain(
      'Nothing runs: what becomes of jobs is drawn from the seed "3". Whatever is due happens at once.',
    );
  });

  test('does not listen beyond this machine unless told to', async () => {
    await expect(runLocal({ host: '0.0.0.0' })).rejects.toThrow(
      /it checks no signature.*allow remote access explicitly/,
    );
  });

  test.each(['-1', 'fast'])('takes no speed of %s', speed => {
    expect(() => readInputs(localCommand.inputs, name => ({ speed })[name])).toThrow(/a number from 0, or max/);
  });

  test('`--queues` gives what a new account lacks', async () => {
    const queues = 'work, night=SPOT,small=FARGATE';
    const { lines } = await runLocal({ engine: 'simulated', queues }, async endpoint => {
      const credentials = { accessKeyId: '123456789012', secretAccessKey: 'local' };
      const batch = new Batch({ endpoint, region: 'eu-west-1', credentials });
      const { jobQueues } = await batch.describeJobQueues({});
      const { computeEnvironments } = await batch.describeComputeEnvironments({});
      batch.destroy();
      expect(jobQueues?.map(each => [each.jobQueueName, each.status, each.computeEnvironmentOrder?.length])).toEqual([
        ['work', 'VALID', 1],
        ['night', 'VALID', 1],
        ['small', 'VALID', 1],
      ]);
      expect(computeEnvironments?.map(each => each.computeResources?.type)).toEqual(['EC2', 'SPOT', 'FARGATE']);
    });
    expect(lines).toContain('Job queue night (SPOT), on a compute environment of the same name, in eu-west-1.');
  });

  test('`--regions` makes them in each of these', async () => {
    const { lines } = await runLocal(
      { engine: 'simulated', queues: 'work', regions: 'eu-west-1, us-east-1' },
      async endpoint => {
        const credentials = { accessKeyId: '123456789012', secretAccessKey: 'local' };
        for (const region of ['eu-west-1', 'us-east-1', 'us-west-2']) {
          const batch = new Batch({ endpoint, region, credentials });
          const { jobQueues } = await batch.describeJobQueues({});
          batch.destroy();
          expect(jobQueues).toHaveLength(region === 'us-west-2' ? 0 : 1);
        }
      },
    );
    expect(lines).toContain(
      'Job queue work (EC2), on a compute environment of the same name, in eu-west-1, us-east-1.',
    );
    expect(() => readInputs(localCommand.inputs, name => ({ regions: 'Ireland' })[name])).toThrow('such as eu-west-1');
  });

  test.each(['a b', 'work=EKS', 'work=EC2=2', 'work,,night'])('`--queues %s` is refused with an example', queues => {
    expect(() => readInputs(localCommand.inputs, name => ({ queues })[name])).toThrow('such as work,night=SPOT');
  });
});
