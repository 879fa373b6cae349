/**
 * Planning and registering a fleet on a local AWS: 5 environments × 10 regions × 20 tiers, and 20 definitions in one region beside
 * other tools. A process each, as in a workflow; the local AWS runs in this one, so its own speed is in every figure.
 */
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Batch } from '@aws-sdk/client-batch';
import { pushTinyImage } from '../test/local/fixtures/tiny-image.ts';
import { type CountedAws, describeCalls, startCountedAws } from './counted-aws.ts';
import { median, table } from './figures.ts';
import { createFleetProject, type FleetProject } from './fleet-project.ts';
import { type Measured, measureProcess } from './measured-process.ts';
import { findRivals } from './rivals.ts';

const CLI = join(import.meta.dirname, '../src/cli/main.ts');
const ACTION = join(import.meta.dirname, '../dist/register.js');
const FLEET_ROUNDS = 3;
const REGION_ROUNDS = 5;
/** A contender whose first round took longer than this is measured once more, and no oftener. */
const SLOW_SECONDS = 10;
/**
 * How much later than at once every call is answered. How long Batch takes to answer is published nowhere: not in its documentation, and
 * no log with times was found in the issues of the tools that call it. So these are round trips alone, which a call takes at the least:
 * 20 ms between eu-west-1 and eu-central-1, 72 between us-east-1 and us-west-1, 81 between us-east-1 and eu-west-1
 * (https://acomputerscientistlearnsaws.blogspot.com/2017/04/aws-regions.html). A new connection is two more of them (TCP, TLS 1.3); they are left
 * out, to the advantage of tools with a process, and so a connection, for each definition.
 */
const DISTANCES_MILLISECONDS = [0, 25, 50, 100] as const;
const REGION = 'eu-west-1';
const ONE_REGION = ['--environment', 'test', '--region', REGION];

interface Bench {
  readonly aws: CountedAws;
  readonly project: FleetProject;
  /** The image that is registered, by digest. */
  readonly image: string;
  /** A new account, in which nothing is registered, with the image in these regions. */
  account(regions: readonly string[]): Promise<string>;
}

const clientOptions = ({ url: endpoint }: CountedAws, account: string, region = REGION) => ({
  ...{ endpoint, region },
  credentials: { accessKeyId: account, secretAccessKey: 'local' },
});

export async function benchLifecycle(): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'batchwright-lifecycle-'));
  const aws = await startCountedAws();
  let accounts = 600_000_000_000;
  try {
    const account = async (regions: readonly string[]) => {
      accounts += 1;
      const options = regions.map(region => clientOptions(aws, String(accounts), region));
      await Promise.all(options.map(each => pushTinyImage('fleet', each)));
      return String(accounts);
    };
    const image = await pushTinyImage('fleet', clientOptions(aws, String(accounts)));
    const bench: Bench = { aws, project: await createFleetProject(folder), image, account };
    return `${await benchFleet(bench)}\n${await benchRegion(bench)}`;
  } finally {
    await aws.stop();
    await rm(folder, { recursive: true, force: true });
  }
}

/** What a process may know: nothing of this machine's own configuration. */
function environmentOf({ aws, project }: Bench, account: string): Readonly<Record<string, string>> {
  return {
    ...aws.environment(account),
    PATH: process.env['PATH'] ?? '',
    HOME: project.folder,
    RUNNER_TEMP: project.folder,
    NODE_COMPILE_CACHE: join(project.folder, 'compiled'),
    GITHUB_SERVER_URL: 'https://github.com',
    GITHUB_REPOSITORY: 'o/r',
    GITHUB_RUN_ID: '1',
    GITHUB_SHA: '0123456789abcdef0123456789abcdef01234567',
    GITHUB_REF: 'refs/heads/main',
  };
}

async function runVerb(
  bench: Bench,
  account: string,
  given: { readonly verb: 'plan' | 'register'; readonly only?: readonly string[]; readonly exitCode?: number },
): Promise<Measured> {
  const { verb, only = [], exitCode = 0 } = given;
  const config = await bench.project.write(account);
  const args = [CLI, verb, '--config', config, '--image', bench.image, '--output', 'json', ...only];
  bench.aws.takeCalls();
  return measureProcess(process.execPath, args, {
    cwd: bench.project.folder,
    environment: environmentOf(bench, account),
    exitCode,
  });
}

