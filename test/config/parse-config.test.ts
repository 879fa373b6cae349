import { describe, expect, test } from '@jest/globals';
import { minimal, parse, problemsOf } from './files.ts';

describe('a valid file', () => {
  test('spans environment × region, and family × tier at each', () => {
    const config = parse(minimal());
    expect(config.targets).toEqual([
      { environment: 'test', region: 'eu-west-1', account: '123456789012', partition: 'aws' },
      { environment: 'test', region: 'us-east-1', account: '123456789012', partition: 'aws' },
    ]);
    const names = config.targets.map(target => config.resolveDefinitions(target).map(one => one.jobDefinitionName));
    expect(names).toEqual([
      ['cues-small', 'cues-large'],
      ['cues-small', 'cues-large'],
    ]);
    expect(config.tiers).toEqual(['small', 'large']);
  });

  test('paths start at the folder of the file', () => {
    const text = minimal(`partials: parts
image:
  docker: { context: app, dockerfile: docker/Dockerfile, secrets: { npmrc: "file:.npmrc", token: "env:TOKEN", key: "file:/etc/key" } }
  layer: { source: /abs/js }
`);
    const config = parse(text, 'examples/one/batchwright.yml');
    const [target] = config.targets;
    const image = target && config.resolveTarget(target).image;
    expect(config.families[0]?.template).toBe('examples/one/cues.json.hbs');
    expect(config.partials).toBe('examples/one/parts');
    expect(image?.docker?.context).toBe('examples/one/app');
    expect(image?.docker?.dockerfile).toBe('examples/one/docker/Dockerfile');
    expect(image?.docker?.secrets).toEqual({
      npmrc: 'file:examples/one/.npmrc',
      token: 'env:TOKEN',
      key: 'file:/etc/key',
    });
    expect(image?.layer?.source).toBe('/abs/js');
  });

  test('the Dockerfile is the one in the context, unless given', () => {
    const config = parse(minimal('image: { docker: { context: app } }\n'), 'one/batchwright.yml');
    expect(config.targets.map(target => config.resolveTarget(target).image.docker?.dockerfile)[0]).toBe(
      'one/app/Dockerfile',
    );
  });

  test('anchors, aliases and merge keys are understood, and positions follow them', () => {
    const config = parse(`project: cues
families: { cues: { template: x } }
tiers:
  small: &small
    vcpus: 1
    memoryMiB: 512
  large: { <<: *small, memoryMiB: 1024 }
  same: *small
environments: { test: { account: "123456789012", regions: [eu-west-1] } }
`);
    const tiers = config.targets.flatMap(target => config.resolveDefinitions(target).map(({ tier }) => tier));
    expect(tiers.map(({ vcpus, memoryMiB }) => [vcpus, memoryMiB])).toEqual([
      [1, 512],
      [1, 1024],
      [1, 512],
    ]);
    expect(config.positionOf(['tiers', 'large', 'vcpus'])).toEqual({ path: 'batchwright.yml', line: 5, column: 12 });
    expect(config.positionOf(['tiers', 'same', 'memoryMiB'])).toEqual({ path: 'batchwright.yml', line: 6, column: 16 });
  });

  test('positionOf gives a scalar itself, a mapping its key, and the nearest parent of what is not there', () => {
    const config = parse(minimal());
    expect(config.positionOf(['environments', 'test', 'account'])).toMatchObject({ line: 9, column: 14 });
    expect(config.positionOf(['environments', 'test', 'regions', 1])).toMatchObject({ line: 10, column: 26 });
    expect(config.positionOf(['environments', 'test'])).toMatchObject({ line: 8, column: 3 });
    expect(config.positionOf(['environments', 'test', 'jobQueues', 'low'])).toMatchObject({ line: 8, column: 3 });
    expect(config.positionOf([])).toMatchObject({ line: 1, column: 1 });
  });

  test('a merge key may name several anchors', () => {
    const config = parse(
      minimal().replace(
        '  small: { vcpus: 1, memoryMiB: 512 }',
        '  a: &a { vcpus: 1, memoryMiB: 4 }\n  b: &b { vcpus: 2, memoryMiB: 8, gpus: 1 }\n  small: { <<: [*a, *b] }',
      ),
    );
    expect(config.positionOf(['tiers', 'small', 'gpus'])).toMatchObject({ line: 6 });
    expect(config.targets.flatMap(target => config.resolveDefinitions(target))[2]?.tier).toMatchObject({
      vcpus: 1,
      gpus: 1,
    });
  });
});

