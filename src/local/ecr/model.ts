/** What the local ECR keeps. One set of tables behind the ECR API and the registry at `/v2/`. Times in milliseconds. */

/** A registry: one account in one region. */
export interface Registry {
  readonly account: string;
  readonly region: string;
}

export type TagMutability = 'MUTABLE' | 'IMMUTABLE' | 'MUTABLE_WITH_EXCLUSION' | 'IMMUTABLE_WITH_EXCLUSION';

export interface ExclusionFilter {
  readonly filterType: 'WILDCARD';
  readonly filter: string;
}

export interface Repository extends Registry {
  readonly name: string;
  readonly createdAt: number;
  readonly imageTagMutability: TagMutability;
  readonly imageTagMutabilityExclusionFilters?: readonly ExclusionFilter[] | undefined;
  readonly scanOnPush: boolean;
  readonly encryptionConfiguration: { readonly encryptionType: string; readonly kmsKey?: string | undefined };
  readonly tags: Readonly<Record<string, string>>;
  readonly policyText?: string | undefined;
  readonly lifecyclePolicyText?: string | undefined;
  readonly lifecycleEvaluatedAt?: number | undefined;
}

/** One manifest in one repository, with everything the API tells of it; its bytes are a file named by `digest`. */
export interface Image {
  readonly digest: string;
  readonly mediaType: string;
  /** Of the config blob, or the manifest's own `artifactType`. */
  readonly artifactMediaType?: string | undefined;
  readonly manifestBytes: number;
  /** Compressed: config and layers; for a list the largest of its manifests. */
  readonly bytes: number;
  readonly pushedAt: number;
  /** Grows with every push into the repository; pages are cut by it. */
  readonly sequence: number;
  /** In the order in which they were given. */
  readonly tags: readonly string[];
  /** Config and layers, or none for a list. */
  readonly blobs: readonly string[];
  /** The manifests of a list or index. */
  readonly manifests: readonly string[];
  readonly subject?: string | undefined;
  readonly annotations?: Readonly<Record<string, string>> | undefined;
  readonly lastPulledAt?: number | undefined;
  readonly scan?: Scan | undefined;
  readonly replications?: readonly Replication[] | undefined;
}

/** A basic scan: IN_PROGRESS until `completesAt`. */
export interface Scan {
  readonly startedAt: number;
  readonly completesAt: number;
}

export interface Replication extends Registry {
  readonly status: 'IN_PROGRESS' | 'COMPLETE' | 'FAILED';
  readonly failureCode?: string | undefined;
}

/** A blob that a repository holds; its bytes are a file named by digest, shared by all repositories. */
export interface Blob {
  readonly bytes: number;
  readonly pushedAt: number;
}

/** A layer on its way in. `bytes` have been acknowledged; the file may hold more after a crash. */
export interface Upload {
  readonly id: string;
  readonly repositoryKey: string;
  readonly bytes: number;
  readonly startedAt: number;
  /** Size of the smallest part but the last one received so far; undefined while there is at most one. */
  readonly smallestPartBytes?: number | undefined;
  readonly lastPartBytes?: number | undefined;
}

/** How `/v2/` answers where Amazon ECR and the OCI distribution specification differ. */
export type Dialect = 'ecr' | 'oci';
