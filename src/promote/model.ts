/** Promotion: what was proven of an image where, and what another environment gets because of it. */
import type { StoredManifest } from '../image/registry/manifests.ts';

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
