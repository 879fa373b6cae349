import { ConfigurationError } from '../../src/errors.ts';
import { compileTemplate } from '../../src/templates/compile-template.ts';
import { createPartials } from '../../src/templates/create-partials.ts';
import type { JsonValue, Lookups } from '../../src/templates/model.ts';

export const CONTEXT: Readonly<Record<string, JsonValue>> = {
  project: 'cues',
  environment: 'test',
  region: 'eu-west-1',
  account: '123456789012',
  partition: 'aws',
  tier: { name: 'small', vcpus: 0.5, memoryMiB: 512, gpus: 0, timeoutSeconds: null },
  jobRoleArn: null,
  variables: {
    bucket: 'b',
    list: ['x', 'y'],
    mapping: { one: 1, two: 'zwei' },
    flag: true,
    empty: [],
    quoted: 'a"b\\c\n',
  },
  jobQueues: { low: 'q-low' },
};

const LOOKUPS: Lookups = { environmentVariables: { HOME: '/home', EMPTY: '' }, openNames: ['variables', 'jobQueues'] };

export function renderWith(text: string, partials: Record<string, string> = {}, context = CONTEXT, lookups = LOOKUPS) {
  const sources = Object.entries(partials).map(([name, own]) => [name, { path: `${name}.hbs`, text: own }] as const);
  return compileTemplate({ path: 't.hbs', text }, createPartials(new Map(sources))).render(context, lookups);
}

export function renderValue(text: string, partials: Record<string, string> = {}): JsonValue {
  return renderWith(text, partials).value;
}

/** The lines of the ConfigurationError, or what was rendered after all. */
export function problemsOf(text: string, partials: Record<string, string> = {}): string[] {
  try {
    return [`rendered ${JSON.stringify(renderValue(text, partials))}`];
  } catch (error) {
    if (error instanceof ConfigurationError) return error.message.split('\n');
    throw error;
  }
}
