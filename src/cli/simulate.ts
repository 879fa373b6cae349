/** `batchwright simulate`: a whole run, with the user's own configuration and templates, on a simulated AWS. Nothing leaves this machine. */
import { createAws } from '../adapters/aws/clients.ts';
import { createMemoryStore } from '../adapters/memory-store.ts';
import type { Ports } from '../commands/command.ts';
import { defineCommand } from '../commands/command.ts';
import { PLACEHOLDER_DIGEST, referenceOf } from '../commands/image-reference.ts';
import { loadDefinitions, loadTargets } from '../commands/load.ts';
import { writeReports } from '../commands/runs/reports.ts';
import type { DefinitionConfig, TargetConfig } from '../config/model.ts';
import type { Definition } from '../definitions/model.ts';
import { ConfigurationError } from '../errors.ts';
import { formatAmount } from '../format-amount.ts';
import { flag, integer, oneOf, text } from '../inputs.ts';
import { createRateLimiter } from '../limiter.ts';
import { startSimulatedDay } from '../local/engines/simulated/start-day.ts';
import { CAPACITIES, type GivenQueue } from '../local/queues.ts';
import type { Document } from '../report/document.ts';
import { formatDuration } from '../report/format.ts';
import { reportRun } from '../report/run.ts';
import { adviseTiers } from '../runs/advise.ts';
import { driveRun } from '../runs/drive.ts';
import { takeLease } from '../runs/lease.ts';
import { openLedger } from '../runs/ledger.ts';
import { MANIFEST_FORMATS, openManifest } from '../runs/manifest/open-manifest.ts';
import { planRun } from '../runs/plan-run.ts';
import { type RunSummary, summarizeRun } from '../runs/summary.ts';
import { VERSION } from '../version.ts';
import { readModel } from './simulation.ts';

/** Of the ledger too; nobody writes there. */
const ENTRIES = 's3://simulation';

type Capacity = (typeof CAPACITIES)[number];

export const simulateCommand = defineCommand({
  name: 'simulate',
  inputs: {
    config: text,
    environment: text,
    manifest: text,
    format: oneOf(...MANIFEST_FORMATS),
    'skip-invalid': flag,
    model: text,
    seed: text,
    capacity: oneOf(...CAPACITIES),
    'max-vcpus': integer(1, 10_000_000),
    'report-folder': text,
  },
  run: async (inputs, ports) => {
    const chosen = await loadTargets(
      { config: inputs.config, environment: inputs.environment ? [inputs.environment] : [], region: [] },
      ports,
    );
    const [first] = chosen.targets;
    if (!first?.runs)
      throw new ConfigurationError({
        message: 'the environment has no runs in the configuration',
        remedy: 'Add a `runs` section; `ledger` is all that it must say, and a simulation does not use it.',
      });
    if (!inputs.manifest) throw new ConfigurationError('which entries? Say it with --manifest.');
    if (chosen.targets.some(({ environment }) => environment !== first.environment))
      throw new ConfigurationError('a simulation is of one environment: say which with --environment');
    // An S3 manifest is read with the credentials of the real world, before the simulated one takes their place.
    const items = openManifest(inputs.manifest, { format: inputs.format, region: first.region }, ports);
    const releaseOf = (config: DefinitionConfig) => ({
      image: referenceOf(PLACEHOLDER_DIGEST, config, ports.registryHost),
    });
    const definitions = (await loadDefinitions(chosen, { tiers: [], releaseOf }, ports)).filter(
      ({ family }) => family === first.runs?.family,
    );
    const model = inputs.model ? readModel(inputs.model, await ports.files.readText(inputs.model)) : {};
    ports.notify({ type: 'step', title: 'A simulated AWS: nothing runs, and nothing leaves this machine' });
    const day = await startSimulatedDay({
      seed: inputs.seed ?? model.seed ?? 1,
      model,
      account: first.account,
      regions: chosen.targets.map(({ region }) => region),
      queues: describeQueues(chosen.targets, chooseCapacity(definitions, inputs.capacity), inputs['max-vcpus']),
      startAt: ports.clock.now(),
      logLines: (_, { kind }) => (kind === 'applicationError' ? [] : ['simulated']),
    });
    const before = { ...process.env };
    try {
      Object.assign(process.env, day.local.environment(first.account));
      // One try: the SDK backs off in earnest while the simulated clock stands still. The limiter tries again on that clock.
      const simulated = { ...ports, aws: createAws({ version: VERSION, maxAttempts: 1 }), clock: day.clock };
      await registerAll(definitions, simulated);
      const source = inputs.manifest;
      const manifest = { source, items };
      const request = {
        run: 'simulation',
        targets: chosen.targets,
        definitions: definitions.map(({ config }) => config),
        manifest,
        skipInvalid: inputs['skip-invalid'],
        entriesUri: ENTRIES,
      };
      return await simulate(request, inputs['report-folder'], simulated);
    } finally {
      process.env = before;
      await day.local.stop();
    }
  },
});

