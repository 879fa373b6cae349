import { readdirSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { lintDefinitions } from '../../src/definitions/lint/lint.ts';
import { expectGolden } from '../golden.ts';
import { applyTwice, LocalRegions } from './local-regions.ts';
import { renderFiles } from './rendering.ts';

const FOLDER = 'templates/job-definitions';
const TEMPLATES = readdirSync(FOLDER).filter(name => name.endsWith('.json.hbs'));
let regions: LocalRegions;

beforeAll(async () => {
  regions = await LocalRegions.start();
});
afterAll(() => regions.stop());

describe('the templates that users start from', () => {
  test.each(TEMPLATES)('%s renders with the starter configuration, and lint finds nothing', name => {
    const definitions = renderFiles('templates/batchwright.yml', text => text.replace('ec2-spot.json.hbs', name));
    expect(definitions).toHaveLength(12);
    expect(definitions.flatMap(({ lookedUp }) => lookedUp)).toEqual([]);
    expect(lintDefinitions(definitions, {})).toEqual([]);
    expectGolden(
      `job-definitions/${name.replace('.json.hbs', '.json')}`,
      `${JSON.stringify(definitions.find(({ tier }) => tier === 'medium')?.request, null, 2)}\n`,
    );
  });

  test.each(TEMPLATES)('%s, registered a second time, makes no call to register', async name => {
    const definitions = renderFiles('templates/batchwright.yml', text => text.replace('ec2-spot.json.hbs', name));
    // The environments have an account each, and the same names in it.
    for (const own of Map.groupBy(definitions, ({ target }) => target.environment).values()) {
      const before = regions.count('RegisterJobDefinition');
      expect(await applyTwice(own, regions)).toEqual([Array(6).fill('registered'), Array(6).fill('unchanged')]);
      expect(regions.count('RegisterJobDefinition')).toBe(before + 6);
    }
  });

  test.each(['ec2-spot', 'gpu', 'multi-container', 'eks'])('%s renders without roles, and with a GPU', name => {
    const definitions = renderFiles('templates/batchwright.yml', text =>
      text
        .replace('ec2-spot.json.hbs', `${name}.json.hbs`)
        .replace(/^(executionRole|jobRole):.*\n/gm, '')
        .replace('vcpus: 8,', 'vcpus: 8, gpus: 1,'),
    );
    const text = JSON.stringify(definitions.map(({ request }) => request));
    expect(text).not.toContain('RoleArn');
    expect(/GPU|nvidia/.test(text)).toBe(name === 'gpu' || name === 'eks');
  });

  test('the tutorial in the starter configuration is true: the region differs, production is larger', () => {
    const definitions = renderFiles('templates/batchwright.yml');
    const large = definitions
      .filter(({ tier }) => tier === 'large')
      .map(({ target, config }) => [
        target.environment,
        target.region,
        config.variables['bucket'],
        config.tier.memoryMiB,
      ]);
    expect(large).toEqual([
      ['test', 'eu-west-1', 'my-models-test', 28672],
      ['test', 'us-east-1', 'my-models-test', 28672],
      ['production', 'eu-west-1', 'my-models', 57344],
      ['production', 'us-east-1', 'my-models-virginia', 57344],
    ]);
  });
});

test('the example renders six definitions in each of its two environments', () => {
  const definitions = renderFiles('examples/content-cues/batchwright.yml');
  expect(lintDefinitions(definitions, {})).toEqual([]);
  const names = ['content-cues-small', 'content-cues-medium', 'content-cues-large'];
  expect(definitions.map(({ target, name }) => `${target.environment} ${target.region} ${name}`)).toEqual(
    ['test', 'production'].flatMap(environment =>
      ['eu-west-1', 'us-east-1'].flatMap(region => names.map(name => `${environment} ${region} ${name}`)),
    ),
  );
  expectGolden('job-definitions/content-cues.json', `${JSON.stringify(definitions[0]?.request, null, 2)}\n`);
});
