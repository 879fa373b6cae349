/** Secrets Manager: secrets with a current and a previous version. Values lie in the state folder as they are. */
import { type JsonService, type LocalContext, ServiceError, type ServiceRequest, type Table } from '../model.ts';

interface Secret {
  readonly Name: string;
  readonly ARN: string;
  /** Seconds, as all dates here. */
  readonly CreatedDate: number;
  readonly DeletedDate?: number | undefined;
  readonly Description?: unknown;
  /** The current one first. */
  readonly versions: readonly Version[];
}

interface Version {
  readonly VersionId: string;
  readonly CreatedDate: number;
  readonly SecretString?: unknown;
  /** Base64. */
  readonly SecretBinary?: unknown;
}

const STAGES = ['AWSCURRENT', 'AWSPREVIOUS'] as const;
const DAY = 86_400;

export function createSecretsManager({ store, clock, uuid }: LocalContext): JsonService {
  const secrets: Table<Secret> = store.table('secretsmanager.secrets');
  const now = () => clock.now() / 1000;
  const put = (request: ServiceRequest, secret: Secret) => secrets.put(keyOf(request, secret.Name), secret);
  const newVersion = ({ ClientRequestToken: id, SecretString, SecretBinary }: ServiceRequest['input']): Version => ({
    VersionId: typeof id === 'string' ? id : uuid(),
    CreatedDate: now(),
    SecretString,
    SecretBinary,
  });
  return {
    name: 'secretsmanager',
    operations: {
      CreateSecret(request) {
        const Name = requireText(request.input, 'Name');
        if (!/^[\w/+=.@-]{1,512}$/.test(Name)) throw invalidName();
        if (secrets.get(keyOf(request, Name))) throw alreadyExists(Name);
        const suffix = uuid().replaceAll('-', '').slice(0, 6);
        const ARN = `arn:aws:secretsmanager:${request.region}:${request.account}:secret:${Name}-${suffix}`;
        const { SecretString, SecretBinary, Description } = request.input;
        const versions = SecretString === undefined && SecretBinary === undefined ? [] : [newVersion(request.input)];
        put(request, { Name, ARN, CreatedDate: now(), Description, versions });
        return { ARN, Name, VersionId: versions[0]?.VersionId };
      },
      PutSecretValue(request) {
        const secret = requireUsable(requireSecret(secrets, request));
        const version = newVersion(request.input);
        put(request, { ...secret, versions: [version, ...secret.versions.slice(0, 1)] });
        return { ARN: secret.ARN, Name: secret.Name, VersionId: version.VersionId, VersionStages: [STAGES[0]] };
      },
      DescribeSecret(request) {
        const { versions, ...secret } = requireSecret(secrets, request);
        const stages = versions.map(({ VersionId }, index) => [VersionId, STAGES.slice(index, index + 1)]);
        return { ...secret, VersionIdsToStages: Object.fromEntries(stages) };
      },
      GetSecretValue(request) {
        const secret = requireUsable(requireSecret(secrets, request));
        const { version, stage } = requireVersion(secret, request.input);
        return { ARN: secret.ARN, Name: secret.Name, ...version, VersionStages: [stage] };
      },
      DeleteSecret(request) {
        const secret = requireSecret(secrets, request);
        const days = Number(request.input['RecoveryWindowInDays'] ?? 30);
        const atOnce = request.input['ForceDeleteWithoutRecovery'] === true;
        const DeletedDate = now() + (atOnce ? 0 : days * DAY);
        if (atOnce) secrets.delete(keyOf(request, secret.Name));
        else put(request, { ...secret, DeletedDate });
        return { ARN: secret.ARN, Name: secret.Name, DeletionDate: DeletedDate };
      },
    },
  };
}

/** By name, by ARN, or by ARN without the six characters at its end. */
function requireSecret(secrets: Table<Secret>, request: ServiceRequest): Secret {
  const id = requireText(request.input, 'SecretId');
  const [, region, account, resource] = /^arn:[\w-]+:secretsmanager:([\w-]+):(\d{12}):secret:(.+)$/.exec(id) ?? [];
  const here = region === undefined || (region === request.region && account === request.account);
  const names = resource === undefined ? [id] : [resource.slice(0, -7), resource];
  const found = here ? names.map(name => secrets.get(keyOf(request, name))).find(fits) : undefined;
  if (found) return found;
  throw notFound("Secrets Manager can't find the specified secret.");

  function fits(secret: Secret | undefined): boolean {
    return secret !== undefined && (resource === undefined || secret.ARN === id || secret.Name === resource);
  }
}

function requireUsable(secret: Secret): Secret {
  if (secret.DeletedDate === undefined) return secret;
  const message = "You can't perform this operation on the secret because it was marked for deletion.";
  throw new ServiceError('InvalidRequestException', message);
}

function requireVersion({ versions }: Secret, { VersionId: id, VersionStage: named }: ServiceRequest['input']) {
  const stage = named ?? (id === undefined ? STAGES[0] : undefined);
  const index = versions.findIndex(
    (version, place) =>
      (id === undefined || version.VersionId === id) && (stage === undefined || STAGES[place] === stage),
  );
  const version = versions[index];
  if (version) return { version, stage: STAGES[index] };
  const which = id === undefined ? `staging label: ${String(stage)}` : `VersionId: ${String(id)}`;
  throw notFound(`Secrets Manager can't find the specified secret value for ${which}`);
}

function keyOf({ account, region }: ServiceRequest, name: string): string {
  return `${account}/${region}/${name}`;
}

function requireText(input: ServiceRequest['input'], member: string): string {
  const value = input[member];
  if (typeof value === 'string' && value !== '') return value;
  throw new ServiceError('InvalidParameterException', `You must provide a value for the ${member} parameter.`);
}

function invalidName(): ServiceError {
  const message =
    'Invalid name. Must be a valid name containing alphanumeric characters, or any of the following: -/_+=.@!';
  return new ServiceError('ValidationException', message);
}

function alreadyExists(name: string): ServiceError {
  return new ServiceError('ResourceExistsException', `The operation failed because the secret ${name} already exists.`);
}

function notFound(message: string): ServiceError {
  return new ServiceError('ResourceNotFoundException', message);
}
