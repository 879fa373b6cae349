import type { FoundRepository } from './ecr-repository.ts';
import type { ImagePorts, ImageTarget } from './model.ts';
import { type Authorization, createAuthorization } from './registry/authorization.ts';
import { createExchange } from './registry/exchange.ts';
import { openRepository, type Repository } from './registry/repository.ts';
import { parseRegistryLocation } from './registry-location.ts';

export interface OpenedRepository extends Repository {
  readonly authorization: Authorization;
}

/** Opens repositories of one name in any region, one login for each region. */
export function createRegistries(
  name: string,
  ports: ImagePorts,
): (target: ImageTarget, found: FoundRepository) => OpenedRepository {
  const logins = new Map<string, Authorization>();
  return ({ region, registry }, { uri }) => {
    const authorization = logins.get(region) ?? createAuthorization(region, ports);
    logins.set(region, authorization);
    // What ECR says itself, unless the configuration knows better (a FIPS name, a proxy).
    const location = parseRegistryLocation(registry ?? uri.slice(0, -(name.length + 1)));
    const exchange = createExchange(location, { http: ports.http, authorization, signal: ports.signal });
    return { ...openRepository({ location, region, exchange, ports }, name), authorization };
  };
}
