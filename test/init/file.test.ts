/** `init --from-file`: job definitions as people keep them. */
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { beforeEach, describe, expect, jest, test } from '@jest/globals';
import { batchwright, batchwrightJson, useWorkspace } from '../cli/workspace.ts';
import { expectGolden } from '../golden.ts';

jest.setTimeout(30_000);
useWorkspace();
beforeEach(() => void process.chdir('app'));

const read = (path: string) => readFileSync(path, 'utf8');

/** Writes the files, imports all of them, and gives what was said. */
async function importTexts(files: Readonly<Record<string, string>>, ...args: string[]) {
  for (const [path, text] of Object.entries(files)) {
    if (path.includes('/')) mkdirSync(path.slice(0, path.lastIndexOf('/')), { recursive: true });
    writeFileSync(path, text);
  }
  const named = Object.keys(files).flatMap(path => ['--from-file', path]);
  return batchwright('init', '--no-workflows', ...named, ...args);
}

const PLACEHOLDERS = `{
  "$schema": "https://example.com/batch.json",
  // Registered by deploy.sh.
  "jobDefinitionName": "model-builder-${'$'}{ENV}",
  "type": "container",
  "_comment": "day is given by the scheduler",
  "parameters": { "day": "" },
  "containerProperties": {
    "image": "123456789012.dkr.ecr.eu-west-1.amazonaws.com/model-builder:%TAG%",
    "vcpus": ${'$'}{CPU},
    "memory": {{ memory | default(3600) }},
    "jobRoleArn": "arn:aws:iam::${'$'}{AWS_ACCOUNT_ID}:role/model-builder",
    "executionRoleArn": "$EXECUTION_ROLE",
    "command": ["sh", "-c", "build --day Ref::day --threads ${'$'}{THREADS:-4} --bucket $BUCKET"],
    "environment": [
      { "name": "BUCKET", "value": "models-${'$'}{ENV}-{{ .Values.suffix }}" },
      { "name": "LEVEL", "value": "__LOG_LEVEL__" },
      { "name": "REGION", "value": "${'$'}{AWS_REGION}" }
    ],
    "logConfiguration": { "logDriver": "awslogs", "options": { "awslogs-region": "eu-west-1" } },
    "mountPoints": null
  },
  "timeout": { "attemptDurationSeconds": ${'$'}{TIMEOUT} }, /* per attempt */
  "retryStrategy": { "attempts": 3 },
}
`;

const BARE = JSON.stringify({
  image: '123456789012.dkr.ecr.us-east-1.amazonaws.com/cues:latest',
  command: ['build', '--size', 'small'],
  resourceRequirements: [
    { type: 'VCPU', value: '1' },
    { type: 'MEMORY', value: '2048' },
  ],
});

const described = (name: string, revision: number, memory: number) => ({
  jobDefinitionName: name,
  jobDefinitionArn: `arn:aws:batch:eu-west-1:123456789012:job-definition/${name}:${revision}`,
  revision,
  status: 'ACTIVE',
  type: 'container',
  parameters: {},
  retryStrategy: { attempts: 2, evaluateOnExit: [] },
  containerProperties: {
    image: '123456789012.dkr.ecr.eu-west-1.amazonaws.com/cues:v1',
    vcpus: 2,
    memory,
    command: ['build'],
    volumes: [],
    environment: [],
    mountPoints: [],
    ulimits: [],
    resourceRequirements: [],
    secrets: [],
    networkConfiguration: { interfaceConfigurations: [], assignPublicIp: 'DISABLED' },
  },
  tags: { team: 'ml', 'batchwright:commit': 'abc', resourceArn: 'arn:aws:batch:eu-west-1:123456789012:x' },
  containerOrchestrationType: 'ECS',
});

