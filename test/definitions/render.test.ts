import { describe, expect, test } from '@jest/globals';
import { parseConfig } from '../../src/config/parse-config.ts';
import { ConfigurationError } from '../../src/errors.ts';
import type { ToolkitEvent } from '../../src/events.ts';
import { CONFIG, render, renderFiles } from './rendering.ts';

function problemsOf(run: () => unknown): string[] {
  try {
    run();
    return [];
  } catch (error) {
    if (error instanceof ConfigurationError) return error.message.split('\n');
    throw error;
  }
}

describe('definitions', () => {
  test('one for each target, family and tier, in that order', () => {
    const definitions = render('{ "type": "container" }');
    expect(definitions.map(({ target, family, tier, name }) => [target.region, family, tier, name].join(' '))).toEqual([
      'eu-west-1 cues small cues-small',
      'eu-west-1 cues large cues-large',
      'us-east-1 cues small cues-small',
      'us-east-1 cues large cues-large',
    ]);
    expect(definitions[0]?.request).toEqual({ jobDefinitionName: 'cues-small', type: 'container' });
    expect(definitions[0]?.target).toEqual({
      environment: 'test',
      region: 'eu-west-1',
      account: '123456789012',
      partition: 'aws',
    });
  });

  test('only the chosen tiers', () => {
    expect(render('{}', { tiers: ['large'] }).map(({ tier }) => tier)).toEqual(['large', 'large']);
  });

  test('a tier that is not there is no reason to render nothing', () => {
    expect(problemsOf(() => render('{}', { tiers: ['lrage'] }))).toEqual([
      'there is no tier "lrage" in batchwright.yml. Did you mean "large"?',
    ]);
  });

  test('the context', () => {
    const all = [
      'project',
      'environment',
      'region',
      'account',
      'partition',
      'family',
      'tier',
      'jobDefinitionName',
      'image',
      'executionRoleArn',
      'jobRoleArn',
      'jobQueues',
      'variables',
      'commit',
      'ref',
      'version',
      'repositoryUrl',
    ];
    const template = `{ "parameters": { ${all.map(name => `"${name}": {{json ${name}}},`).join(' ')} } }`;
    const config = `${CONFIG}    jobRole: r\n    jobQueues: { low: q }\n    variables: { a: [1] }\n`;
    const source = {
      commit: 'c'.repeat(40),
      ref: 'refs/heads/main',
      version: '1.2.3',
      repositoryUrl: 'https://github.com/a/b',
      runUrl: 'https://x',
    };
    const [definition] = render(template, { config, releaseOf: ({ region }) => ({ image: `${region}/i`, source }) });
    expect(definition?.request.parameters).toEqual({
      project: 'cues',
      environment: 'test',
      region: 'eu-west-1',
      account: '123456789012',
      partition: 'aws',
      family: 'cues',
      tier: { name: 'small', vcpus: 1, memoryMiB: 512, gpus: 0, timeoutSeconds: null },
      jobDefinitionName: 'cues-small',
      image: 'eu-west-1/i',
      executionRoleArn: null,
      jobRoleArn: 'arn:aws:iam::123456789012:role/r',
      jobQueues: { low: 'q' },
      variables: { a: [1] },
      commit: 'c'.repeat(40),
      ref: 'refs/heads/main',
      version: '1.2.3',
      repositoryUrl: 'https://github.com/a/b',
    });
  });

  test('the workflow run is no part of it, or every definition would differ from the last', () => {
    expect(problemsOf(() => render('{ "a": {{runUrl}} }'))[0]).toContain('"runUrl" is not defined');
  });

  test('without a commit there is null', () => {
    expect(render('{ "parameters": { "v": {{json version}}, "c": {{json commit}} } }')[0]?.request.parameters).toEqual({
      v: null,
      c: null,
    });
  });

  test('environment variables come from the request, and are recorded', () => {
    const [definition] = render('{ "parameters": { "a": "{{required-env "A"}}" } }', {
      environmentVariables: { A: 'x' },
    });
    expect([definition?.request.parameters, definition?.lookedUp]).toEqual([{ a: 'x' }, ['A']]);
  });

  test('default may stand in for a variable', () => {
    expect(
      render('{ "parameters": { "a": "{{default variables.a "x"}}", "q": "{{default jobQueues.high "y"}}" } }')[0]
        ?.request.parameters,
    ).toEqual({ a: 'x', q: 'y' });
  });

  test('partials go by their path below the folder', () => {
    const partials = new Map([
      ['parts/log.json.hbs', '"a": 1'],
      ['parts/deep/one.hbs', '"b": 2'],
      ['parts/two.handlebars', '"c": 3'],
    ]);
    const config = `partials: parts/\n${CONFIG}`;
    const [definition] = render('{ "parameters": { {{> log}}, {{> deep/one}}, {{> two}} } }', { config, partials });
    expect(definition?.request.parameters).toEqual({ a: 1, b: 2, c: 3 });
  });

  test('a problem in a partial names the file, however the partial was given', () => {
    const config = `partials: parts\n${CONFIG}`;
    const problems = (path: string) =>
      problemsOf(() => render('{ {{> log}} }', { config, partials: new Map([[path, '\n{{nope}}']]) }));
    expect(problems('log.hbs')).toEqual(problems('parts/log.hbs'));
    expect(problems('log.hbs')[0]).toMatch(/^parts\/log.hbs:2:3: "nope" is not defined/);
  });

  test('what a caller knows of a target beyond the file reaches its image reference', () => {
    const parsed = parseConfig({ path: 'batchwright.yml', text: CONFIG });
    const targets = parsed.targets.map(target => ({ ...target, registry: '127.0.0.1:4566' }));
    const [definition] = render('{ "parameters": { "image": "{{image}}" } }', {
      targets,
      releaseOf: ({ registry }) => ({ image: `${registry}/x` }),
    });
    expect(definition?.request.parameters).toEqual({ image: '127.0.0.1:4566/x' });
  });

  test('comments of people are left out, but not names of the user', () => {
    const [definition] = render(`{
      "$schema": "x", "_comment": "y", "comment": ["z"],
      "tags": { "comment": "kept", "_comment": "kept" },
      "parameters": { "comment": "kept" },
      "containerProperties": {
        "comment": "gone", "image": "i",
        "environment": [{ "name": "comment", "value": "v", "comment": "gone" }],
        "logConfiguration": { "options": { "comment": "kept" } },
      },
    }`);
    expect(definition?.request).toEqual({
      jobDefinitionName: 'cues-small',
      tags: { comment: 'kept', _comment: 'kept' },
      parameters: { comment: 'kept' },
      containerProperties: {
        image: 'i',
        environment: [{ name: 'comment', value: 'v' }],
        logConfiguration: { options: { comment: 'kept' } },
      },
    });
  });
});

