/** IAM, as far as roles and whom they trust. Nobody's permissions are looked at: every caller may do everything. */
import { type JsonService, type LocalContext, ServiceError, type ServiceRequest, type Table } from '../model.ts';
import { readStructures, readText } from '../query-input.ts';
import { invalid } from './errors.ts';
import { type Identity, type Role, roleKey } from './identity.ts';
import { oidcProviderOperations } from './oidc-providers.ts';

export function createIam(identity: Identity, context: LocalContext): JsonService {
  const { clock, uuid } = context;
  const { roles } = identity;
  return {
    name: 'iam',
    xmlNamespace: 'https://iam.amazonaws.com/doc/2010-05-08/',
    operations: {
      CreateRole(request) {
        const role = newRole(request, uuid(), new Date(clock.now()));
        if (roles.get(keyOf(request, role.RoleName)))
          throw new ServiceError('EntityAlreadyExists', `Role with name ${role.RoleName} already exists.`, 409);
        roles.put(keyOf(request, role.RoleName), role);
        return { Role: describe(role) };
      },
      GetRole: request => ({ Role: describe(requireRole(roles, request)) }),
      UpdateAssumeRolePolicy(request) {
        const role = requireRole(roles, request);
        const AssumeRolePolicyDocument = readPolicy(request.input, 'PolicyDocument');
        roles.put(keyOf(request, role.RoleName), { ...role, AssumeRolePolicyDocument });
        return {};
      },
      DeleteRole(request) {
        roles.delete(keyOf(request, requireRole(roles, request).RoleName));
        return {};
      },
      ...oidcProviderOperations(identity, context),
    },
  };
}

function newRole({ account, input }: ServiceRequest, uuid: string, now: Date): Role {
  const RoleName = readName(input);
  const Path = readText(input, 'Path') ?? '/';
  if (!/^\/(?:[!-~]+\/)?$/.test(Path))
    throw invalid(Path, 'path', 'begin and end with / and contain only alphanumeric characters and/or / characters.');
  return {
    RoleName,
    RoleId: `AROA${uuid.replaceAll('-', '').toUpperCase().slice(0, 17)}`,
    Path,
    Arn: `arn:aws:iam::${account}:role${Path}${RoleName}`,
    CreateDate: now.toISOString().replace(/\.\d+/, ''),
    AssumeRolePolicyDocument: readPolicy(input, 'AssumeRolePolicyDocument'),
    Description: readText(input, 'Description'),
    MaxSessionDuration: readMaxSessionDuration(input),
    Tags: readStructures(input, 'Tags.member').map(tag => ({
      Key: readText(tag, 'Key') ?? '',
      Value: readText(tag, 'Value') ?? '',
    })),
  };
}

/** A policy is given back as URL-encoded text (RFC 3986). */
function describe(role: Role) {
  const { Tags, AssumeRolePolicyDocument: policy, ...members } = role;
  const encoded = encodeURIComponent(policy).replace(
    /[!'()*]/g,
    sign => `%${sign.charCodeAt(0).toString(16).toUpperCase()}`,
  );
  return { ...members, AssumeRolePolicyDocument: encoded, Tags: { member: Tags } };
}

function requireRole(roles: Table<Role>, request: ServiceRequest): Role {
  const name = readName(request.input);
  const role = roles.get(keyOf(request, name));
  if (role) return role;
  throw new ServiceError('NoSuchEntity', `The role with name ${name} cannot be found.`, 404);
}

function keyOf({ account }: ServiceRequest, name: string): string {
  return roleKey(account, name);
}

function readName(input: ServiceRequest['input']): string {
  const name = readText(input, 'RoleName');
  if (name === undefined) throw invalid(undefined, 'roleName', 'not be null');
  if (/^[\w+=,.@-]{1,64}$/.test(name)) return name;
  throw new ServiceError(
    'ValidationError',
    'The specified value for roleName is invalid. It must contain only alphanumeric characters and/or the following: +=,.@_-',
  );
}

function readMaxSessionDuration(input: ServiceRequest['input']): number {
  const text = readText(input, 'MaxSessionDuration') ?? '3600';
  const seconds = Number(text);
  if (!Number.isInteger(seconds) || seconds < 3600)
    throw invalid(text, 'maxSessionDuration', 'have value greater than or equal to 3600');
  if (seconds > 43200) throw invalid(text, 'maxSessionDuration', 'have value less than or equal to 43200');
  return seconds;
}

function readPolicy(input: ServiceRequest['input'], member: string): string {
  const text = readText(input, member);
  if (text === undefined) throw invalid(undefined, `${member[0]?.toLowerCase()}${member.slice(1)}`, 'not be null');
  try {
    const policy: unknown = JSON.parse(text);
    if (typeof policy === 'object' && policy !== null && 'Statement' in policy) return text;
  } catch {
    // Worded below, as for any other document that is no policy.
  }
  throw new ServiceError('MalformedPolicyDocument', 'This policy contains invalid Json');
}
