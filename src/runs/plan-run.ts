import { createHash } from 'node:crypto';
import type { DefinitionConfig, TargetConfig } from '../config/model.ts';
import { ConfigurationError, type Problem } from '../errors.ts';
import { formatCount } from '../format-count.ts';
import { pickJobSettings } from './job-settings.ts';
import type { Ledger } from './ledger.ts';
import type { ManifestItems } from './manifest/lines.ts';
import type { EntryRules } from './manifest/parse-entry.ts';
import { readEntries } from './manifest/read-entries.ts';
import type { RunPlan } from './model.ts';
import { pinDefinitions } from './pin-definitions.ts';
import { nameShardJob, targetOf } from './plan-round.ts';
import type { RunPorts } from './ports.ts';
import { lookUpPrices } from './prices/look-up.ts';
import { createShardWriter } from './shard-writer.ts';

export interface PlanRunRequest {
  readonly run: string;
  /** The targets of one environment; the first that has runs is where entries without a region go, and none goes to one without. */
  readonly targets: readonly TargetConfig[];
  /** Every definition of those targets. */
  readonly definitions: readonly DefinitionConfig[];
  readonly manifest: { readonly source: string; readonly items: ManifestItems };
  readonly skipInvalid: boolean;
  /** Where the children read their entries: `s3://bucket/prefix`. A run that is planned already keeps its own. */
  readonly entriesUri: string;
  readonly commit?: string | undefined;
}

/**
 * Reads the manifest, pins the newest ACTIVE revision of each tier, writes the entries of every shard, looks prices up where it is to,
 * and then writes the plan. Nothing is submitted. When the ledger holds a plan of this run from the same manifest already, that one stands.
 *
 * Throws OtherManifestError for a run planned from another manifest, ConfigurationError for one with bad entries or a tier without a
 * revision, or a budget without the prices to keep it by, RemoteError when AWS cannot be asked.
 */
export async function planRun(request: PlanRunRequest, ledger: Ledger, ports: RunPorts): Promise<RunPlan> {
  const { entriesUri } = request;
  const targets = request.targets.filter(({ runs }) => runs);
  const [first] = targets;
  const config = first?.runs;
  if (!first || !config)
    throw new ConfigurationError({
      message: 'the configuration has no `runs` section',
      remedy: 'Add one: where the ledger is kept is all it must say.',
    });
  const own = request.definitions.filter(
    ({ family, region }) => family.name === config.family && targets.some(target => target.region === region),
  );
  const tiers = sortTiers(own);
  const jobQueues = Object.fromEntries(targets.map(target => [target.region, target.jobQueues]));
  const fairShares = Object.fromEntries(
    targets.flatMap(target => (target.fairShares ? [[target.region, target.fairShares] as const] : [])),
  );
  const jobSettings = Object.fromEntries(
    targets.flatMap(({ region, runs }) => (runs ? [[region, pickJobSettings(runs)] as const] : [])),
  );
  const rules: EntryRules = {
    id: config.id,
    tier: config.tier,
    priority: config.priority,
    region: first.region,
    tiers,
    jobQueues,
  };
  const planned = await ledger.readPlan();
  const definitions = planned?.definitions ?? (await pinDefinitions(own, ports));
  const base = { project: first.project, run: request.run, definitions, jobQueues, fairShares, jobSettings, config };
  const digest = createHash('sha256');
  const writer = createShardWriter({
    round: 0,
    pack: config.pack,
    targetOf: entry => targetOf(base, entry),
    nameJob: nameShardJob(base),
    // Of a run that is planned already the manifest is only compared.
    writeEntries: planned ? async () => undefined : (key, bytes) => ledger.writeEntries(key, bytes, entriesUri),
  });
  const { source, items } = request.manifest;
  const read = await readEntries(items, {
    source,
    rules,
    skipInvalid: request.skipInvalid,
    onEntry(entry) {
      digest.update(`${entry.text}\n`);
      return writer.add(entry);
    },
  });
  const manifest = { source, digest: digest.digest('hex'), entries: read.entries, skipped: read.skipped };
  if (planned) return requireSame(planned, manifest.digest, source);
  if (read.skipped > 0) tellSkipped(read.problems, read.skipped, ports);
  const shards = await writer.finish();
  const pricing = await lookUpPrices({ ...base, shards }, ports);
  const plan: RunPlan = {
    format: 1,
    environment: first.environment,
    plannedAt: new Date(ports.clock.now()).toISOString(),
    manifest,
    ...base,
    entriesUri,
    shards,
    ...(pricing && { pricing }),
    tiers,
    ...(request.commit !== undefined && { commit: request.commit }),
  };
  if (await ledger.writePlan(plan)) return plan;
  // Somebody else planned it at the same moment.
  const other = await ledger.readPlan();
  if (!other) throw new Error(`the plan of run ${request.run} was there, and is gone`);
  return requireSame(other, manifest.digest, source);
}

/** The run's name belongs to other entries. */
export class OtherManifestError extends ConfigurationError {}

/** From the least memory to the most, so that the next one is the one to go to. */
function sortTiers(definitions: readonly DefinitionConfig[]): readonly string[] {
  const tiers = new Map(definitions.map(({ tier }) => [tier.name, tier.memoryMiB]));
  return [...tiers.keys()].sort((a, b) => (tiers.get(a) ?? 0) - (tiers.get(b) ?? 0));
}

function requireSame(planned: RunPlan, digest: string, source: string): RunPlan {
  if (planned.manifest.digest === digest) return planned;
  throw new OtherManifestError({
    message: `run ${planned.run} was planned on ${planned.plannedAt} from other entries (${planned.manifest.source}, ${formatCount(planned.manifest.entries)} of them) than ${source} holds now`,
    remedy: 'To go on with that run, leave the manifest out. To submit these entries, give another run id.',
  });
}

function tellSkipped(problems: readonly Problem[], count: number, { notify }: RunPorts): void {
  for (const { message, position } of problems)
    notify({ type: 'message', level: 'warning', text: `left out: ${message}`, position });
  if (count > problems.length)
    notify({ type: 'message', level: 'warning', text: `left out: ${count - problems.length} more` });
}
