import type { RunConfig } from '../config/model.ts';
import type { JobSettings, RunPlan } from './model.ts';

/** What the configuration of one region says of its jobs. */
export function pickJobSettings({ parameters, environment, command, retry }: RunConfig): JobSettings {
  const { onDemandQueues, onDemandFairShares } = retry;
  return {
    parameters,
    environment,
    ...(command && { command }),
    onDemandQueues,
    ...(onDemandFairShares && { onDemandFairShares }),
  };
}

/** As planned for the region; plans of earlier versions know one configuration for all. */
export function jobSettingsOf(
  { jobSettings, config }: Pick<RunPlan, 'jobSettings' | 'config'>,
  region: string,
): JobSettings {
  return jobSettings?.[region] ?? pickJobSettings(config);
}
