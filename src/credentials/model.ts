/** The shapes of taking a role with GitHub's OIDC token. */

/** What a session of a role is asked for with. */
export interface RoleRequest {
  /** ARN of the role. */
  readonly role: string;
  /** Whose STS is asked, and which region the session's tools work in. */
  readonly region: string;
  /** Of the token: whom it is meant for. */
  readonly audience: string;
  /** 900 to 43,200, and no more than the role allows. */
  readonly durationSeconds: number;
  /** Shown in CloudTrail. From the token's repository and run id when absent. */
  readonly sessionName?: string | undefined;
}

export interface Session {
  readonly accessKeyId: string;
  readonly secretAccessKey: string;
  readonly sessionToken: string;
  /** Milliseconds since the epoch. */
  readonly expiresAt: number;
  /** `arn:aws:sts::123456789012:assumed-role/deploy/models-models-7`. */
  readonly arn: string;
}

/** What a session can be renewed with by a later step of the same job: everything but the secrets. */
export interface Renewal extends RoleRequest {
  /** Of the credentials that were given; whoever puts others in their place is not overruled. */
  readonly accessKeyId: string;
  /** Milliseconds since the epoch. */
  readonly expiresAt: number;
}

/**
 * What GitHub says about a job, as far as a trust policy is written about it.
 * https://docs.github.com/en/actions/reference/security/oidc
 */
export interface TokenClaims {
  readonly iss: string;
  readonly sub: string;
  readonly aud: string;
  readonly repository?: string | undefined;
  readonly ref?: string | undefined;
  readonly environment?: string | undefined;
  readonly event_name?: string | undefined;
  /** The file that the job's steps stand in: of a called workflow, that one. */
  readonly job_workflow_ref?: string | undefined;
  /** The file that was started. */
  readonly workflow_ref?: string | undefined;
  readonly run_id?: string | undefined;
}

/** Why AWS gives no session, in its own words. */
export interface Refusal {
  /** `AccessDenied`, `InvalidIdentityToken`. */
  readonly code: string;
  readonly message: string;
}

export interface Diagnosis {
  /** One sentence. */
  readonly summary: string;
  /** What the token says, by claim. */
  readonly facts: readonly (readonly [claim: string, value: string])[];
  /** The trust policy's statement that would let this token in; undefined when that is not what is wrong. */
  readonly statement?: Readonly<Record<string, unknown>> | undefined;
  /** What is usually wrong, and what to do about it; the likeliest first. */
  readonly causes: readonly string[];
}
