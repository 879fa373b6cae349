/** Docker's config.json with logins added, for a throw-away copy. */
import type { RegistryLogin } from '../../ports.ts';

/**
 * Everything of the user's own file stays, other registries' logins too. The added hosts are taken from the file, whatever
 * credential store is set: a helper of its own for a host comes before the store, and an empty one means the file. Text that is not
 * JSON counts as none.
 */
export function addLogins(text: string | undefined, logins: readonly RegistryLogin[]): string {
  const config = parseObject(text);
  const auths = logins.map(({ host, username, password }) => {
    return [host, { auth: Buffer.from(`${username}:${password}`).toString('base64') }] as const;
  });
  const store = { ...objectOf(config['credHelpers']), ...Object.fromEntries(logins.map(({ host }) => [host, ''])) };
  const merged = {
    ...config,
    auths: { ...objectOf(config['auths']), ...Object.fromEntries(auths) },
    credHelpers: store,
  };
  return JSON.stringify(merged, null, 2);
}

function parseObject(text: string | undefined): Record<string, unknown> {
  try {
    return objectOf(JSON.parse(text ?? '{}'));
  } catch {
    return {};
  }
}

function objectOf(value: unknown): Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value) ? { ...value } : {};
}
