import { SecretsManager } from '@aws-sdk/client-secrets-manager';
import { SSM } from '@aws-sdk/client-ssm';
import { beforeAll, describe, expect, test } from '@jest/globals';
import { clientOptions } from '../fixtures/local.ts';
import { useBatch } from './local-batch.ts';
import { settle } from './test-clock.ts';

const batch = useBatch();
let secret: string;
beforeAll(async () => {
  batch().engine.name = 'process';
  const options = clientOptions(batch().local);
  const [ssm, secrets] = [new SSM(options), new SecretsManager(options)];
  await ssm.putParameter({ Name: '/cues/token', Value: 'tok', Type: 'SecureString' });
  const SecretString = JSON.stringify({ password: 'p4ss', port: 5432 });
  secret = (await secrets.createSecret({ Name: 'db', SecretString })).ARN ?? '';
  await batch().createFargate('fargate');
  await batch().createQueue('on-fargate', ['fargate']);
});

const executionRoleArn = 'arn:aws:iam::111122223333:role/execution';
/** `secrets` by variable. */
const from = (given: Readonly<Record<string, string>>) => ({
  secrets: Object.entries(given).map(([name, valueFrom]) => ({ name, valueFrom })),
});

describe('secrets of a container', () => {
  test('BATCH-167 are in its environment, over its own variables, and shown as they were registered', async () => {
    const arn = 'arn:aws:ssm:eu-west-1:111122223333:parameter/cues/token';
    const given = { A: '/cues/token', B: arn, C: secret, D: `${secret}:password::`, E: `${secret}:port:AWSCURRENT:` };
    const environment = [{ name: 'A', value: 'own' }];
    await batch().register('secretive', { ...from(given), environment, executionRoleArn });
    const id = await batch().submit({ jobDefinition: 'secretive' });
    const { environment: seen } = batch().engine.of(id).request;
    const expected = { A: 'tok', B: 'tok', C: '{"password":"p4ss","port":5432}', D: 'p4ss', E: '5432' };
    expect(seen).toMatchObject(expected);
    const { container } = await batch().describe(id);
    expect(container?.environment).toEqual(environment);
    expect(container?.secrets?.[0]).toEqual({ name: 'A', valueFrom: '/cues/token' });
  });

  const gone = 'arn:aws:secretsmanager:eu-west-1:111122223333:secret:gone-AbCdEf';
  const cannotFind = "ResourceNotFoundException: Secrets Manager can't find the specified secret.";
  test.each([
    ['/none', 'Fetching secret data from SSM Parameter Store in eu-west-1: invalid parameters: /none'],
    [gone, `Fetching secret data from AWS Secrets Manager in region eu-west-1: secret ${gone}: ${cannotFind}`],
    ['of the other', /retrieved secret from Secrets Manager did not contain json key user$/],
    ['not the current', /^Fetching .*: ResourceNotFoundException: .*staging label: AWSPREVIOUS$/],
  ])('BATCH-167 that cannot be had (%s) fail the attempt, and no container is made', async (valueFrom, reason) => {
    const special: Record<string, string> = {
      'of the other': `${secret}:user::`,
      'not the current': `${secret}::AWSPREVIOUS:`,
    };
    await batch().register('failing', {
      ...from({ A: special[valueFrom] ?? valueFrom }),
      executionRoleArn,
    });
    const made = batch().engine.runs.length;
    const id = await batch().submit({ jobDefinition: 'failing', retryStrategy: { attempts: 2 } });
    await settle();
    const job = await batch().describe(id);
    const text = typeof reason === 'string' ? reason : expect.stringMatching(reason);
    expect([job.status, job.statusReason, job.attempts?.length]).toEqual(['FAILED', text, 2]);
    expect(job).not.toHaveProperty('startedAt');
    expect(job.container).not.toHaveProperty('exitCode');
    expect(batch().engine.runs).toHaveLength(made);
  });

  test('BATCH-167 on Fargate in its own words, and for every container of a task', async () => {
    const containers = ['a', 'b'].map(name => ({
      ...{ name, image: 'image', ...from({ A: name === 'a' ? '/cues/token' : '/none' }) },
      resourceRequirements: [
        { type: 'VCPU' as const, value: '0.5' },
        { type: 'MEMORY' as const, value: '1024' },
      ],
    }));
    await batch().api.registerJobDefinition({
      ...{ jobDefinitionName: 'task', type: 'container', platformCapabilities: ['FARGATE'] },
      ecsProperties: { taskProperties: [{ executionRoleArn, containers }] },
    });
    const id = await batch().submit({ jobDefinition: 'task', jobQueue: 'on-fargate' });
    await settle();
    expect((await batch().describe(id)).statusReason).toBe(
      'ResourceInitializationError: unable to pull secrets or registry auth: execution resource retrieval failed: unable to retrieve secrets from ssm: service call has been retried 1 time(s): invalid parameters: /none',
    );
  });
});
