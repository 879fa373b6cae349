/** The local ECR: its API, the registry at `/v2/` and the image source for engines, over one store. */
import type { ImageSource } from '../engines/model.ts';
import type { JsonService, LocalContext, StreamService } from '../model.ts';
import { createDownloads } from './downloads.ts';
import type { Dialect, Image, Repository } from './model.ts';
import { authorizationOperations } from './operations/authorization.ts';
import { imageOperations } from './operations/images.ts';
import { layerOperations } from './operations/layers.ts';
import { repositoryOperations } from './operations/repositories.ts';
import { scanningOperations, startScan } from './operations/scanning.ts';
import { tagOperations } from './operations/tags.ts';
import { Registries } from './registries.ts';
import { createRegistryService } from './registry/serve.ts';
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
}

export function createEcr(context: LocalContext, options: EcrOptions = {}): Ecr {
  const registries = new Registries(context);
  const uploads = new Uploads(registries);
  const downloads = createDownloads(registries, context);
  const tokens = createTokens(registries);
  const onPushed = (repository: Repository, image: Image) => {
    if (repository.scanOnPush && !image.scan && image.manifests.length === 0) startScan(registries, repository, image);
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
      },
    },
    registry: createRegistryService({ registries, uploads, downloads, dialect, redirectBlobs, onPushed }, tokens),
    images: createImageSource(registries),
  };
}
