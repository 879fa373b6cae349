/** Looks at everything that the fleet claims, once each, and says what is there, what is not, and what could not be looked at. */
import { withLimiter } from '../live.ts';
import { bucketClaims } from './buckets.ts';
import { createCapacity, queuesOf } from './capacity.ts';
import { createImages } from './ecr-images.ts';
import { eventQueueClaims } from './event-queues.ts';
import { fitClaims } from './fit.ts';
import { imageClaims } from './images.ts';
import { jobQueueClaims } from './job-queues.ts';
import { logGroupClaims } from './log-groups.ts';
import type { CheckResult, Claim, Fleet, VerifyPorts } from './model.ts';
import { parameterClaims } from './parameters.ts';
import { platformClaims } from './platform.ts';
import { roleClaims } from './roles.ts';
import { secretClaims } from './secrets.ts';

/** In the order of the checks. Rejects only when aborted. */
export async function verifyFleet(
  fleet: Fleet,
  ports: Omit<VerifyPorts, 'limiter'> & Partial<Pick<VerifyPorts, 'limiter'>>,
): Promise<readonly CheckResult[]> {
  const limited = { ...ports, limiter: withLimiter(ports).limiter };
  const groups = Map.groupBy(collectClaims(fleet, limited), ({ check, target, subject }) =>
    JSON.stringify([check, target.environment, target.region, subject]),
  );
  return Promise.all([...groups.values()].map(readResult));
}

function collectClaims(fleet: Fleet, ports: VerifyPorts): readonly Claim[] {
  const capacity = createCapacity(region => queuesOf(fleet, region), ports);
  const images = createImages(fleet, ports);
  return [
    ...jobQueueClaims(fleet, capacity),
    ...fitClaims(fleet, capacity),
    ...imageClaims(fleet, images),
    ...platformClaims(fleet, capacity, images),
    ...roleClaims(fleet, ports),
    ...secretClaims(fleet, ports),
    ...parameterClaims(fleet, ports),
    ...logGroupClaims(fleet, ports),
    ...bucketClaims(fleet, ports),
    ...eventQueueClaims(fleet, ports),
  ];
}

async function readResult(claims: readonly Claim[]): Promise<CheckResult> {
  const [first] = claims;
  if (first === undefined) throw new Error('a group has at least one claim');
  const { check, target, subject, needed } = first;
  const definitions = new Set(claims.flatMap(each => each.needed?.candidate.definition.name ?? []));
  const { definition, live } = needed?.candidate ?? {};
  return {
    ...(await first.verify()),
    check,
    target,
    subject,
    definitions: [...definitions],
    position: live === false && needed ? definition?.positionOf(needed.path) : undefined,
  };
}
