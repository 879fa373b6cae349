/**
 * The shape of `batchwright.yml`. The published `batchwright.schema.json` is generated from it, so every key says in one
 * sentence what it is for: editors show that text.
 */
import * as z from 'zod/mini';
import { imageSchema } from './image-schema.ts';
import { queueSchema } from './queue-schema.ts';
import { runSchema } from './run-schema.ts';
import { text, texts, told } from './schema-parts.ts';

const NAME = /^[A-Za-z0-9][A-Za-z0-9_-]*$/;
const NAME_RULE = 'may hold letters, digits, - and _, and starts with a letter or digit';
const REGION = /^[a-z]{2,4}(-[a-z]+)+-\d{1,2}$/;

const name = () => z.string().check(z.regex(NAME, NAME_RULE));
const regionName = () => z.string().check(z.regex(REGION, 'is not the name of a region, such as eu-west-1'));
const whole = (least: number, most: number) =>
  z.int().check(z.gte(least, `must be at least ${least}`), z.lte(most, `must be at most ${most}`));
const roleName = /^(arn:.*|[\w+=,.@/{}-]+)$/;
const role = () => z.string().check(z.regex(roleName, 'is neither the name nor the ARN of an IAM role'));

const variables = told(
  'Values for templates, as {{variables.name}}: text, numbers, true/false, null, lists and mappings.',
  z.record(z.string(), z.json()),
);

/** What a tier may set as well as a target. */
const definitionSettings = {
  variables: z.optional(variables),
  jobQueues: z.optional(
    told(
      'Job queues by priority: a name of your choice (low, medium, high) and the name or ARN of the job queue, with its share where it has a fair-share scheduling policy.',
      z.record(name(), queueSchema()),
    ),
  ),
  jobQueue: z.optional(
    told('One job queue for every priority; without jobQueues, of the one priority default.', queueSchema()),
  ),
  executionRole: z.optional(
    told('Name or ARN of the role that pulls the image, writes the logs and reads the secrets.', role()),
  ),
  jobRole: z.optional(told('Name or ARN of the role that your code in the container has.', role())),
};

const smokeTest = told(
  'A small job, or array job, that proves a new definition. Write false to switch it off for an environment or region.',
  z.strictObject({
    family: z.optional(told('The family whose definition is submitted; the first, unless given.', text())),
    tier: z.optional(told('The tier whose definition is submitted; the first of the family, unless given.', text())),
    priority: z.optional(told('Which of jobQueues it is submitted to; the first, unless given.', text())),
    size: z.optional(
      told(
        'Children of the array job, 2 to 10000; 1 is a plain job. The number of entries, unless given.',
        whole(1, 10_000),
      ),
    ),
    entries: z.optional(
      told(
        'One per child, in order of the array index: what that child works on, such as an account id.',
        z.array(z.string()),
      ),
    ),
    parameters: z.optional(told('Parameters of the job, for Ref::name in the command.', texts())),
    environment: z.optional(told('Environment variables added to the container.', texts())),
    command: z.optional(told("Replaces the definition's command.", z.array(text()))),
    deadlineSeconds: z.optional(told('The whole wait, from submit to verdict. 1800 unless given.', whole(1, 604_800))),
    blockedSeconds: z.optional(
      told(
        'How long a job may be RUNNABLE with a blocked reason before it counts as never going to run. 300 unless given.',
        whole(1, 604_800),
      ),
    ),
    expectObjects: z.optional(
      told(
        'Objects that each child must have written: s3://bucket/key. {index}, {entry}, {run}, {environment}, {region}, {account}, {project} and {tier} are filled in.',
        z.array(z.string().check(z.regex(/^s3:\/\/[^/]+\/.+/, 'must be s3://bucket/key'))),
      ),
    ),
    idempotence: z.optional(told('Submit the same indices a second time and demand the same bytes.', z.boolean())),
  }),
);