test.each(['tags', 'parameters', 'options', 'driverOpts', 'labels', 'annotations', 'limits', 'requests'])(
  "below %s every name is the user's own",
  name => {
    const template = `{ "type": "container", "eksProperties": { "${name}": { "comment": "kept" } }, "_comment": 1 }`;
    expect(render(template)[0]?.request.eksProperties).toEqual({ [name]: { comment: 'kept' } });
  },
);

describe('other forms of the source', () => {
  const notices = (template: string) => {
    const events: ToolkitEvent[] = [];
    const definitions = render(template, { notify: event => events.push(event) });
    return { definition: definitions[0], events };
  };

  test('containerProperties alone', () => {
    const { definition, events } = notices('{\n  "comment": "x",\n  "image": "{{image}}",\n  "vcpus": 1\n}');
    expect(definition?.request).toMatchObject({
      jobDefinitionName: 'cues-small',
      type: 'container',
      containerProperties: { vcpus: 1 },
    });
    expect(definition?.request.containerProperties).not.toHaveProperty('comment');
    expect(definition?.positionOf(['containerProperties', 'vcpus'])).toMatchObject({ line: 4, column: 12 });
    expect(definition?.positionOf(['type'])).toMatchObject({ line: 1, column: 1 });
    expect(events).toEqual([
      {
        type: 'message',
        level: 'notice',
        text: 'cues.json.hbs holds containerProperties alone; they were made a register request of type container',
        position: { path: 'cues.json.hbs', line: 1, column: 1 },
      },
    ]);
  });

  const described = `{
    "jobDefinitionName": "old", "jobDefinitionArn": "arn:x:1", "revision": 1, "status": "ACTIVE", "containerOrchestrationType": "ECS",
    "type": "container",
    "tags": { "own": "x", "aws:cloudformation:stack": "y", "batchwright:commit": "c", "resourceArn": "z" },
    "containerProperties": {
      "image": "i", "networkConfiguration": { "assignPublicIp": "ENABLED", "interfaceConfigurations": [] }
    }
  }`;
  const request = {
    jobDefinitionName: 'cues-small',
    type: 'container',
    tags: { own: 'x' },
    containerProperties: { image: 'i', networkConfiguration: { assignPublicIp: 'ENABLED' } },
  };

  test.each([
    ['one definition', described],
    ['the whole answer', `{ "jobDefinitions": [\n${described}] }`],
    ['without its ARN', described.replace('"jobDefinitionArn": "arn:x:1",', '')],
  ])('a describe output: %s', (_, template) => {
    const { definition, events } = notices(template);
    expect(definition?.request).toEqual(request);
    expect(events.map(event => event.type === 'message' && event.text)).toEqual([
      'cues.json.hbs is a describe output; what only an answer holds was left out, and the name is the one in the configuration',
    ]);
    const line = template.split('\n').findIndex(text => text.includes('"image"')) + 1;
    expect(definition?.positionOf(['containerProperties', 'image']).line).toBe(line);
  });

  test('a describe output without tags gets none', () => {
    expect(notices('{ "revision": 1, "status": "ACTIVE", "type": "container" }').definition?.request).toEqual({
      jobDefinitionName: 'cues-small',
      type: 'container',
    });
  });

  test.each([
    ['a list', '[]', 'cues.json.hbs:1:1: a job definition must be a JSON object'],
    ['text', '"x"', 'cues.json.hbs:1:1: a job definition must be a JSON object'],
    [
      'two described',
      '{ "jobDefinitions": [{}, {}] }',
      'cues.json.hbs:1:1: this describe output holds 2 job definitions; keep one',
    ],
    [
      'none described',
      '{ "jobDefinitions": [] }',
      'cues.json.hbs:1:1: this describe output holds 0 job definitions; keep one',
    ],
    [
      'something described that is no definition',
      '{ "jobDefinitions": [1] }',
      'cues.json.hbs:1:1: this describe output holds 1 job definitions; keep one',
    ],
  ])('%s', (_, template, expected) => {
    expect(problemsOf(() => render(template))).toEqual([expected]);
  });

  test('a plain request is taken as it is, without a notice', () => {
    expect(notices('{ "type": "container", "image": "odd" }')).toMatchObject({
      definition: { request: { image: 'odd' } },
      events: [],
    });
  });
});

