import { ConfigurationError } from '../errors.ts';
import { readRegionInUse } from './in-use.ts';
import { type RegistrationPorts, withLimiter } from './live.ts';
import type { PlannedRollback } from './plan-rollback.ts';

/**
 * A rollback by deregistering leaves nothing to go back to but what stays ACTIVE: so what it goes back to must be ACTIVE, and what it
 * takes away must have no unfinished job. Throws ConfigurationError naming all that is in the way, RemoteError when nobody can be asked.
 */
export async function requireUnused(planned: readonly PlannedRollback[], ports: RegistrationPorts): Promise<void> {
  const limited = withLimiter(ports);
  const regions = Map.groupBy(planned, ({ config }) => config.region);
  const problems = await Promise.all(
    [...regions].map(async ([region, own]) => {
      const inUse = await readRegionInUse(region, limited);
      return own.flatMap(({ source, newer }) => [
        ...(source.described.status === 'ACTIVE'
          ? []
          : [
              {
                message: `${source.name}:${source.revision} in ${region} was deregistered, so its content can only be registered again`,
              },
            ]),
        ...newer.flatMap(one => {
          const jobs = inUse.get(one.arn);
          return jobs
            ? [
                {
                  message: `${one.name}:${one.revision} in ${region} is used by ${jobs} unfinished ${jobs === 1 ? 'job' : 'jobs'}`,
                },
              ]
            : [];
        }),
      ]);
    }),
  );
  if (problems.flat().length === 0) return;
  throw new ConfigurationError([
    ...problems.flat(),
    {
      message: 'Nothing was deregistered',
      remedy: 'Roll back by registering the old content forward (how: register), or wait for the jobs.',
    },
  ]);
}
