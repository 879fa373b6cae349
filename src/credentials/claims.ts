import { RemoteError } from '../errors.ts';
import type { TokenClaims } from './model.ts';

/** The claims of a JWT, unverified: AWS verifies it, and this is only to say what it will see. Throws RemoteError. */
export function parseClaims(token: string): TokenClaims {
  try {
    const claims = JSON.parse(decode(token.split('.')[1] ?? '')) as Readonly<Record<string, unknown>>;
    const text = (name: string): string | undefined => (typeof claims[name] === 'string' ? claims[name] : undefined);
    return {
      iss: text('iss') ?? '',
      sub: text('sub') ?? '',
      aud: [claims['aud']].flat().join(', '),
      repository: text('repository'),
      ref: text('ref'),
      environment: text('environment'),
      event_name: text('event_name'),
      job_workflow_ref: text('job_workflow_ref'),
      workflow_ref: text('workflow_ref'),
      run_id: text('run_id'),
    };
  } catch (error) {
    const doing = "reading GitHub's OIDC token";
    throw new RemoteError({ doing, operation: 'GET OIDC token', target: 'the token', code: 'NotAJwt' }, error);
  }
}

function decode(part: string): string {
  return Buffer.from(part, 'base64url').toString('utf8');
}

/** What `sub` is unless somebody has customised it. https://docs.github.com/en/actions/reference/security/oidc#example-subject-claims */
export function usualSubject({ repository, environment, event_name: event, ref }: TokenClaims): string {
  if (environment) return `repo:${repository}:environment:${environment.replaceAll(':', '%3A')}`;
  return event === 'pull_request' ? `repo:${repository}:pull_request` : `repo:${repository}:ref:${ref}`;
}
