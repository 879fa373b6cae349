import type { JobDefinition } from '@aws-sdk/client-batch';
import type { RegisterResult } from '../definitions/model.ts';
import { ConfigurationError, RemoteError } from '../errors.ts';
import type { Ports } from './command.ts';

/** One item of register's `definitions` output. */
export interface RegisteredDefinition {
  readonly environment: string;
  readonly region: string;
  readonly name: string;
  readonly arn?: string | undefined;
}

/** Register's `definitions` output, one item a definition. */
export function listRegistered(definitions: RegisterResult['definitions']) {
  return definitions.map(({ definition: { target, tier, family, name }, outcome }) => ({
    environment: target.environment,
    region: target.region,
    tier,
    family,
    name,
    status: outcome.status,
    ...('arn' in outcome && { arn: outcome.arn, revision: outcome.revision }),
    ...('error' in outcome && { error: outcome.error.message }),
    ...('reason' in outcome && { reason: outcome.reason }),
  }));
}

/** Reads register's `definitions` output back. Throws ConfigurationError when it is something else. */
export function parseDefinitionsInput(given: string): readonly RegisteredDefinition[] {
  let value: unknown;
  try {
    value = JSON.parse(given);
  } catch {
    value = undefined;
  }
  if (Array.isArray(value) && value.every(isRegisteredDefinition)) return value;
  throw new ConfigurationError({
    message: 'input "definitions" is not the JSON list that register gives',
    remedy: 'Pass `${{ steps.<register step>.outputs.definitions }}`.',
  });
}

function isRegisteredDefinition(value: unknown): value is RegisteredDefinition {
  if (typeof value !== 'object' || value === null) return false;
  const { environment, region, name, arn } = value as Record<string, unknown>;
  return (
    [environment, region, name].every(part => typeof part === 'string') &&
    (arn === undefined || typeof arn === 'string')
  );
}

/** The ARN of the newest ACTIVE revision. The API documents no order, so all pages are read and the largest number wins. */
export async function findLatestRevision(
  name: string,
  region: string,
  { aws, signal, notify }: Ports,
): Promise<string> {
  const newest = await readNewest(name, region, { aws, signal });
  if (newest?.jobDefinitionArn) {
    notify({ type: 'message', level: 'info', text: `${region}: newest ACTIVE revision is ${name}:${newest.revision}` });
    return newest.jobDefinitionArn;
  }
  throw new ConfigurationError({
    message: `${name} has no ACTIVE revision in ${region}`,
    remedy: 'Register it first: batchwright register.',
  });
}

async function readNewest(
  name: string,
  region: string,
  { aws, signal }: Pick<Ports, 'aws' | 'signal'>,
): Promise<JobDefinition | undefined> {
  let newest: JobDefinition | undefined;
  let nextToken: string | undefined;
  try {
    const batch = await aws.batch(region);
    do {
      const page = await batch.describeJobDefinitions(
        { jobDefinitionName: name, status: 'ACTIVE', ...(nextToken && { nextToken }) },
        { abortSignal: signal },
      );
      for (const one of page.jobDefinitions ?? []) if ((one.revision ?? 0) > (newest?.revision ?? 0)) newest = one;
      nextToken = page.nextToken;
    } while (nextToken);
  } catch (error) {
    throw new RemoteError(
      {
        doing: `looking for the newest revision of ${name} in ${region}`,
        operation: 'DescribeJobDefinitions',
        target: `${name} in ${region}`,
        remedy: 'The deploy role needs batch:DescribeJobDefinitions.',
      },
      error,
    );
  }
  return newest;
}
