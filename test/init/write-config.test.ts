/** The configuration of definitions that say less than most. */
import { expect, test } from '@jest/globals';
import { parse } from 'yaml';
import { groupImports } from '../../src/init/group-imports.ts';
import type { Imported } from '../../src/init/model.ts';
import { planImport } from '../../src/init/plan-import.ts';
import { type ConfigRequest, writeConfig } from '../../src/init/write-config.ts';

const PORTS = { registryHost: () => 'registry', notify: () => undefined };
const imported = (name: string, containerProperties: object = {}, change: Partial<Imported> = {}): Imported => ({
  origin: `${name}.json`,
  name,
  region: 'eu-west-1',
  account: '123456789012',
  partition: 'aws',
  request: { type: 'container', containerProperties: { image: 'i', ...containerProperties } },
  image: 'i',
  given: [],
  ...change,
});
function write(imports: readonly Imported[], change: Partial<ConfigRequest> = {}) {
  const plan = planImport(groupImports(imports, { fallback: 'test' }), PORTS);
  const text = writeConfig(
    {
      ...plan,
      project: 'Cues',
      templateOf: ({ name }) => `${name}.json.hbs`,
      dockerfile: undefined,
      jobQueue: undefined,
      lint: {},
      ...change,
    },
    PORTS,
  );
  return { text, plan, value: parse(text) as Readonly<Record<string, unknown>> };
}
const sized = (vcpus: string, memory: string) => ({
  resourceRequirements: [
    { type: 'VCPU', value: vcpus },
    { type: 'MEMORY', value: memory },
  ],
});

const LINT = { 'image-digest': { level: 'off', reason: 'later' } } as const;

test.each<[string | undefined, object]>([
  [undefined, { repository: 'cues' }],
  ['Dockerfile', { repository: 'cues' }],
  ['docker/Dockerfile', { repository: 'cues', docker: { dockerfile: 'docker/Dockerfile' } }],
])('an image of no repository is the project’s own, with the Dockerfile %s', (dockerfile, image) => {
  expect(write([imported('cues')], { dockerfile }).value).toMatchObject({ image });
});

test('a size that no container says is made up, and noted', () => {
  const { text, value } = write([imported('cues')]);
  expect(value['tiers']).toEqual({ default: { vcpus: 1, memoryMiB: 2048 } });
  expect(text).toContain('# no container of the definition says it, so no job asks for this much\n');
});

test('a size that one tier says and the other does not is made up for that one alone', () => {
  const { value } = write([imported('cues-small'), imported('cues-large', sized('4', '8192'))]);
  expect(Object.values(value['tiers'] as object)).toMatchObject([
    { vcpus: 1, memoryMiB: 2048 },
    { vcpus: 4, memoryMiB: 8192 },
  ]);
});

test('GPUs that one tier has are none in the other', () => {
  const gpu = { resourceRequirements: [...sized('4', '8192').resourceRequirements, { type: 'GPU', value: '1' }] };
  const { value } = write([imported('cues-small', sized('4', '8192')), imported('cues-large', gpu)]);
  expect(value['tiers']).toMatchObject({ small: { gpus: 0 }, large: { gpus: 1 } });
});

test('a region that says nothing of its own stands beside one that does', () => {
  const of = (region: string, user: string) => imported('cues', { ...sized('1', '64'), user }, { region });
  const { value } = write([of('eu-west-1', 'a'), of('eu-central-1', 'a'), of('us-east-1', 'b')]);
  expect(value['environments']).toEqual({
    test: {
      account: '123456789012',
      regions: { 'eu-west-1': null, 'eu-central-1': null, 'us-east-1': { variables: { user: 'b' } } },
    },
  });
});

test('roles of several groups stand with their families', () => {
  const role = (name: string) => ({ ...sized('1', '64'), jobRoleArn: `arn:aws:iam::123456789012:role/${name}` });
  const { value } = write([
    imported('cues', role('cues')),
    imported('search-index-build', { ...role('search'), user: 'u' }),
  ]);
  expect(value['families']).toMatchObject({ cues: { jobRole: 'cues' }, 'search-index-build': { jobRole: 'search' } });
});

test('a family of which no environments are said, an account to look at, a queue and lint are written as they are', () => {
  const { plan } = write([imported('cues')]);
  const groups = plan.groups.map(group => ({
    ...group,
    cells: group.cells.map(cell => ({ ...cell, given: [{ setting: 'account', value: '0', note: 'look at me' }] })),
    families: group.families.map(({ environments: _environments, ...family }) => family),
  }));
  const { text, value } = write([imported('cues')], { groups, jobQueue: 'cues', lint: LINT });
  expect(value).toMatchObject({ jobQueue: 'cues', lint: LINT });
  expect(text).toMatch(/# look at me\n +account: "123456789012"/);
  expect(text).not.toContain('NAME OF THE JOB QUEUE');
});