async function benchFleet(bench: Bench): Promise<string> {
  const stories = { 'plan, all new': [], 'register, all new': [], 'plan, all live': [], 'register, all live': [] };
  const measured = new Map<string, Measured[]>(Object.entries(stories));
  const calls = new Map<string, string>();
  const measure = async (name: string, running: Promise<Measured>) => {
    measured.get(name)?.push(await running);
    calls.set(name, describeCalls(bench.aws.takeCalls()));
  };
  for (let round = 0; round < FLEET_ROUNDS; round += 1) {
    const account = await bench.account(bench.project.regions);
    await measure('plan, all new', runVerb(bench, account, { verb: 'plan', exitCode: 2 }));
    await measure('register, all new', runVerb(bench, account, { verb: 'register' }));
    await measure('plan, all live', runVerb(bench, account, { verb: 'plan' }));
    await measure('register, all live', runVerb(bench, account, { verb: 'register' }));
  }
  const rows = [...measured].map(([name, list]) => [name, ...figuresOf(list), calls.get(name) ?? '']);
  const title = `1,000 definitions: 5 environments × 10 regions × 20 tiers (median of ${FLEET_ROUNDS} processes)`;
  return table(title, ['', 'seconds', 'peak memory', 'calls'], rows);
}

/** Everybody registers the same 20 requests into a new account, in turn, so that a noisy machine is noisy to all. */
async function benchRegion(bench: Bench): Promise<string> {
  const rivals = await findRivals(join(bench.project.folder, 'bin'));
  const present = rivals.flatMap(rival => ('script' in rival ? [rival] : []));
  const contenders: Contenders = new Map([
    ['batchwright, command line', account => runVerb(bench, account, { verb: 'register', only: ONE_REGION })],
    [OWN, account => runAction(bench, account)],
    ...present.map(({ name, script }) => [name, (account: string) => runScript(bench, account, script)] as const),
  ]);
  const missing = new Map(rivals.flatMap(rival => ('reason' in rival ? [[rival.name, rival.reason] as const] : [])));
  const contests: Contest[] = [];
  for (const distance of DISTANCES_MILLISECONDS) {
    contests.push({ distance, measured: await measureContest(bench, { contenders, distance, missing }) });
  }
  const gaps = [...missing].map(([name, reason]) => `Not measured: ${name}. ${reason}\n`);
  return `${describeContests(contests)}${gaps.join('')}`;
}

type Contenders = ReadonlyMap<string, (account: string) => Promise<Measured>>;
const OWN = 'batchwright, action';

/** What each contender took of a round, and its calls. */
type Rounds = ReadonlyMap<string, { readonly rounds: Measured[]; calls: string }>;

interface Contest {
  readonly distance: number;
  readonly measured: Rounds;
}

async function measureContest(
  bench: Bench,
  given: {
    readonly contenders: Contenders;
    readonly distance: number;
    /** Why a contender was not measured, by name; those that fail are added. */
    readonly missing: Map<string, string>;
  },
): Promise<Rounds> {
  const { contenders, distance, missing } = given;
  const measured = new Map([...contenders.keys()].map(name => [name, { rounds: [] as Measured[], calls: '' }]));
  const slow = new Set<string>();
  for (let round = -1; round < REGION_ROUNDS; round += 1) {
    for (const [name, run] of contenders) {
      const own = measured.get(name);
      if (!own || missing.has(name) || (slow.has(name) && round > 0)) continue;
      const account = await bench.account([REGION]);
      try {
        const one = await delayed(bench, distance, () => run(account));
        own.calls = describeCalls(bench.aws.takeCalls());
        await expectRegistered(bench, account);
        if (one.seconds > SLOW_SECONDS) slow.add(name);
        // The first round fills everybody's caches and does not count.
        if (round >= 0) own.rounds.push(one);
      } catch (error) {
        missing.set(name, String(error).split('\n').slice(0, 5).join('\n'));
      }
    }
  }
  return measured;
}

async function delayed<Result>({ aws }: Bench, milliseconds: number, work: () => Promise<Result>): Promise<Result> {
  const fault = aws.faults.on('*').delay(milliseconds);
  try {
    return await work();
  } finally {
    fault.remove();
  }
}

