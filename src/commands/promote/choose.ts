/** What a promotion is asked for, before anything is asked of AWS. */
import type { Config, TargetConfig } from '../../config/model.ts';
import { selectDefinitions } from '../../config/select-targets.ts';
import { ConfigurationError, type Problem } from '../../errors.ts';
import { planSmokeTests } from '../../jobs/plan-smoke-test.ts';
import type { Ports } from '../command.ts';
import { loadTargets } from '../load.ts';

export interface Choice {
  readonly config: Config;
  readonly environment: string;
  readonly from: string;
  /** Of the environment that is promoted to. */
  readonly targets: readonly TargetConfig[];
  /** All regions of the environment that is promoted from: every one has to have proven it. */
  readonly sources: readonly TargetConfig[];
}

/** Throws ConfigurationError with everything that is in the way of a promotion. */
export async function choosePromotion(
  given: {
    readonly config: string | undefined;
    readonly environment: string | undefined;
    readonly from: string | undefined;
    readonly region: readonly string[];
    readonly tier: readonly string[];
  },
  ports: Pick<Ports, 'files' | 'registryHost'>,
): Promise<Choice> {
  const { environment, from = 'test' } = given;
  if (environment === undefined) {
    throw new ConfigurationError({
      message: 'input "environment" is required and was not given',
      remedy: 'Say which environment the image is promoted to.',
    });
  }
  if (environment === from) {
    throw new ConfigurationError(`"${environment}" cannot be promoted to itself: give another \`from\``);
  }
  const { config, targets } = await loadTargets(
    { config: given.config, environment: [environment], region: given.region },
    ports,
  );
  const { targets: sources } = await loadTargets({ config: given.config, environment: [from], region: [] }, ports);
  const problems = [...findUnproving(from, sources), ...findUnprovable(config, environment, targets, given.tier)];
  if (problems.length > 0) throw new ConfigurationError(problems);
  return { config, environment, from, targets, sources };
}

function findUnproving(from: string, sources: readonly TargetConfig[]): Problem[] {
  if (sources.some(({ smokeTest }) => smokeTest)) return [];
  const remedy = 'Add `smokeTest` to it, or promote `from` another environment.';
  return [{ message: `environment "${from}" has no smokeTest, so nothing can be proven there`, remedy }];
}

/** What is promoted has to prove itself where it goes, with a definition that is promoted. */
function findUnprovable(
  config: Config,
  environment: string,
  targets: readonly TargetConfig[],
  tiers: readonly string[],
): Problem[] {
  const tested = targets.filter(({ smokeTest }) => smokeTest);
  if (tested.length === 0) {
    const remedy = 'Add `smokeTest` to it: a promotion that nobody tests is none.';
    return [{ message: `environment "${environment}" has no smokeTest`, remedy }];
  }
  const problems = tested.flatMap(target => {
    const { family, tier } = target.smokeTest ?? {};
    const chosen = selectDefinitions(config, target, tiers);
    const definition = chosen.find(each => each.family.name === family && each.tier.name === tier);
    if (definition) return planEarly(target, definition.jobDefinitionName);
    const message = `the smoke test of ${environment} in ${target.region} runs tier "${tier}" of "${family}", which is not promoted`;
    return [{ message, remedy: 'Leave `tier` out, or give that tier too.' }];
  });
  return problems;
}

/** A smoke test that cannot be submitted is told now, and not after everything has been registered. */
function planEarly(config: TargetConfig, name: string): readonly Problem[] {
  const { partition, region, account } = config;
  const jobDefinitionArn = `arn:${partition}:batch:${region}:${account}:job-definition/${name}:1`;
  try {
    planSmokeTests([{ config, jobDefinitionArn }], 'run');
    return [];
  } catch (error) {
    if (error instanceof ConfigurationError) return error.problems;
    throw error;
  }
}
