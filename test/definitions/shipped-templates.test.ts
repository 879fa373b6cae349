import { readdirSync, readFileSync } from 'node:fs';
import { describe, expect, test } from '@jest/globals';
import { renderFiles } from './rendering.ts';

const FOLDER = 'templates/job-definitions';

/** A golden file holds what one of the shipped templates gives; `UPDATE_GOLDEN=1` writes them. */
async function expectGolden(name: string, value: unknown): Promise<void> {
  const path = `test/golden/job-definitions/${name}.json`;
  const text = `${JSON.stringify(value, null, 2)}\n`;
  if (process.env['UPDATE_GOLDEN']) {
    const { mkdirSync, writeFileSync } = await import('node:fs');
    mkdirSync('test/golden/job-definitions', { recursive: true });
    writeFileSync(path, text);
  }
  expect(text).toBe(readFileSync(path, 'utf8'));
}

describe('the templates that users start from', () => {
  test.each(readdirSync(FOLDER).filter(name => name.endsWith('.json.hbs')))(
    '%s renders with the starter configuration',
    async name => {
      const definitions = renderFiles('templates/batchwright.yml', text => text.replace('ec2-spot.json.hbs', name));
      expect(definitions).toHaveLength(12);
      expect(definitions.flatMap(({ lookedUp }) => lookedUp)).toEqual([]);
      await expectGolden(name.replace('.json.hbs', ''), definitions.find(({ tier }) => tier === 'medium')?.request);
    },
  );

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
      ['test', 'eu-west-1', 'my-models-test', 32768],
      ['test', 'us-east-1', 'my-models-test', 32768],
      ['production', 'eu-west-1', 'my-models', 65536],
      ['production', 'us-east-1', 'my-models-virginia', 65536],
    ]);
  });
});

test('the example renders six definitions', async () => {
  const definitions = renderFiles('examples/content-cues/batchwright.yml');
  expect(definitions.map(({ target, name }) => `${target.region} ${name}`)).toEqual([
    'eu-west-1 content-cues-small',
    'eu-west-1 content-cues-medium',
    'eu-west-1 content-cues-large',
    'us-east-1 content-cues-small',
    'us-east-1 content-cues-medium',
    'us-east-1 content-cues-large',
  ]);
  await expectGolden('content-cues', definitions[0]?.request);
});
