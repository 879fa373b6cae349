/** Credentials that a step of this job has taken with assume-role, for as long as this one lasts. */
import type { Renewal } from '../../credentials/model.ts';
import { readSession } from '../../credentials/session-variables.ts';
import type { Notify } from '../../events.ts';
import type { Clock, IdentityTokenPort } from '../../ports.ts';
import { VERSION } from '../../version.ts';
import { type CredentialProvider, type Credentials, createAws } from './clients.ts';

interface RenewalPorts {
  readonly environment: Readonly<Record<string, string | undefined>>;
  readonly identityTokens: IdentityTokenPort;
  readonly clock: Clock;
  readonly notify: Notify;
}

/** One renewal serves every client and region. What renews is loaded with the first call to AWS. */
export function renewingCredentials(renewal: Renewal, ports: RenewalPorts): CredentialProvider {
  let current: Promise<() => Promise<Credentials>> | undefined;
  const provider = async () => {
    current ??= begin(renewal, ports);
    return (await current)();
  };
  return Object.assign(provider, { memoized: true } as const);
}

async function begin(renewal: Renewal, ports: RenewalPorts): Promise<() => Promise<Credentials>> {
  const { keepRenewed, renewalRefused } = await import('../../credentials/renew.ts');
  const { exchangeToken } = await import('../../credentials/exchange.ts');
  // The exchange is not signed, so that this client needs no credentials. No signal ends it: after a cancellation there is tidying up to do.
  const exchangePorts = { ...ports, tokens: ports.identityTokens, aws: createAws({ version: VERSION }) };
  const renew = async () => {
    const answer = await exchangeToken(renewal, exchangePorts);
    if ('refusal' in answer) throw renewalRefused(renewal.role, answer.refusal);
    return answer.session;
  };
  return keepRenewed(readSession(ports.environment, renewal), renew, ports);
}
