/** Settings of a registry that change how it behaves. */
import type { Registry } from './model.ts';
import type { Registries } from './registries.ts';

export function readAccountSetting(registries: Registries, registry: Registry, name: string): string | undefined {
  return registries.settings<string>('account').get(settingKey(registry, name));
}

export function writeAccountSetting(registries: Registries, registry: Registry, name: string, value: string): void {
  registries.settings<string>('account').put(settingKey(registry, name), value);
}

/** Off until the account turns it on, region by region. */
export function isBlobMountingEnabled(registries: Registries, registry: Registry): boolean {
  return readAccountSetting(registries, registry, 'BLOB_MOUNTING') === 'ENABLED';
}

export function registryKey({ account, region }: Registry): string {
  return `${account}/${region}`;
}

function settingKey(registry: Registry, name: string): string {
  return `${registryKey(registry)}/${name}`;
}
