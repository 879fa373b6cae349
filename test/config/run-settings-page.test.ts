/** docs/run-settings.md is made of the schema, and what the schema says of defaults and regions is so. */
import { readFileSync } from 'node:fs';
import { expect, test } from '@jest/globals';
import { REGIONAL_SETTINGS } from '../../src/config/region-problems.ts';
import { listRunSettings, runSettingsPage } from '../../tools/run-settings-page.ts';
import { minimal, parse } from './files.ts';

test('is what `node tools/run-settings-page.ts` writes', () => {
  expect(readFileSync('docs/run-settings.md', 'utf8')).toBe(runSettingsPage());
});

test('its example is a configuration', () => {
  const [, example = ''] = /```yaml\n([\s\S]*?)```/.exec(runSettingsPage()) ?? [];
  const own = example
    .replace('environments:\n', '')
    .replace('production:', 'production:\n    account: "210987654321"\n    regions: [eu-west-1]');
  const [top = '', below = ''] = own.split('  production');
  const config = parse(minimal(`  production${below}\njobQueue: q\n${top}`));
  expect(config.targets.map(target => config.resolveTarget(target).runs)).toMatchObject([
    { ledger: 's3://models-test/ledger', environment: { BUCKET: 'models-eu-west-1' }, retry: { rounds: 2 } },
    { ledger: 's3://models-test/ledger', environment: { BUCKET: 'models-us-east-1' }, retry: { rounds: 2 } },
    { ledger: 's3://models-production/ledger', maxCost: 500, retry: { rounds: 3, classes: ['application'] } },
  ]);
});

test('says the defaults that there are', () => {
  const config = parse(minimal('jobQueue: q\nruns: { ledger: l }\n'));
  const [runs] = config.targets.map(target => config.resolveTarget(target).runs);
  const said = listRunSettings().flatMap(({ path, node }) => {
    const [, value] = /(?:^|; )(\w+),? unless given/.exec(node.description ?? '') ?? [];
    return value && !/^(first|never)$/.test(value) ? [[path, value]] : [];
  });
  expect(Object.fromEntries(said)).toEqual({
    id: runs?.id,
    pack: String(runs?.pack),
    'retry.rounds': String(runs?.retry.rounds),
    'retry.onDemandAfter': String(runs?.retry.onDemandAfter),
    blockedMinutes: String((runs?.blockedSeconds ?? 0) / 60),
    prices: '0',
    currency: runs?.currency,
    logTails: String(runs?.logTails),
  });
});

test('every setting of a region is one', () => {
  const paths = listRunSettings().map(({ path }) => path);
  expect([...REGIONAL_SETTINGS].filter(setting => !paths.includes(setting))).toEqual([]);
});
