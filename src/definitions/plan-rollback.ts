import type { JobDefinition, RegisterJobDefinitionCommandInput } from '@aws-sdk/client-batch';
import type { DefinitionConfig } from '../config/model.ts';
import { ConfigurationError, type Problem } from '../errors.ts';
import { chooseRevision, describeTarget, liveOf, type RollbackTarget } from './choose-revision.ts';
import { createImageLookup, type ImageLookup, type ImagePorts } from './image-lookup.ts';
import { type LiveDefinition, type RegistrationPorts, readAllByName, withLimiter } from './live.ts';
import { digestOf, imagesOf } from './live-release.ts';
import type { Definition, PlannedDefinition } from './model.ts';
import { planDefinition } from './plan.ts';
import { readStamp } from './tags.ts';

/** One definition: what is live, and what is to be live again. */
export interface PlannedRollback {
  readonly config: DefinitionConfig;
  readonly live: LiveDefinition;
  readonly source: LiveDefinition;
  /** ACTIVE revisions after `source`, oldest first. */
  readonly newer: readonly LiveDefinition[];
  /** Registering the old content forward; unchanged when it is what is live. */
  readonly planned: PlannedDefinition;
}

/**
 * Finds for every definition the revision whose content is to be live again. Changes nothing.
 *
 * Throws ConfigurationError, naming all of them, when one has nothing live, no such revision, or an image that is gone from ECR: a
 * rollback that only some regions can follow is none. Throws RemoteError when a region cannot be read.
 */
export async function planRollback(
  configs: readonly DefinitionConfig[],
  target: RollbackTarget,
  ports: RegistrationPorts & ImagePorts,
): Promise<readonly PlannedRollback[]> {
  const limited = withLimiter(ports);
  const hasImage = createImageLookup(ports);
  const problems: Problem[] = [];
  const planned = await Promise.all(
    configs.map(async (config): Promise<PlannedRollback[]> => {
      const name = `${config.jobDefinitionName} in ${config.region}`;
      const revisions = await readAllByName(config.region, config.jobDefinitionName, limited);
      const live = liveOf(revisions);
      const source = live && chooseRevision(revisions, live, target);
      if (!live || !source) {
        const message = live
          ? `${name}: there is no ${describeTarget(target)}; revision ${live.revision} is live`
          : `${name} has no ACTIVE revision`;
        problems.push({ message });
        return [];
      }
      problems.push(...(await findMissingImages(config, source, hasImage)));
      const newer = revisions.filter(one => one.revision > source.revision && one.described.status === 'ACTIVE');
      return [{ config, live, source, newer, planned: planForward(config, live, source) }];
    }),
  );
  if (problems.length > 0) {
    const sorted = problems.toSorted((a, b) => (a.message < b.message ? -1 : 1));
    throw new ConfigurationError([
      ...sorted,
      {
        message: 'Nothing was rolled back',
        remedy: 'Narrow it with region or tier, or name another revision, digest, commit or version.',
      },
    ]);
  }
  return planned.flat();
}

async function findMissingImages(
  config: DefinitionConfig,
  source: LiveDefinition,
  hasImage: ImageLookup,
): Promise<Problem[]> {
  const images = [...new Set(imagesOf(source.described))];
  const found = await Promise.all(images.map(image => hasImage(config, image)));
  return images.flatMap((image, index) =>
    found[index] === false
      ? [
          {
            message: `${config.jobDefinitionName} in ${config.region}: revision ${source.revision} runs ${image}, which is no longer in ECR`,
          },
        ]
      : [],
  );
}

function planForward(config: DefinitionConfig, live: LiveDefinition, source: LiveDefinition): PlannedDefinition {
  const { environment, region, account, partition, family, tier } = config;
  const definition: Definition = {
    target: { environment, region, account, partition },
    family: family.name,
    tier: tier.name,
    name: config.jobDefinitionName,
    request: requestOf(source.described),
    // It comes from what was registered, not from a template.
    positionOf: () => ({ path: family.template, line: 1, column: 1 }),
    config,
  };
  const { commit, ref, version, digest } = readStamp(source.tags);
  const [image] = imagesOf(source.described);
  const stamp = {
    commit,
    ref,
    version,
    digest: digest ?? (image === undefined ? undefined : digestOf(image)),
    rolledBackTo: String(source.revision),
  };
  return { ...planDefinition(definition, live), stamp };
}

/** What would register the very same again: without what Batch adds, and without our stamp. */
function requestOf(described: JobDefinition): RegisterJobDefinitionCommandInput {
  const {
    jobDefinitionArn: _arn,
    revision: _revision,
    status: _status,
    containerOrchestrationType: _orchestration,
    tags = {},
    jobDefinitionName,
    type,
    ...content
  } = described;
  const own = Object.entries(tags).filter(([key]) => !key.startsWith('batchwright:'));
  return {
    ...content,
    jobDefinitionName,
    // Batch describes no other type than those it takes.
    type: type as RegisterJobDefinitionCommandInput['type'],
    ...(own.length > 0 && { tags: Object.fromEntries(own) }),
  };
}
