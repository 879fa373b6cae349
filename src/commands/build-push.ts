import { guardAccount } from '../account.ts';
import type { SourceRevision } from '../image/model.ts';
import { flag, oneOf, text } from '../inputs.ts';
import { reportBuildPush } from '../report/build-push.ts';
import { defineCommand } from './command.ts';
import { loadTargets, requireSource, targetInputs } from './load.ts';

/** Builds the image once and puts it, by digest, into every region. */
export const buildPushCommand = defineCommand({
  name: 'build-push',
  inputs: {
    ...targetInputs,
    builder: oneOf('auto', 'docker', 'layer'),
    commit: text,
    ref: text,
    version: text,
    force: flag,
  },
  run: async (inputs, ports) => {
    const { targets } = await loadTargets(inputs, ports);
    await guardAccount(targets, ports.aws, { abortSignal: ports.signal });
    const source = await readSource(inputs, ports);
    const { buildPush } = await import('../image/build-push.ts');
    const [first] = targets;
    if (first === undefined) throw new Error('no target chosen, which selectTargets should have refused');
    const image = inputs.builder ? { ...first.image, builder: inputs.builder } : first.image;
    const result = await buildPush({ image, targets, source, force: inputs.force }, ports);
    return {
      exitCode: 0,
      outputs: {
        digest: result.digest,
        image: result.images[0]?.reference ?? '',
        images: JSON.stringify(
          result.images.map(({ environment, region, reference }) => ({ environment, region, reference })),
        ),
        builder: result.builder,
        skipped: String(result.skipped),
        tags: result.tags.join(','),
      },
      report: reportBuildPush(result),
      json: result,
    };
  },
});

async function readSource(
  inputs: {
    readonly commit: string | undefined;
    readonly ref: string | undefined;
    readonly version: string | undefined;
  },
  ports: Parameters<typeof requireSource>[0],
): Promise<SourceRevision> {
  const source = inputs.commit
    ? { ...(await ports.readSourceRevision()), commit: inputs.commit }
    : await requireSource(ports);
  return {
    ...source,
    ...(inputs.ref && { ref: inputs.ref }),
    ...(inputs.version && { version: inputs.version.replace(/^v/, '') }),
  };
}
