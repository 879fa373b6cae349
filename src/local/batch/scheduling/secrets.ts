/**
 * What the `secrets` of a definition name is fetched before the container is made, and where that fails the task never starts.
 * https://docs.aws.amazon.com/batch/latest/userguide/specifying-sensitive-data.html
 */
import { type Caller, type JsonService, ServiceError } from '../../model.ts';
import type { ContainerPlan } from '../jobs/plan.ts';

export type FetchedSecrets =
  | { readonly kind: 'fetched'; readonly values: Readonly<Record<string, string>> }
  /** Why the task stops: in the words of the ECS agent, or of Fargate. */
  | { readonly kind: 'failed'; readonly statusReason: string };

/** `caller`: whose job it is. */
export type FetchSecrets = (
  caller: Caller,
  container: Pick<ContainerPlan, 'secrets'>,
  fargate: boolean,
) => FetchedSecrets;

type Store = 'parameter' | 'secret';

export function createSecretFetcher(ssm: JsonService, secretsManager: JsonService): FetchSecrets {
  return (caller, { secrets }, fargate) => {
    const values: Record<string, string> = {};
    for (const { name = '', valueFrom = '' } of secrets) {
      const reference = readReference(caller, valueFrom);
      try {
        values[name] =
          reference.store === 'secret' ? fetchSecret(secretsManager, reference) : fetchParameter(ssm, reference);
      } catch (error) {
        return { kind: 'failed', statusReason: describeFailure(reference, messageOf(error), fargate) };
      }
    }
    return { kind: 'fetched', values };
  };
}

interface Reference extends Caller {
  readonly store: Store;
  /** A parameter's name, or a secret's ARN without what may follow it. */
  readonly id: string;
  /** Of a secret: which member of its JSON. */
  readonly key?: string | undefined;
  readonly stage?: string | undefined;
  readonly version?: string | undefined;
}

/**
 * `arn:aws:secretsmanager:R:A:secret:name-AbCdEf[:json-key:version-stage:version-id]`, a parameter's ARN, or its name in the job's own
 * account and region.
 */
function readReference(caller: Caller, valueFrom: string): Reference {
  const [, , service, region = '', account = '', ...resource] = valueFrom.split(':');
  if (!valueFrom.startsWith('arn:')) return { ...caller, store: 'parameter', id: valueFrom };
  if (service !== 'secretsmanager') return { account, region, store: 'parameter', id: valueFrom };
  const [kind, name, key, stage, version] = resource;
  const id = [...valueFrom.split(':').slice(0, 5), kind, name].join(':');
  return {
    account,
    region,
    store: 'secret',
    id,
    key: key || undefined,
    stage: stage || undefined,
    version: version || undefined,
  };
}

/** Throws what the service answers, or an Error in the agent's words. */
function fetchSecret(service: JsonService, { id, key, stage, version, ...caller }: Reference): string {
  const input = {
    SecretId: id,
    ...(stage === undefined ? {} : { VersionStage: stage }),
    ...(version === undefined ? {} : { VersionId: version }),
  };
  const { SecretString: text } = call(service, caller, 'GetSecretValue', input) as { SecretString?: string };
  if (text === undefined) throw new Error('secret does not have a SecretString');
  return key === undefined ? text : memberOf(text, key);
}

function memberOf(text: string, key: string): string {
  let content: unknown;
  try {
    content = JSON.parse(text);
  } catch (error) {
    // Go's reader words it otherwise: `invalid character 'x' looking for beginning of value`.
    throw new Error(messageOf(error));
  }
  const member =
    typeof content === 'object' && content !== null && Object.entries(content).find(([name]) => name === key);
  if (!member) throw new Error(`retrieved secret from Secrets Manager did not contain json key ${key}`);
  return typeof member[1] === 'string' ? member[1] : JSON.stringify(member[1]);
}

function fetchParameter(service: JsonService, { id, ...caller }: Reference): string {
  const { Parameters: found } = call(service, caller, 'GetParameters', { Names: [id], WithDecryption: true }) as {
    Parameters: readonly { readonly Value: string }[];
  };
  if (found[0]) return found[0].Value;
  const [name] = id.split(':parameter').slice(-1);
  throw new Error(`invalid parameters: ${name}`);
}

function call(service: JsonService, { account, region }: Caller, operation: string, input: object): unknown {
  return service.operations[operation]?.({ account, region, operation, requestId: 'batch', input: { ...input } });
}

/** amazon-ecs-agent, agent/taskresource/{asmsecret,ssmsecret}; Fargate's as issues report it, named in BEHAVIOUR.md. */
function describeFailure({ store, id, region }: Reference, why: string, fargate: boolean): string {
  if (fargate) {
    const from =
      store === 'secret'
        ? `unable to retrieve secret from asm: service call has been retried 1 time(s): failed to fetch secret ${id} from secrets manager`
        : 'unable to retrieve secrets from ssm: service call has been retried 1 time(s)';
    return `ResourceInitializationError: unable to pull secrets or registry auth: execution resource retrieval failed: ${from}: ${why}`;
  }
  return store === 'secret'
    ? `Fetching secret data from AWS Secrets Manager in region ${region}: secret ${id}: ${why}`
    : `Fetching secret data from SSM Parameter Store in ${region}: ${why}`;
}

function messageOf(error: unknown): string {
  if (error instanceof ServiceError) return `${error.code}: ${error.message}`;
  return error instanceof Error ? error.message : String(error);
}

/** Of all containers of a task; the first that fails is told. */
export function fetchForTask(
  fetch: FetchSecrets | undefined,
  caller: Caller,
  containers: readonly ContainerPlan[],
  fargate: boolean,
): ReadonlyMap<ContainerPlan, Readonly<Record<string, string>>> | string {
  const fetched = new Map<ContainerPlan, Readonly<Record<string, string>>>();
  for (const container of containers) {
    if (!container.secrets.length || !fetch) continue;
    const secrets = fetch(caller, container, fargate);
    if (secrets.kind === 'failed') return secrets.statusReason;
    fetched.set(container, secrets.values);
  }
  return fetched;
}