describe('problems', () => {
  test('one of every definition is told once', () => {
    expect(problemsOf(() => render('{ "a": {{nope}}, "b": {{tier.x}} }'))).toEqual([
      expect.stringMatching(/^cues.json.hbs:1:10: "nope" is not defined\./),
      expect.stringMatching(/^cues.json.hbs:1:25: "tier.x" is not defined\./),
    ]);
  });

  test('one of some definitions names them', () => {
    const config = `${CONFIG}    tiers: { large: { variables: { b: x } } }\n`;
    expect(problemsOf(() => render('{ "a": {{variables.b}} }', { config }))).toEqual([
      'cues.json.hbs:1:10: "variables.b" is not defined (test/eu-west-1 small, test/us-east-1 small)',
    ]);
  });

  test('many are counted', () => {
    const config = CONFIG.replace(
      '[eu-west-1, us-east-1]',
      `[${[1, 2, 3, 4].map(number => `eu-west-${number}`).join(', ')}]`,
    );
    const template = '{ {{#if (eq tier.name "small")}}"a": {{nope}}{{/if}} }';
    expect(problemsOf(() => render(template, { config }))[0]).toContain(
      '(test/eu-west-1 small, test/eu-west-2 small, test/eu-west-3 small and 1 more)',
    );
  });

  test('a mistake in the template itself is told once', () => {
    expect(problemsOf(() => render('{{{x}}}'))).toHaveLength(1);
  });

  test('the problems of all templates come together', () => {
    const config = CONFIG.replace(
      'cues.json.hbs }',
      'cues.json.hbs }\n  other: { template: other.hbs }\n  third: { template: third.hbs }',
    );
    const templates = new Map([
      ['cues.json.hbs', '{{#if'],
      ['other.hbs', '{ "a": {{nope}} }'],
    ]);
    expect(problemsOf(() => render('', { config, templates }))).toEqual([
      expect.stringMatching(/^cues.json.hbs:1:4: this is not a template/),
      'batchwright.yml:5:22: the template third.hbs of the family third is not there',
      expect.stringMatching(/^other.hbs:1:10: "nope" is not defined/),
    ]);
  });

  test('a name that differs from the configuration', () => {
    expect(problemsOf(() => render('{\n "jobDefinitionName": "fixed" }', { tiers: ['small'] }))).toEqual([
      'cues.json.hbs:2:23: jobDefinitionName is "fixed" here and "cues-small" in the configuration. Write "{{jobDefinitionName}}", or set families.cues.jobDefinitionName.',
    ]);
  });

  test('the same name is welcome', () => {
    expect(render('{ "jobDefinitionName": "{{jobDefinitionName}}" }')).toHaveLength(4);
  });

  test('what is not the template is thrown as it is', () => {
    const broken = () => {
      throw new TypeError('ours');
    };
    expect(() => render('{}', { releaseOf: broken })).toThrow(TypeError);
  });
});

test('a thousand definitions take less time than anybody notices', () => {
  const tiers = Array.from({ length: 20 }, (_, index) => `  t${index}: { vcpus: 1, memoryMiB: 1024 }`).join('\n');
  const regions = Array.from({ length: 10 }, (_, index) => `eu-west-${index}`).join(', ');
  const environments = Array.from(
    { length: 5 },
    (_, index) => `  e${index}: { account: "12345678901${index}", regions: [${regions}] }`,
  ).join('\n');
  const start = process.cpuUsage().user;
  const definitions = renderFiles(
    'templates/batchwright.yml',
    text =>
      `${text.slice(0, text.indexOf('tiers:\n'))}tiers:\n${tiers}\nenvironments:\n${environments}\nvariables: { bucket: b }\njobRole: j\n`,
  );
  expect(definitions).toHaveLength(1000);
  // Many times what it takes, in processor time and not by the clock: only a change of its order of growth fails here; the benchmark measures.
  expect((process.cpuUsage().user - start) / 1000).toBeLessThan(5000);
});
