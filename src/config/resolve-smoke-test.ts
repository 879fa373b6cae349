import type { SmokeTestConfig } from './model.ts';
import { fillPlaceholders } from './placeholders.ts';
import type { SmokeTestFile } from './schema.ts';

/** Names to fall back on: the first of each, as the file lists them. */
export interface SmokeTestDefaults {
  readonly family: string;
  readonly tier: string;
  readonly priority: string;
}

/** Filled in from `names` here; `{index}`, `{entry}` and `{run}` are known only when the job is submitted. */
export function resolveSmokeTest(
  file: SmokeTestFile,
  defaults: SmokeTestDefaults,
  names: Readonly<Record<string, string>>,
): SmokeTestConfig {
  const tier = file.tier ?? defaults.tier;
  const fill = (text: string) => fillPlaceholders(text, { ...names, tier });
  const fillAll = (values: Readonly<Record<string, string>> = {}) =>
    Object.fromEntries(Object.entries(values).map(([name, value]) => [name, fill(value)]));
  const entries = file.entries ?? [];
  return {
    priority: file.priority ?? defaults.priority,
    tier,
    family: file.family ?? defaults.family,
    size: file.size ?? Math.max(1, entries.length),
    parameters: fillAll(file.parameters),
    environment: fillAll(file.environment),
    command: file.command?.map(fill),
    deadlineSeconds: file.deadlineSeconds ?? 1800,
    blockedSeconds: file.blockedSeconds ?? 300,
    expectObjects: (file.expectObjects ?? []).map(fill),
    entries,
    idempotence: file.idempotence ?? false,
  };
}
