/** The local ECR: its API, the registry at `/v2/` and the image source for engines, over one store. */
import type { ImageSource } from '../engines/model.ts';
import type { JsonService, LocalContext, StreamService } from '../model.ts';
import { createDownloads } from './downloads.ts';
import type { Dialect, Image, Repository } from './model.ts';
import { authorizationOperations } from './operations/authorization.ts';
import { imageOperations } from './operations/images.ts';
import { layerOperations } from './operations/layers.ts';
import { policyOperations } from './operations/policies.ts';
import { referrerOperations } from './operations/referrers.ts';
import { replicationOperations } from './operations/replication.ts';
import { repositoryOperations } from './operations/repositories.ts';
import { scanningOperations, startScan } from './operations/scanning.ts';
import { settingOperations } from './operations/settings.ts';
import { tagOperations } from './operations/tags.ts';
import { Registries } from './registries.ts';
import { createRegistryService } from './registry/serve.ts';
import { createReplicator } from './replicate.ts';
import { createImageSource } from './resolve-image.ts';
import { createTokens } from './tokens.ts';
import { Uploads } from './uploads.ts';

export interface EcrOptions {
  /** `ecr` (the default) answers as Amazon ECR does where that differs from the OCI specification: BEHAVIOUR.md says where. */
  readonly dialect?: Dialect | undefined;
  /** Answer blob GETs with a redirect to a pre-signed address, as ECR does with S3. Default false. */
  readonly redirectBlobs?: boolean | undefined;
}

export interface Ecr {
  readonly api: JsonService;
  readonly registry: StreamService;
  readonly images: ImageSource;
  /** A password of GetAuthorizationToken, for an engine that pulls over `/v2/`. */
  readonly registryPassword: (account: string) => string;
}

export function createEcr(context: LocalContext, options: EcrOptions = {}): Ecr {
  const registries = new Registries(context);
  const uploads = new Uploads(registries);
  const downloads = createDownloads(registries, context);
  const tokens = createTokens(registries);
  const replicator = createReplicator(registries, context.clock);
  replicator.resume();
  const onPushed = (repository: Repository, image: Image) => {
    if (repository.scanOnPush && !image.scan && image.manifests.length === 0) startScan(registries, repository, image);
    replicator.onPushed(repository, image);
  };
  const { dialect = 'ecr', redirectBlobs = false } = options;
  return {
    api: {
      name: 'ecr',
      operations: {
        ...repositoryOperations(registries, context.endpoint),
        ...imageOperations(registries, onPushed),
        ...layerOperations(registries, uploads, downloads),
        ...authorizationOperations(tokens, context.endpoint),
        ...scanningOperations(registries),
        ...tagOperations(registries),
        ...policyOperations(registries),
        ...replicationOperations(registries),
        ...referrerOperations(registries),
        ...settingOperations(registries),
      },
      callers: () => Array.from(registries.repositories.entries(), ([, repository]) => repository),
      stop: async () => await replicator.stop(),
    },
    registry: createRegistryService({ registries, uploads, downloads, dialect, redirectBlobs, onPushed }, tokens),
    images: createImageSource(registries),
    registryPassword: account => tokens.issue(account).password,
  };
}
