import { readdirSync, readFileSync } from 'node:fs';
import { parseConfig } from '../../src/config/parse-config.ts';
import { type RenderRequest, renderDefinitions } from '../../src/definitions/render.ts';

export const DIGEST = `sha256:${'0'.repeat(64)}`;

export const CONFIG = `project: cues
families:
  cues: { template: cues.json.hbs }
tiers:
  small: { vcpus: 1, memoryMiB: 512 }
  large: { vcpus: 4, memoryMiB: 8192, timeoutSeconds: 60 }
environments:
  test:
    account: "123456789012"
    regions: [eu-west-1, us-east-1]
`;

/** Renders one template with `CONFIG`. */
export function render(
  template: string,
  { config = CONFIG, ...rest }: Partial<Omit<RenderRequest, 'config'>> & { config?: string } = {},
) {
  const parsed = parseConfig({ path: 'batchwright.yml', text: config });
  return renderDefinitions({
    config: parsed,
    targets: parsed.targets,
    templates: new Map([['cues.json.hbs', template]]),
    releaseOf: ({ account, region, image }) => ({
      image: `${account}.dkr.ecr.${region}.amazonaws.com/${image.repository}@${DIGEST}`,
    }),
    environmentVariables: {},
    ...rest,
  });
}

/** Renders a configuration of the repository's own, with the files it names. `edit` changes its text first. */
export function renderFiles(path: string, edit: (text: string) => string = text => text) {
  const config = parseConfig({ path, text: edit(readFileSync(path, 'utf8')) });
  const folder = config.partials;
  const partials = folder === undefined ? [] : readdirSync(folder).map(name => `${folder}/${name}`);
  const read = (file: string) => [file, readFileSync(file, 'utf8')] as const;
  return renderDefinitions({
    config,
    targets: config.targets,
    templates: new Map(config.families.map(({ template }) => read(template))),
    partials: new Map(partials.map(read)),
    releaseOf: ({ account, region, image }) => ({
      image: `${account}.dkr.ecr.${region}.amazonaws.com/${image.repository}@${DIGEST}`,
    }),
    environmentVariables: {},
  });
}
