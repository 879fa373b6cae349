/** The main job, told from merge to finished models: exactly the commands that the actions and the CLI run, one after the other. */
import { createPorts } from '../adapters/ports.ts';
import { buildPushCommand } from '../commands/build-push.ts';
import type { CommandResult, Ports } from '../commands/command.ts';
import { registerCommand } from '../commands/register.ts';
import { runCommand } from '../commands/runs/drive.ts';
import { smokeTestCommand } from '../commands/smoke-test.ts';
import { parseConfig } from '../config/parse-config.ts';
import { ConfigurationError, describeProblem } from '../errors.ts';
import type { Notify } from '../events.ts';
import { readInputs } from '../inputs.ts';
import { describeFailure } from '../report/describe-failure.ts';
import type { Document } from '../report/document.ts';
import { renderText } from '../report/render-text.ts';
import { bucketOf, CUSTOMERS, prepareAccount } from './aws-account.ts';
import { readModels } from './models.ts';
import type { DemoOptions } from './options.ts';
import { writePage } from './page.ts';
import { BROKEN, hashProject, prepareProject, writeManifest } from './project.ts';

const ENVIRONMENT = 'test';

export interface Telling {
  readonly options: DemoOptions;
  readonly engine: 'docker' | 'process' | 'simulated';
  readonly notify: Notify;
  readonly signal: AbortSignal;
}

/** Returns whether everything passed. The page is written either way. */
export async function tellStory({ options, engine, notify, signal }: Telling): Promise<boolean> {
  const folder = await prepareProject(options.break);
  const commit = await hashProject(folder);
  const ports: Ports = {
    ...createPorts(notify, signal),
    // The example is part of this repository; its own files are its version.
    readSourceRevision: () => Promise.resolve({ commit, ref: 'refs/heads/main' }),
  };
  const chapters: Document[] = [];
  let failure: string | undefined;
  try {
    failure = await tell({ folder, engine, options, ports, chapters });
  } catch (error) {
    failure = describeFailure(error);
    if (error instanceof ConfigurationError) chapters.push(describeProblems(error));
  }
  const page = await writePage({
    passed: failure === undefined,
    failure,
    chapters,
    broken: options.break && BROKEN[options.break],
  });
  notify({
    type: 'step',
    title: failure === undefined ? 'Done: every model was built.' : 'It failed, and this is why',
  });
  if (failure !== undefined) notify({ type: 'message', level: 'error', text: failure.replaceAll('\n', '\n  ') });
  notify({ type: 'message', level: 'info', text: `All of it as a page: ${page}` });
  return failure === undefined;
}

interface Walk {
  readonly folder: string;
  readonly engine: Telling['engine'];
  readonly options: DemoOptions;
  readonly ports: Ports;
  readonly chapters: Document[];
}

/** Returns why it failed, or undefined. */
async function tell({ folder, engine, options, ports, chapters }: Walk): Promise<string | undefined> {
  const { notify } = ports;
  const config = `${folder}/batchwright.yml`;
  const chosen = { config, environment: ENVIRONMENT };
  const keep = (result: CommandResult) => {
    chapters.push(result.report);
    notify({
      type: 'message',
      level: 'info',
      text: `\n${renderText(result.report).trimEnd()}`.replaceAll('\n', '\n  '),
    });
    return result;
  };

  notify({ type: 'step', title: '2. The AWS account: job queues, a bucket, customers\u2019 support tickets' });
  const { targets } = parseConfig({ path: config, text: await ports.files.readText(config) });
  const regions = targets.filter(target => target.environment === ENVIRONMENT).map(({ region }) => region);
  const customers = options.break === 'missing-account' ? CUSTOMERS.filter(customer => customer !== '103') : CUSTOMERS;
  await prepareAccount({ regions, customers });
  notify({
    type: 'message',
    level: 'info',
    text: `Three job queues (low, medium, high) in ${regions.join(' and ')}; tickets of ${customers.length} customer accounts in ${regions.map(region => `s3://${bucketOf(region)}`).join(' and ')}.`,
  });

  notify({ type: 'step', title: '3. The image: build once, push, copy by digest' });
  const builder = engine === 'docker' ? 'docker' : 'layer';
  const image = keep(await buildPushCommand.run(inputsOf(buildPushCommand, { ...chosen, builder }), ports));

  const digest = options.break === 'bad-image' ? `sha256:${'bad0'.repeat(16)}` : (image.outputs['digest'] ?? '');
  notify({ type: 'step', title: '4. The job definitions: one template, every tier and region, only what changed' });
  const registered = keep(await registerCommand.run(inputsOf(registerCommand, { ...chosen, image: digest }), ports));
  if (registered.failure) return registered.failure;

  const definitions = registered.outputs['definitions'] ?? '';
  notify({ type: 'step', title: '5. The proof: an array job on exactly those revisions, twice' });
  const tested = keep(await smokeTestCommand.run(inputsOf(smokeTestCommand, { ...chosen, definitions }), ports));
  if (tested.failure) return tested.failure;

  notify({ type: 'step', title: '6. The models' });
  const models = await readModels(tested.outputs['runs'] ?? '[]');
  keep({ exitCode: 0, outputs: {}, json: undefined, report: models });

  notify({ type: 'step', title: '7. The daily run: an entry for every customer account' });
  const manifest = await writeManifest(customers);
  const daily = {
    ...chosen,
    manifest,
    run: `daily-${new Date(ports.clock.now()).toISOString().slice(0, 10)}`,
    'report-folder': 'demo-report/run',
  };
  const run = keep(await runCommand.run(inputsOf(runCommand, daily), ports));
  return run.failure;
}

function inputsOf<Table extends Parameters<typeof readInputs>[0]>(
  command: { readonly inputs: Table },
  given: Record<string, string>,
) {
  return readInputs(command.inputs, name => given[name]);
}

function describeProblems({ problems }: ConfigurationError): Document {
  return [
    { type: 'heading', level: 2, content: 'What to mend' },
    { type: 'list', items: problems.map(describeProblem) },
  ];
}
