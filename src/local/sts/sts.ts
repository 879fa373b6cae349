/**
 * STS: who am I, and roles taken. AssumeRole asks nobody whether one may; AssumeRoleWithWebIdentity does as AWS does, as soon as the
 * account has the role or any OIDC provider. Before that nobody has said whom to trust, and whoever tries things out gets every role.
 */

import { temporaryAccessKeyId } from '../caller.ts';
import { invalid } from '../iam/errors.ts';
import { type Identity, withoutScheme } from '../iam/identity.ts';
import { type JsonService, type LocalContext, ServiceError, type ServiceRequest } from '../model.ts';
import { readSession, writeSession } from './session.ts';
import { isTrusted } from './trust.ts';
import { checkProvider, readWebIdentity, type WebIdentity } from './web-identity.ts';

interface RoleRequest {
  readonly account: string;
  readonly roleName: string;
  readonly arn: string;
  readonly sessionName: string;
  readonly durationSeconds: number;
}

const rolePattern = /^arn:aws[a-z-]*:iam::(\d{12}):role\/(?:.*\/)?([\w+=,.@-]{1,64})$/;
const sessionNamePattern = /^[\w+=,.@-]{2,64}$/;

export function createSts(identity: Identity, { clock, uuid }: LocalContext): JsonService {
  const assume = (request: RoleRequest) => {
    const { account, roleName, sessionName, durationSeconds } = request;
    checkDuration(request, identity);
    const UserId = `AROA${idFrom(uuid())}:${sessionName}`;
    const Arn = `arn:aws:sts::${account}:assumed-role/${roleName}/${sessionName}`;
    const expiresAt = Math.floor(clock.now() / 1000 + durationSeconds) * 1000;
    return {
      AssumedRoleUser: { AssumedRoleId: UserId, Arn },
      Credentials: {
        AccessKeyId: temporaryAccessKeyId(account, idFrom(uuid()).slice(0, 4)),
        SecretAccessKey: `${uuid()}${uuid()}`.replaceAll('-', '').slice(0, 40),
        SessionToken: writeSession({ Arn, UserId, expiresAt }),
        Expiration: new Date(expiresAt).toISOString().replace(/\.\d+/, ''),
      },
    };
  };
  return {
    name: 'sts',
    xmlNamespace: 'https://sts.amazonaws.com/doc/2011-06-15/',
    operations: {
      GetCallerIdentity: ({ account, sessionToken }) => ({ ...callerOf(account, sessionToken), Account: account }),
      AssumeRole: ({ input }) => assume(readRoleRequest(input)),
      AssumeRoleWithWebIdentity({ input, region }) {
        const token = requireText(input, 'WebIdentityToken', 'webIdentityToken');
        const request = readRoleRequest(input);
        const who = readWebIdentity(token, clock.now());
        checkTrust(request, who, region, identity);
        const [Audience] = who.audiences;
        return {
          ...assume(request),
          SubjectFromWebIdentityToken: who.subject,
          Audience,
          Provider: withoutScheme(who.issuer),
        };
      },
    },
  };
}

function callerOf(account: string, token: string | undefined): { Arn: string; UserId: string } {
  const session = token === undefined ? undefined : readSession(token);
  if (session) return { Arn: session.Arn, UserId: session.UserId };
  return { Arn: `arn:aws:iam::${account}:user/local`, UserId: `AIDA${account}LOCAL` };
}

function checkTrust(request: RoleRequest, who: WebIdentity, region: string, identity: Identity): void {
  const { account, roleName, sessionName, durationSeconds } = request;
  const role = identity.findRole(account, roleName);
  if (!role && identity.providersOf(account).length === 0) return;
  const provider = checkProvider(identity.findProvider(account, who.issuer), who);
  const context = {
    ...claimsContext(provider.Url, who),
    'aws:federatedprovider': [provider.Arn],
    'aws:requestedregion': [region],
    'sts:rolesessionname': [sessionName],
    'sts:durationseconds': [String(durationSeconds)],
  };
  // What is not there and what does not trust are refused alike.
  if (role?.Arn === request.arn && isTrusted(role.AssumeRolePolicyDocument, { provider: provider.Arn, context }))
    return;
  throw new ServiceError('AccessDenied', 'Not authorized to perform sts:AssumeRoleWithWebIdentity', 403);
}

/** `<issuer>:<claim>`. AWS knows sub, aud, amr and, of GitHub, a dozen others; here every claim that is a scalar or a list has a key. */
function claimsContext(url: string, { claims }: WebIdentity): Record<string, readonly string[]> {
  return Object.fromEntries(
    Object.entries(claims).map(([name, value]) => [`${url}:${name}`.toLowerCase(), [value].flat().map(String)]),
  );
}

function checkDuration({ account, roleName, durationSeconds }: RoleRequest, identity: Identity): void {
  const role = identity.findRole(account, roleName);
  if (role && durationSeconds > role.MaxSessionDuration) {
    const message = 'The requested DurationSeconds exceeds the MaxSessionDuration set for this role.';
    throw new ServiceError('ValidationError', message);
  }
}

function readRoleRequest(input: ServiceRequest['input']): RoleRequest {
  const arn = requireText(input, 'RoleArn', 'roleArn');
  const [, account, roleName] = rolePattern.exec(arn) ?? [];
  if (!account || !roleName) throw new ServiceError('ValidationError', `${arn} is invalid`);
  return { account, roleName, arn, sessionName: readSessionName(input), durationSeconds: readDuration(input) };
}

function readSessionName(input: ServiceRequest['input']): string {
  const name = requireText(input, 'RoleSessionName', 'roleSessionName');
  if (!sessionNamePattern.test(name))
    throw invalid(name, 'roleSessionName', 'satisfy regular expression pattern: [\\w+=,.@-]*');
  return name;
}

/** 900 seconds to 12 hours, an hour when absent. */
function readDuration({ DurationSeconds: text }: ServiceRequest['input']): number {
  if (typeof text !== 'string') return 3600;
  const seconds = Number(text);
  if (!Number.isInteger(seconds) || seconds < 900) {
    throw invalid(text, 'durationSeconds', 'have value greater than or equal to 900');
  }
  if (seconds > 43200) throw invalid(text, 'durationSeconds', 'have value less than or equal to 43200');
  return seconds;
}

function requireText(input: ServiceRequest['input'], name: string, member: string): string {
  const value = input[name];
  if (typeof value === 'string' && value !== '') return value;
  throw invalid(undefined, member, 'not be null');
}

/** Sixteen capitals and digits from a uuid. */
function idFrom(uuid: string): string {
  return uuid.replaceAll('-', '').toUpperCase().slice(0, 16);
}
