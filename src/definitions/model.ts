/** Job definitions, from template to revision. */
import type { RegisterJobDefinitionCommandInput } from '@aws-sdk/client-batch';
import type { DefinitionConfig, Target } from '../config/model.ts';
import type { SourcePosition } from '../errors.ts';
import type { SourceRevision } from '../image/model.ts';

export type JsonPath = readonly (string | number)[];

/** What a definition is to run. */
export interface Release {
  /** The image's reference, by digest where one is known. */
  readonly image: string;
  /** The commit that the image was built from, where it is known. */
  readonly source?: Pick<SourceRevision, 'commit' | 'ref' | 'version' | 'repositoryUrl'> | undefined;
}

/** A rendered RegisterJobDefinition request, not registered yet. */
export interface Definition {
  readonly target: Target;
  readonly family: string;
  readonly tier: string;
  /** `jobDefinitionName` of the request. */
  readonly name: string;
  /** Exactly what the template gave; nobody has checked its shape yet. */
  readonly request: RegisterJobDefinitionCommandInput;
  /** The template's line and column that made the value at `path`, or its nearest parent's. */
  readonly positionOf: (path: JsonPath) => SourcePosition;
  readonly config: DefinitionConfig;
  /** Environment variables that the template asked for, by name: what the result depends on beside the files. */
  readonly lookedUp?: readonly string[] | undefined;
}

export interface LintFinding {
  /** Kebab-case, stable, can be switched off in the configuration. */
  readonly rule: string;
  readonly level: 'error' | 'warning';
  readonly message: string;
  readonly definition: string;
  readonly target: Target;
  readonly tier: string;
  readonly path: JsonPath;
  readonly position: SourcePosition;
}

/** What is recorded on each revision, as tags under `batchwright:`. They take no part in comparing. */
export interface RevisionStamp {
  /** sha256 of the canonical form, hexadecimal. */
  readonly contentHash: string;
  readonly commit?: string | undefined;
  readonly digest?: string | undefined;
  readonly ref?: string | undefined;
  readonly runUrl?: string | undefined;
  /** The version being released, where there is one. */
  readonly version?: string | undefined;
  /** The id of the plan that was applied: the same for all regions and tiers of one deployment. */
  readonly planId?: string | undefined;
  /** ISO 8601 in UTC. Batch itself does not tell when a revision was registered. */
  readonly registeredAt?: string | undefined;
  /** The revision whose content was registered forward again by a rollback. */
  readonly rolledBackTo?: string | undefined;
  /** Of a promotion: the revision that was live until then, where it goes back to when it fails; 0: there was none. */
  readonly replaces?: string | undefined;
  /** Why it was promoted without proof. */
  readonly override?: string | undefined;
}

/** What one deployment stamps on all its revisions. */
export type DeploymentStamp = Omit<RevisionStamp, 'contentHash' | 'registeredAt'>;

/** A revision that is registered and ACTIVE. */
export interface LiveRevision {
  readonly arn: string;
  readonly revision: number;
  readonly contentHash: string | undefined;
  /** Of the plan that registered it. */
  readonly planId?: string | undefined;
  readonly registeredAt?: string | undefined;
  readonly runUrl?: string | undefined;
  /** Another deployment that relies on it, though it did not register it. */
  readonly adoptedBy?: string | undefined;
}

export interface PlannedDefinition {
  readonly definition: Definition;
  readonly contentHash: string;
  readonly action: 'unchanged' | 'register-changed' | 'register-new';
  /** The newest ACTIVE revision compared with; undefined for a new name. */
  readonly live?: LiveRevision | undefined;
  /** Lines of a readable diff of the canonical forms, `+`, `-` or ` ` first; empty when unchanged or new. Secrets are masked. */
  readonly diff: readonly string[];
  /** What this revision is stamped with beside the deployment's own: where the content of a rollback comes from. */
  readonly stamp?: DeploymentStamp | undefined;
}

export interface RegistrationPlan {
  readonly definitions: readonly PlannedDefinition[];
}

export type RegisterOutcome =
  | { readonly status: 'unchanged'; readonly arn: string; readonly revision: number }
  | {
      readonly status: 'registered';
      readonly arn: string;
      readonly revision: number;
      readonly previous?: number | undefined;
      /** False when another deployment had just registered the same content: the revision is that one's, to take back or to keep. */
      readonly own: boolean;
    }
  /** Registered, then deregistered again because another target failed. */
  | { readonly status: 'undone'; readonly arn: string; readonly revision: number }
  /** Registered, and left ACTIVE although another target failed: it could not, or should not, be undone. */
  | {
      readonly status: 'kept';
      readonly arn: string;
      readonly revision: number;
      readonly own: boolean;
      readonly reason: string;
    }
  | { readonly status: 'failed'; readonly error: Error }
  | { readonly status: 'not-attempted' };

export interface RegisterResult {
  /** True when every definition is now registered or unchanged. */
  readonly ok: boolean;
  readonly definitions: readonly (PlannedDefinition & { readonly outcome: RegisterOutcome })[];
}
