/** PutAccountSetting and GetAccountSetting. */
import { invalidParameter } from '../errors.ts';
import { requireString } from '../input.ts';
import type { Registries } from '../registries.ts';
import { readAccountSetting, writeAccountSetting } from '../settings.ts';
import type { Operations } from './call.ts';

/** Values by name; the first is what it is before anybody set it. */
const SETTINGS: Readonly<Record<string, readonly [string, ...string[]]>> = {
  BASIC_SCAN_TYPE_VERSION: ['AWS_NATIVE', 'CLAIR'],
  REGISTRY_POLICY_SCOPE: ['V1', 'V2'],
  BLOB_MOUNTING: ['DISABLED', 'ENABLED'],
};

export function settingOperations(registries: Registries): Operations {
  return {
    PutAccountSetting: request => {
      const { name, values } = readName(requireString(request.input, 'name', { min: 1, max: 64 }));
      const value = requireString(request.input, 'value');
      if (!values.includes(value))
        throw invalidParameter('value', `Member must satisfy enum value set: [${values.join(', ')}]`);
      writeAccountSetting(registries, request, name, value);
      return { name, value };
    },
    GetAccountSetting: request => {
      const { name, values } = readName(requireString(request.input, 'name', { min: 1, max: 64 }));
      return { name, value: readAccountSetting(registries, request, name) ?? values[0] };
    },
  };
}

function readName(name: string): { name: string; values: readonly [string, ...string[]] } {
  const values = Object.hasOwn(SETTINGS, name) ? SETTINGS[name] : undefined;
  if (!values)
    throw invalidParameter('name', `Member must satisfy enum value set: [${Object.keys(SETTINGS).join(', ')}]`);
  return { name, values };
}
