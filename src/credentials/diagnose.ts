/**
 * Why AWS gives no session for a token. AWS says the same for a role that is not there, one in another account and one whose trust
 * policy names another subject; what it sees stands in the token, so that is told, with the statement that would match it.
 */
import { usualSubject } from './claims.ts';
import type { Diagnosis, Refusal, RoleRequest, TokenClaims } from './model.ts';
import { trustStatement } from './trust-statement.ts';

const GITHUB = 'https://token.actions.githubusercontent.com';

/** In the order in which people look at them. */
const SHOWN = [
  ...(['iss', 'sub', 'aud', 'repository', 'ref', 'environment', 'event_name', 'job_workflow_ref'] as const),
];

export function diagnoseRefusal(request: RoleRequest, claims: TokenClaims, refusal: Refusal): Diagnosis {
  const { causes, trusts = false } = explain(request, claims, refusal);
  return {
    summary: `AWS does not give the role ${request.role} to this job: ${refusal.code}: ${refusal.message}`,
    facts: SHOWN.flatMap(name => (claims[name] ? [[name, claims[name]] as const] : [])),
    statement: trusts ? trustStatement(request.role, claims) : undefined,
    causes,
  };
}

interface Explanation {
  readonly causes: readonly string[];
  /** Whether the trust policy may be what is wrong. */
  readonly trusts?: boolean;
}

function explain(request: RoleRequest, claims: TokenClaims, { code, message }: Refusal): Explanation {
  if (/MaxSessionDuration|DurationSeconds/.test(message)) return { causes: [tooLong(request)] };
  if (/No OpenIDConnect provider/.test(message))
    return { causes: [noProvider(request, claims), wrongAccount(request)] };
  if (/audience/i.test(message)) return { causes: [wrongAudience(request, claims)] };
  if (/verification key|HTTPS|certificate/i.test(message)) return { causes: [unreachableIssuer(claims)] };
  if (code === 'ExpiredToken') return { causes: [wrongClock] };
  if (code === 'RegionDisabled') return { causes: [disabledRegion(request)] };
  if (/explicit deny/.test(message)) return { causes: [denied(request)] };
  if (code === 'AccessDenied') return { causes: untrusted(request, claims), trusts: true };
  if (/ARN|is invalid|roleArn/i.test(message)) return { causes: [wrongArn(request)] };
  return { causes: untrusted(request, claims), trusts: true };
}

/** "Not authorized to perform sts:AssumeRoleWithWebIdentity", the usual causes first. */
function untrusted(request: RoleRequest, claims: TokenClaims): readonly string[] {
  const { environment, event_name: event, ref = '', sub, iss, job_workflow_ref: file, workflow_ref: started } = claims;
  const isCustom = sub !== usualSubject(claims);
  const causes = [
    isCustom &&
      `\`sub\` is not GitHub's usual one, \`${usualSubject(claims)}\`: the repository or its organisation has customised it (settings, Actions, OIDC), or it holds their ids. Write the policy for the \`sub\` above.`,
    !isCustom &&
      environment &&
      `The job has \`environment: ${environment}\`, so \`sub\` names the environment and neither branch nor tag: a policy for \`repo:…:ref:${ref}\` does not match. Protect the environment's branches in GitHub instead.`,
    !isCustom &&
      !environment &&
      event === 'pull_request' &&
      'In a `pull_request` event `sub` ends in `:pull_request` and names no branch. Trust it only with a role that changes nothing: every branch of the repository gets it.',
    !isCustom &&
      !environment &&
      ref.startsWith('refs/tags/') &&
      'The workflow runs for a tag: `sub` has `ref:refs/tags/…`, which a policy for `refs/heads/…` does not match.',
    !isCustom &&
      !environment &&
      event !== 'pull_request' &&
      ref.startsWith('refs/heads/') &&
      'The policy may name another branch, or `environment:…` for a job that has no `environment:`. Wildcards work under `StringLike` alone; under `StringEquals` a `*` is a star.',
    `The role may not exist: look for a typing error in \`${request.role}\`, its account and its path. AWS says the same then.`,
    `The statement's \`Principal\` must be \`Federated\` with the provider's ARN in the role's own account, and its \`Action\` \`sts:AssumeRoleWithWebIdentity\`; \`sts:AssumeRole\` is another one.`,
    iss !== GITHUB &&
      `The token's issuer is ${iss}, not github.com's: the condition keys must begin with it, as above, and AWS must reach its keys over the internet.`,
    file &&
      started &&
      file !== started &&
      `The job's steps stand in the called workflow \`${file}\`: a condition on \`job_workflow_ref\` must name that one. \`repository\` and \`sub\` are the caller's.`,
    'A policy that has been changed seconds ago may not have reached every region yet: run the job again in a minute.',
  ];
  return causes.filter(cause => typeof cause === 'string' && cause !== '') as readonly string[];
}

function noProvider({ role }: RoleRequest, { iss, aud }: TokenClaims): string {
  return `Account ${accountOf(role)} has no OIDC provider for ${iss}. Create it once: \`aws iam create-open-id-connect-provider --url ${iss} --client-id-list ${aud}\`.`;
}

function wrongAccount({ role }: RoleRequest): string {
  return `Or \`${role}\` names the wrong account.`;
}

function wrongAudience({ role }: RoleRequest, { aud, iss }: TokenClaims): string {
  return `The token is meant for \`${aud}\`, and the OIDC provider ${iss} of account ${accountOf(role)} does not have that among its audiences (client ids). Give the action the \`audience\` that the provider has, or add this one: \`aws iam add-client-id-to-open-id-connect-provider --client-id ${aud} --open-id-connect-provider-arn …\`.`;
}

function unreachableIssuer({ iss }: TokenClaims): string {
  return `AWS fetches the keys of ${iss} from \`${iss}/.well-known/openid-configuration\` and could not: a GitHub Enterprise Server must be reachable from the internet there, with a certificate that the provider's thumbprint or a public authority vouches for.`;
}

const wrongClock =
  "A token is good for five minutes, and two in a row were too old: the clock of GitHub's server or the way from the runner to AWS is not right.";

function tooLong({ durationSeconds, role }: RoleRequest): string {
  return `\`duration-seconds\` is ${durationSeconds} and the role allows less. Leave it away: our own actions renew a session before it ends. Or raise the role's maximum: \`aws iam update-role --role-name ${nameOf(role)} --max-session-duration ${durationSeconds}\`.`;
}

function disabledRegion({ region, role }: RoleRequest): string {
  return `STS is not active in ${region} for account ${accountOf(role)}: activate it (IAM, account settings), or enable the region.`;
}

function denied({ role }: RoleRequest): string {
  return `The role's trust policy, or a service or resource control policy of the organisation of account ${accountOf(role)}, denies it explicitly. No statement that allows can help.`;
}

function wrongArn({ role }: RoleRequest): string {
  return `\`${role}\` is not the ARN of a role: \`arn:aws:iam::123456789012:role/deploy\` is one.`;
}

function accountOf(role: string): string {
  return role.split(':')[4] ?? '';
}

/** IAM's commands take it without its path. */
function nameOf(role: string): string {
  return role.slice(role.lastIndexOf('/') + 1);
}
