/** Promotion: what was proven of an image where, and what another environment gets because of it. */
import type { DefinitionConfig } from '../config/model.ts';
import type { PlannedDefinition, RegisterResult } from '../definitions/model.ts';
import type { CheckResult } from '../definitions/verify/model.ts';
import type { StoredManifest } from '../image/registry/manifests.ts';
import type { SmokeTestResult } from '../jobs/model.ts';
import type { DeliveredImage } from './deliver.ts';

/** What one statement says of one environment in one region: a smoke test that ended. */
export interface Proof {
  readonly environment: string;
  readonly region: string;
  /** Of the image that the tested revision names. */
  readonly digest: string;
  readonly result: 'PASSED' | 'FAILED';
  /** Of the revision, with its number. */
  readonly jobDefinitionArn: string;
  /** sha256 of the revision's canonical form, hexadecimal. */
  readonly contentHash?: string | undefined;
  readonly tier?: string | undefined;
  readonly jobId?: string | undefined;
  readonly jobName?: string | undefined;
  readonly jobQueue?: string | undefined;
  readonly runId?: string | undefined;
  /** The smoke test's own word: `passed`, `failed`, `timed-out`, `blocked`. */
  readonly verdict: string;
  /** Why it did not pass. */
  readonly reason?: string | undefined;
  /** Milliseconds since the epoch. */
  readonly startedAt?: number | undefined;
  readonly endedAt: number;
  readonly commit?: string | undefined;
  readonly version?: string | undefined;
  /** The page of the workflow run. */
  readonly runUrl?: string | undefined;
  /** Why it was promoted although it was not proven. */
  readonly override?: string | undefined;
  /** Names of the children. */
  readonly passedTests: readonly string[];
  readonly failedTests: readonly string[];
}

/** An artifact as it is stored: its manifest, and the one blob it has. */
export interface StoredEvidence {
  readonly manifest: StoredManifest;
  readonly statement: Uint8Array;
}

/** A proof, and where it was read. */
export interface FoundProof extends Proof {
  readonly stored: StoredEvidence;
}

/** Something beside the image that looks like evidence and is none. */
export interface WrongEvidence {
  /** `repository in region`. */
  readonly where: string;
  /** Digest of the artifact. */
  readonly digest: string;
  readonly reason: string;
}

export interface Evidence {
  readonly proofs: readonly FoundProof[];
  readonly wrong: readonly WrongEvidence[];
}

/** What a region of the environment that is promoted from has to show. */
export interface DemandedProof {
  readonly environment: string;
  readonly region: string;
  readonly status: 'proven' | 'missing' | 'failed' | 'unsigned';
  /** The newest proof, whatever it says. */
  readonly proof?: FoundProof | undefined;
  /** Why it does not count; undefined when it is proven. */
  readonly reason?: string | undefined;
}

export interface ProofDecision {
  readonly demanded: readonly DemandedProof[];
  /** Whether every region has shown what it has to. */
  readonly proven: boolean;
}

/** A definition of the environment that is promoted to, and the revision that a failure goes back to. */
export interface PromotedDefinition {
  readonly planned: PlannedDefinition;
  readonly config: DefinitionConfig;
  /** The revision that was live before this promotion began, in this run or in one that was killed; 0: there was none. */
  readonly before: number;
}

/** How one definition stands after a promotion was taken back. */
export interface RestoredDefinition {
  readonly promoted: PromotedDefinition;
  readonly outcome: /** Nothing of this promotion was live. */
    | { readonly status: 'untouched'; readonly reason?: string | undefined }
    /** The content of `before`, registered forward as `revision`. */
    | { readonly status: 'rolled-back'; readonly revision: number }
    /** There was nothing before, and the new revision is deregistered. */
    | { readonly status: 'deregistered'; readonly revision: number }
    /** What this promotion registered may still be live. */
    | { readonly status: 'failed'; readonly reason: string };
  /** The newest ACTIVE revision now; undefined: there is none, or it could not be read. */
  readonly live?: { readonly revision: number; readonly digest: string | undefined } | undefined;
  /** Why what is live now is not known. */
  readonly unknown?: string | undefined;
}

/** A tag such as `1.2` in one region, once the image was proven. */
export interface MovedTag {
  readonly region: string;
  readonly tag: string;
  /** `moved`: it is on the image. `immutable`: tags of the repository cannot move, so it was left out. */
  readonly status: 'moved' | 'immutable' | 'failed';
  /** Why it failed. */
  readonly reason?: string | undefined;
}

/** How far a promotion came. */
export interface CarriedOut {
  readonly delivered?: readonly DeliveredImage[] | undefined;
  readonly verified?: readonly CheckResult[] | undefined;
  readonly registered?: RegisterResult | undefined;
  readonly smoke?: SmokeTestResult | undefined;
  readonly recorded?: readonly FoundProof[] | undefined;
  /** Proofs that could not be stored: the promotion stands, but the next one does not know of it. */
  readonly unrecorded: readonly string[];
  /** Tags that move from release to release; one that could not be moved leaves the promotion as it stands. */
  readonly movedTags?: readonly MovedTag[] | undefined;
  /** Why it failed. */
  readonly cause?: string | undefined;
  /** What was taken back, and what stands now; only when something may have been registered. */
  readonly restored?: readonly RestoredDefinition[] | undefined;
}
