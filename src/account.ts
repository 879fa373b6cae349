import type { Target } from './config/model.ts';
import { ConfigurationError, RemoteError } from './errors.ts';
import type { AwsPorts, CallOptions } from './ports.ts';
import { describeUnanswered } from './unanswered.ts';

/**
 * Stops before anything is changed in the wrong account: the credentials' account must be the one that the configuration names for
 * each target. One GetCallerIdentity call, whatever the number of targets. Where the account is that of others of the targets, these are
 * named: an environment was not chosen, most likely.
 *
 * Throws ConfigurationError for another account, RemoteError when nobody can be asked.
 */
export async function guardAccount(
  targets: readonly Target[],
  aws: Pick<AwsPorts, 'sts'>,
  options?: CallOptions,
): Promise<void> {
  const [first] = targets;
  if (first === undefined) return;
  const actual = await readAccount(first.region, aws, options);
  const wrong = targets.filter(({ account }) => account !== actual);
  if (wrong.length === 0) return;
  const expected = [
    ...new Set(wrong.map(({ environment, account }) => `environment "${environment}" is account ${account}`)),
  ];
  const own = [...new Set(targets.filter(({ account }) => account === actual).map(({ environment }) => environment))];
  const choice = own.map(environment => `\`--environment ${environment}\``).join(' or ');
  throw new ConfigurationError({
    message: `these AWS credentials belong to account ${actual}, but ${expected.join(' and ')}`,
    remedy: `Nothing was changed. ${own.length > 0 ? `These credentials are for ${choice}; else assume` : 'Assume'} a role of that account, or correct \`account\` in the configuration.`,
  });
}

/**
 * The result of `work`, which changes nothing and is under way while the guard's answer is waited for. A wrong account is told before
 * whatever else went wrong, and `later` only by who waits for it.
 */
export async function afterGuard<Result>(
  guarding: Promise<void>,
  work: Promise<Result>,
  later: readonly Promise<unknown>[],
): Promise<Result> {
  for (const each of later) each.catch(() => undefined);
  const [guard] = await Promise.allSettled([guarding, work]);
  if (guard.status === 'rejected') throw guard.reason;
  return work;
}

const CREDENTIALS =
  'Check the AWS credentials: on your own machine AWS_PROFILE, or AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY. In a workflow, use the action assume-role before this step, in a job with `permissions: { id-token: write }`.';

/** The account that the credentials belong to. Throws RemoteError. */
export async function readAccount(region: string, aws: Pick<AwsPorts, 'sts'>, options?: CallOptions): Promise<string> {
  try {
    const { Account } = await (await aws.sts(region)).getCallerIdentity({}, options);
    return Account ?? 'unknown';
  } catch (error) {
    const unanswered = describeUnanswered(error);
    throw new RemoteError(
      {
        doing: unanswered ? `asking AWS in ${region}` : `asking whose credentials these are in ${region}`,
        operation: 'GetCallerIdentity',
        target: region,
        remedy: unanswered ?? CREDENTIALS,
      },
      error,
    );
  }
}
