/** GetAuthorizationToken. */
import type { ServiceRequest } from '../../model.ts';
import { asString, readList, seconds } from '../input.ts';
import type { Tokens } from '../tokens.ts';
import type { Operations } from './call.ts';

export function authorizationOperations(tokens: Tokens, endpoint: () => string): Operations {
  return {
    GetAuthorizationToken: (request: ServiceRequest) => {
      const { password, expiresAt } = tokens.issue(request.account);
      const authorization = {
        authorizationToken: Buffer.from(`AWS:${password}`).toString('base64'),
        expiresAt: seconds(expiresAt),
        proxyEndpoint: endpoint(),
      };
      // `registryIds` is deprecated, and answered with one entry each.
      const registryIds = readList(request.input, 'registryIds', { min: 1, max: 10 }, asString) ?? [request.account];
      return { authorizationData: registryIds.map(() => authorization) };
    },
  };
}
