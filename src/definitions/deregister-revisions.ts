import { batchError } from './batch-error.ts';
import { type LiveDefinition, type RegistrationPorts, withLimiter } from './live.ts';

export interface RevisionToRetire {
  readonly region: string;
  readonly revision: LiveDefinition;
}

export type DeregisterOutcome =
  | { readonly status: 'deregistered' }
  | { readonly status: 'failed'; readonly error: Error }
  | { readonly status: 'not-attempted' };

/** Definitions under way at once in one region; the limiter decides how fast. */
const CONCURRENCY = 8;

/**
 * Deregisters in the order given, per job definition one after the other; after a failure the rest of that definition is left alone,
 * the others go on. Says of each what happened. Never throws because of AWS.
 */
export async function deregisterRevisions(
  revisions: readonly RevisionToRetire[],
  ports: RegistrationPorts,
): Promise<ReadonlyMap<RevisionToRetire, DeregisterOutcome>> {
  const limited = withLimiter(ports);
  const outcomes = new Map<RevisionToRetire, DeregisterOutcome>();
  const queue = Map.groupBy(revisions, ({ region, revision }) => `${region} ${revision.name}`).values();
  const work = async () => {
    for (const own of queue) {
      for (const one of own) {
        const { region, revision } = one;
        if (ports.signal?.aborted) break;
        try {
          const batch = await ports.aws.batch(region);
          const call = () => batch.deregisterJobDefinition({ jobDefinition: revision.arn });
          await limited.limiter.run({ region, operations: 'write' }, call);
          outcomes.set(one, { status: 'deregistered' });
        } catch (error) {
          const name = `${revision.name}:${revision.revision} in ${region}`;
          outcomes.set(one, { status: 'failed', error: batchError('DeregisterJobDefinition', name, error) });
          break;
        }
      }
    }
  };
  await Promise.all(Array.from({ length: CONCURRENCY }, work));
  return new Map(revisions.map(one => [one, outcomes.get(one) ?? { status: 'not-attempted' }]));
}