describe('init --from-file', () => {
  test('a register request with every kind of placeholder: known things, sizes, variables, and what is the shell’s', async () => {
    const { exitCode, stdout, stderr } = await importTexts({ 'job.json': PLACEHOLDERS }, '--set', 'TIMEOUT=900');
    expect(exitCode).toBe(0);
    expect(stderr).toContain('job.json has the deprecated vcpus or memory; they became resourceRequirements.');
    expect(stderr).toContain(
      "job.json has ${THREADS:-4}, $BUCKET in a shell's script, where it was left to the shell.",
    );
    expectGolden('init/placeholders/batchwright.yml', read('batchwright.yml'));
    expectGolden('init/placeholders/model-builder.json.hbs', read('job-definitions/model-builder.json.hbs'));
    expectGolden('init/placeholders/said.txt', stdout);
  });

  test('nothing can be registered while something must be given', async () => {
    await importTexts({ 'job.json': PLACEHOLDERS });
    const { exitCode, stderr } = await batchwright('plan', '--image', `sha256:${'a'.repeat(64)}`);
    expect(exitCode).toBe(1);
    expect(stderr).toContain('lint found 2 errors in 1 definition (above); nothing was compared');
  });

  test('containerProperties alone, named after the file', async () => {
    const { exitCode, stderr } = await importTexts({ 'cues.container.json': BARE });
    expect({ exitCode, stderr }).toMatchObject({ exitCode: 0 });
    expect(read('batchwright.yml')).toContain('jobDefinitionName: cues\n');
    expect(await batchwrightJson('render')).toMatchObject({
      value: {
        definitions: [
          {
            region: 'us-east-1',
            request: {
              jobDefinitionName: 'cues',
              type: 'container',
              containerProperties: { command: ['build', '--size', 'small'] },
            },
          },
        ],
      },
    });
  });

  test('a describe output of several: the newest of each name, without what an answer alone holds', async () => {
    const jobDefinitions = [
      described('cues-small', 3, 2000),
      described('cues-small', 4, 3000),
      described('cues-large', 1, 9000),
    ];
    const { exitCode, stdout } = await importTexts({ 'live.json': JSON.stringify({ jobDefinitions }) });
    expect({ exitCode, stdout }).toMatchObject({
      exitCode: 0,
      stdout: expect.stringContaining('2 definitions rendered'),
    });
    expectGolden('init/described/batchwright.yml', read('batchwright.yml'));
    expectGolden('init/described/cues.json.hbs', read('job-definitions/cues.json.hbs'));
  });

  test('a file for each tier and stage: what differs is factored out', async () => {
    const file = (size: string, stage: string) =>
      BARE.replace('small', size)
        .replace('"2048"', size === 'small' ? '"2048"' : '"8192"')
        .replace('us-east-1', stage === 'prod' ? 'eu-west-1' : 'us-east-1');
    const { exitCode, stderr } = await importTexts({
      'dev/cues-small.json': file('small', 'dev'),
      'dev/cues-large.json': file('large', 'dev'),
      'prod/cues-small.json': file('small', 'prod'),
      'prod/cues-large.json': file('large', 'prod'),
    });
    expect({ exitCode, stderr }).toMatchObject({ exitCode: 0 });
    expectGolden('init/stages/batchwright.yml', read('batchwright.yml'));
    expectGolden('init/stages/cues.json.hbs', read('job-definitions/cues.json.hbs'));
  });

  test.each<[string, string, string]>([
    [
      'a condition',
      '{ "image": "i", {% if gpu %} "user": "u" {% endif %} }',
      'job.json:1:17: {% if gpu %} decides what is in the file',
    ],
    ['a loop', '{ "image": "i", {{#each x}} {{/each}} "user": "u" }', '{{#each x}} decides what is in the file'],
    ['a call', '{ "image": "{{ upper name }}" }', '{{ upper name }} is more than a name'],
    [
      'a name',
      '{ "image": "i", "environment": [{ "${KEY}": "x" }] }',
      'is a placeholder. Values can be filled in, names cannot.',
    ],
    ['no JSON', '{ "image": ', 'this is not JSON, even with its placeholders filled in'],
    ['a list', '[]', 'a job definition must be a JSON object'],
    [
      'no region',
      '{ "image": "i" }',
      'job.json does not say in which region it is used. Give --region, once for each.',
    ],
  ])('refuses %s, and writes nothing', async (_, text, words) => {
    const { exitCode, stderr } = await importTexts({ 'job.json': text });
    expect({ exitCode, stderr }).toEqual({ exitCode: 1, stderr: expect.stringContaining(words) });
    expect(() => read('batchwright.yml')).toThrow('ENOENT');
  });
});
