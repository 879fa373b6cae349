/** What every verb about runs begins with: one environment, its ledger, and which run. */

import { guardAccount } from '../../account.ts';
import type { Config, RunConfig, TargetConfig } from '../../config/model.ts';
import { ConfigurationError } from '../../errors.ts';
import { text } from '../../inputs.ts';
import { createRateLimiter } from '../../limiter.ts';
import type { StorePort } from '../../ports.ts';
import { commandFor } from '../../runs/command-for.ts';
import { createEventFeed, type EventFeed } from '../../runs/event-feed.ts';
import type { OpenEntries } from '../../runs/ledger.ts';
import type { RunPorts } from '../../runs/ports.ts';
import type { Ports } from '../command.ts';
import { loadTargets } from '../load.ts';

export const sessionInputs = { config: text, environment: text } as const;

export interface Session {
  readonly config: Config;
  readonly environment: string;
  /** Of one environment; the first is its home. */
  readonly targets: readonly [TargetConfig, ...TargetConfig[]];
  readonly runs: RunConfig;
  readonly store: StorePort;
  /** Where the children of runs that are planned now read their entries. */
  readonly entriesUri: string;
  readonly openEntries: OpenEntries;
  readonly ports: RunPorts;
}

/** Throws ConfigurationError unless one environment with a `runs` section is chosen, and the credentials are of its account. */
export async function openSession(
  inputs: { readonly config: string | undefined; readonly environment: string | undefined },
  ports: Ports,
): Promise<Session> {
  const environment = inputs.environment ? [inputs.environment] : [];
  const { config, targets } = await loadTargets({ config: inputs.config, environment, region: [] }, ports);
  const [first, ...others] = targets;
  const names = [...new Set(targets.map(target => target.environment))];
  if (!first || names.length > 1) {
    throw new ConfigurationError({
      message: `a run is of one environment, and there are ${names.join(', ')}`,
      remedy: `Say which with ${ports.nameInput('environment')}.`,
    });
  }
  const { runs, region } = first;
  if (!runs) {
    throw new ConfigurationError({
      message: `environment "${first.environment}" has no runs in the configuration`,
      remedy: 'Add a `runs` section; `ledger` is all that it must say.',
    });
  }
  if (!runs.ledger.startsWith('s3://') && !runs.entries) {
    throw new ConfigurationError({
      message: `runs.ledger is the folder ${runs.ledger}, which no job can read`,
      remedy: 'Set runs.entries to s3://bucket/prefix, or keep the ledger there.',
    });
  }
  await guardAccount(targets, ports.aws, { abortSignal: ports.signal });
  const store = ports.openStore(runs.ledger, region);
  return {
    config,
    environment: first.environment,
    targets: [first, ...others],
    runs,
    store,
    entriesUri: runs.entries ?? store.uri,
    openEntries: uri => ports.openStore(uri, region),
    ports: {
      aws: ports.aws,
      clock: ports.clock,
      notify: ports.notify,
      signal: ports.signal,
      limiter: createRateLimiter(ports.clock, ports.notify),
      events: openFeeds(targets, ports),
    },
  };
}

function openFeeds(targets: readonly TargetConfig[], ports: Ports): ReadonlyMap<string, EventFeed> {
  const queues = targets.flatMap(({ region, runs }) => (runs?.events ? [{ region, queueUrl: runs.events }] : []));
  return new Map(queues.map(queue => [queue.region, createEventFeed(queue, ports)]));
}

/** The run that was named, or, in a workflow, the workflow run's own: run again, it goes on. */
export function chooseRun(
  given: string | undefined,
  { process, clock, nameInput }: Pick<Ports, 'process' | 'clock' | 'nameInput'>,
  environment: string,
  fresh: boolean,
): string {
  const own = process.workflowRunId && `github-${process.workflowRunId}`;
  const run = given ?? own ?? (fresh ? timestamp(clock.now()) : undefined);
  if (run === undefined)
    throw new ConfigurationError({
      message: 'which run?',
      remedy: `Say it with ${nameInput('run')}; ${commandFor('runs list', { environment })} shows all.`,
    });
  if (/^[A-Za-z0-9][A-Za-z0-9_.-]{0,79}$/.test(run)) return run;
  throw new ConfigurationError(
    `"${run}" cannot name a run: 1 to 80 letters, digits, -, _ and ., the first a letter or digit`,
  );
}

function timestamp(now: number): string {
  return new Date(now).toISOString().slice(0, 19).replace(/[-:]/g, '').replace('T', '-');
}
