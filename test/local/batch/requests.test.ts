import { describe, expect, test } from '@jest/globals';
import { account, region, useBatch } from './local-batch.ts';

const batch = useBatch();

/** Sends what no SDK would, signed as far as the local AWS looks. */
async function send(
  operation: string,
  body: unknown,
): Promise<{ status: number; type: string | null; message: string }> {
  const scope = `AWS4-HMAC-SHA256 Credential=${account}/20260101/${region}/batch/aws4_request, SignedHeaders=host, Signature=0`;
  const response = await fetch(`${batch().local.url}/v1/${operation}`, {
    method: 'POST',
    headers: { authorization: scope, 'content-type': 'application/json' },
    body: JSON.stringify(body),
  });
  const { message = '' } = (await response.json()) as { message?: string };
  return { status: response.status, type: response.headers.get('x-amzn-errortype'), message };
}

const job = { jobName: 'j', jobQueue: 'queue', jobDefinition: 'definition' };

describe('requests', () => {
  test.each([
    ['a number for a string', 'submitjob', { ...job, jobName: 1 }, 'NUMBER_VALUE can not be converted to a String'],
    ['true for a string', 'submitjob', { ...job, jobName: true }, 'TRUE_VALUE can not be converted to a String'],
    [
      'a string for a number',
      'submitjob',
      { ...job, timeout: { attemptDurationSeconds: '60' } },
      'STRING_VALUE can not be converted to an Integer',
    ],
    [
      'a fraction for an integer',
      'submitjob',
      { ...job, arrayProperties: { size: 2.5 } },
      'DECIMAL_VALUE can not be converted to an Integer',
    ],
    [
      'a string for a boolean',
      'submitjob',
      { ...job, propagateTags: 'true' },
      'STRING_VALUE can not be converted to a Boolean',
    ],
    ['a scalar for a list', 'describejobs', { jobs: 'one' }, 'Expected list or null'],
    ['a number in a list of strings', 'describejobs', { jobs: [1] }, 'NUMBER_VALUE can not be converted to a String'],
    ['a list for a map', 'submitjob', { ...job, parameters: ['a'] }, 'Expected map or null'],
    [
      'a structure for a string',
      'submitjob',
      { ...job, jobName: {} },
      'Start of structure or map found where not expected.',
    ],
    ['a list for a string', 'submitjob', { ...job, jobName: [] }, 'Start of list found where not expected.'],
    ['a list for a structure', 'submitjob', { ...job, timeout: [] }, 'Unexpected list element'],
    ['a string for a structure', 'submitjob', { ...job, timeout: '60' }, 'Expected object or null'],
  ])('BATCH-1 %s is a SerializationException', async (_, operation, body, message) => {
    expect(await send(operation, body)).toEqual({ status: 400, type: 'SerializationException', message });
  });

  test('BATCH-2 every required member that is missing is named, at any depth; null counts as absent', async () => {
    const { status, type, message } = await send('registerjobdefinition', {
      jobDefinitionName: null,
      type: 'container',
      containerProperties: { ulimits: [{ name: 'nofile' }] },
    });
    expect([status, type]).toEqual([400, 'ClientException']);
    const isNull = 'failed to satisfy constraint: Member must not be null';
    expect(message).toBe(
      `3 validation errors detected: Value null at 'jobDefinitionName' ${isNull}; ` +
        `Value null at 'containerProperties.ulimits.1.member.hardLimit' ${isNull}; ` +
        `Value null at 'containerProperties.ulimits.1.member.softLimit' ${isNull}`,
    );
    expect((await send('canceljob', { jobId: 'x' })).message).toBe(
      `1 validation error detected: Value null at 'reason' ${isNull}`,
    );
  });

  test('BATCH-3 members that the API does not know are ignored, at any depth', async () => {
    const { status } = await send('registerjobdefinition', {
      jobDefinitionName: 'unknown-members',
      type: 'container',
      colour: 'blue',
      containerProperties: {
        image: 'i',
        vcpus: 1,
        memory: 4,
        colour: { deep: [1] },
        environment: [{ name: 'A', value: 'b', colour: 1 }],
      },
    });
    expect(status).toBe(200);
    const { jobDefinitions = [] } = await batch().api.describeJobDefinitions({ jobDefinitionName: 'unknown-members' });
    expect(JSON.stringify(jobDefinitions)).not.toContain('colour');
    expect(jobDefinitions[0]?.containerProperties?.environment).toEqual([{ name: 'A', value: 'b' }]);
  });

  test('BATCH-4 checks of Batch itself are wrapped with the request id', async () => {
    await expect(batch().api.submitJob({ ...job, jobName: '-x' })).rejects.toMatchObject({
      name: 'ClientException',
      message: expect.stringMatching(
        /^Error executing request, Exception : Job name should match valid pattern, RequestId: [0-9a-f-]{36}$/,
      ),
    });
  });
});
