/** From merge to release to the daily run, chapter by chapter: exactly the commands that the actions and the command line run. */
import { readTexts } from '../cli/texts.ts';
import { VERBS } from '../cli/verbs.ts';
import type { CommandResult, Ports } from '../commands/command.ts';
import type { Config } from '../config/model.ts';
import { parseConfig } from '../config/parse-config.ts';
import type { Notify } from '../events.ts';
import { readInputs } from '../inputs.ts';
import type { Document } from '../report/document.ts';
import { renderText } from '../report/render-text.ts';
import { bucketOf, CUSTOMERS, prepareAccount, shareImages } from './aws-account.ts';
import { readModels } from './models.ts';
import type { Break } from './options.ts';
import { writeManifest } from './project.ts';

const VERSION = '1.0.0';

export interface Walk {
  readonly folder: string;
  readonly engine: 'docker' | 'process' | 'simulated';
  readonly broken: Break | undefined;
  /** The ports of a job of a workflow that runs for `ref` and has assumed a role of the account. */
  readonly enter: (account: string, ref: string, version?: string) => Ports;
  readonly notify: Notify;
  /** Gets the report of every command. */
  readonly chapters: Document[];
}

interface Place {
  readonly environment: string;
  readonly account: string;
  readonly regions: readonly string[];
  readonly ports: Ports;
}

/** Returns why it failed, or undefined. */
export async function tellChapters(walk: Walk): Promise<string | undefined> {
  const { enter, notify, folder, broken } = walk;
  const path = `${folder}/batchwright.yml`;
  const title = (text: string) => notify({ type: 'step', title: text });
  const run = runner(walk);

  title('2. The AWS account for test: job queues, a bucket, customers\u2019 support tickets');
  const accounts = readAccounts(path, await enter('', '').files.readText(path));
  const test: Place = { ...accounts('test'), ports: enter(accounts('test').account, 'refs/heads/main') };
  await prepare(test, broken === 'missing-account', notify);
  const inTest = { config: path, environment: 'test' };

  title('3. The image: build once, push, copy by digest');
  const builder = walk.engine === 'docker' ? 'docker' : 'layer';
  const image = await run('build-push', { ...inTest, builder }, test.ports);

  title('4. The job definitions: one template, every tier and region, only what changed');
  const digest = broken === 'bad-image' ? `sha256:${'bad0'.repeat(16)}` : (image.outputs['digest'] ?? '');
  const registered = await run('register', { ...inTest, image: digest }, test.ports);
  if (registered.failure) return registered.failure;

  title('5. The proof: an array job on exactly those revisions, twice, recorded beside the image');
  const definitions = registered.outputs['definitions'] ?? '';
  const tested = await run('smoke-test', { ...inTest, definitions, record: 'true' }, test.ports);
  if (tested.failure) return tested.failure;

  title('6. The models');
  tell(await readModels(tested.outputs['runs'] ?? '[]'), walk);

  title(`7. The release ${VERSION}: the very digest that was proven goes to production, another account`);
  const { account, regions } = accounts('production');
  await shareImages('content-cues', account, regions);
  const production: Place = { ...accounts('production'), ports: enter(account, `refs/tags/v${VERSION}`, VERSION) };
  await prepare(production, broken === 'production', notify);
  const inProduction = { config: path, environment: 'production' };
  const promoted = await run('promote', inProduction, production.ports);
  if (promoted.failure) return promoted.failure;

  title('8. The daily run: an entry for every customer account');
  const daily = {
    ...inProduction,
    manifest: await writeManifest(CUSTOMERS),
    run: `daily-${new Date(production.ports.clock.now()).toISOString().slice(0, 10)}`,
    'report-folder': 'demo-report/run',
  };
  return (await run('run', daily, production.ports)).failure;
}

/** Runs a verb as the command line does, with the defaults of its action.yml. */
function runner(walk: Walk) {
  return async (name: string, given: Readonly<Record<string, string>>, ports: Ports): Promise<CommandResult> => {
    const verb = VERBS[name];
    if (!verb) throw new Error(`no verb is called ${name}`);
    const [command, { inputs: texts }] = await Promise.all([verb.load(), readTexts(verb.texts)]);
    const result = await command.run(
      readInputs(command.inputs, input => given[input] ?? texts[input]?.default),
      ports,
    );
    tell(result.report, walk);
    return result;
  };
}

function tell(report: Document, { chapters, notify }: Walk): void {
  chapters.push(report);
  const text = `\n${renderText(report).trimEnd()}`.replaceAll('\n', '\n  ');
  notify({ type: 'message', level: 'info', text });
}

function readAccounts(path: string, text: string): (environment: string) => Omit<Place, 'ports'> {
  const { targets }: Config = parseConfig({ path, text });
  return environment => {
    const own = targets.filter(target => target.environment === environment);
    const [first] = own;
    if (!first) throw new Error(`the example has no environment ${environment}`);
    return { environment, account: first.account, regions: own.map(({ region }) => region) };
  };
}

/** `lacking`: one customer's tickets are not there. */
async function prepare({ environment, account, regions }: Place, lacking: boolean, notify: Notify): Promise<void> {
  const customers = lacking ? CUSTOMERS.filter(customer => customer !== '103') : CUSTOMERS;
  await prepareAccount({ environment, regions, customers });
  const buckets = regions.map(region => `s3://${bucketOf(environment, region)}`).join(' and ');
  const text = `Account ${account} has three job queues (low, medium, high) in ${regions.join(' and ')}, and tickets of ${customers.length} customer accounts in ${buckets}.`;
  notify({ type: 'message', level: 'info', text });
}
