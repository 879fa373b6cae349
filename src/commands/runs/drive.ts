/** The verbs that move a run on: submit, watch, retry, and run, which does all three. */

import { ConfigurationError } from '../../errors.ts';
import { formatAmount } from '../../format-amount.ts';
import { flag, integer, list, oneOf, text } from '../../inputs.ts';
import { parseFailureClasses } from '../../jobs/failure-class.ts';
import { LOCAL_PAUSES } from '../../jobs/pace.ts';
import { describeLargest } from '../../report/largest-group.ts';
import { reportRun } from '../../report/run.ts';
import { adviseTiers } from '../../runs/advise.ts';
import { commandFor } from '../../runs/command-for.ts';
import { type DriveRequest, driveRun } from '../../runs/drive.ts';
import { readRounds } from '../../runs/history.ts';
import { type Lease, takeLease } from '../../runs/lease.ts';
import { type Ledger, openLedger } from '../../runs/ledger.ts';
import { MANIFEST_FORMATS, openManifest } from '../../runs/manifest/open-manifest.ts';
import type { RunPlan } from '../../runs/model.ts';
import { pinAnew } from '../../runs/pin-definitions.ts';
import { allowMore } from '../../runs/plan-round.ts';
import { planRun } from '../../runs/plan-run.ts';
import { type RunSummary, summarizeRun } from '../../runs/summary.ts';
import { type CommandResult, defineCommand, type Ports } from '../command.ts';
import { describeGoingOn } from './going-on.ts';
import { describeEnd, describeIdleRetry, isOver } from './idle.ts';
import { writeReports } from './reports.ts';
import { chooseRun, openSession, type Session, sessionInputs } from './session.ts';
import { parseTolerated, type Tolerated } from './tolerated.ts';

const manifestInputs = { manifest: text, format: oneOf(...MANIFEST_FORMATS), 'skip-invalid': flag } as const;
const watchInputs = {
  'watch-minutes': integer(1, 100_000),
  account: oneOf('none', 'listed', 'described'),
  'max-failed': text,
  'report-folder': text,
} as const;

/** Reads the manifest and submits every entry, exactly once however often it is run. */
export const submitCommand = defineCommand({
  name: 'submit',
  inputs: { ...sessionInputs, run: text, ...manifestInputs },
  run: (inputs, ports) => drive({ ...inputs, until: 'submitted' }, ports),
});

/** Watches what was submitted to its end, and says what failed and why; retries nothing. */
export const watchCommand = defineCommand({
  name: 'watch',
  inputs: { ...sessionInputs, run: text, ...watchInputs },
  run: (inputs, ports) => drive({ ...inputs, until: 'watched' }, ports),
});

/** Submits again what failed and may be retried, and watches it. */
export const retryCommand = defineCommand({
  name: 'retry',
  inputs: { ...sessionInputs, run: text, classes: list, rounds: integer(1, 20), repin: flag, ...watchInputs },
  run: (inputs, ports) => {
    const { repin, rounds = 1 } = inputs;
    const more = { classes: parseFailureClasses(inputs.classes), rounds, repin };
    return drive({ ...inputs, until: 'settled', more }, ports);
  },
});

/** From the manifest to the last retry and the account. Started again, it goes on. */
export const runCommand = defineCommand({
  name: 'run',
  inputs: { ...sessionInputs, run: text, ...manifestInputs, ...watchInputs },
  run: (inputs, ports) => drive({ ...inputs, until: 'settled' }, ports),
});

interface Drive {
  readonly config: string | undefined;
  readonly environment: string | undefined;
  readonly run: string | undefined;
  readonly until: DriveRequest['until'];
  readonly manifest?: string | undefined;
  readonly format?: (typeof MANIFEST_FORMATS)[number] | undefined;
  readonly 'skip-invalid'?: boolean;
  readonly 'watch-minutes'?: number | undefined;
  readonly account?: 'none' | 'listed' | 'described' | undefined;
  readonly 'max-failed'?: string | undefined;
  readonly 'report-folder'?: string | undefined;
  readonly more?: { readonly classes: readonly string[]; readonly rounds: number; readonly repin: boolean };
}

async function drive(inputs: Drive, ports: Ports): Promise<CommandResult> {
  const tolerated = parseTolerated(inputs['max-failed']);
  const session = await openSession(inputs, ports);
  const run = chooseRun(inputs.run, ports, session.environment, inputs.manifest !== undefined);
  const ledger = openLedger(run, session.store, session.openEntries);
  const lease = await takeLease(ledger, { ...session.ports, ...ports.process });
  try {
    return await driveLeased(inputs, { session, ledger, lease, tolerated }, ports);
  } finally {
    // Best effort: a lease that is not given back ends by itself.
    await lease.release().catch(() => undefined);
  }
}

interface Leased {
  readonly session: Session;
  readonly ledger: Ledger;
  readonly lease: Lease;
  readonly tolerated: Tolerated;
}

