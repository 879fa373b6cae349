/** The parts of an import: names, groups, placeholders and the configuration of definitions that say less than most. */
import { describe, expect, test } from '@jest/globals';
import type { ToolkitEvent } from '../../src/events.ts';
import { bindPlaceholders } from '../../src/init/bind-placeholders.ts';
import { groupImports, splitGroup } from '../../src/init/group-imports.ts';
import type { Imported, ValueObject } from '../../src/init/model.ts';
import { type FileRequest, readDefinitionFile } from '../../src/init/read-file.ts';
import { END, QUOTED, scanPlaceholders } from '../../src/init/scan-placeholders.ts';

/** One that says neither account nor region, of a file that does not either. */
function readFile(content: unknown, change: Partial<FileRequest> = {}) {
  const events: ToolkitEvent[] = [];
  const text = typeof content === 'string' ? content : JSON.stringify(content);
  const request = {
    path: 'deploy/job.json',
    values: new Map(),
    environment: 'test',
    region: 'eu-west-1',
    text,
    ...change,
  };
  return { imports: readDefinitionFile(request, event => events.push(event)), events };
}
const container = { type: 'container', containerProperties: { image: 'i' } };

describe('the name of a definition in a file', () => {
  test.each<[string, string, string, Partial<FileRequest>?]>([
    ['a default', 'cues-${SUFFIX:-v1}', 'cues-v1'],
    [
      'a value that was given, before the default',
      'cues-${SUFFIX:-v1}',
      'cues-v2',
      { values: new Map([['SUFFIX', 'v2']]) },
    ],
    ['the environment', 'cues_${STAGE}', 'cues_test'],
    ['the region', 'cues-${AWS_REGION}', 'cues-eu-west-1'],
    ['a placeholder of which nothing is known, left out with its sign', 'cues-${SUFFIX}', 'cues'],
    ['a placeholder alone, named after the file', '${NAME}', 'job'],
    ['a placeholder alone, named after a file with other characters', '${NAME}', 'my-job', { path: 'my job.dev.json' }],
    ['a placeholder alone in a file that is all ending', '${NAME}', 'jobs', { path: '.json' }],
    ['a placeholder alone, named after a file that begins as no name may', '${NAME}', 'cues', { path: '_cues.json' }],
    ['a mark that stands in the file itself', `cues-${QUOTED}9${END}`, 'cues'],
    ['more than Batch takes', `${'c'.repeat(200)}`, 'c'.repeat(128)],
  ])('with %s', (_, written, name, change = {}) => {
    const { imports } = readFile({ ...container, jobDefinitionName: written }, change);
    expect(imports.map(each => each.name)).toEqual([name]);
  });
});

describe('a file', () => {
  test('that says neither account nor region gets the region given, and an account that somebody must look at', () => {
    const { imports } = readFile(container);
    expect(imports).toMatchObject([
      {
        region: 'eu-west-1',
        account: '000000000000',
        given: [{ setting: 'account', note: 'deploy/job.json does not say in which account it is used' }],
      },
    ]);
    expect(readFile(container, { account: '123456789012' }).imports).toMatchObject([
      { account: '123456789012', given: [] },
    ]);
  });

  test.each<[string, string, string]>([
    ['empty', '', 'this is not JSON, even with its placeholders filled in: it is empty'],
    ['nothing but space', ' \n', 'it is empty'],
    ['a comment alone', '// later', 'ValueExpected'],
    [
      'a describe output of something else',
      '{ "jobDefinitions": ["cues:1"] }',
      'a job definition must be a JSON object',
    ],
    ['a describe output of nothing', '{ "jobDefinitions": [], "image": 7, ', 'this is not JSON'],
  ])('that is %s is refused', (_, text, message) => expect(() => readFile(text)).toThrow(message));

  test('of several revisions gives the newest ACTIVE one, wherever it stands; none of them need have a number', () => {
    const revision = (number: number | undefined, status: string, image: string) => ({
      jobDefinitionName: 'cues',
      status,
      jobDefinitionArn: 'arn:aws:batch:eu-west-1:123456789012:job-definition/cues',
      ...(number !== undefined && { revision: number }),
      type: 'container',
      containerProperties: { image },
    });
    const read = (...jobDefinitions: readonly object[]) =>
      readFile({ jobDefinitions }).imports.map(({ image }) => image);
    expect(
      read(revision(3, 'ACTIVE', 'three'), revision(9, 'INACTIVE', 'nine'), revision(4, 'ACTIVE', 'four')),
    ).toEqual(['four']);
    expect(read(revision(4, 'ACTIVE', 'four'), revision(3, 'ACTIVE', 'three'))).toEqual(['four']);
    expect(read(revision(undefined, 'INACTIVE', 'first'), revision(undefined, 'INACTIVE', 'second'))).toEqual([
      'first',
    ]);
  });

  test('null is what is absent, in lists and mappings', () => {
    const { imports } = readFile({
      ...container,
      parameters: null,
      containerProperties: { image: 'i', command: ['a', null] },
    });
    expect(imports[0]?.request).toEqual({ type: 'container', containerProperties: { image: 'i', command: ['a'] } });
  });
});