/** The middle round, and the fastest: of a busy machine that one tells more. */
function describeContests(contests: readonly Contest[]): string {
  const ways = [
    ['medians', median],
    ['fastest rounds', (values: readonly number[]) => Math.min(...values)],
  ] as const;
  const names = [...(contests[0]?.measured ?? new Map<string, never>()).keys()];
  const tables = ways.map(([way, take]) => {
    const secondsOf = ({ measured }: Contest, name: string) =>
      take((measured.get(name)?.rounds ?? []).map(({ seconds }) => seconds));
    const rows = names.map(name => {
      const { rounds = [], calls = '' } = contests[0]?.measured.get(name) ?? {};
      const cells = contests.map(contest => {
        const ratio = secondsOf(contest, name) / secondsOf(contest, OWN);
        return `${secondsOf(contest, name).toFixed(2)} (${ratio.toFixed(1)}×)`;
      });
      return [name, ...cells, figuresOf(rounds)[1] ?? '', calls];
    });
    const title = `Register 20 new definitions in one region, by how late every answer comes (seconds, ${way}; aim: the others at 5×)`;
    return table(title, ['', ...contests.map(({ distance }) => `${distance} ms`), 'peak memory', 'calls'], rows);
  });
  return tables.join('\n');
}

function figuresOf(list: readonly Measured[]): readonly string[] {
  const memory = median(list.map(({ peakMebibytes }) => peakMebibytes));
  return [
    median(list.map(({ seconds }) => seconds)).toFixed(2),
    Number.isNaN(memory) ? 'not known' : `${memory.toFixed(0)} MiB`,
  ];
}

async function runAction(bench: Bench, account: string): Promise<Measured> {
  const config = await bench.project.write(account);
  bench.aws.takeCalls();
  return measureProcess(process.execPath, [ACTION], {
    cwd: bench.project.folder,
    environment: {
      ...environmentOf(bench, account),
      INPUT_CONFIG: config,
      INPUT_IMAGE: bench.image,
      INPUT_ENVIRONMENT: 'test',
      INPUT_REGION: REGION,
    },
  });
}

/** A rival's memory is that of many processes, one after another; the shell's own says nothing. */
async function runScript(bench: Bench, account: string, script: string): Promise<Measured> {
  const folder = join(bench.project.folder, account);
  await mkdir(folder);
  await Promise.all(
    (await renderRequests(bench, account)).map(async (request, index) => {
      await writeFile(join(folder, `${index}.json`), JSON.stringify(request, null, 2));
      await writeFile(join(folder, `${index}.yml`), `region: ${REGION}\njob_definition: ${index}.json\n`);
    }),
  );
  bench.aws.takeCalls();
  const environment = environmentOf(bench, account);
  const { seconds } = await measureProcess('sh', ['-c', script], { cwd: folder, environment });
  return { seconds, peakMebibytes: Number.NaN };
}

/** The very requests that batchwright sends, without its tags. */
async function renderRequests(bench: Bench, account: string): Promise<readonly object[]> {
  const { renderCommand } = await import('../src/commands/render.ts');
  const { createPorts } = await import('../src/adapters/ports.ts');
  const { readInputs } = await import('../src/inputs.ts');
  const given: Record<string, string> = {
    config: await bench.project.write(account),
    image: bench.image,
    environment: 'test',
    region: REGION,
  };
  const inputs = readInputs(renderCommand.inputs, name => given[name]);
  const { json } = await renderCommand.run(
    inputs,
    createPorts(() => undefined, new AbortController().signal),
  );
  const { definitions } = json as { readonly definitions: readonly { readonly request: object }[] };
  return definitions.map(({ request }) => request);
}

async function expectRegistered({ aws }: Bench, account: string): Promise<void> {
  const batch = new Batch(clientOptions(aws, account, REGION));
  const { jobDefinitions = [] } = await batch.describeJobDefinitions({ status: 'ACTIVE', maxResults: 100 });
  batch.destroy();
  aws.takeCalls();
  if (jobDefinitions.length !== 20) throw new Error(`${jobDefinitions.length} of 20 definitions were registered`);
}
