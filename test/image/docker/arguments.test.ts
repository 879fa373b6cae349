import { describe, expect, test } from '@jest/globals';
import type { DockerBuildConfig } from '../../../src/config/model.ts';
import { type DockerBuild, planBuildCommand } from '../../../src/image/docker/arguments.ts';
import type { DockerTool } from '../../../src/image/docker/probe.ts';
import { dockerBuildConfig } from '../workshop.ts';

const BUILDX: DockerTool = { builder: 'buildx', driver: 'docker' };
const CONTAINER: DockerTool = { builder: 'buildx', driver: 'docker-container' };
const BUILDKIT: DockerTool = { builder: 'buildkit', driver: 'docker' };
const LEGACY: DockerTool = { builder: 'legacy', driver: 'docker' };

const plain = dockerBuildConfig('models');
const full: DockerBuildConfig = {
  ...plain,
  target: 'runtime',
  platforms: ['linux/arm64'],
  buildArgs: { VERSION: '1 2; $(rm)', EMPTY: '' },
  secrets: { pip: 'env:PIP_TOKEN', key: 'file:a,"b' },
  cacheFrom: ['type=registry,ref=h/app:cache', 'h/app:old'],
  cacheTo: ['type=inline'],
};
const build = (config: Partial<DockerBuildConfig> = {}, more: Partial<DockerBuild> = {}): DockerBuild => ({
  config: { ...plain, ...config },
  dockerfile: 'models/Dockerfile',
  tag: 'h/app:v1',
  labels: { 'org.x': 'y z' },
  metadataFile: '/m.json',
  ...more,
});
const common = ['--file=models/Dockerfile', '--tag=h/app:v1'];

describe('the command line', () => {
  test('of buildx in the daemon loads the image, for docker push', () => {
    expect(planBuildCommand(build(), BUILDX)).toEqual({
      args: [
        'buildx',
        'build',
        '--progress=plain',
        '--load',
        '--metadata-file=/m.json',
        ...common,
        '--label',
        'org.x=y z',
        '--',
        'models',
      ],
      environment: { BUILDX_NO_DEFAULT_ATTESTATIONS: '1' },
      pushes: false,
      warnings: [],
    });
  });

  test.each([
    ['another driver', {}, CONTAINER],
    ['several platforms', { platforms: ['linux/amd64', 'linux/arm64'] }, BUILDX],
  ])('of buildx with %s pushes by itself', (_, config, tool) => {
    const planned = planBuildCommand(build(config), tool);
    expect(planned.pushes).toBe(true);
    expect(planned.args).toContain('--push');
    expect(planned.args).not.toContain('--load');
  });

  test('has everything that is configured, each value one argument', () => {
    const { args } = planBuildCommand(build(full), BUILDX);
    expect(args.slice(5)).toEqual([
      '--cache-from',
      'type=registry,ref=h/app:cache',
      '--cache-from',
      'h/app:old',
      '--cache-to',
      'type=inline',
      ...common,
      '--target',
      'runtime',
      '--platform',
      'linux/arm64',
      '--build-arg',
      'VERSION=1 2; $(rm)',
      '--build-arg',
      'EMPTY=',
      '--label',
      'org.x=y z',
      '--secret',
      'id=pip,env=PIP_TOKEN',
      '--secret',
      'id=key,"src=a,""b"',
      '--',
      'models',
    ]);
  });

  test('asks for provenance only when told', () => {
    const planned = planBuildCommand(build({ provenance: true }), BUILDX);
    expect(planned.args).toContain('--provenance=true');
    expect(planned.environment).toEqual({});
  });

  test('of buildx has the time of everything in the image', () => {
    const { environment } = planBuildCommand(build({}, { createdSeconds: 0 }), BUILDX);
    expect(environment).toMatchObject({ SOURCE_DATE_EPOCH: '0' });
  });

  test('without buildx is docker build with BuildKit, which reads caches as images and can write them inline', () => {
    const planned = planBuildCommand(build(full), BUILDKIT);
    expect(planned.args.slice(0, 8)).toEqual([
      'build',
      '--progress=plain',
      '--cache-from',
      'h/app:cache',
      '--cache-from',
      'h/app:old',
      '--build-arg',
      'BUILDKIT_INLINE_CACHE=1',
    ]);
    expect(planned).toMatchObject({ environment: { DOCKER_BUILDKIT: '1' }, pushes: false, warnings: [] });
  });

  test('of the old builder says that it is the old one', () => {
    const planned = planBuildCommand(build(), LEGACY);
    expect(planned.args).toEqual(['build', ...common, '--label', 'org.x=y z', '--', 'models']);
    expect(planned.environment).toEqual({ DOCKER_BUILDKIT: '0' });
    expect(planned.warnings).toEqual([expect.stringContaining('the old builder')]);
  });

  test.each([
    ['a cache that is no registry', { cacheFrom: ['type=gha'] }, 'only caches of a registry'],
    ['writing a cache', { cacheTo: ['type=registry,ref=x'] }, 'the cache is not written'],
    ['provenance', { provenance: true }, 'no provenance is attached'],
  ])('without buildx warns of %s and builds all the same', (_, config, warning) => {
    const planned = planBuildCommand(build(config), BUILDKIT);
    expect(planned.warnings).toEqual([expect.stringContaining(warning)]);
    expect(planned.args.join(' ')).not.toMatch(/cache|provenance/);
  });

  test.each([
    [
      'several platforms',
      { platforms: ['linux/amd64', 'linux/arm64'] },
      BUILDKIT,
      'An image for linux/amd64 and linux/arm64 needs buildx',
    ],
    ['secrets', { secrets: { a: 'env:A' } }, LEGACY, 'Build secrets need BuildKit'],
    [
      'a secret itself',
      { secrets: { a: 'hunter2' } },
      BUILDX,
      'The build secret a is neither "env:NAME" nor "file:path"',
    ],
  ])('%s cannot be', (_, config, tool, message) => {
    expect(() => planBuildCommand(build(config), tool)).toThrow(message);
  });

  test('a secret that is written down is not repeated', () => {
    expect(() => planBuildCommand(build({ secrets: { a: 'hunter2' } }), BUILDX)).not.toThrow('hunter2');
  });
});
