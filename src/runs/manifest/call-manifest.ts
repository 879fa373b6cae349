import { ConfigurationError, RemoteError } from '../../errors.ts';
import { callRemote } from '../../jobs/api-error.ts';

const ABSENT = ['NoSuchKey', 'NoSuchBucket'];

/**
 * As callRemote; but what is not there is a ConfigurationError: whoever named it can mend that, and nobody need ask AWS again before.
 */
export async function callManifest<Answer>(
  failure: Parameters<typeof callRemote>[0],
  call: () => Promise<Answer>,
): Promise<Answer> {
  try {
    return await callRemote(failure, call);
  } catch (error) {
    if (!(error instanceof RemoteError) || !ABSENT.includes(error.code ?? '')) throw error;
    const remedy = 'Write it first, or correct its address.';
    throw new ConfigurationError({ message: error.message, remedy }, { cause: error.cause });
  }
}