async function driveLeased(
  inputs: Drive,
  { session, ledger, lease, tolerated }: Leased,
  ports: Ports,
): Promise<CommandResult> {
  const minutes = inputs['watch-minutes'];
  // Taken before the manifest is read: a limit on the watch is a limit on the step.
  const watchUntil = minutes === undefined ? undefined : ports.clock.now() + minutes * 60_000;
  const plan =
    inputs.manifest === undefined
      ? await readPlan(ledger, session.environment)
      : await planFrom(inputs.manifest, inputs, session, ledger, ports);
  const before = await readRounds(plan, ledger);
  // After those rounds that there have been.
  const more = inputs.more && {
    ...inputs.more,
    from: before.length,
    rounds: before.length - 1 + inputs.more.rounds,
  };
  const despiteStop = inputs.more && (await ledger.readStop())?.at;
  const repinned = inputs.more?.repin ? await repin(plan, session) : undefined;
  const pauses = ports.localAws ? LOCAL_PAUSES : undefined;
  const result = await driveRun(
    { plan, until: inputs.until, pauses, watchUntil, more, despiteStop, repinned },
    ledger,
    lease,
    session.ports,
  );
  // Of a run that was over before, everything is old but a round that was planned now.
  const idle = isOver(before) && result.rounds.length === before.length;
  if (idle && !inputs.more && inputs.until !== 'watched')
    ports.notify({
      type: 'message',
      level: 'warning',
      text: `Nothing was submitted: run ${plan.run} ${describeEnd(before)}.`,
    });
  if (inputs.until === 'submitted' && !idle) return describeSubmitted(plan, ledger);
  const detail = inputs.account === 'none' || result.state === 'running' ? undefined : (inputs.account ?? 'listed');
  const summary = await summarizeRun(plan, result, detail, ledger, session.ports);
  const advice = adviseTiers(summary);
  const folder = inputs['report-folder'];
  if (folder) await writeReports(folder, { summary, advice, ledger, rounds: result.rounds }, ports);
  const settled = describeSettled(summary, advice, tolerated, ledger);
  return idle && more ? describeIdleRetry(settled, allowMore(plan, more, before.length), result, ledger) : settled;
}

async function planFrom(
  source: string,
  inputs: Drive,
  session: Session,
  ledger: Ledger,
  ports: Ports,
): Promise<RunPlan> {
  const [{ region }] = session.targets;
  const items = openManifest(
    source,
    { format: inputs.format, region },
    { aws: ports.aws, files: ports.files, signal: ports.signal },
  );
  const known = await ledger.readPlan();
  const title = known ? await describeGoingOn(known, ledger) : `Plan run ${ledger.run}`;
  ports.notify({ type: 'step', title });
  const commit = (await ports.readSourceRevision())?.commit;
  return planRun(
    {
      run: ledger.run,
      targets: session.targets,
      definitions: session.targets.flatMap(target => session.config.resolveDefinitions(target)),
      manifest: { source, items },
      skipInvalid: inputs['skip-invalid'] ?? false,
      entriesUri: session.entriesUri,
      commit,
    },
    ledger,
    session.ports,
  );
}

async function readPlan(ledger: Ledger, environment: string): Promise<RunPlan> {
  const plan = await ledger.readPlan();
  if (plan) return plan;
  throw new ConfigurationError({
    message: `the ledger has no run ${ledger.run} (${ledger.uri})`,
    remedy: `Give a manifest to begin one, or another run; ${commandFor('runs list', { environment })} shows all.`,
  });
}

/** What is retried now goes to the newest revisions, and says to which. */
async function repin(plan: RunPlan, { config, targets, ports }: Session): Promise<RunPlan['definitions']> {
  const definitions = targets.flatMap(target => config.resolveDefinitions(target));
  const repinned = await pinAnew(plan, definitions, ports);
  for (const { region, arn } of repinned) {
    const text = `${region}: what is retried now runs ${arn.split('/').at(-1)}`;
    ports.notify({ type: 'message', level: 'info', text });
  }
  return repinned;
}

function describeSubmitted(plan: RunPlan, ledger: Ledger): CommandResult {
  return {
    exitCode: 0,
    outputs: {
      run: plan.run,
      state: 'running',
      entries: String(plan.manifest.entries),
      jobs: String(plan.shards.length),
      ledger: ledger.uri,
    },
    report: [
      { type: 'heading', level: 2, content: `Run ${plan.run}` },
      {
        type: 'paragraph',
        content: [
          `${plan.manifest.entries} entries are submitted, as ${plan.shards.length} jobs. Watch them with `,
          { code: commandFor('watch', plan) },
          '.',
        ],
      },
      {
        type: 'table',
        columns: [
          { title: 'Job' },
          { title: 'Region' },
          { title: 'Job queue' },
          { title: 'Job definition' },
          { title: 'Children', align: 'right' },
        ],
        rows: plan.shards.map(shard => [
          shard.jobName,
          shard.region,
          shard.jobQueue,
          { code: shard.jobDefinitionArn.split('/').at(-1) ?? '' },
          String(shard.size),
        ]),
      },
    ],
    json: { run: plan.run, state: 'running', manifest: plan.manifest, shards: plan.shards },
  };
}

function describeSettled(
  summary: RunSummary,
  advice: readonly string[],
  tolerated: Tolerated,
  ledger: Ledger,
): CommandResult {
  const { run, state, entries } = summary;
  const watch = commandFor('watch', summary);
  const failure =
    state === 'running'
      ? `run ${run} has not ended: ${entries.open} entries are open. Its jobs go on; watch it again with ${watch}`
      : describeFailed(summary, tolerated);
  return {
    exitCode: failure === undefined ? 0 : 1,
    failure,
    outputs: {
      run,
      state,
      entries: String(entries.total),
      succeeded: String(entries.succeeded),
      failed: String(entries.failed),
      cost: summary.account ? formatAmount(summary.account.total.cost) : '',
      ledger: ledger.uri,
    },
    report: reportRun(summary, advice),
    json: { ...summary, advice },
  };
}

function describeFailed({ run, entries, groups }: RunSummary, tolerated: Tolerated): string | undefined {
  if (entries.failed <= tolerated(entries.total)) return undefined;
  const [first] = groups;
  const most = first ? `; ${describeLargest(first, entries.failed)}` : '';
  return `${entries.failed} of ${entries.total} entries of run ${run} failed${most}`;
}