const targetSettings = {
  ...definitionSettings,
  smokeTest: z.optional(z.union([z.literal(false), smokeTest])),
  runs: z.optional(runSchema),
  retention: z.optional(
    told(
      'Which revisions are kept when older ones are retired; all, unless given.',
      z.strictObject({
        keep: z.optional(told('How many of the newest revisions stay ACTIVE.', whole(1, 1_000_000))),
        olderThanDays: z.optional(
          told('Only revisions that were registered longer ago are retired.', whole(1, 36_500)),
        ),
      }),
    ),
  ),
  onFailure: z.optional(
    told(
      'What happens to the regions already registered when another fails: undo (the default) or keep.',
      z.enum(['undo', 'keep']),
    ),
  ),
  registry: z.optional(
    told(
      'Host of the image registry, without https://; <account>.dkr.ecr.<region>.amazonaws.com unless given.',
      text(),
    ),
  ),
};

const vcpus = told(
  'vCPUs of one job; fractions from 0.25 are for Fargate.',
  z.number().check(z.gte(0.25, 'must be at least 0.25')),
);
const memoryMiB = told('Memory of one job, in MiB.', whole(4, 64_000_000));
const gpus = z.optional(told('GPUs of one job; 0 unless given.', whole(0, 64)));
const timeoutSeconds = z.optional(
  told('Longest time one attempt may run, in seconds, from 60.', whole(60, 31_536_000)),
);

const tier = z.strictObject({ vcpus, memoryMiB, gpus, timeoutSeconds, ...definitionSettings });
const tierOverride = z.strictObject({
  vcpus: z.optional(vcpus),
  memoryMiB: z.optional(memoryMiB),
  gpus,
  timeoutSeconds,
  ...definitionSettings,
});

const regionSettings = {
  ...targetSettings,
  tiers: z.optional(told('What differs here, per tier.', z.record(z.string(), tierOverride))),
};
const region = z.strictObject(regionSettings);

const environment = z.strictObject({
  account: told(
    'The AWS account: twelve digits, in quotes.',
    z.string().check(z.regex(/^\d{12}$/, 'must be twelve digits')),
  ),
  regions: told(
    'A list of regions, or a mapping from region to what differs there.',
    z.union([
      z.array(regionName()).check(z.minLength(1, 'must name at least one region')),
      z.record(regionName(), z.nullable(region)),
    ]),
  ),
  ...regionSettings,
});

const family = z.strictObject({
  template: told('Path of the Handlebars template, from the folder of this file.', text()),
  jobDefinitionName: z.optional(
    told(
      'Name of each job definition; "{family}-{tier}" unless given. {project}, {family}, {tier}, {environment}, {region} and {account} are filled in.',
      text(),
    ),
  ),
  tiers: z.optional(
    told(
      'The tiers it has; all, unless given.',
      z.array(z.string()).check(z.minLength(1, 'must name at least one tier')),
    ),
  ),
  environments: z.optional(
    told(
      'The environments it goes to; all, unless given.',
      z.array(z.string()).check(z.minLength(1, 'must name at least one environment')),
    ),
  ),
  ...definitionSettings,
});

const lintOverride = z.strictObject({
  level: told('off, warning or error.', z.enum(['off', 'warning', 'error'])),
  reason: told('Why: whoever reads this next will ask.', text()),
});

export const configSchema = z.strictObject({
  $schema: z.optional(told('Where the JSON Schema of this file is, for editors.', z.string())),
  project: told('The name of your project.', name()),
  image: z.optional(told('The container image: where it is kept and how it is built.', imageSchema)),
  partials: z.optional(told('Folder of Handlebars partials, from the folder of this file.', text())),
  families: told(
    'Job definitions that are made of one template each, by a name of your choice.',
    z.record(name(), family),
  ),
  tiers: told('Named sets of resource requirements.', z.record(name(), tier)),
  environments: told('Stages such as test and production: an account and its regions.', z.record(name(), environment)),
  lint: z.optional(
    told('Lint rules switched off or turned up or down, each with the reason.', z.record(z.string(), lintOverride)),
  ),
  ...targetSettings,
});

export type ConfigFile = z.infer<typeof configSchema>;
export type EnvironmentFile = ConfigFile['environments'][string];
export type RegionFile = z.infer<typeof region>;
export type TierFile = z.infer<typeof tierOverride>;
export type FamilyFile = ConfigFile['families'][string];
export type ImageFile = NonNullable<ConfigFile['image']>;
export type SmokeTestFile = z.infer<typeof smokeTest>;