describe('placeholders', () => {
  const bind = (request: object, values: Readonly<Record<string, string>> = {}) => {
    const { text, placeholders } = scanPlaceholders('job.json', JSON.stringify(request));
    return bindPlaceholders(JSON.parse(text) as ValueObject, {
      placeholders,
      values: new Map(Object.entries(values)),
      account: '123456789012',
      partition: 'aws',
    });
  };
  const variable = (value: string) => ({ environment: [{ name: 'X', value }] });
  const size = (value: string) => ({ resourceRequirements: [{ type: 'VCPU', value }] });

  test.each<[string, object, Readonly<Record<string, string>>, readonly object[]]>([
    ['a number', variable('${LEVEL}'), { LEVEL: '3' }, [{ setting: 'variables.level', value: 3, note: undefined }]],
    [
      'text',
      variable('${LEVEL}'),
      { LEVEL: 'debug' },
      [{ setting: 'variables.level', value: 'debug', note: undefined }],
    ],
    [
      'a name of one letter, of which a stand-in is made that lint refuses',
      variable('{{x}}'),
      {},
      [{ setting: 'variables.x', value: '<VALUE_X>', note: 'stands for {{x}} in job.json:1' }],
    ],
    ['a size', size('${CPU}'), { CPU: '4' }, [{ setting: 'tier.vcpus', value: 4, note: undefined }]],
    [
      'a size without a value',
      size('${CPU}'),
      {},
      [{ setting: 'tier.vcpus', value: 1, note: 'stands for ${CPU} in job.json:1' }],
    ],
    [
      'a size that is no number',
      size('${CPU}'),
      { CPU: 'many' },
      [{ setting: 'tier.vcpus', value: 1, note: 'is no number in job.json' }],
    ],
    ['the region of the logs, whatever its name', { options: { 'awslogs-region': '${WHERE}' } }, { WHERE: 'x' }, []],
    ['a role', { jobRoleArn: '${ROLE}' }, { ROLE: 'build' }, [{ setting: 'jobRole', value: 'build', note: undefined }]],
    [
      'a role in which one is unknown, and another is not',
      { jobRoleArn: 'arn:aws:iam::${ACCOUNT}:role/${ROLE}' },
      { ACCOUNT: '123456789012' },
      [{ setting: 'jobRole', value: 'CHANGE-ME', note: 'stands for ${ROLE} in job.json:1' }],
    ],
    [
      'a role in which all are known: nothing',
      { jobRoleArn: 'arn:aws:iam::${ACCOUNT}:role/a/${ROLE}' },
      { ROLE: 'b' },
      [],
    ],
    [
      'a script in which one is the shell’s and one is not: it has the value of its own name',
      { command: ['sh', '-c', 'build $BUCKET --level {{level}}'] },
      { BUCKET: 'models', level: '3' },
      [{ setting: 'variables.level', value: 3, note: undefined }],
    ],
  ])('become what the configuration says of %s', (_, request, values, given) => {
    expect(bind(request, values).given).toEqual(given);
  });

  test('what is the shell’s stays in one text with what is around it', () => {
    const { request, left } = bind({ command: ['sh', '-c', 'build $BUCKET --level {{level}}'] });
    expect(left).toEqual(['$BUCKET']);
    expect(request).toMatchObject({
      command: ['sh', '-c', { parts: ['build $BUCKET --level ', { expression: 'variables.level' }] }],
    });
  });

  test('a role’s ARN is made of the account and of what was given', () => {
    const request = { jobRoleArn: 'arn:aws:iam::${ACCOUNT}:role/a/${ROLE}' };
    expect(bind(request, { ROLE: 'b' }).request).toEqual({ jobRoleArn: 'arn:aws:iam::123456789012:role/a/b' });
  });

  test('a mark that stands in the file itself is no placeholder', () => {
    expect(bind(variable(`a${QUOTED}9${END}b`)).request).toEqual(variable('ab'));
  });
});

describe('groups', () => {
  const imported = (name: string, change: Partial<Imported> = {}): Imported => ({
    origin: `${name}.json`,
    name,
    region: 'eu-west-1',
    account: '123456789012',
    partition: 'aws',
    request: container,
    image: 'i',
    given: [],
    ...change,
  });
  const group = (names: readonly (string | Imported)[], environment?: string) =>
    groupImports(
      names.map(name => (typeof name === 'string' ? imported(name) : name)),
      { environment, fallback: 'test' },
    ).flatMap(({ families, cells }) =>
      families.map(
        family => `${family.name} ${family.jobDefinitionName} ${family.tiers} ${cells.map(cell => cell.environment)}`,
      ),
    );

  test.each<[string, readonly string[], string | undefined, readonly string[]]>([
    ['sizes', ['cues-small', 'cues-large'], undefined, ['cues cues-{tier} small,large test,test']],
    [
      'names of different lengths',
      ['cues-small', 'cues'],
      undefined,
      ['cues-small cues-small default test', 'cues cues default test'],
    ],
    ['a stage alone', ['prod'], undefined, ['jobs {environment} default prod']],
    [
      'an environment that was given, and is in the name',
      ['cues-blue'],
      'blue',
      ['cues cues-{environment} default blue'],
    ],
    ['an environment that was given, and is not', ['cues-dev'], 'blue', ['cues-dev cues-dev default blue']],
    ['a region', ['cues-eu-west-1'], undefined, ['cues cues-{region} default test']],
  ])('by %s', (_, names, environment, expected) => expect(group(names, environment)).toEqual(expected));

  test('two of the same name in one place are told with both files', () => {
    const twice = [imported('cues'), imported('cues', { origin: 'other.json' })];
    expect(() => group(twice)).toThrow(
      'cues.json and other.json are the same job definition in test. Leave one out, or give each its environment.',
    );
  });

  test('split, a family that goes everywhere keeps the cells of every environment', () => {
    const [found] = groupImports([imported('cues-small'), imported('cues-large')], { fallback: 'test' });
    if (!found) throw new Error('nothing was grouped');
    const [family] = found.families;
    if (!family) throw new Error('a group has no family');
    const { environments: _, ...everywhere } = family;
    expect(splitGroup({ ...found, families: [everywhere] }).map(({ name, cells }) => [name, cells.length])).toEqual([
      ['cues-small', 1],
      ['cues-large', 1],
    ]);
  });
});
