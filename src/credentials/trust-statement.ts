import type { TokenClaims } from './model.ts';

/** The statement of a role's trust policy that lets exactly this token in: paste it below `Statement`. */
export function trustStatement(role: string, { iss, sub, aud }: Pick<TokenClaims, 'iss' | 'sub' | 'aud'>) {
  const [, partition = 'aws', , , account = ''] = role.split(':');
  const issuer = iss.replace(/^https?:\/\//, '');
  return {
    Effect: 'Allow',
    Principal: { Federated: `arn:${partition}:iam::${account}:oidc-provider/${issuer}` },
    Action: 'sts:AssumeRoleWithWebIdentity',
    Condition: { StringEquals: { [`${issuer}:aud`]: aud, [`${issuer}:sub`]: sub } },
  };
}
