import type { Config, DefinitionConfig, TargetConfig } from '../../config/model.ts';
import { ConfigurationError, RemoteError } from '../../errors.ts';
import { count } from '../../report/format.ts';
import { PINNED_DAYS, readPins } from '../../runs/pins.ts';
import type { Ports } from '../command.ts';

/**
 * By ARN, the recent run that is pinned to a revision, from the ledgers of the environments that `configs` are of. Says of each ledger
 * what it told. Throws ConfigurationError when one cannot be read: without it nobody knows what its runs need.
 */
export async function readPinned(
  configs: readonly DefinitionConfig[],
  config: Config,
  ports: Ports,
): Promise<ReadonlyMap<string, string>> {
  const environments = new Set(configs.map(({ environment }) => environment));
  // As whoever drives a run has it: the environment's first region is its home.
  const homes = [...environments].flatMap(name => {
    const home = config.targets.find(({ environment }) => environment === name);
    return home ? [config.resolveTarget(home)] : [];
  });
  const ledgers = new Map(homes.flatMap(home => (home.runs ? [[home.runs.ledger, home] as const] : [])));
  const pins = await Promise.all([...ledgers].map(([ledger, home]) => readLedger(ledger, home, ports)));
  return new Map(pins.flatMap(each => [...each]));
}

async function readLedger(
  ledger: string,
  { environment, region }: TargetConfig,
  { openStore, clock, notify }: Ports,
): Promise<ReadonlyMap<string, string>> {
  try {
    const pins = await readPins(openStore(ledger, region), clock.now());
    const text = `${ledger}: unfinished or failed runs of the last ${PINNED_DAYS} days are pinned to ${count(pins.size, 'revision')}`;
    notify({ type: 'message', level: 'info', text });
    return pins;
  } catch (error) {
    if (!(error instanceof RemoteError || error instanceof ConfigurationError)) throw error;
    throw new ConfigurationError(
      {
        message: `nobody knows which revisions the runs of ${environment} are pinned to: ${error.message}`,
        remedy: 'Nothing was deregistered. Here it is enough to read: s3:GetObject and s3:ListBucket.',
      },
      { cause: error },
    );
  }
}
