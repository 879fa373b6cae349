import { readAccount } from '../../account.ts';
import type { TargetConfig } from '../../config/model.ts';
import { type CheckResult, ng, ok, type VerifyPorts } from './model.ts';

/**
 * Whether the credentials are of each target's account. One GetCallerIdentity call. In another account nothing else could be told
 * from what is missing. Throws RemoteError when nobody can be asked.
 */
export async function verifyAccounts(
  targets: readonly TargetConfig[],
  { aws, signal }: Pick<VerifyPorts, 'aws' | 'signal'>,
): Promise<readonly (CheckResult & { readonly target: TargetConfig })[]> {
  const [first] = targets;
  if (first === undefined) return [];
  const actual = await readAccount(first.region, aws, signal && { abortSignal: signal });
  return targets.map(target => {
    const verdict =
      target.account === actual
        ? ok()
        : ng(
            `these credentials are of account ${actual}, so nothing else was looked at`,
            'Assume a role of the right account, or correct `account` in the configuration.',
          );
    return { ...verdict, check: 'account', target, subject: target.account, definitions: [] };
  });
}