describe('problems', () => {
  const at = (from: string, to: string) => minimal().replace(from, to);

  test.each<[string, string, string]>([
    [
      'an unknown key, with the nearest',
      at('memoryMiB: 512', 'memoryMiB: 512, memoryMb: 1'),
      '5:38: unknown key "memoryMb" in tiers.small. Did you mean "memoryMiB"?',
    ],
    [
      'an unknown key far from all',
      minimal('image: { docker: { qqqqqq: 1 } }'),
      '11:20: unknown key "qqqqqq" in image.docker. Known are context, dockerfile, target, platforms, buildArgs, secrets, cacheFrom, cacheTo, provenance.',
    ],
    [
      'an unknown key at the top',
      minimal('enviroments: {}'),
      '11:1: unknown key "enviroments" at the top level. Did you mean "environments"?',
    ],
    [
      'an unknown key within one kind of a union',
      minimal('smokeTest: { szie: 2 }\njobQueue: q'),
      '11:14: unknown key "szie" in smokeTest. Did you mean "size"?',
    ],
    [
      'an unknown key of a region',
      at('[eu-west-1, us-east-1]', '{ eu-west-1: { variabels: {} } }'),
      '10:29: unknown key "variabels" in environments.test.regions.eu-west-1. Did you mean "variables"?',
    ],
    ['a duplicate key', minimal('project: again'), '11:1: duplicate key "project"'],
    ['a missing key', at('vcpus: 1, memoryMiB: 512', 'vcpus: 1'), '5:3: tiers.small.memoryMiB is missing'],
    ['a wrong type', at('vcpus: 1,', 'vcpus: one,'), '5:19: tiers.small.vcpus must be a number, not "one"'],
    [
      'a fraction where a whole number is due',
      at('memoryMiB: 512', 'memoryMiB: 512.5'),
      '5:33: tiers.small.memoryMiB must be a whole number, not 512.5',
    ],
    ['too small', at('memoryMiB: 512', 'memoryMiB: 3'), '5:33: tiers.small.memoryMiB must be at least 4, not 3'],
    [
      'a timeout below the least of Batch',
      at('memoryMiB: 512', 'memoryMiB: 512, timeoutSeconds: 59'),
      '5:54: tiers.small.timeoutSeconds must be at least 60, not 59',
    ],
    ['an empty value', at('vcpus: 1,', 'vcpus: ,'), '5:12: tiers.small.vcpus is empty; it must be a number'],
    ['a list instead of a mapping', minimal('image: []'), '11:1: image must be a mapping, not a list'],
    ['a mapping instead of text', minimal('registry: {}'), '11:1: registry must be text, not a mapping'],
    ['empty text', minimal('jobRole: ""'), '11:10: jobRole is neither the name nor the ARN of an IAM role'],
    ['a value outside the choice', minimal('onFailure: stop'), '11:12: onFailure must be undo or keep, not "stop"'],
    [
      'an account that YAML took for a number',
      at('"123456789012"', '123456789012'),
      '9:14: environments.test.account must be text: put it in quotes, "123456789012", or YAML reads it as a number',
    ],
    [
      'an account that lost its leading zero',
      at('"123456789012"', '012345678901'),
      '9:14: YAML reads 012345678901 as the number 12345678901 and drops the leading zero. Write "012345678901", in quotes.',
    ],
    [
      'an account of eleven digits',
      at('"123456789012"', '"12345678901"'),
      '9:14: environments.test.account must be twelve digits, not "12345678901"',
    ],
    [
      'a number too large to keep',
      minimal('variables: { id: 12345678901234567890 }'),
      '11:18: 12345678901234567890 is too large for a number and would be rounded. Write "12345678901234567890", in quotes.',
    ],
    [
      'a number that JSON cannot hold',
      minimal('variables: { x: .inf }'),
      '11:17: .inf is not a number that JSON can hold. Write ".inf", in quotes.',
    ],
    [
      'true where text is due',
      minimal('registry: true'),
      '11:11: registry must be text: put it in quotes, "true", or YAML reads it as true or false',
    ],
    [
      'a region that cannot be',
      at('us-east-1]', 'useast1]'),
      '10:26: environments.test.regions[1] is not the name of a region, such as eu-west-1, not "useast1"',
    ],
    ['no region', at('[eu-west-1, us-east-1]', '[]'), '10:5: environments.test.regions must name at least one region'],
    [
      'a region named twice',
      at('us-east-1]', 'eu-west-1]'),
      '10:26: environments.test.regions names "eu-west-1" twice',
    ],
    [
      'regions that are neither list nor mapping',
      at('[eu-west-1, us-east-1]', 'eu-west-1'),
      '10:14: environments.test.regions must be a list or a mapping, not "eu-west-1"',
    ],
    ['true for smokeTest', minimal('smokeTest: true'), '11:12: smokeTest must be false or a mapping, not true'],
    [
      'a bad name, and what is wrong below it',
      at('  test:', '  "te st":').replace('"123456789012"', '"1"'),
      '8:3: the name "te st" in environments may hold letters, digits, - and _, and starts with a letter or digit\nbatchwright.yml:9:14: environments.te st.account must be twelve digits, not "1"',
    ],
    [
      'nothing to deploy',
      at('  cues: { template: cues.json.hbs }', '  {}'),
      '2:1: families is empty: there is nothing to deploy',
    ],
    [
      'an unknown tier of a family',
      at('cues.json.hbs }', 'cues.json.hbs, tiers: [smal] }'),
      '3:44: families.cues.tiers[0]: there is no tier "smal". Did you mean "small"?',
    ],
    [
      'a tier named twice',
      at('cues.json.hbs }', 'cues.json.hbs, tiers: [small, small] }'),
      '3:51: families.cues.tiers names "small" twice',
    ],
    [
      'an unknown environment of a family',
      at('cues.json.hbs }', 'cues.json.hbs, environments: [tset] }'),
      '3:51: families.cues.environments[0]: there is no environment "tset". Did you mean "test"?',
    ],
    [
      'an unknown tier of an environment',
      minimal('    tiers: { huge: { vcpus: 8 } }'),
      '11:14: environments.test.tiers.huge: there is no tier "huge". Known are small, large.',
    ],
    [
      'an unknown tier of the smoke test',
      minimal('smokeTest: { tier: lrage }\njobQueue: q'),
      '11:20: smokeTest.tier: there is no tier "lrage". Did you mean "large"?',
    ],
    [
      'an unknown family of the smoke test',
      minimal('smokeTest: { family: cue }\njobQueue: q'),
      '11:22: smokeTest.family: there is no family "cue". Did you mean "cues"?',
    ],
    [
      'an unknown placeholder in a job queue',
      minimal('jobQueues: { low: "q-{enviroment}" }'),
      '11:19: jobQueues.low: {enviroment} is not known here. Did you mean "environment"?',
    ],
    [
      'a tier in what a whole target has',
      minimal('jobRole: "r-{tier}"'),
      '11:10: jobRole: {tier} is not known here. Known are project, environment, region, account.',
    ],
    [
      'an unknown placeholder in a name',
      at('cues.json.hbs }', 'cues.json.hbs, jobDefinitionName: "{familiy}-{tier}" }'),
      '3:55: families.cues.jobDefinitionName: {familiy} is not known here. Did you mean "family"?',
    ],
    [
      'an unknown placeholder in an object',
      minimal('smokeTest: { expectObjects: ["s3://b/{indx}"] }\njobQueue: q'),
      '11:30: smokeTest.expectObjects[0]: {indx} is not known here. Did you mean "index"?',
    ],
    [
      'an object that is not in S3',
      minimal('smokeTest: { expectObjects: ["b/{index}"] }\njobQueue: q'),
      '11:30: smokeTest.expectObjects[0] must be s3://bucket/key, not "b/{index}"',
    ],
    [
      'a role of another account',
      minimal('    jobRole: arn:aws:iam::999999999999:role/x'),
      `11:14: environments.test.jobRole is a role of account 999999999999, and test is another account. Write the role's name alone.`,
    ],
    [
      'a role of another account, for all',
      minimal('executionRole: arn:aws:iam::999999999999:role/x'),
      `11:16: executionRole is a role of account 999999999999, and test is another account. Write the role's name alone.`,
    ],
    [
      'a lint rule without its reason',
      minimal('lint: { no-timeout: { level: off } }'),
      '11:9: lint.no-timeout.reason is missing',
    ],
    ['a key that could never be safe', minimal('variables: { __proto__: 1 }'), '11:14: "__proto__" cannot be a key'],
    ['an empty file', '', '1:1: the file is empty; it must be a mapping'],
    [
      'broken YAML',
      'project: [a\n',
      '2:1: this is not valid YAML: flow sequence in block collection must be sufficiently indented and end with a ]',
    ],
    ['an alias of nothing', minimal('variables: { a: *nope }'), '11:17: there is no anchor &nope above this alias'],
    ['an alias inside itself', minimal('variables: &all { a: *all }'), '11:22: *all stands inside what it stands for'],
    [
      'aliases that would fill the memory',
      minimal(
        `variables:\n  a0: &a0 [x]\n${[1, 2, 3, 4, 5, 6, 7, 8, 9].map(n => `  a${n}: &a${n} [${`*a${n - 1}, `.repeat(9)}]`).join('\n')}`,
      ),
      '1:1: the aliases of this file stand for more than it can hold',
    ],
    ['a list as a key', minimal('variables: { ? [a] : 1 }'), '11:16: a list or a mapping cannot be a key'],
    ['an unknown tag', minimal('registry: !env X'), '11:16: values of the type !env cannot be used here'],
    [
      'a tag that JSON has nothing for',
      minimal('variables: { a: !!set { x } }'),
      '11:23: values of the type tag:yaml.org,2002:set cannot be used here',
    ],
    [
      'a date, in old YAML',
      `%YAML 1.1\n---\n${minimal('variables: { day: 2020-01-01 }')}`,
      '13:19: YAML reads 2020-01-01 as a date. Write "2020-01-01", in quotes.',
    ],
    [
      'text where true or false is due',
      minimal('image: { docker: { provenance: "no" } }'),
      '11:32: image.docker.provenance must be true or false, not "no"',
    ],
    ['text where a list is due', minimal('image: { extraTags: x }'), '11:21: image.extraTags must be a list, not "x"'],
    [
      'a role of another account, of a tier',
      at('memoryMiB: 512', 'memoryMiB: 512, jobRole: "arn:aws:iam::999999999999:role/x"'),
      `5:47: tiers.small.jobRole is a role of account 999999999999, and test is another account. Write the role's name alone.`,
    ],
    [
      'an unknown placeholder, of a tier in a region',
      at('[eu-west-1, us-east-1]', '{ eu-west-1: { tiers: { small: { jobQueue: "q-{tire}" } } } }'),
      '10:57: environments.test.regions.eu-west-1.tiers.small.jobQueue: {tire} is not known here. Did you mean "tier"?',
    ],
    [
      'a role of another account, of a family that goes elsewhere too',
      minimal('  live: { account: "999999999999", regions: [eu-west-1] }').replace(
        'cues.json.hbs }',
        'cues.json.hbs, jobRole: "arn:aws:iam::999999999999:role/x" }',
      ),
      `3:45: families.cues.jobRole is a role of account 999999999999, and test is another account. Write the role's name alone.`,
    ],
    ['two documents', `${minimal()}---\nproject: x\n`, '11:1: there is more than one document in this file (---)'],
  ])('%s', (_, text, expected) => {
    expect(problemsOf(() => parse(text)).join('\n')).toBe(`batchwright.yml:${expected}`);
  });

  test('placeholders of a tier are known where a tier is, and roles of an account where that is', () => {
    const text = minimal('  live: { account: "999999999999", regions: [eu-west-1] }')
      .replace('cues.json.hbs }', 'cues.json.hbs, environments: [live], jobRole: "arn:aws:iam::999999999999:role/x" }')
      .replace('memoryMiB: 512', 'memoryMiB: 512, jobQueue: "{family}-{tier}"');
    expect(problemsOf(() => parse(text))).toEqual([]);
  });

  test('all of them are told at once, in the order of the lines', () => {
    const text = `project: a b
tiers:
  small: { vcpus: four, memoryMb: 3 }
families: { f: { template: x, tiers: [smal] } }
environments:
  test: { account: 012345678901, regions: [x] }
`;
    expect(problemsOf(() => parse(text)).map(line => /:(\d+):\d+: (.{12})/.exec(line)?.slice(1, 3).join(' '))).toEqual([
      '1 project may ',
      '3 tiers.small.',
      '3 tiers.small.',
      '3 unknown key ',
      '4 families.f.t',
      '6 YAML reads 0',
      '6 environments',
    ]);
  });

  test.each<[string, string, string]>([
    [
      'the same name for two tiers',
      minimal().replace('cues.json.hbs }', 'cues.json.hbs, jobDefinitionName: fixed }'),
      '3:55: two job definitions would be named "fixed" in 123456789012/eu-west-1: of tier small and of tier large. Put {tier} into jobDefinitionName.',
    ],
    [
      'the same name for two environments of one account',
      minimal('  production: { account: "123456789012", regions: [us-east-1] }\n'),
      '3:3: two job definitions would be named "cues-small" in 123456789012/us-east-1: of environment test and of environment production. Put {environment} into jobDefinitionName.',
    ],
    [
      'a name that Batch refuses',
      minimal().replace('cues.json.hbs }', 'cues.json.hbs, jobDefinitionName: "a.{tier}" }'),
      '3:55: "a.small" cannot be the name of a job definition: 1 to 128 letters, digits, - and _',
    ],
    [
      'a smoke test without a job queue',
      minimal('smokeTest: { priority: low }\n'),
      '11:24: the smoke test has no job queue in test/eu-west-1 and test/us-east-1. Add jobQueues.',
    ],
    [
      'a smoke test on an unknown priority',
      minimal('jobQueues: { low: q }\nsmokeTest: { priority: lwo }\n'),
      '12:24: smokeTest.priority: there is no job queue "lwo" in test/eu-west-1 and test/us-east-1. Did you mean "low"?',
    ],
    [
      'a smoke test on a tier its family lacks',
      minimal('jobQueue: q\nsmokeTest: { tier: large }\n').replace(
        'cues.json.hbs }',
        'cues.json.hbs, tiers: [small] }',
      ),
      '12:20: the smoke test\'s family "cues" has no tier "large" in test/eu-west-1 and test/us-east-1. Known is small.',
    ],
    [
      'a smoke test of a family that is elsewhere',
      minimal(
        '  live: { account: "210987654321", regions: [eu-west-1], jobQueue: q, smokeTest: {family: cues} }\n',
      ).replace('cues.json.hbs }', 'cues.json.hbs, environments: [test] }'),
      '11:91: the smoke test\'s family "cues" has no job definition in live/eu-west-1',
    ],
    [
      'an unknown placeholder in a share',
      minimal('jobQueues: { low: { name: q, shareIdentifier: "{team}" } }\n'),
      '11:47: jobQueues.low.shareIdentifier: {team} is not known here. Known are project, environment, region, account.',
    ],
    ...(
      [
        ['its ledger', 'ledger: "s3://b/{enviroment}"', '12:17: runs.ledger: {enviroment}', 'environment'],
        ['its entries', 'ledger: l, entries: "s3://b/{regio}"', '12:29: runs.entries: {regio}', 'region'],
        ['its events', 'ledger: l, events: "https://sqs.{regiom}/q"', '12:28: runs.events: {regiom}', 'region'],
        [
          'a job queue on demand',
          'ledger: l, retry: { onDemandQueues: { default: "q-{regio}" } }',
          '12:56: runs.retry.onDemandQueues.default: {regio}',
          'region',
        ],
        ['a variable', 'ledger: l, environment: { RUN: "{rnu}" }', '12:40: runs.environment.RUN: {rnu}', 'run'],
        ['a parameter', 'ledger: l, parameters: { to: "{Region}" }', '12:38: runs.parameters.to: {Region}', 'region'],
        ['a command', 'ledger: l, command: [go, "--run={urn}"]', '12:34: runs.command[1]: {urn}', 'run'],
      ] as const
    ).map(([where, runs, told, meant]): [string, string, string] => [
      `an unknown placeholder of a run, in ${where}`,
      minimal(`jobQueue: q\nruns: { ${runs} }\n`),
      `${told} is not known here. Did you mean "${meant}"?`,
    ]),
    [
      'a tier in a value of a run, which is one for all tiers',
      minimal('jobQueue: q\nruns: { ledger: l, environment: { TIER: "{tier}" } }\n'),
      '12:41: runs.environment.TIER: {tier} is not known here. Known are project, environment, region, account, run.',
    ],
    [
      'an unknown placeholder in a value of the smoke test',
      minimal('jobQueue: q\nsmokeTest: { parameters: { of: "{tire}" } }\n'),
      '12:32: smokeTest.parameters.of: {tire} is not known here. Did you mean "tier"?',
    ],
    [
      'thresholds that fall while memory grows',
      minimal('jobQueue: q\nruns: { ledger: l, tier: { field: n, from: { large: 5000, small: 10000 } } }\n'),
      '12:53: runs.tier.from.large is 5000, below the 10000 of small, which has less memory (512 MiB, large has 8192): from 10000 on entries would go to the smaller tier in test/eu-west-1 and test/us-east-1. Give large a threshold above 10000, or swap the two.',
    ],
    [
      'a job queue with a share and without',
      minimal(
        'jobQueues: { low: { name: "q-{region}", shareIdentifier: a }, medium: "q-{region}", high: { name: "q-{region}", shareIdentifier: b } }\n',
      ),
      '11:71: jobQueues.medium names the job queue "q-eu-west-1" without a share, and jobQueues.low and jobQueues.high with one in test/eu-west-1. A job queue has a fair-share scheduling policy or none: write a share with all of them, or with none.',
    ],
    [
      'one job queue for all priorities, and with a share for one of them',
      minimal(
        '    jobQueue: q\n    jobQueues: { low: { name: q, shareIdentifier: a } }\njobQueues: { low: x, high: y }\n',
      ),
      '11:15: jobQueues.high names the job queue "q" without a share, and jobQueues.low with one in test/eu-west-1 and test/us-east-1. A job queue has a fair-share scheduling policy or none: write a share with all of them, or with none.',
    ],
    [
      'a job queue on demand without the share that it has elsewhere',
      minimal(
        'jobQueues: { low: { name: q, shareIdentifier: a } }\nruns: { ledger: l, retry: { onDemandQueues: { low: q } } }\n',
      ),
      '12:52: runs.retry.onDemandQueues.low names the job queue "q" without a share, and jobQueues.low with one in test/eu-west-1 and test/us-east-1. A job queue has a fair-share scheduling policy or none: write a share with all of them, or with none.',
    ],
    [
      'a share that Batch refuses',
      minimal('jobQueues: { low: { name: q, shareIdentifier: "{project} nightly" } }\n'),
      '11:47: jobQueues.low.shareIdentifier may hold up to 255 letters, digits, - and _, not "{project} nightly"',
    ],
    [
      'a share that is too long, of a job queue on demand',
      minimal(
        `jobQueue: q\nruns: { ledger: l, retry: { onDemandQueues: { default: { name: d, shareIdentifier: ${'a'.repeat(256)} } } } }\n`,
      ),
      `12:84: runs.retry.onDemandQueues.default.shareIdentifier may hold up to 255 letters, digits, - and _, not "${'a'.repeat(256)}"`,
    ],
    [
      'a share without an identifier',
      minimal('jobQueues: { low: { name: q, schedulingPriority: 10000 } }\n'),
      '11:14: jobQueues.low.shareIdentifier is missing. Write the share, such as `shareIdentifier: nightly`, or the name of the job queue alone if it has no fair-share scheduling policy.',
    ],
    [
      'runs without a job queue',
      minimal('runs: { ledger: ledger }\n'),
      '11:1: runs has no job queue in test/eu-west-1 and test/us-east-1. Add jobQueues.',
    ],
    [
      'runs without a ledger, on any level',
      minimal('    runs: { retry: { rounds: 1 } }\njobQueue: q\nruns: { priority: default }\n'),
      '11:5: runs.ledger is missing in test/eu-west-1 and test/us-east-1. Write `ledger: s3://bucket/prefix`: here, at the top level or in the environment.',
    ],
    [
      'a field without thresholds, on any level',
      minimal('    runs: { tier: { field: n } }\njobQueue: q\nruns: { ledger: l }\n'),
      '11:13: runs.tier.from is missing in test/eu-west-1 and test/us-east-1. Write `from: { small: 0, large: 10000 }`: here, at the top level or in the environment.',
    ],
    [
      'runs of an unknown family',
      minimal('jobQueue: q\nruns: { ledger: ledger, family: queues }\n'),
      '12:33: runs.family: there is no family "queues". Known is cues.',
    ],
    [
      'runs on an unknown priority',
      minimal('jobQueues: { low: q }\nruns: { ledger: ledger, priority: lwo }\n'),
      '12:35: runs.priority: there is no job queue "lwo" in test/eu-west-1 and test/us-east-1. Did you mean "low"?',
    ],
    [
      'retries on an unknown priority',
      minimal('jobQueues: { low: q }\nruns: { ledger: ledger, retry: { priority: high } }\n'),
      '12:44: runs.retry.priority: there is no job queue "high" in test/eu-west-1 and test/us-east-1. Known is low.',
    ],
    [
      'job queues on demand of an unknown priority',
      minimal('jobQueues: { low: q }\nruns: { ledger: ledger, retry: { onDemandQueues: { hihg: q2 } } }\n'),
      '12:58: runs.retry.onDemandQueues.hihg: there is no job queue "hihg" in test/eu-west-1 and test/us-east-1. Known is low.',
    ],
    [
      'prices of an unknown priority',
      minimal('jobQueues: { low: q }\nruns: { ledger: ledger, pricesByPriority: { lo: spot } }\n'),
      '12:49: runs.pricesByPriority.lo: there is no job queue "lo" in test/eu-west-1 and test/us-east-1. Did you mean "low"?',
    ],
    [
      'a threshold of a tier its family lacks',
      minimal('jobQueue: q\nruns: { ledger: ledger, tier: { field: n, from: { smal: 0 } } }\n'),
      '12:57: runs.tier.from.smal: family "cues" has no tier "smal" in test/eu-west-1 and test/us-east-1. Did you mean "small"?',
    ],
    [
      'a ledger of one region, in a run of two',
      minimal('jobQueue: q\nruns: { ledger: "s3://cues-{region}" }\n').replace(
        '[eu-west-1, us-east-1]',
        '{ eu-west-1: { runs: { ledger: "s3://other" } }, us-east-1: , ca-central-1: }',
      ),
      '10:45: runs.ledger differs between test/eu-west-1 and test/us-east-1, and a run has one for all regions of its environment. Say it above the regions: at the top or in environments.test.',
    ],
    [
      'a deadline of one region, in a run of two',
      minimal('jobQueue: q\nruns: { ledger: l, deadlineHours: 4 }\n').replace(
        '[eu-west-1, us-east-1]',
        '{ eu-west-1: { runs: { ledger: l, deadlineHours: 2 } }, us-east-1: , ca-central-1: }',
      ),
      '10:63: runs.deadlineHours differs between test/eu-west-1 and test/us-east-1, and a run has one for all regions of its environment. Say it above the regions: at the top or in environments.test.',
    ],
    [
      'retries of one region, in a run of two',
      minimal('jobQueue: q\nruns: { ledger: l }\n').replace(
        '[eu-west-1, us-east-1]',
        '{ eu-west-1: , us-east-1: { runs: { ledger: l, retry: { rounds: 5 } } } }',
      ),
      '10:78: runs.retry.rounds differs between test/eu-west-1 and test/us-east-1, and a run has one for all regions of its environment. Say it above the regions: at the top or in environments.test.',
    ],
    [
      'a failure class that there is not',
      minimal('jobQueue: q\nruns: { ledger: ledger, retry: { classes: [aplication] } }\n'),
      '12:44: runs.retry.classes[0] may not be "aplication". Did you mean "application"?',
    ],
    [
      'a failure class by its nickname',
      minimal('jobQueue: q\nruns: { ledger: ledger, retry: { classes: [OOM] } }\n'),
      '12:44: runs.retry.classes[0] may not be "OOM". Did you mean "out-of-memory"?',
    ],
    [
      'prices from nowhere',
      minimal('jobQueue: q\nruns: { ledger: ledger, prices: spott }\n'),
      '12:33: runs.prices must be fargate, spot or a mapping, not "spott". Did you mean "spot"?',
    ],
    [
      'prices of no kind',
      minimal('jobQueue: q\nruns: { ledger: ledger, pricesByPriority: { default: list } }\n'),
      '12:54: runs.pricesByPriority.default must be fargate, spot or a mapping, not "list"',
    ],
    [
      'fewer entries than children',
      minimal('jobQueue: q\nsmokeTest: { size: 3, entries: ["1"], expectObjects: ["s3://b/{entry}"] }\n'),
      '12:23: the smoke test has 3 children and 1 entries, and expectObjects needs an {entry} for each child',
    ],
  ])('%s', (_, text, expected) => {
    expect(problemsOf(() => parse(text))[0]).toBe(`batchwright.yml:${expected}`);
  });

  test('a ledger that names the region is that of the first one, for all', () => {
    const config = parse(
      minimal('jobQueue: q\nruns: { ledger: "s3://cues-{region}", entries: "s3://in-{region}/" }\n'),
    );
    expect(config.targets.map(target => config.resolveTarget(target).runs)).toMatchObject([
      { ledger: 's3://cues-eu-west-1', entries: 's3://in-eu-west-1' },
      { ledger: 's3://cues-eu-west-1', entries: 's3://in-eu-west-1' },
    ]);
  });

  test.each([
    'runs: { ledger: l, tier: { field: n, from: { large: 0, small: 0 } } }',
    // Told where the tiers are: nobody can say which is the smaller.
    'runs: { ledger: l, tier: { field: n, from: { gpu: 9, large: 0 } } }',
    'jobQueues: { low: { name: q, shareIdentifier: "{environment}-{region}" }, high: { name: q, shareIdentifier: "{project}" } }',
    'jobQueues: { low: { name: q, shareIdentifier: "nightly_2-b*" }, high: q2 }',
  ])('nothing is wrong with %s', extra => {
    const gpu = '  small: { vcpus: 1, memoryMiB: 512 }\n  gpu: { vcpus: 4, memoryMiB: 4096, gpus: 1 }';
    const text = minimal(`jobQueue: q\n${extra}`).replace('  small: { vcpus: 1, memoryMiB: 512 }', gpu);
    expect(problemsOf(() => parse(text))).toEqual([]);
  });

  test.each([
    'echo ${RUN} ${regio} $REGIO',
    '{"run": {"id": 1}, "regions": ["eu"]}',
    '{{regio}} {{ run }}',
    's3://b/{date}/{user}/{id}.json {item} {name} {}',
    '{run} and {region}, of {project}',
  ])('braces of another program are left alone: %s', value => {
    const text = minimal(`jobQueue: q
runs: { ledger: l, environment: { A: ${JSON.stringify(value)} }, command: [${JSON.stringify(value)}] }
smokeTest: { parameters: { A: ${JSON.stringify(value)} } }
`);
    expect(problemsOf(() => parse(text))).toEqual([]);
  });

  test('thresholds are compared with the memory that tiers have in an environment', () => {
    const text = minimal(
      `    tiers: { large: { memoryMiB: 256 } }
  live: { account: "210987654321", regions: [eu-west-1] }
jobQueue: q
runs: { ledger: l, tier: { field: n, from: { small: 0, large: 5000 } } }
`,
    );
    expect(problemsOf(() => parse(text))).toEqual([
      expect.stringMatching(/:14:\d+: runs.tier.from.small is 0, .* in test\/eu-west-1 and test\/us-east-1\./),
    ]);
  });

  test('wrong names are told beside wrong keys and types', () => {
    const text = minimal(
      'jobQueues: { low: q }\nruns: { ledger: 5, pack: one, priority: lwo, extra: 1, tier: { from: { smal: 0 } } }\nsmokeTest: { size: x, priority: hihg, tier: lagre }',
    );
    expect(problemsOf(() => parse(text)).map(line => line.replace('batchwright.yml:', ''))).toEqual([
      '12:17: runs.ledger must be text: put it in quotes, "5", or YAML reads it as a number',
      '12:26: runs.pack must be a number, not "one"',
      '12:41: runs.priority: there is no job queue "lwo" in test/eu-west-1 and test/us-east-1. Did you mean "low"?',
      expect.stringMatching(/^12:46: unknown key "extra" in runs\. /),
      '12:56: runs.tier.field is missing in test/eu-west-1 and test/us-east-1. Write `field: tickets`: here, at the top level or in the environment.',
      '12:78: runs.tier.from.smal: family "cues" has no tier "smal" in test/eu-west-1 and test/us-east-1. Did you mean "small"?',
      '13:20: smokeTest.size must be a number, not "x"',
      '13:33: smokeTest.priority: there is no job queue "hihg" in test/eu-west-1 and test/us-east-1. Known is low.',
      '13:45: smokeTest.tier: there is no tier "lagre". Did you mean "large"?',
    ]);
  });

  test.each<[string, string]>([
    ['jobQueues', 'jobQueues: q\nruns: { ledger: l, priority: low }\nsmokeTest: { priority: low }'],
    ['runs', 'jobQueue: q\nruns: s3://b/l'],
    ['a smoke test', 'jobQueue: q\nsmokeTest: small'],
  ])('%s of another kind are told of once, and no name in them', (_, extra) => {
    expect(problemsOf(() => parse(minimal(extra)))).toHaveLength(1);
  });

  test.each<[string, string]>([
    ['families of another kind', 'families: cues'],
    ['a family with an unknown tier', 'families: { cues: { template: x, tiers: [smal] } }'],
  ])('%s say nothing of the tiers that a smoke test and runs name', (_, families) => {
    const text = minimal(
      'jobQueue: q\nsmokeTest: { tier: small }\nruns: { ledger: l, tier: { field: n, from: { small: 0 } } }',
    );
    expect(problemsOf(() => parse(text.replace(/families:\n.*/, families)))).toHaveLength(1);
  });

  test('the same wrong name is told once, with the first of the places', () => {
    const more = (count: number) =>
      Array.from(
        { length: count },
        (_, index) => `  e${index}: { account: "123456789012", regions: [eu-west-1] }\n`,
      ).join('');
    const places = (count: number) =>
      problemsOf(() =>
        parse(
          minimal(`${more(count)}jobQueues: { low: q }\nsmokeTest: { priority: lwo }`).replaceAll(
            'cues.json.hbs',
            'x, jobDefinitionName: "{environment}-{tier}"',
          ),
        ),
      );
    expect(places(1)).toEqual([expect.stringContaining(' in test/eu-west-1, test/us-east-1 and e0/eu-west-1. Did')]);
    expect(places(3)).toEqual([expect.stringContaining(' in test/eu-west-1, test/us-east-1 and 3 more. Did')]);
  });

  test('one mistake that hits every target is told once', () => {
    expect(
      problemsOf(() =>
        parse(minimal('jobQueue: q\nsmokeTest: { size: 3, entries: ["1"], expectObjects: ["s3://b/{entry}"] }\n')),
      ),
    ).toHaveLength(1);
  });
});
