/** How a session goes from the step that took it to the later steps of the job: in environment variables. */
import type { Renewal, RoleRequest, Session } from './model.ts';

/** JSON: what our own verbs renew the session with. There is nothing secret in it. */
const RENEWAL = 'BATCHWRIGHT_SESSION';

type Variables = Readonly<Record<string, string | undefined>>;

export function writeSession(session: Session, request: RoleRequest): Readonly<Record<string, string>> {
  const { accessKeyId, secretAccessKey, sessionToken, expiresAt } = session;
  const renewal: Renewal = { ...request, accessKeyId, expiresAt };
  return {
    AWS_ACCESS_KEY_ID: accessKeyId,
    AWS_SECRET_ACCESS_KEY: secretAccessKey,
    AWS_SESSION_TOKEN: sessionToken,
    AWS_REGION: request.region,
    AWS_DEFAULT_REGION: request.region,
    [RENEWAL]: JSON.stringify(renewal),
  };
}

/**
 * What the credentials in the environment can be renewed with; undefined when they are not ours (somebody has set others since), or
 * when GitHub gives this step no tokens.
 */
export function readRenewal(variables: Variables): Renewal | undefined {
  const text = variables[RENEWAL];
  if (!text || !variables['ACTIONS_ID_TOKEN_REQUEST_URL'] || !variables['ACTIONS_ID_TOKEN_REQUEST_TOKEN'])
    return undefined;
  try {
    // Ours, written above; whoever writes another one gets no renewal.
    const renewal = JSON.parse(text) as Renewal;
    const isWhole = typeof renewal.role === 'string' && typeof renewal.expiresAt === 'number';
    return isWhole && renewal.accessKeyId === variables['AWS_ACCESS_KEY_ID'] ? renewal : undefined;
  } catch {
    return undefined;
  }
}

/** The session itself, as it stands in the environment. */
export function readSession(variables: Variables, { accessKeyId, expiresAt }: Renewal): Omit<Session, 'arn'> {
  return {
    accessKeyId,
    secretAccessKey: variables['AWS_SECRET_ACCESS_KEY'] ?? '',
    sessionToken: variables['AWS_SESSION_TOKEN'] ?? '',
    expiresAt,
  };
}
