/** STS: who am I, and roles taken without asking whether one may. */

import { temporaryAccessKeyId } from './caller.ts';
import { type JsonService, type LocalContext, ServiceError, type ServiceRequest } from './model.ts';

interface Identity {
  readonly Arn: string;
  readonly UserId: string;
}

/** What a session token of ours holds, so that GetCallerIdentity can say whose it is after a restart too. */
type Session = Identity;

const rolePattern = /^arn:aws[a-z-]*:iam::(\d{12}):role\/(?:.*\/)?([\w+=,.@-]{1,64})$/;
const sessionNamePattern = /^[\w+=,.@-]{2,64}$/;

export function createSts({ clock, uuid }: LocalContext): JsonService {
  const assume = ({ input }: ServiceRequest) => {
    const { account, roleName } = readRole(input);
    const sessionName = readSessionName(input);
    const roleId = `AROA${idFrom(uuid())}`;
    const session: Session = {
      Arn: `arn:aws:sts::${account}:assumed-role/${roleName}/${sessionName}`,
      UserId: `${roleId}:${sessionName}`,
    };
    return {
      AssumedRoleUser: { AssumedRoleId: session.UserId, Arn: session.Arn },
      Credentials: {
        AccessKeyId: temporaryAccessKeyId(account, idFrom(uuid()).slice(0, 4)),
        SecretAccessKey: `${uuid()}${uuid()}`.replaceAll('-', '').slice(0, 40),
        SessionToken: writeToken(session),
        Expiration: new Date(clock.now() + readDuration(input) * 1000).toISOString().replace(/\.\d+/, ''),
      },
    };
  };
  return {
    name: 'sts',
    xmlNamespace: 'https://sts.amazonaws.com/doc/2011-06-15/',
    operations: {
      GetCallerIdentity: ({ account, sessionToken }) => ({ ...identityOf(account, sessionToken), Account: account }),
      AssumeRole: assume,
      AssumeRoleWithWebIdentity(request) {
        const subject = readSubject(requireText(request.input, 'WebIdentityToken', 'webIdentityToken'));
        return { ...assume(request), ...subject };
      },
    },
  };
}

function identityOf(account: string, token: string | undefined): Identity {
  const session = token === undefined ? undefined : readToken(token);
  return session ?? { Arn: `arn:aws:iam::${account}:user/local`, UserId: `AIDA${account}LOCAL` };
}

function writeToken(session: Session): string {
  return Buffer.from(JSON.stringify(session)).toString('base64');
}

function readToken(token: string): Session | undefined {
  const value = parseJson(Buffer.from(token, 'base64').toString('utf8'));
  if (typeof value?.['Arn'] !== 'string' || typeof value['UserId'] !== 'string') return undefined;
  return { Arn: value['Arn'], UserId: value['UserId'] };
}

/** Of a JWT, unverified; of anything else nothing. */
function readSubject(token: string): { SubjectFromWebIdentityToken?: string; Audience?: string; Provider?: string } {
  const claims = parseJson(Buffer.from(token.split('.')[1] ?? '', 'base64url').toString('utf8'));
  const text = (name: string): string | undefined => (typeof claims?.[name] === 'string' ? claims[name] : undefined);
  const [subject, audience, issuer] = [text('sub'), text('aud'), text('iss')];
  return {
    ...(subject === undefined ? {} : { SubjectFromWebIdentityToken: subject }),
    ...(audience === undefined ? {} : { Audience: audience }),
    ...(issuer === undefined ? {} : { Provider: issuer.replace(/^https:\/\//, '') }),
  };
}

function parseJson(text: string): Record<string, unknown> | undefined {
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === 'object' && value !== null ? (value as Record<string, unknown>) : undefined;
  } catch {
    return undefined;
  }
}

function readRole(input: Record<string, unknown>): { account: string; roleName: string } {
  const arn = requireText(input, 'RoleArn', 'roleArn');
  const [, account, roleName] = rolePattern.exec(arn) ?? [];
  if (!account || !roleName) throw new ServiceError('ValidationError', `${arn} is invalid`);
  return { account, roleName };
}

function readSessionName(input: Record<string, unknown>): string {
  const name = requireText(input, 'RoleSessionName', 'roleSessionName');
  if (!sessionNamePattern.test(name))
    throw invalid(name, 'roleSessionName', 'satisfy regular expression pattern: [\\w+=,.@-]*');
  return name;
}

/** 900 seconds to 12 hours, an hour when absent. */
function readDuration(input: Record<string, unknown>): number {
  const { DurationSeconds: text } = input;
  if (typeof text !== 'string') return 3600;
  const seconds = Number(text);
  if (!Number.isInteger(seconds) || seconds < 900) {
    throw invalid(text, 'durationSeconds', 'have value greater than or equal to 900');
  }
  if (seconds > 43200) throw invalid(text, 'durationSeconds', 'have value less than or equal to 43200');
  return seconds;
}

function requireText(input: Record<string, unknown>, name: string, member: string): string {
  const value = input[name];
  if (typeof value !== 'string' || value === '') {
    const message = `1 validation error detected: Value null at '${member}' failed to satisfy constraint: Member must not be null`;
    throw new ServiceError('ValidationError', message);
  }
  return value;
}

function invalid(value: string, member: string, constraint: string): ServiceError {
  const message = `1 validation error detected: Value '${value}' at '${member}' failed to satisfy constraint: Member must ${constraint}`;
  return new ServiceError('ValidationError', message);
}

/** Sixteen capitals and digits from a uuid. */
function idFrom(uuid: string): string {
  return uuid.replaceAll('-', '').toUpperCase().slice(0, 16);
}
