import type { TokenClaims } from './model.ts';

/** https://docs.aws.amazon.com/STS/latest/APIReference/API_AssumeRoleWithWebIdentity.html */
export const SESSION_NAME = /^[\w+=,.@-]{2,64}$/;

/** `owner-repository-7301`: who it was stands in CloudTrail, and the run's id is never what is cut off. */
export function sessionNameOf({ repository, run_id: run }: Pick<TokenClaims, 'repository' | 'run_id'>): string {
  const end = run ? `-${run}` : '';
  const name = (repository ?? 'batchwright').replaceAll(/[^\w+=,.@-]+/g, '-').slice(0, 64 - end.length);
  return `${name}${end}`;
}