/** Spot of the kind that the definitions are for, unless told. Throws ConfigurationError when they cannot run on what was told. */
function chooseCapacity(definitions: readonly Definition[], told: Capacity | undefined): Capacity {
  const kindOf = ({ request }: Definition) => (request.platformCapabilities?.includes('FARGATE') ? 'FARGATE' : 'EC2');
  const capacity = told ?? (definitions[0] && kindOf(definitions[0]) === 'FARGATE' ? 'FARGATE_SPOT' : 'SPOT');
  const kind = capacity.startsWith('FARGATE') ? 'FARGATE' : 'EC2';
  const other = definitions.find(definition => kindOf(definition) !== kind);
  if (!other) return capacity;
  const fitting = kindOf(other) === 'FARGATE' ? 'FARGATE or FARGATE_SPOT' : 'SPOT or EC2';
  throw new ConfigurationError({
    message: `${other.config.jobDefinitionName} is for ${kindOf(other)}, and the simulated job queues have ${capacity}`,
    remedy:
      told === undefined
        ? 'A simulation has job queues of one kind: give all definitions of the family the same platformCapabilities.'
        : `Leave out capacity, or say ${fitting}.`,
  });
}

/** As the configuration names them: those that share have a scheduling policy. */
function describeQueues(
  targets: readonly TargetConfig[],
  capacity: Capacity,
  maxvCpus: number | undefined,
): readonly GivenQueue[] {
  const onDemand = new Map(
    targets.flatMap(({ runs }) =>
      runs ? [...listQueues(runs.retry.onDemandQueues, runs.retry.onDemandFairShares)] : [],
    ),
  );
  const named = targets.flatMap(({ jobQueues, fairShares }) => [...listQueues(jobQueues, fairShares)]);
  const normal = new Map(named.filter(([name]) => !onDemand.has(name)));
  const most = maxvCpus === undefined ? {} : { maxvCpus };
  const other = capacity.startsWith('FARGATE') ? ('FARGATE' as const) : ('EC2' as const);
  return [
    ...[...normal].map(([name, fairShare], index) => ({ name, fairShare, priority: index + 1, capacity, ...most })),
    ...[...onDemand].map(([name, fairShare]) => ({ name, fairShare, capacity: other, ...most })),
  ];
}

/** By name, whether it has a fair-share scheduling policy. */
function listQueues(
  queues: Readonly<Record<string, string>>,
  fairShares: Readonly<Record<string, unknown>> = {},
): ReadonlyMap<string, boolean> {
  return new Map(
    Object.entries(queues).map(([priority, queue]) => [queue.split('/').at(-1) ?? queue, priority in fairShares]),
  );
}

async function registerAll(definitions: readonly Definition[], { aws }: Pick<Ports, 'aws'>): Promise<void> {
  for (const { target, request } of definitions) await (await aws.batch(target.region)).registerJobDefinition(request);
}

async function simulate(request: Parameters<typeof planRun>[0], folder: string | undefined, ports: Ports) {
  const ledger = openLedger('simulation', createMemoryStore(ENTRIES));
  const own = {
    aws: ports.aws,
    clock: ports.clock,
    notify: ports.notify,
    signal: ports.signal,
    limiter: createRateLimiter(ports.clock, ports.notify),
  };
  const lease = await takeLease(ledger, { ...own, ...ports.process });
  const startedAt = ports.clock.now();
  const plan = await planRun(request, ledger, own);
  const result = await driveRun({ plan, until: 'settled' }, ledger, lease, own);
  const endedAt = ports.clock.now();
  const summary = await summarizeRun(plan, result, 'described', ledger, own);
  const advice = adviseTiers(summary);
  if (folder) await writeReports(folder, { summary, advice, ledger, rounds: result.rounds }, ports);
  return {
    exitCode: 0 as const,
    outputs: {},
    report: [...reportAnswer(summary, endedAt - startedAt), ...reportRun(summary, advice)],
    json: { seconds: (endedAt - startedAt) / 1000, ...summary, advice },
  };
}

/** How long, and how much: what a simulation is asked for. */
function reportAnswer({ entries, account, currency }: RunSummary, milliseconds: number): Document {
  const cost = account && account.total.cost > 0 ? ` and cost ${formatAmount(account.total.cost)} ${currency}` : '';
  return [
    { type: 'heading', level: 2, content: 'Simulation' },
    {
      type: 'paragraph',
      content: [
        { strong: `${entries.total} entries took ${formatDuration(milliseconds)}${cost}.` },
        ' On a model: durations, failures and capacity are as good as what it was told.',
      ],
    },
  ];
}
