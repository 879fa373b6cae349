import { guardAccount } from '../account.ts';
import type { ImageConfig, TargetConfig } from '../config/model.ts';
import type { SourceRevision } from '../image/model.ts';
import { flag, oneOf, text } from '../inputs.ts';
import { reportBuild, reportBuildPush } from '../report/build-push.ts';
import { type CommandResult, defineCommand, type Ports } from './command.ts';
import { loadTargets, requireSource, targetInputs } from './load.ts';

/** Builds the image once and puts it, by digest, into every region; or only builds it. */
export const buildPushCommand = defineCommand({
  name: 'build-push',
  inputs: {
    ...targetInputs,
    builder: oneOf('auto', 'docker', 'layer'),
    commit: text,
    ref: text,
    version: text,
    force: flag,
    push: flag,
  },
  run: async (inputs, ports) => {
    const { targets } = await loadTargets(inputs, ports);
    if (!inputs.push) return await build(inputs, targets, ports);
    await guardAccount(targets, ports.aws, { abortSignal: ports.signal });
    const source = await readSource(inputs, ports);
    const { buildPush } = await import('../image/build-push.ts');
    const image = chooseImage(inputs, targets);
    const result = await buildPush({ image, targets, source, force: inputs.force }, ports);
    if (source.dirty) {
      const text = `uncommitted changes: this image is of no commit, so give \`--image ${result.digest}\` to plan, verify and register`;
      ports.notify({ type: 'message', level: 'notice', text });
    }
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

/** The same image without a push: no account is asked, so no credentials are needed. */
async function build(
  inputs: SourceInputs & Parameters<typeof chooseImage>[0],
  targets: readonly TargetConfig[],
  ports: Ports,
): Promise<CommandResult> {
  const { buildOnly } = await import('../image/build-only.ts');
  const source = await readSource(inputs, ports);
  const result = await buildOnly({ image: chooseImage(inputs, targets), source }, ports);
  const { digest = '', builder } = result;
  return {
    exitCode: 0,
    outputs: { digest, image: '', images: '[]', builder, skipped: 'false', tags: '' },
    report: reportBuild(result),
    json: result,
  };
}

function chooseImage(
  { builder }: { readonly builder: ImageConfig['builder'] | undefined },
  [first]: readonly TargetConfig[],
): ImageConfig {
  if (first === undefined) throw new Error('no target chosen, which selectTargets should have refused');
  return builder ? { ...first.image, builder } : first.image;
}

interface SourceInputs {
  readonly commit: string | undefined;
  readonly ref: string | undefined;
  readonly version: string | undefined;
}

async function readSource(inputs: SourceInputs, ports: Parameters<typeof requireSource>[0]): Promise<SourceRevision> {
  const source = inputs.commit
    ? { ...(await ports.readSourceRevision()), commit: inputs.commit }
    : await requireSource(ports);
  return {
    ...source,
    ...(inputs.ref && { ref: inputs.ref }),
    ...(inputs.version && { version: inputs.version.replace(/^v/, '') }),
  };
}
